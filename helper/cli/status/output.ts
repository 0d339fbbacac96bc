import * as z from 'zod/mini';
import { type ProcessRow, processRowSchema, type Status, statusSchema } from '../../protocol/status.ts';

/** What `castellan status --json` prints; `castellan schema status` publishes its schema. */
export const statusOutputSchema = z.extend(statusSchema, {
  /** Every process of at least 50 MB footprint, all with `--all`; largest footprint first. */
  processes: z.array(processRowSchema),
});
export type StatusOutput = z.infer<typeof statusOutputSchema>;

export const byFootprint = (rows: readonly ProcessRow[]): ProcessRow[] =>
  [...rows].sort((a, b) => b.footprintBytes - a.footprintBytes || a.pid - b.pid);

export const statusOutput = (status: Status, rows: readonly ProcessRow[]): StatusOutput => ({
  ...status,
  processes: byFootprint(rows),
});
