import * as z from 'zod';
import { configProblemSchema } from '../../protocol/status.ts';

/** What `castellan config check --json` prints. */
export const configOutputSchema = z.strictObject({
  path: z.string(),
  state: z.enum(['valid', 'invalid', 'missing', 'unreadable']),
  problems: z.array(configProblemSchema),
  warnings: z.array(configProblemSchema),
});
export type ConfigOutput = z.infer<typeof configOutputSchema>;
