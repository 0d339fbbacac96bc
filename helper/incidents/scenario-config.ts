import * as z from 'zod/mini';
import {
  type Config,
  defaultConfig,
  GB,
  type PolicyEntry,
  type SeatConfig,
  type ShedService,
  seatDefaults,
  type Threshold,
} from '../config/config.ts';
import { rate, size } from './fields.ts';

/** The configuration of a scenario: keys as in `helper/config/config.ts`, each with its default. */

const threshold = z.strictObject({ availableBytes: z.optional(size), swapPercent: z.optional(z.number()) });

const entry = z.strictObject({
  name: z.string(),
  pattern: z.string(),
  class: z._default(z.enum(['freeze_only', 'kill_allowed']), 'freeze_only'),
  freezeFloorBytes: z.optional(size),
  killFloorBytes: z.optional(size),
  group: z._default(z.enum(['none', 'tree', 'pgid']), 'none'),
  oracle: z.optional(z.string()),
  withoutAsking: z._default(z.boolean(), false),
  preAuthorised: z._default(z.boolean(), false),
  ownerUid: z.optional(z.int()),
});

const seat = z.strictObject({
  name: z.string(),
  class: z.enum(['protected', 'on_call']),
  label: z.string(),
  peakBytes: size,
  wiredBytes: z.optional(size),
  oracle: z.optional(z.string()),
  drainSeconds: z._default(z.number(), 30),
  /** 0: never unloaded by itself. */
  idleSeconds: z._default(z.number(), 0),
  readySeconds: z._default(z.number(), 120),
  /** It is asked whether it is ready (`readyAfter` of its service); left out: it is when it stops growing. */
  asked: z._default(z.boolean(), false),
  /** It is asked about its health, on all channels; what it answers is said by events. */
  checked: z._default(z.boolean(), false),
  /** Where it listens on this machine, and the service that stands in for it there. */
  port: z.optional(z.int()),
  fallback: z.optional(z.string()),
});

/** Nobody is really asked there. */
const checkedHealth: NonNullable<SeatConfig['health']> = {
  listUrls: ['http://127.0.0.1/v1/models'],
  chatUrl: 'http://127.0.0.1/v1/chat/completions',
  model: null,
  files: { program: '/scenario/program', beside: [], sha256: null },
  tls: null,
};

export const scenarioConfigSchema = z.strictObject({
  pressure: z.optional(
    z.strictObject({
      yellow: z.optional(threshold),
      orange: z.optional(threshold),
      red: z.optional(threshold),
      swapArmFromBytes: z.optional(size),
      compressorGrowthBytesPerSecond: z.optional(rate),
    }),
  ),
  seats: z.optional(z.array(seat)),
  relief: z.optional(
    z.strictObject({
      mode: z._default(z.enum(['live', 'dry_run']), 'live'),
      entries: z.optional(z.array(entry)),
      services: z.optional(
        z.array(z.strictObject({ label: z.string(), at: z.enum(['ladder_1', 'yellow', 'orange']) })),
      ),
      dependsOn: z.optional(z.array(z.string())),
      purge: z.optional(z.enum(['off', 'ask', 'automatic'])),
    }),
  ),
});

type Written = z.output<typeof scenarioConfigSchema>;
type WrittenEntry = z.output<typeof entry>;

const usualFreezeFloor = 10 * GB;
const usualKillFloor = 8 * GB;

const toEntry = (one: WrittenEntry): PolicyEntry => {
  const base = {
    name: one.name,
    pattern: one.pattern,
    freezeFloorBytes: one.freezeFloorBytes ?? usualFreezeFloor,
    group: one.group,
    oracle: one.oracle ?? null,
    withoutAsking: one.withoutAsking,
    ownerUid: one.ownerUid ?? null,
  };
  return one.class === 'freeze_only'
    ? { ...base, class: 'freeze_only' }
    : {
        ...base,
        class: 'kill_allowed',
        killFloorBytes: one.killFloorBytes ?? usualKillFloor,
        preAuthorised: one.preAuthorised,
      };
};

/** A scenario without a mode is live: it is replayed to see what would be done. */
export const configOf = (written: Written | undefined): Config => {
  const known = defaultConfig.pressure;
  const pressure = written?.pressure;
  const level = (name: 'yellow' | 'orange' | 'red'): Threshold => ({
    availableBytes: pressure?.[name]?.availableBytes ?? known[name].availableBytes,
    swapPercent: pressure?.[name]?.swapPercent ?? known[name].swapPercent,
  });
  const relief = written?.relief;
  return {
    ...defaultConfig,
    pressure: {
      yellow: level('yellow'),
      orange: level('orange'),
      red: level('red'),
      swapArmFromBytes: pressure?.swapArmFromBytes ?? known.swapArmFromBytes,
      compressorGrowthBytesPerSecond: pressure?.compressorGrowthBytesPerSecond ?? known.compressorGrowthBytesPerSecond,
    },
    seats: (written?.seats ?? []).map(
      ({ asked, checked, ...one }): SeatConfig => ({
        ...seatDefaults,
        ...one,
        wiredBytes: one.wiredBytes ?? 0,
        oracle: one.oracle ?? null,
        port: one.port ?? null,
        fallback: one.fallback ?? null,
        health: checked ? checkedHealth : null,
        ready: asked ? { kind: 'command', argv: ['/scenario/ready'] } : null,
      }),
    ),
    relief: {
      ...defaultConfig.relief,
      mode: relief?.mode ?? 'live',
      entries: (relief?.entries ?? []).map(toEntry),
      services: (relief?.services ?? []).map((one): ShedService => one),
      dependsOn: relief?.dependsOn ?? [],
      purge: relief?.purge ?? 'off',
    },
  };
};
