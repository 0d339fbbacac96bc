import * as z from 'zod/mini';
import {
  ensureAnswerSchema,
  previewSchema,
  releaseAnswerSchema,
  seatStatusSchema,
  serviceRowSchema,
} from '../../protocol/seats.ts';

/** What `--json` of the commands about seats prints; `castellan schema NAME` publishes each. */

export const servicesOutputSchema = z.strictObject({ services: z.array(serviceRowSchema) });

/** Of `castellan ensure` and `castellan load`. */
export const ensureOutputSchema = ensureAnswerSchema;

export const releaseOutputSchema = releaseAnswerSchema;

export const keepOutputSchema = z.strictObject({ said: z.string() });

export const fitsOutputSchema = previewSchema;

/** `castellan explain SEAT`. */
export const explainSeatOutputSchema = z.strictObject({ seat: seatStatusSchema, preview: previewSchema });
