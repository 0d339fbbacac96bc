import * as z from 'zod/mini';
import { explanationSchema, gateSchema, proposalSchema, reliefStatusSchema } from '../../protocol/relief.ts';
import { statusSchema } from '../../protocol/status.ts';

/** What `--json` of relief's commands prints; `castellan schema NAME` publishes each. */

export const pendingOutputSchema = z.strictObject({
  /** Oldest first; without the nonces that approving takes. */
  pending: z.array(proposalSchema),
});

export const approveOutputSchema = z.strictObject({
  /** What was shown and approved. */
  proposal: proposalSchema,
  plan: z.int(),
  outcome: z.enum(['done', 'failed']),
  detail: z.string(),
});

export const denyOutputSchema = z.strictObject({ denied: z.int() });

export const explainOutputSchema = explanationSchema;

export const reliefOutputSchema = z.strictObject({ mode: statusSchema.shape.mode, relief: reliefStatusSchema });

export const reliefModeOutputSchema = z.strictObject({
  mode: z.enum(['observe_only', 'dry_run', 'live']),
  gate: gateSchema,
  said: z.string(),
  /** Acts that were planned in the time observed before: 0 means that what live does has not been seen here yet. */
  plansSeen: z.int(),
});

export const reliefWrongOutputSchema = z.strictObject({ plan: z.int(), gate: gateSchema });

export const reliefPauseOutputSchema = z.strictObject({
  /** Null: they go on. */
  paused: reliefStatusSchema.shape.paused,
  said: z.string(),
});

export const reliefResumeOutputSchema = z.strictObject({ resumed: z.int() });

export const reliefRestoreOutputSchema = z.strictObject({ restored: z.string() });

export const reliefClearLeakOutputSchema = z.strictObject({ cleared: z.boolean() });
