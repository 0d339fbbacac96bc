import * as z from 'zod/mini';
import { adviceStatusSchema } from './advice.ts';
import { containersStatusSchema } from './containers.ts';
import { pushStatusSchema } from './push.ts';
import { reliefStatusSchema } from './relief.ts';
import { gpuStatusSchema, seatStatusSchema } from './seats.ts';
import { commandCharacters, historyRange, nameCharacters, notNegative, text } from './values.ts';

export { seatStateCodes } from './seat-state-codes.ts';
export type { GpuStatus, SeatStatus } from './seats.ts';
export type { HistoryRange } from './values.ts';

/**
 * What the keeper tells about itself and the machine. The same value feeds `castellan status --json`, the menu bar and
 * the popover. Sizes are bytes (1 GB is 2^30), durations seconds or milliseconds as the name says.
 */

const bytes = notNegative;
const seconds = notNegative;

export const levelName = z.enum(['green', 'yellow', 'orange', 'red']);
export type LevelName = z.infer<typeof levelName>;

export const tiersSchema = z.strictObject({
  wired: bytes,
  compressed: bytes,
  app: bytes,
  cached: bytes,
  free: bytes,
});
export type Tiers = z.infer<typeof tiersSchema>;

export const sensorFactSchema = z.strictObject({
  sensor: z.string(),
  problem: z.string(),
  detail: z.string(),
  pid: z.optional(z.int()),
});

/** One row of the process table. */
export const processRowSchema = z.strictObject({
  pid: z.int(),
  /** Opaque start token; pid and start together name one process. */
  start: z.string(),
  name: text(nameCharacters),
  /** Shorter in a long list, so that it fits into one message. */
  command: text(commandCharacters),
  uid: z.int(),
  state: z.enum(['running', 'sleeping', 'stopped', 'zombie']),
  rssBytes: bytes,
  footprintBytes: bytes,
  peakFootprintBytes: bytes,
  compressedBytes: z.nullable(bytes),
  /** Growth of the footprint since the pass before, bytes a second; negative when it shrinks; null on first sight. */
  growthBytesPerSecond: z.nullable(z.number()),
  /** Name of the seat the process belongs to. */
  seat: z.nullable(z.string()),
  /** One of Castellan's own processes. */
  own: z.boolean(),
});
export type ProcessRow = z.infer<typeof processRowSchema>;

/** Where each level begins, as the configuration in force says: available bytes below it, percent of swap in use above it. */
export const thresholdsSchema = z.strictObject({
  yellow: bytes,
  orange: bytes,
  red: bytes,
  swapPercent: z.strictObject({ yellow: notNegative, orange: notNegative, red: notNegative }),
});
export type Thresholds = z.infer<typeof thresholdsSchema>;

export const levelArm = z.union([levelName, z.literal('unknown')]);

export const levelStatusSchema = z.strictObject({
  name: levelName,
  /** How long the level has been what it is. */
  forSeconds: seconds,
  /** What each arm says now, before debounce. */
  arms: z.strictObject({ available: levelArm, swap: levelArm, kernel: levelArm }),
  /** True while compressor growth over 100 MB/s lifts orange to red. */
  growthEscalated: z.boolean(),
  /** A worse level that is being confirmed. */
  pending: z.nullable(z.strictObject({ name: levelName, inSeconds: seconds })),
});

export const forecastSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('not_evaluated'), reason: z.string() }),
  z.strictObject({
    kind: z.literal('evaluated'),
    /** NC / A: share of non-wired memory that is not compressed. */
    ratio: z.number(),
    /** NC − 0.50·A; negative when the kernel's WARN line has been crossed. */
    distanceBytes: z.number(),
    /** Median rate of the last 30 s at which the distance shrinks; null under 64 MB/s. */
    rateBytesPerSecond: z.nullable(z.number()),
    /** Null when the rate is null or the answer is beyond an hour. */
    secondsToWarn: z.nullable(seconds),
    /** Compressor segments in use over their limit, 0…1; an estimate; null before macOS 15. */
    segmentShare: z.nullable(z.number()),
    /** The last prediction that came due: how long before the kernel's WARN it was made, and what it said. */
    lastScore: z.nullable(z.strictObject({ predictedSeconds: seconds, actualSeconds: seconds })),
    /**
     * Who has most in the compressor and in swap: with more than half of all that is compressed the kernel ends it when both are
     * full. Null: not known, which it is from yellow up only.
     */
    nextVictim: z.nullable(
      z.strictObject({
        pid: z.int(),
        name: z.string(),
        compressedBytes: bytes,
        /** Of all that is compressed, 0…1. */
        share: z.number(),
      }),
    ),
  }),
]);
export type ForecastStatus = z.infer<typeof forecastSchema>;
export type NextVictim = Extract<ForecastStatus, { kind: 'evaluated' }>['nextVictim'];

export const configProblemSchema = z.strictObject({
  /** 1-based; null when the file as a whole is concerned. */
  line: z.nullable(z.int()),
  /** Dotted key, empty when none is concerned. */
  key: z.string(),
  message: z.string(),
  /** What would be right. */
  fix: z.string(),
});
export type ConfigProblem = z.infer<typeof configProblemSchema>;

/** The file that is in force. */
export const configFileSchema = z.strictObject({
  path: z.string(),
  /** `defaults`: there is none. `invalid`: there is one and it cannot be used. */
  state: z.enum(['file', 'defaults', 'invalid']),
});

