import * as z from 'zod/mini';

const sentences = z.array(z.string());

const step = z.strictObject({
  text: z.string(),
  state: z.enum(['planned', 'done', 'failed']),
  /** Of one that failed: why. */
  why: z.nullable(z.string()),
});

/** What `castellan cutover --json` and `castellan rollback --json` print. */
export const cutoverOutputSchema = z.strictObject({
  /**
   * `planned`: a dry run. `nothing`: there was nothing to do. `refused`: it did not begin. `complete`: all is done. `undone`: a
   * step failed, and everything is as before. `stuck`: a step failed, and not everything could be undone.
   */
  outcome: z.enum(['planned', 'nothing', 'refused', 'complete', 'undone', 'stuck']),
  /** Why it did not begin, or what failed. */
  problems: sentences,
  warnings: sentences,
  steps: z.array(z.strictObject({ ...step.shape, undo: z.nullable(z.string()) })),
  /** What was undone, in that order; of `rollback`: what it does. */
  undone: z.array(step),
  notes: sentences,
  /** Folder of the backups. */
  backup: z.nullable(z.string()),
});
export type CutoverOutput = z.infer<typeof cutoverOutputSchema>;
