import { type Failure, failure } from './errors.ts';
import { createDecoder, limitFromKeeper, limitToKeeper } from './frame.ts';
import { type Incoming, isTopic, readFailure, readIncoming, readKnown } from './incoming.ts';
import { encodeMessage, parseJson } from './json.ts';
import { createPending } from './pending.ts';
import {
  type EventData,
  events,
  patienceMs,
  type Tier,
  type Topic,
  type Verb,
  type VerbArgs,
  type VerbResult,
  verbs,
} from './verbs.ts';
import { productVersion, protocolVersion } from './version.ts';

/**
 * A client's side of one connection to the keeper, without a transport: the owner feeds the bytes it receives and
 * sends the bytes it is given. One session serves one connection; connect again with a new session.
 */

/** What a welcome tells. `instance` differs for each start of the keeper. */
export interface Ready {
  readonly tier: Tier;
  readonly instance: string;
  readonly protocol: number;
  /** Product version of the keeper. */
  readonly helperVersion: string;
}

/** Topic and its data; destructured parameters narrow: `(topic, data) => topic === 'status' ? data.level : …`. */
export type SessionEvent = { readonly [T in Topic]: [topic: T, data: EventData<T>] }[Topic];

/** What is known of the keeper when a session closes; null when it never greeted. */
export interface KnownHelper {
  readonly version: string;
  /** How its protocol stands to ours when they have none in common. */
  readonly skew: 'older' | 'newer' | null;
}

export interface SessionOptions {
  readonly client: 'app' | 'cli' | 'gateway';
  /** Hands bytes to the transport. Must not throw; bytes for a closed transport are dropped. */
  readonly send: (bytes: Uint8Array) => void;
  readonly onReady: (ready: Ready) => void;
  readonly onEvent: (...event: SessionEvent) => void;
  /** Called once. The owner closes the transport now. Not called after `close()`. */
  readonly onClosed: (failure: Failure, helper: KnownHelper | null) => void;
  /** For the hello, and for each answer, to which a verb that waits for what it does adds its own; milliseconds. */
  readonly timeoutMs?: number;
  /** For tests of version skew. */
  readonly protocol?: number;
}

export type Answer<T> = { readonly ok: true; readonly result: T } | { readonly ok: false; readonly failure: Failure };

export interface Session {
  receive(bytes: Uint8Array): void;
  /** Never rejects. Fails with `connection_lost` before the welcome and after the end. */
  request<V extends Verb>(verb: V, args: VerbArgs<V>): Promise<Answer<VerbResult<V>>>;
  /** The transport ended or failed; `detail` says how. */
  transportClosed(detail?: string): void;
  /** Our own wish: open requests fail with `connection_lost`, `onClosed` is not called. */
  close(): void;
}

const defaultTimeoutMs = 5_000;

type Of<Type extends Incoming['type']> = Extract<Incoming, { readonly type: Type }>;

