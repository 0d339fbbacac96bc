import * as z from 'zod/mini';
import { notNegative, text } from './values.ts';

/**
 * What is told of relief: what waits for the operator, what is frozen or shed, what was done and whether it helped, and
 * why nothing is done now. Part of the status; the approvals' nonces are not, because every local user may read it.
 */

const bytes = notNegative;
const seconds = notNegative;

export const actVerb = z.enum([
  'freeze',
  'resume',
  'shed',
  'restore',
  'bootout',
  'recover',
  'fallback',
  'fallback_end',
  'terminate',
  'kill',
  'unload',
  'purge',
]);
export type ActVerbName = z.infer<typeof actVerb>;

/** What an act is aimed at: pid and start name a process; a label a service; a seat its service. */
export const actTargetSchema = z.strictObject({
  kind: z.enum(['process', 'service', 'seat', 'machine']),
  /** Program, label or seat, to be read by people. */
  name: text(128),
  pid: z.nullable(z.int()),
  start: z.nullable(z.string()),
  footprintBytes: bytes,
  /** How many processes it concerns: more than one for a group. */
  count: z.int(),
});
export type ActTarget = z.infer<typeof actTargetSchema>;

/** An act that waits for the operator; in dry run, one that would. */
export const proposalSchema = z.strictObject({
  id: z.int(),
  /** Names exactly this act: what is approved is what was shown. */
  hash: z.string(),
  /** Number of the plan, by which the log and `relief wrong` know it. */
  plan: z.int(),
  verb: actVerb,
  target: actTargetSchema,
  /** "Freeze node (pid 45013)?" */
  title: z.string(),
  /** Why this, now: one sentence. */
  reason: z.string(),
  /** What it is expected to do: "Stops growth of 850 MB/s; frees no memory by itself." */
  expected: z.string(),
  /** What would be orphaned or go silent: "listens on 127.0.0.1:1234", "3 child processes", "hosts the council gateway". */
  impact: z.array(z.string()),
  /** Approving a notification is not enough: it is confirmed in the popover, or with `--confirm`. */
  needsConfirmation: z.boolean(),
  expiresInSeconds: seconds,
  /** Nothing is asked and nothing would be carried out: this is what would be asked. */
  dryRun: z.boolean(),
  /** The same for all re-issues of one proposal: a notification is shown once for it, and once more after 30 min. */
  episode: z.string(),
  /** How often it has been re-issued silently. */
  reissued: z.int(),
});
export type Proposal = z.infer<typeof proposalSchema>;

export const frozenSchema = z.strictObject({
  /** Number of the freeze; one group is one freeze. */
  freeze: z.int(),
  pid: z.int(),
  start: z.string(),
  name: text(128),
  footprintBytes: bytes,
  /** Processes of the freeze. */
  count: z.int(),
  sinceSeconds: seconds,
  /** Resumed by then at the latest, whatever becomes of the keeper. */
  resumesInSeconds: seconds,
  by: z.enum(['brake', 'level', 'approved']),
});
export type Frozen = z.infer<typeof frozenSchema>;

export const shedSchema = z.strictObject({
  label: z.string(),
  sinceSeconds: seconds,
  /** Null: not before memory has been calm for a while, or never by itself. */
  restoresInSeconds: z.nullable(seconds),
  /** It was shed twice within half an hour: it stays down until the operator brings it back. */
  staysDown: z.boolean(),
});
export type ShedStatus = z.infer<typeof shedSchema>;

/** One thing that was done, or would have been: what was planned against what came of it. */
export const activitySchema = z.strictObject({
  /** Number of the plan. */
  plan: z.int(),
  /** Wall time, ms since 1970. */
  atMs: z.number(),
  verb: actVerb,
  target: actTargetSchema,
  reason: z.string(),
  expected: z.string(),
  /** What was measured; empty while that is awaited. */
  got: z.string(),
  outcome: z.enum(['pending', 'effective', 'useless', 'failed', 'dry_run', 'withdrawn']),
  /** The operator said that this would have been wrong. */
  markedWrong: z.boolean(),
});
export type Activity = z.infer<typeof activitySchema>;

/** Six hours of dry run with a sensor that works and no plan marked as wrong, before going live is offered. */
export const gateSchema = z.strictObject({
  state: z.enum(['counting', 'open', 'live']),
  observedSeconds: seconds,
  neededSeconds: seconds,
  /** Acts planned in that time. */
  plans: z.int(),
  /** Of these, marked as wrong; each starts the count anew. */
  wrong: z.int(),
});
export type Gate = z.infer<typeof gateSchema>;

/** Targets left alone for this episode because acting on them did not help, and what would. */
export const suppressedSchema = z.strictObject({ target: z.string(), why: z.string(), wouldHelp: z.string() });

export const reliefStatusSchema = z.strictObject({
  gate: gateSchema,
  /** Automatic actions are paused by the operator, and go on by themselves then; null: they are not. */
  paused: z.nullable(z.strictObject({ endsInSeconds: seconds })),
  /** Nothing is ever frozen without it. */
  deadman: z.enum(['present', 'missing', 'not_ready']),
  /** One sentence: what is done now, or why nothing is. */
  why: z.string(),
  pending: z.array(proposalSchema),
  frozen: z.array(frozenSchema),
  shed: z.array(shedSchema),
  suppressed: z.array(suppressedSchema),
  /** The latest, newest first. */
  activity: z.array(activitySchema),
  /** Declared peaks beyond what the machine has; null: they fit. */
  envelope: z.nullable(z.strictObject({ peaksBytes: bytes, overBytes: bytes })),
  /** Somebody else resumes what is frozen: SIGSTOP is not used until that ends. */
  conflict: z.nullable(z.strictObject({ target: z.string(), sinceSeconds: seconds })),
  /** Wired memory that did not come back after a seat ended. */
  wiredLeak: z.nullable(z.strictObject({ seat: z.string(), bytes: bytes })),
  /** Services the policy counts on that are not there. */
  missingEnforcers: z.array(z.string()),
});
export type ReliefStatus = z.infer<typeof reliefStatusSchema>;

/** Why something was not chosen. */
export const passedOverSchema = z.strictObject({
  /** What would have been done with it; absent: nothing in particular. */
  act: z.optional(z.string()),
  target: z.string(),
  code: z.string(),
  text: z.string(),
});
export type PassedOver = z.infer<typeof passedOverSchema>;

/** The last judgement in full: what was chosen, or that nothing was, and everything passed over with its reason. */
export const explanationSchema = z.strictObject({
  atMs: z.number(),
  level: z.enum(['green', 'yellow', 'orange', 'red']),
  /** What was chosen and why; null: nothing. */
  chosen: z.nullable(z.string()),
  /** Why nothing was chosen; empty when something was. */
  noop: z.string(),
  passedOver: z.array(passedOverSchema),
});
export type Explanation = z.infer<typeof explanationSchema>;

/** A proposal with what it takes to approve it: for root and the console user only. */
export const pendingApprovalSchema = z.strictObject({ proposal: proposalSchema, nonce: z.string() });
export type PendingApproval = z.infer<typeof pendingApprovalSchema>;

/** What became of an approval: it was carried out, or what stood in the way. */
export const approvalAnswerSchema = z.strictObject({
  plan: z.int(),
  outcome: z.enum(['done', 'failed']),
  detail: z.string(),
});

/** One row of the audit log, as it was written; kinds differ in their further keys. */
export const logRowSchema = z.looseObject({ kind: z.string(), wallMs: z.optional(z.number()) });
export type LogRow = z.infer<typeof logRowSchema>;
