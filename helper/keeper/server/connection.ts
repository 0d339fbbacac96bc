import type { Socket } from 'node:net';
import { type Failure, failure } from '../../protocol/errors.ts';
import { createDecoder, limitToKeeper } from '../../protocol/frame.ts';
import { parseJson } from '../../protocol/json.ts';
import type { Greeting, Hello } from '../../protocol/messages.ts';
import type { Tier, Topic } from '../../protocol/requests.ts';
import type { Caller } from './caller.ts';
import type { DispatchOptions } from './dispatch.ts';
import { judgeHello } from './handshake.ts';
import { createOutbox } from './outbox.ts';
import { createRequests } from './requests.ts';

/** One accepted connection, from the greeting to the goodbye. Nothing a client sends throws out of here. */

export interface ConnectionTimes {
  /** For the hello to arrive, milliseconds. */
  readonly helloMs: number;
  /** Without a byte from a client that subscribes to nothing, milliseconds. */
  readonly idleMs: number;
}
export const connectionTimes: ConnectionTimes = { helloMs: 2_000, idleMs: 5 * 60_000 };

export interface ConnectionOptions {
  /** Paused, as accepted. */
  readonly socket: Socket;
  readonly peer: { readonly uid: number; readonly gid: number; readonly pid: number };
  readonly greeting: Greeting;
  readonly instance: string;
  /** As of now: who is at the console changes while connections live. */
  readonly tierOf: (uid: number) => Tier;
  readonly dispatch: DispatchOptions;
  readonly times: ConnectionTimes;
  readonly nowMs: () => number;
  readonly onTopics: () => void;
  /** The handshake is done. */
  readonly onOpen: () => void;
  /** We close, and why; for the log. */
  readonly onGoodbye: (why: Failure) => void;
}

export interface Connection {
  topics(): ReadonlySet<Topic>;
  /** Who is at the other end; null before the handshake is done and after the end. */
  caller(): Caller | null;
  deliver(topic: Topic, frame: Uint8Array): void;
  goodbye(why: Failure): void;
}

export const createConnection = (options: ConnectionOptions): Connection => {
  const { socket, peer, greeting, dispatch, times, nowMs, onTopics } = options;
  let phase: 'before_greeting' | 'hello' | 'open' | 'closed' = 'before_greeting';
  let client: Hello['client'] = 'cli';
  const isClosed = (): boolean => phase === 'closed';
  const caller = (): Caller => ({ ...peer, client, tier: options.tierOf(peer.uid) });
  const decoder = createDecoder(limitToKeeper);
  const outbox = createOutbox(socket);
  const requests = createRequests({ outbox, dispatch, caller, nowMs, onTopics });

  const end = (): void => {
    phase = 'closed';
    clearTimeout(helloDeadline);
    clearTimeout(idleDeadline);
    requests.stop();
  };

  const goodbye = (why: Failure): void => {
    if (isClosed()) return;
    end();
    options.onGoodbye(why);
    outbox.goodbye(why);
  };
  const goodbyeIf = (why: Failure | null): void => {
    if (why !== null) goodbye(why);
  };

  const helloDeadline = setTimeout(() => goodbye(failure('handshake_failed', 'no hello in time')), times.helloMs);
  const idleDeadline = setTimeout(() => {
    if (requests.topics().size > 0) idleDeadline.refresh();
    else goodbye(failure('idle_timeout'));
  }, times.idleMs);
  // Neither keeps a keeper that wants to end from ending.
  helloDeadline.unref();
  idleDeadline.unref();

  const shakeHands = (value: unknown): Failure | null => {
    const judged = judgeHello(value, greeting);
    if (!judged.ok) return judged.failure;
    clearTimeout(helloDeadline);
    client = judged.hello.client;
    phase = 'open';
    const { protocol } = judged.hello;
    outbox.send({ type: 'welcome', protocol, tier: caller().tier, instance: options.instance });
    options.onOpen();
    return null;
  };

  const accept = (payload: Uint8Array): void => {
    const parsed = parseJson(payload);
    if (!parsed.ok) goodbye(parsed.failure);
    else if (phase === 'hello') goodbyeIf(shakeHands(parsed.value));
    else void requests.handle(parsed.value).then(goodbyeIf);
  };

  const receive = (bytes: Uint8Array): void => {
    if (isClosed()) return;
    if (phase === 'before_greeting') {
      goodbye(failure('handshake_failed', 'bytes before the greeting'));
      return;
    }
    idleDeadline.refresh();
    const decoded = decoder.push(bytes);
    for (const payload of decoded.payloads) if (!isClosed()) accept(payload);
    goodbyeIf(decoded.failure);
  };

  const greet = (): void => {
    if (phase !== 'before_greeting') return;
    phase = 'hello';
    outbox.send(greeting);
  };

  socket.on('data', receive);
  // Broken pipes and resets end in `close`, too.
  socket.on('error', () => {});
  socket.once('close', () => {
    if (!isClosed()) end();
  });
  // Two turns of the loop: between them lies a poll, in which bytes that were there before the greeting show themselves.
  setImmediate(() => setImmediate(greet));
  socket.resume();

  return {
    topics: requests.topics,
    caller: () => (phase === 'open' ? caller() : null),
    deliver: (topic, frame) => goodbyeIf(requests.deliver(topic, frame)),
    goodbye,
  };
};
