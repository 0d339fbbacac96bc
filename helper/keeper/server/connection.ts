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
import type { CheckedPeer, PeerGuard, PeerSession } from './peer-guard.ts';
import { createRequests, type Requests } from './requests.ts';

/** One accepted connection, from the greeting to the goodbye. Nothing a client sends throws out of here. */

export interface ConnectionTimes {
  /** From accept to the welcome, milliseconds: for the hello to arrive, and for what is looked at before and after. */
  readonly helloMs: number;
  /** Without a byte from a client that subscribes to nothing, milliseconds. */
  readonly idleMs: number;
}
export const connectionTimes: ConnectionTimes = { helloMs: 2_000, idleMs: 5 * 60_000 };
/** Where signatures are checked: less than the 5 s a client waits for its welcome. */
export const checkedConnectionTimes: ConnectionTimes = { ...connectionTimes, helloMs: 4_500 };

export interface ConnectionOptions {
  /** Paused, as accepted. */
  readonly socket: Socket;
  readonly peer: { readonly uid: number; readonly gid: number; readonly pid: number };
  readonly guard: PeerGuard;
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

type Phase = 'before_greeting' | 'hello' | 'before_welcome' | 'open' | 'closed';

const nobody: ReadonlySet<Topic> = new Set();

export const createConnection = (options: ConnectionOptions): Connection => {
  const { socket, peer, greeting, dispatch, times, nowMs, onTopics } = options;
  let phase: Phase = 'before_greeting';
  let client: Hello['client'] = 'cli';
  /** Where the guard let this peer in, and where it was recognised again: what comes next exists only then. */
  let checked: CheckedPeer | null = null;
  let requests: Requests | null = null;
  const isClosed = (): boolean => phase === 'closed';
  const caller = (): Caller => ({ ...peer, client, tier: options.tierOf(peer.uid) });
  const decoder = createDecoder(limitToKeeper);
  const outbox = createOutbox(socket);
  const topics = (): ReadonlySet<Topic> => requests?.topics() ?? nobody;

  const end = (): void => {
    phase = 'closed';
    clearTimeout(helloDeadline);
    clearTimeout(idleDeadline);
    requests?.stop();
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
  /** A fault of ours while somebody shakes hands: nobody is let in by it, and the keeper goes on. */
  const broken = (fault: unknown): void => goodbye(failure('internal', `handshake: ${String(fault)}`));

  const late: Readonly<Record<'before_greeting' | 'hello' | 'before_welcome', string>> = {
    before_greeting: 'who connects could not be checked in time',
    hello: 'no hello in time',
    before_welcome: 'who connects could not be checked again in time',
  };
  const helloDeadline = setTimeout(() => {
    if (phase !== 'open' && phase !== 'closed') goodbye(failure('handshake_failed', late[phase]));
  }, times.helloMs);
  const idleDeadline = setTimeout(() => {
    if (topics().size > 0) idleDeadline.refresh();
    else goodbye(failure('idle_timeout'));
  }, times.idleMs);
  // Neither keeps a keeper that wants to end from ending.
  helloDeadline.unref();
  idleDeadline.unref();

  const open = (session: PeerSession, protocol: number): void => {
    clearTimeout(helloDeadline);
    phase = 'open';
    requests = createRequests({ outbox, dispatch, session, caller, nowMs, onTopics });
    outbox.send({ type: 'welcome', protocol, tier: caller().tier, instance: options.instance });
    options.onOpen();
  };

  const shakeHands = async (value: unknown, peerThen: CheckedPeer): Promise<Failure | null> => {
    const judged = judgeHello(value, greeting);
    if (!judged.ok) return judged.failure;
    const confirmed = await peerThen.confirm(judged.hello.client);
    if (isClosed()) return null;
    if (!confirmed.ok) return confirmed.failure;
    client = judged.hello.client;
    open(confirmed.next, judged.hello.protocol);
    return null;
  };

  const accept = (payload: Uint8Array): void => {
    const parsed = parseJson(payload);
    if (!parsed.ok) goodbye(parsed.failure);
    else if (requests !== null) void requests.handle(parsed.value).then(goodbyeIf);
    else if (phase === 'hello' && checked !== null) {
      phase = 'before_welcome';
      void shakeHands(parsed.value, checked).then(goodbyeIf).catch(broken);
    } else early();
  };

  /** Who shakes hands waits for each answer: anything sent ahead of it was put there by somebody who could not read. */
  const early = (): void =>
    goodbye(failure('handshake_failed', `bytes before the ${phase === 'before_greeting' ? 'greeting' : 'welcome'}`));

  const receive = (bytes: Uint8Array): void => {
    if (isClosed()) return;
    if (phase === 'before_greeting' || phase === 'before_welcome') {
      early();
      return;
    }
    idleDeadline.refresh();
    const decoded = decoder.push(bytes);
    for (const payload of decoded.payloads) if (!isClosed()) accept(payload);
    goodbyeIf(decoded.failure);
    // Behind the hello, the beginning of another frame.
    if (isAwaitingWelcome() && decoder.pendingBytes() > 0) early();
  };
  const isAwaitingWelcome = (): boolean => phase === 'before_welcome';

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
  const begin = (begun: Awaited<ReturnType<PeerGuard>>): void => {
    if (!begun.ok) {
      goodbye(begun.failure);
      return;
    }
    checked = begun.next;
    // Two turns of the loop: between them lies a poll, in which bytes that were there before the greeting show themselves.
    setImmediate(() => setImmediate(greet));
  };
  // Begun before anything is read: until then nothing but its connect has moved the other end.
  void options.guard().then(begin).catch(broken);
  socket.resume();

  return {
    topics,
    caller: () => (phase === 'open' ? caller() : null),
    deliver: (topic, frame) => goodbyeIf(requests?.deliver(topic, frame) ?? null),
    goodbye,
  };
};
