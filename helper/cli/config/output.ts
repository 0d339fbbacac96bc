import * as z from 'zod/mini';
import { configProblemSchema } from '../../protocol/status.ts';
import { verbs } from '../../protocol/verbs.ts';

/** What `castellan config check --json` prints. */
export const configOutputSchema = z.strictObject({
  path: z.string(),
  state: z.enum(['valid', 'invalid', 'missing', 'unreadable']),
  problems: z.array(configProblemSchema),
  warnings: z.array(configProblemSchema),
  /** What a valid file would do on this machine, as it is now. */
  lint: z.array(
    z.strictObject({ ...configProblemSchema.shape, severity: z.enum(['error', 'warning']), code: z.string() }),
  ),
});
export type ConfigOutput = z.infer<typeof configOutputSchema>;

/** What `castellan config reload --json` prints. */
export const reloadOutputSchema = z.strictObject({
  ...verbs['config.reload'].result.shape,
  /** The file the keeper reads. */
  path: z.string(),
});
export type ReloadOutput = z.infer<typeof reloadOutputSchema>;
