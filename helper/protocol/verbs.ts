import * as z from 'zod/mini';
import { configProblemSchema, historyRange, historySchema, processRowSchema, statusSchema } from './status.ts';
import { text } from './values.ts';

/**
 * The verbs of `castellan.sock` as a value: who may use each, what it takes, what it gives.
 * Server dispatch, client types, the CLI and the published JSON schemas all derive from this table.
 */

/** `read`: any local user. `console`: root and the user at the console. `root`: root. */
export const tiers = ['read', 'console', 'root'] as const;
export type Tier = (typeof tiers)[number];

const nothing = z.strictObject({});

/**
 * Streams a client can subscribe to. `subscribe` replaces what was subscribed before; after its reply the current value
 * of each newly subscribed topic comes as an event, so that no change is missed.
 */
export const topics = ['status', 'processes'] as const;
export const topic = z.enum(topics);
export type Topic = z.infer<typeof topic>;

/** Processes of at least this footprint are listed unless all are asked for. */
export const listedFootprintBytes = 50 * 2 ** 20;

export const processList = z.strictObject({
  atMs: z.number(),
  /** Largest footprint first. */
  processes: z.array(processRowSchema),
  /** How many of the smallest were left out because the list would not fit into one message; absent: none. */
  omitted: z.optional(z.int().check(z.positive())),
});
export type ProcessList = z.infer<typeof processList>;

export const doctorCheck = z.strictObject({
  name: z.string(),
  state: z.enum(['ok', 'warn', 'fail']),
  /** What was found. */
  found: z.string(),
  /** What to do; empty when all is well. */
  todo: z.string(),
});
export type DoctorCheck = z.infer<typeof doctorCheck>;

export const verbs = {
  'read.status': { tier: 'read', args: nothing, result: statusSchema },
  'read.processes': {
    tier: 'read',
    args: z.strictObject({ all: z._default(z.boolean(), false) }),
    result: processList,
  },
  'read.history': {
    tier: 'read',
    args: z.strictObject({ range: historyRange, columns: z.int().check(z.minimum(1), z.maximum(2000)) }),
    result: historySchema,
  },
  'read.doctor': { tier: 'read', args: nothing, result: z.strictObject({ checks: z.array(doctorCheck) }) },
  subscribe: {
    tier: 'read',
    args: z.strictObject({ topics: z.array(topic).check(z.maxLength(topics.length)) }),
    result: nothing,
  },
  'config.reload': {
    tier: 'root',
    args: nothing,
    result: z.strictObject({
      loaded: z.boolean(),
      /** `key: old → new`, one a line. */
      diff: z.array(z.string()),
      problems: z.array(configProblemSchema),
    }),
  },
  'sim.set': {
    tier: 'console',
    args: z.strictObject({ key: text(64), value: text(256) }),
    result: z.strictObject({ now: z.string() }),
  },
} as const satisfies Readonly<Record<string, { tier: Tier; args: z.ZodMiniType; result: z.ZodMiniType }>>;

export type Verb = keyof typeof verbs;
export type VerbArgs<V extends Verb> = z.input<(typeof verbs)[V]['args']>;
export type VerbResult<V extends Verb> = z.output<(typeof verbs)[V]['result']>;

export const isVerb = (name: string): name is Verb => Object.hasOwn(verbs, name);

/** What the keeper sends unasked, to those who subscribed. */
export const events = {
  status: statusSchema,
  processes: processList,
} as const satisfies Readonly<Record<Topic, z.ZodMiniType>>;

export type EventData<T extends Topic> = z.output<(typeof events)[T]>;
