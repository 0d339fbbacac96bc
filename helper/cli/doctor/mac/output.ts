import * as z from 'zod/mini';

/** What `castellan doctor --mac --json` prints. */
export const macOutputSchema = z.strictObject({
  /** Of the machine that was looked at; null: this is no Mac, and nothing was looked at. */
  machine: z.nullable(z.string()),
  checks: z.array(
    z.strictObject({
      id: z.string(),
      group: z.string(),
      title: z.string(),
      how: z.string(),
      expected: z.string(),
      state: z.enum(['pass', 'fail', 'skip']),
      /** What was seen; of a check that was skipped, why. */
      seen: z.string(),
      /** Of a check that failed, else empty. */
      todo: z.string(),
    }),
  ),
  passed: z.int(),
  failed: z.int(),
  skipped: z.int(),
});
export type MacOutput = z.infer<typeof macOutputSchema>;
export type MacRow = MacOutput['checks'][number];
