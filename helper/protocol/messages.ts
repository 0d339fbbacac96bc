import * as z from 'zod';
import { errorCodes } from './errors.ts';
import { topic } from './verbs.ts';

/**
 * Order on a connection: the server speaks first (`greeting`), the client's first frame is `hello` with the nonce echoed,
 * then `welcome`, then requests. Any byte of the client before its hello, and any frame that does not parse, closes.
 */

export const greetingSchema = z.strictObject({
  type: z.literal('greeting'),
  /** 32 random bytes, hex. */
  nonce: z.string().regex(/^[0-9a-f]{64}$/),
  protocol: z.strictObject({ oldest: z.int(), newest: z.int() }),
  version: z.string().max(64),
});
export type Greeting = z.infer<typeof greetingSchema>;

export const helloSchema = z.strictObject({
  type: z.literal('hello'),
  nonce: z.string().regex(/^[0-9a-f]{64}$/),
  protocol: z.int(),
  client: z.enum(['app', 'cli']),
  version: z.string().max(64),
});
export type Hello = z.infer<typeof helloSchema>;

export const welcomeSchema = z.strictObject({
  type: z.literal('welcome'),
  protocol: z.int(),
  tier: z.enum(['read', 'console', 'root']),
  instance: z.string(),
});
export type Welcome = z.infer<typeof welcomeSchema>;

export const requestSchema = z.strictObject({
  type: z.literal('request'),
  id: z.int().min(0),
  verb: z.string().max(64),
  args: z.unknown().optional(),
});
export type Request = z.infer<typeof requestSchema>;

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
export type EventMessage = z.infer<typeof eventSchema>;

/** The last thing a server says before it closes: why. */
export const goodbyeSchema = z.strictObject({ type: z.literal('goodbye'), error: failureSchema });
export type Goodbye = z.infer<typeof goodbyeSchema>;

export const clientMessage = z.discriminatedUnion('type', [helloSchema, requestSchema]);
export type ClientMessage = z.infer<typeof clientMessage>;

export const serverMessage = z.union([greetingSchema, welcomeSchema, replySchema, eventSchema, goodbyeSchema]);
export type ServerMessage = z.infer<typeof serverMessage>;
