import * as z from 'zod/mini';
import { type Failure, failure, isErrorCode } from './errors.ts';
import { greetingSchema, welcomeSchema } from './messages.ts';
import { topic } from './requests.ts';
import { text } from './values.ts';

/**
 * What a client reads from a keeper. Looser than what a keeper may send: a newer keeper of the same protocol may add
 * fields and error codes, and its greeting must be readable for all time, or the client could not say "helper newer".
 * Closed sets stay closed in the other direction: the keeper refuses what it does not know.
 */

const wireFailure = z.object({ code: z.string(), message: z.string(), todo: z.string(), detail: z.string() });

const incoming = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('greeting'),
    nonce: z.string(),
    protocol: z.object(greetingSchema.shape.protocol.shape),
    version: text(64),
  }),
  z.object(welcomeSchema.shape),
  z.object({
    type: z.literal('reply'),
    id: z.int(),
    ok: z.boolean(),
    result: z.optional(z.unknown()),
    error: z.optional(wireFailure),
  }),
  z.object({ type: z.literal('event'), topic: z.string(), data: z.unknown() }),
  z.object({ type: z.literal('goodbye'), error: wireFailure }),
]);
export type Incoming = z.output<typeof incoming>;

/** Null when the message is none that a keeper sends. */
export const readIncoming = (value: unknown): Incoming | null => {
  const read = incoming.safeParse(value);
  return read.success ? read.data : null;
};

export const isTopic = (name: string): name is z.infer<typeof topic> => topic.safeParse(name).success;

/** A code this build does not know becomes `bad_answer`, with the keeper's own words kept as the particulars. */
export const readFailure = (wire: z.output<typeof wireFailure>): Failure =>
  isErrorCode(wire.code)
    ? failure(wire.code, wire.detail)
    : failure('bad_answer', `${wire.code}: ${wire.message} ${wire.detail}`.trim());

/**
 * Parses by a schema of the table, forgiving only fields that this build does not know: they are left in place.
 * Null when the value is wrong in any other way.
 */
export const readKnown = <Schema extends z.ZodMiniType>(
  schema: Schema,
  value: unknown,
): { data: z.output<Schema> } | null => {
  const read = schema.safeParse(value);
  if (read.success) return { data: read.data };
  const onlyMore = read.error.issues.every((issue) => issue.code === 'unrecognized_keys');
  // The known fields were all checked; what is left over is more than the type says, never less.
  return onlyMore ? { data: value as z.output<Schema> } : null;
};
