import { adviceStatusSchema } from '../../protocol/advice.ts';

/** What `castellan advice --json` prints; with `--bundle` it is what would be posted, as the endpoint takes it. */
export const adviceOutputSchema = adviceStatusSchema;