export const createSession = (options: SessionOptions): Session => {
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  const ownProtocol = options.protocol ?? protocolVersion;
  const decoder = createDecoder(limitFromKeeper);
  const pending = createPending();
  let phase: 'greeting' | 'welcome' | 'ready' | 'closed' = 'greeting';
  let helper: KnownHelper | null = null;
  const isClosed = (): boolean => phase === 'closed';

  const end = (why: Failure, tell: boolean): void => {
    if (isClosed()) return;
    phase = 'closed';
    clearTimeout(handshakeDeadline);
    pending.failAll(why);
    if (tell) options.onClosed(why, helper);
  };

  const handshakeDeadline = setTimeout(
    () => end(failure('answer_timeout', phase === 'greeting' ? 'no greeting' : 'no welcome'), true),
    timeoutMs,
  );

  // Each of these returns why the session ends, or null when it goes on.

  const greeted = ({ nonce, protocol, version }: Of<'greeting'>): Failure | null => {
    const { oldest, newest } = protocol;
    const skew = newest < ownProtocol ? 'older' : oldest > ownProtocol ? 'newer' : null;
    helper = { version, skew };
    const detail = `helper ${version} speaks protocol ${oldest} to ${newest}, this client speaks ${ownProtocol}`;
    if (skew === 'older') return failure('client_too_new', detail);
    if (skew === 'newer') return failure('client_too_old', detail);
    phase = 'welcome';
    const hello = { type: 'hello', nonce, protocol: ownProtocol, client: options.client, version: productVersion };
    options.send(encodeMessage(hello, limitToKeeper));
    return null;
  };

  const welcomed = ({ tier, instance, protocol }: Of<'welcome'>): Failure | null => {
    phase = 'ready';
    clearTimeout(handshakeDeadline);
    options.onReady({ tier, instance, protocol, helperVersion: helper?.version ?? '' });
    return null;
  };

  const replied = (reply: Of<'reply'>): Failure | null => {
    if (reply.ok) pending.settle(reply.id, { ok: true, value: reply.result });
    else if (reply.error === undefined) return failure('bad_answer', 'a refusal without a reason');
    else pending.settle(reply.id, { ok: false, failure: readFailure(reply.error) });
    return null;
  };

  const happened = ({ topic, data }: Of<'event'>): Failure | null => {
    // Topics of a newer keeper do not concern us; we cannot have subscribed to them.
    if (!isTopic(topic)) return null;
    const known = readKnown(events[topic], data);
    if (known === null) return failure('bad_answer', `event ${topic}`);
    // Topic and data belong together by the line above; the compiler cannot follow the pair through the table.
    options.onEvent(...([topic, known.data] as SessionEvent));
    return null;
  };

  const accept = (message: Incoming): Failure | null => {
    if (message.type === 'goodbye') return readFailure(message.error);
    if (message.type === 'greeting' && phase === 'greeting') return greeted(message);
    if (message.type === 'welcome' && phase === 'welcome') return welcomed(message);
    if (message.type === 'reply' && phase === 'ready') return replied(message);
    if (message.type === 'event' && phase === 'ready') return happened(message);
    return failure('bad_answer', `${message.type} out of turn`);
  };

  const acceptPayload = (payload: Uint8Array): Failure | null => {
    const parsed = parseJson(payload);
    if (!parsed.ok) return parsed.failure;
    const message = readIncoming(parsed.value);
    return message === null ? failure('bad_answer', 'no known message') : accept(message);
  };

  const receive = (bytes: Uint8Array): void => {
    if (isClosed()) return;
    const decoded = decoder.push(bytes);
    for (const payload of decoded.payloads) {
      const why = acceptPayload(payload);
      if (why !== null) end(why, true);
      // The owner, too, may have closed in one of its callbacks.
      if (isClosed()) return;
    }
    if (decoded.failure !== null) end(decoded.failure, true);
  };

  const request = async <V extends Verb>(verb: V, args: VerbArgs<V>): Promise<Answer<VerbResult<V>>> => {
    if (phase !== 'ready') return { ok: false, failure: failure('connection_lost', `before ${verb}`) };
    const { id, answer } = pending.add(verb, timeoutMs + patienceMs(verb));
    try {
      options.send(encodeMessage({ type: 'request', id, verb, args }, limitToKeeper));
    } catch (error) {
      // RangeError of the frame limit: the arguments are too long to be sent at all.
      pending.settle(id, { ok: false, failure: failure('frame_too_large', String(error)) });
    }
    const given = await answer;
    if (!given.ok) return given;
    const known = readKnown(verbs[verb].result, given.value);
    if (known === null) return { ok: false, failure: failure('bad_answer', verb) };
    return { ok: true, result: known.data as VerbResult<V> };
  };

  return {
    receive,
    request,
    transportClosed: (detail = '') =>
      end(failure(phase === 'greeting' ? 'not_running' : 'connection_lost', detail), true),
    close: () => end(failure('connection_lost', 'closed by this side'), false),
  };
};
