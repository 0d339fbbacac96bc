import * as z from 'zod/mini';
import { type Hello, helloSchema } from '../../protocol/client-messages.ts';
import { type Failure, failure } from '../../protocol/errors.ts';
import type { Greeting } from '../../protocol/messages.ts';
import { randomHex, sameSecret } from '../random.ts';

/**
 * The server speaks first: whoever wants a session must read, and write what was read. A process that merely had its
 * output connected to this socket cannot, and nothing written beforehand can know the nonce.
 */

export interface ProtocolRange {
  readonly oldest: number;
  readonly newest: number;
}

export const newGreeting = (protocol: ProtocolRange, version: string): Greeting => ({
  type: 'greeting',
  nonce: randomHex(32),
  protocol,
  version,
});

export type HelloJudgement =
  | { readonly ok: true; readonly hello: Hello }
  | { readonly ok: false; readonly failure: Failure };

/** What a hello of any protocol, past or future, has: enough to say "too old" or "too new" instead of "bad frame". */
const anyHello = z.object({ type: z.literal('hello'), nonce: z.string(), protocol: z.int() });

export const judgeHello = (value: unknown, greeting: Greeting): HelloJudgement => {
  const refuse = (code: Parameters<typeof failure>[0], detail: string): HelloJudgement => ({
    ok: false,
    failure: failure(code, detail),
  });
  const any = anyHello.safeParse(value);
  if (!any.success) return refuse('handshake_failed', 'the first frame is not a hello');
  if (!sameSecret(any.data.nonce, greeting.nonce)) return refuse('handshake_failed', 'wrong nonce');
  const { oldest, newest } = greeting.protocol;
  const versions = `client speaks protocol ${any.data.protocol}, keeper ${greeting.version} speaks ${oldest} to ${newest}`;
  if (any.data.protocol < oldest) return refuse('client_too_old', versions);
  if (any.data.protocol > newest) return refuse('client_too_new', versions);
  const hello = helloSchema.safeParse(value);
  return hello.success ? { ok: true, hello: hello.data } : refuse('handshake_failed', 'not the hello of its protocol');
};
