import * as z from 'zod/mini';
import { containersStatusSchema } from '../../protocol/containers.ts';

/** What `castellan containers --json` prints; null: castellan.toml has no [containers]. */
export const containersOutputSchema = z.strictObject({ containers: z.nullable(containersStatusSchema) });