export const statusSchema = z.strictObject({
  /** Wall time of the sample, ms since 1970. For print only. */
  atMs: z.number(),
  keeper: z.strictObject({
    version: z.string(),
    pid: z.int(),
    /** Differs for each start of the keeper. */
    instance: z.string(),
    uptimeSeconds: seconds,
    host: z.enum(['darwin', 'linux', 'sim']),
    os: z.string(),
    footprintBytes: bytes,
    /** Share of one core over the last minute, percent. */
    cpuPercent: notNegative,
  }),
  /** `observe_only`: nothing but reading is done, for the reasons given. */
  mode: z.strictObject({ name: z.enum(['observe_only', 'dry_run', 'live']), reasons: z.array(z.string()) }),
  machine: z.strictObject({
    totalBytes: bytes,
    availableBytes: z.nullable(bytes),
    tiers: z.nullable(tiersSchema),
    swap: z.nullable(
      z.strictObject({
        totalBytes: bytes,
        usedBytes: bytes,
        inBytesPerSecond: z.nullable(notNegative),
        outBytesPerSecond: z.nullable(notNegative),
      }),
    ),
    /** As the kernel returned it: 1, 2 or 4 on macOS. */
    kernelLevel: z.nullable(z.int()),
    /** Fall of available memory, bytes a second (negative: it rises); null until two samples exist. */
    fillBytesPerSecond: z.nullable(z.number()),
    /** Mean growth of the compressor over 30 s; null until the window is full. */
    compressorGrowthBytesPerSecond: z.nullable(z.number()),
  }),
  level: levelStatusSchema,
  thresholds: thresholdsSchema,
  forecast: forecastSchema,
  /** RAM − Σ (peak − footprint) of protected seats: use above this line means a peak no longer fits. */
  reserve: z.nullable(z.strictObject({ lineBytes: z.number(), keptBytes: bytes, for: z.array(z.string()) })),
  seats: z.array(seatStatusSchema),
  /** The wired limit of the GPU; null: this machine has none, and castellan.toml asks for none. */
  gpu: z.nullable(gpuStatusSchema),
  /** The gateway: whether it is connected, and at which address it was told to listen; null: none ever was. */
  gateway: z.strictObject({
    state: z.enum(['present', 'missing']),
    listen: z.string(),
    /** What it reports to be wrong ("127.0.0.1:2189 is taken by pid 12, node"); empty: nothing. */
    problems: z.array(z.string()),
    /** How alerts get out of this machine; absent: castellan.toml names no target, or the gateway has said nothing yet. */
    push: z.optional(z.array(pushStatusSchema)),
  }),
  /** The eight largest by footprint. */
  top: z.array(processRowSchema),
  processCount: z.nullable(z.int()),
  /** Sensors that fail now. Empty when all is well. */
  facts: z.array(sensorFactSchema),
  /** Null: castellan.toml has no [containers]. */
  containers: z.nullable(containersStatusSchema),
  relief: reliefStatusSchema,
  advice: adviceStatusSchema,
  /** Missed samples since the keeper started. */
  gaps: z.strictObject({
    count: z.int(),
    last: z.nullable(z.strictObject({ agoSeconds: seconds, lengthSeconds: seconds })),
  }),
  /** The machine went down under a keeper, less than a day ago and without a word; null: it did not. */
  wentDown: z.nullable(
    z.strictObject({
      /** The last sample before; null: none was kept. */
      last: z.nullable(
        z.strictObject({
          atMs: z.number(),
          level: levelName,
          availableBytes: z.nullable(bytes),
          compressedBytes: z.nullable(bytes),
          swapUsedBytes: z.nullable(bytes),
        }),
      ),
      /** What macOS reported of it, in one sentence; null: nothing, or not yet. */
      report: z.nullable(z.strictObject({ path: z.string(), sentence: z.string() })),
    }),
  ),
  /** Rows that could not be kept, since the keeper started. */
  telemetry: z.strictObject({
    history: z.enum(['ok', 'degraded', 'off']),
    droppedRows: z.int(),
    journal: z.enum(['ok', 'degraded', 'off']),
    lostRows: z.int(),
    heartbeat: z.enum(['ok', 'failing']),
  }),
  config: z.strictObject({ ...configFileSchema.shape, problems: z.array(configProblemSchema) }),
});
export type Status = z.infer<typeof statusSchema>;

const column = z.array(z.nullable(z.number()));

/**
 * History in equal columns, the same for all series. A column shows the sample in which wired + compressed was highest
 * (so that its tiers still sum to the total), the worst level, the highest swap and growth. No sample: null, never a guess.
 */
export const historySchema = z.strictObject({
  range: historyRange,
  /** Wall time of the left edge of column 0 and the width of a column. */
  fromMs: z.number(),
  columnMs: z.number().check(z.positive()),
  totalBytes: bytes,
  tiers: z.strictObject({ wired: column, compressed: column, app: column, cached: column, free: column }),
  swapUsedBytes: column,
  /** 0 green … 3 red. */
  level: column,
  kernelLevel: column,
  compressorGrowthBytesPerSecond: column,
  reserveLineBytes: column,
  /** Of each seat, one a column: the state it was in longest, an index into `seatStateCodes`; its highest footprint. */
  seats: z.array(z.strictObject({ name: z.string(), state: column, footprintBytes: column })),
});
export type History = z.infer<typeof historySchema>;
