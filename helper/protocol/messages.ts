import * as z from 'zod/mini';
import { helloSchema, nonce, requestSchema } from './client-messages.ts';
import { errorCodes } from './errors.ts';
import { tiers, topic } from './requests.ts';
import { text } from './values.ts';

export * from './client-messages.ts';

/**
 * Order on a connection: the server speaks first (`greeting`), the client's first frame is `hello` with the nonce echoed,
 * then `welcome`, then requests. Any byte of the client before its hello, and any frame that does not parse, closes.
 */

export const greetingSchema = z.strictObject({
  type: z.literal('greeting'),
  nonce,
  protocol: z.strictObject({ oldest: z.int(), newest: z.int() }),
  version: text(64),
});
export type Greeting = z.infer<typeof greetingSchema>;

export const welcomeSchema = z.strictObject({
  type: z.literal('welcome'),
  protocol: z.int(),
  tier: z.enum(tiers),
  instance: z.string(),
});

const failureSchema = z.strictObject({
  code: z.enum(errorCodes),
  message: z.string(),
  todo: z.string(),
  detail: z.string(),
});

export const replySchema = z.discriminatedUnion('ok', [
  z.strictObject({ type: z.literal('reply'), id: z.int(), ok: z.literal(true), result: z.unknown() }),
  z.strictObject({ type: z.literal('reply'), id: z.int(), ok: z.literal(false), error: failureSchema }),
]);
export type Reply = z.infer<typeof replySchema>;

export const eventSchema = z.strictObject({ type: z.literal('event'), topic, data: z.unknown() });

/** The last thing a server says before it closes: why. */
export const goodbyeSchema = z.strictObject({ type: z.literal('goodbye'), error: failureSchema });

export const clientMessage = z.discriminatedUnion('type', [helloSchema, requestSchema]);

export const serverMessage = z.union([greetingSchema, welcomeSchema, replySchema, eventSchema, goodbyeSchema]);
