import * as z from 'zod/mini';
import { text } from './values.ts';

/** What a client sends: all that a keeper has to read. */

/** 32 random bytes, hex. */
export const nonce = z.string().check(z.regex(/^[0-9a-f]{64}$/));

export const helloSchema = z.strictObject({
  type: z.literal('hello'),
  nonce,
  protocol: z.int(),
  client: z.enum(['app', 'cli', 'gateway']),
  version: text(64),
});
export type Hello = z.infer<typeof helloSchema>;

export const requestSchema = z.strictObject({
  type: z.literal('request'),
  id: z.int().check(z.minimum(0)),
  verb: text(64),
  args: z.optional(z.unknown()),
});
export type Request = z.infer<typeof requestSchema>;
