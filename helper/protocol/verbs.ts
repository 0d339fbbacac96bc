import * as z from 'zod/mini';
import { approvalAnswerSchema, explanationSchema, gateSchema, logRowSchema, pendingApprovalSchema } from './relief.ts';
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
  'read.explain': { tier: 'read', args: nothing, result: explanationSchema },
  /** Rows of the audit log, oldest first, after `after` (a cursor that an earlier answer gave; absent: the last rows). */
  'read.log': {
    tier: 'console',
    args: z.strictObject({
      after: z.optional(text(64)),
      kinds: z.optional(z.array(text(64)).check(z.maxLength(32))),
      sinceMs: z.optional(z.number()),
      limit: z.int().check(z.minimum(1), z.maximum(500)),
    }),
    result: z.strictObject({
      rows: z.array(logRowSchema),
      /** For the next question; the one that was given, when there is nothing new. */
      cursor: z.string(),
      /** What the cursor named has been removed meanwhile: rows were missed. */
      missed: z.optional(z.boolean()),
      /** Lines that are no rows. */
      skipped: z.optional(z.int()),
    }),
  },
  /** What waits for approval, with the nonces that approving takes. */
  'read.pending': {
    tier: 'console',
    args: nothing,
    result: z.strictObject({ pending: z.array(pendingApprovalSchema) }),
  },
  approve: {
    tier: 'console',
    args: z.strictObject({
      id: z.int(),
      hash: text(64),
      nonce: text(64),
      /** The second confirmation that some verbs need. */
      confirmed: z._default(z.boolean(), false),
    }),
    result: approvalAnswerSchema,
  },
  deny: { tier: 'console', args: z.strictObject({ id: z.int(), hash: text(64) }), result: nothing },
  /** "That was wrong": a plan of the dry run, or an act, that should not have been. The gate counts anew. */
  'relief.wrong': {
    tier: 'console',
    args: z.strictObject({ plan: z.int() }),
    result: z.strictObject({ gate: gateSchema }),
  },
  /** Leaves the dry run, once the gate is open, or returns to it at any time. */
  'relief.mode': {
    tier: 'console',
    args: z.strictObject({ to: z.enum(['live', 'dry_run']) }),
    result: z.strictObject({ mode: z.enum(['observe_only', 'dry_run', 'live']), gate: gateSchema, said: z.string() }),
  },
  /** Resumes what is frozen: one freeze, or all. */
  'relief.resume': {
    tier: 'console',
    args: z.strictObject({ freeze: z.nullable(z.int()) }),
    result: z.strictObject({ resumed: z.int() }),
  },
  /** Brings back a service that was shed, also one that stays down. */
  'relief.restore': { tier: 'console', args: z.strictObject({ label: text(128) }), result: nothing },
  /** Declares the wired memory that a seat left behind as accounted for. */
  'relief.clear_leak': { tier: 'console', args: nothing, result: nothing },
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

/** Verbs that answer when what they ask for has been done, which may take seconds: all others answer at once. */
const patient: ReadonlySet<Verb> = new Set(['approve', 'relief.resume', 'relief.restore']);

/** The keeper itself waits for what it carries out, milliseconds, and then says that it does not know. */
export const actWaitMs = 12_000;

/** How much longer than another verb a client waits for the answer of this one, milliseconds. */
export const patienceMs = (verb: Verb): number => (patient.has(verb) ? actWaitMs : 0);
export type VerbArgs<V extends Verb> = z.input<(typeof verbs)[V]['args']>;
export type VerbResult<V extends Verb> = z.output<(typeof verbs)[V]['result']>;

export const isVerb = (name: string): name is Verb => Object.hasOwn(verbs, name);

/** What the keeper sends unasked, to those who subscribed. */
export const events = {
  status: statusSchema,
  processes: processList,
} as const satisfies Readonly<Record<Topic, z.ZodMiniType>>;

export type EventData<T extends Topic> = z.output<(typeof events)[T]>;
