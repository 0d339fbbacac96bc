import * as z from 'zod/mini';
import {
  ensureAnswerSchema,
  previewSchema,
  releaseAnswerSchema,
  seatStatusSchema,
  serviceRowSchema,
} from '../../protocol/seats.ts';

const seatNumber = z.nullable(z.number().check(z.minimum(0)));

/** What `--json` of the commands about seats prints; `castellan schema NAME` publishes each. */

/** A seat with what an operator looks for; both are null of a service. */
const listedRowSchema = z.extend(serviceRowSchema, {
  /** Declared, bytes. */
  peakBytes: seatNumber,
  /** Null: no countdown runs. */
  stopsInSeconds: seatNumber,
});
export type ListedRow = z.infer<typeof listedRowSchema>;

export const servicesOutputSchema = z.strictObject({ services: z.array(listedRowSchema) });

const healthRowSchema = z.pick(seatStatusSchema, { name: true, state: true, health: true });
export type HealthRow = z.infer<typeof healthRowSchema>;

export const healthOutputSchema = z.strictObject({ seats: z.array(healthRowSchema) });

/** Of `castellan ensure` and `castellan load`. */
export const ensureOutputSchema = ensureAnswerSchema;

export const releaseOutputSchema = releaseAnswerSchema;

export const keepOutputSchema = z.strictObject({ said: z.string() });

export const fitsOutputSchema = previewSchema;

/** `castellan explain SEAT`. */
export const explainSeatOutputSchema = z.strictObject({ seat: seatStatusSchema, preview: previewSchema });
