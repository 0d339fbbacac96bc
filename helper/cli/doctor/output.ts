import * as z from 'zod/mini';
import { doctorCheck } from '../../protocol/verbs.ts';

/** What `castellan doctor --json` prints. */
export const doctorOutputSchema = z.strictObject({
  checks: z.array(z.extend(doctorCheck, { from: z.enum(['local', 'keeper']) })),
});
export type DoctorOutput = z.infer<typeof doctorOutputSchema>;
