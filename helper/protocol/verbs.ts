import * as z from 'zod/mini';
import { configViewSchema, policySchema } from './policy.ts';
import {
  approvalAnswerSchema,
  explanationSchema,
  gateSchema,
  logRowSchema,
  pendingApprovalSchema,
  reliefStatusSchema,
} from './relief.ts';
import { nothing, requests, type Topic, type Verb } from './requests.ts';
import {
  ensureAnswerSchema,
  gatewayViewSchema,
  previewSchema,
  releaseAnswerSchema,
  serviceRowSchema,
} from './seats.ts';
import { configProblemSchema, historySchema, processRowSchema, statusSchema } from './status.ts';

export * from './requests.ts';
export { listedFootprintBytes } from './values.ts';

/**
 * The verbs of `castellan.sock` as a value: who may use each, what it takes (requests.ts), what it gives.
 * Server dispatch, client types, the CLI and the published JSON schemas all derive from this table.
 */

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

/** How the keeper left what it held over others. */
const partingSchema = z.strictObject({
  /** Processes that were frozen and run again. */
  resumed: z.int(),
  /** What could not be undone, a sentence each. */
  left: z.array(z.string()),
});

const results = {
  'read.status': statusSchema,
  'read.processes': processList,
  'read.history': historySchema,
  'read.doctor': z.strictObject({ checks: z.array(doctorCheck) }),
  'read.explain': explanationSchema,
  'read.policy': policySchema,
  'read.config': configViewSchema,
  'read.log': z.strictObject({
    rows: z.array(logRowSchema),
    /** For the next question; the one that was given, when there is nothing new. */
    cursor: z.string(),
    /** Of an answer without `after`: what to ask `before` with for the rows before these; null: there are none. */
    older: z.optional(z.nullable(z.string())),
    /** What the cursor named has been removed meanwhile: rows were missed. */
    missed: z.optional(z.boolean()),
    /** Lines that are no rows. */
    skipped: z.optional(z.int()),
  }),
  'read.pending': z.strictObject({ pending: z.array(pendingApprovalSchema) }),
  approve: approvalAnswerSchema,
  deny: nothing,
  'relief.wrong': z.strictObject({ gate: gateSchema }),
  'relief.mode': z.strictObject({
    mode: z.enum(['observe_only', 'dry_run', 'live']),
    gate: gateSchema,
    said: z.string(),
  }),
  'relief.pause': z.strictObject({
    /** Null: they are not paused. */
    paused: reliefStatusSchema.shape.paused,
    said: z.string(),
  }),
  'relief.resume': z.strictObject({ resumed: z.int() }),
  'relief.restore': nothing,
  'relief.fallback': z.strictObject({ said: z.string() }),
  'relief.clear_leak': nothing,
  'read.services': z.strictObject({ services: z.array(serviceRowSchema) }),
  'read.preview': previewSchema,
  'seat.ensure': ensureAnswerSchema,
  'seat.load': ensureAnswerSchema,
  'seat.unask': nothing,
  'seat.release': releaseAnswerSchema,
  'seat.keep': z.strictObject({ said: z.string() }),
  'seat.traffic': nothing,
  'seat.closingAck': nothing,
  'probe.report': nothing,
  'gateway.problems': nothing,
  'advice.report': nothing,
  subscribe: nothing,
  'push.report': nothing,
  'push.test': z.strictObject({ id: z.string(), targets: z.array(z.string()) }),
  'config.reload': z.strictObject({
    loaded: z.boolean(),
    /** `key: old → new`, one a line. */
    diff: z.array(z.string()),
    problems: z.array(configProblemSchema),
  }),
  'keeper.refresh': partingSchema,
  'keeper.remove': z.extend(partingSchema, {
    /** Processes whose band is the usual one again. */
    bands: z.int(),
    /** `untouched`: Castellan had not set it. */
    gpuLimit: z.enum(['restored', 'untouched', 'failed']),
    /** Seats that run, and go on. */
    seats: z.array(z.string()),
  }),
  'sim.set': z.strictObject({ now: z.string() }),
} as const satisfies Readonly<Record<Verb, z.ZodMiniType>>;

type Verbs = { readonly [V in Verb]: (typeof requests)[V] & { readonly result: (typeof results)[V] } };

const names = Object.keys(requests) as readonly Verb[];

export const verbs = Object.fromEntries(
  names.map((verb) => [verb, { ...requests[verb], result: results[verb] }]),
) as unknown as Verbs;

export type VerbResult<V extends Verb> = z.output<(typeof results)[V]>;

/** What the keeper sends unasked, to those who subscribed. */
export const events = {
  status: statusSchema,
  processes: processList,
  seats: gatewayViewSchema,
} as const satisfies Readonly<Record<Topic, z.ZodMiniType>>;

export type EventData<T extends Topic> = z.output<(typeof events)[T]>;
