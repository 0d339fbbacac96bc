import { requestSchema } from '../../protocol/client-messages.ts';
import { type Failure, failure } from '../../protocol/errors.ts';
import type { Answer } from '../../protocol/session.ts';
import type { Topic } from '../../protocol/verbs.ts';
import type { Caller } from './caller.ts';
import {
  type Asked,
  acceptRequest,
  answerVerb,
  type Call,
  type DispatchOptions,
  type HandledVerb,
  isReadVerb,
  type ParsedArgs,
  type ReadVerb,
} from './dispatch.ts';
import type { Outbox, Sent } from './outbox.ts';
import type { PeerSession } from './peer-guard.ts';
import { proveCaller } from './proven-caller.ts';
import { fullBucket, requestRate, take } from './rate.ts';

/** What one connection asks and looks at, once it is open. */

/** Requests of one connection that may be under way at once: what may come at once, if all of it takes its time. */
const inFlightLimit = requestRate.burst;
/** Requests in a row refused for their rate after which the connection is closed. */
const refusalsUntilClose = 200;

export interface RequestsOptions {
  readonly outbox: Outbox;
  readonly dispatch: DispatchOptions;
  /** Of the handshake: without one nothing is asked. */
  readonly session: PeerSession;
  /** As of now: who is at the console changes while connections live. */
  readonly caller: () => Caller;
  readonly nowMs: () => number;
  readonly onTopics: () => void;
}

export interface Requests {
  /** Answers one request. Gives why the connection must close, or null. Does not reject. */
  handle(value: unknown): Promise<Failure | null>;
  topics(): ReadonlySet<Topic>;
  /** An event's frame, sent if this connection subscribes to its topic. Gives why it must close, or null. */
  deliver(topic: Topic, frame: Uint8Array): Failure | null;
  /** The connection is closed: nothing is sent or looked at any more, and nobody waits for what is under way. */
  stop(): void;
}

/** The verb whose result is the current value of a topic. */
const snapshotOf: Readonly<Record<Topic, { readonly verb: ReadVerb; readonly args: unknown } | null>> = {
  status: { verb: 'read.status', args: {} },
  /** Sent by the keeper itself as soon as somebody subscribes. */
  seats: null,
  processes: { verb: 'read.processes', args: { all: false } satisfies ParsedArgs<'read.processes'> },
};

export const createRequests = (options: RequestsOptions): Requests => {
  const { outbox, dispatch, session, caller, nowMs, onTopics } = options;
  let topics: ReadonlySet<Topic> = new Set();
  const deliveries = new Map<Topic, number>();
  const delivered = (topic: Topic): number => deliveries.get(topic) ?? 0;
  let bucket = fullBucket(requestRate, nowMs());
  let refusals = 0;
  /** Requests under way, each with who wants to know that nobody waits for its answer any more. */
  const underWay = new Set<{ onGone: () => void }>();
  let stopped = false;

  const answerOf = async (asked: Asked, args: unknown): Promise<Answer<unknown>> => {
    const one = { onGone: (): void => {} };
    const call: Call = {
      onGone: (listener) => {
        if (stopped) listener();
        else one.onGone = listener;
      },
    };
    underWay.add(one);
    try {
      return await answerVerb(dispatch, asked, args, call);
    } finally {
      underWay.delete(one);
    }
  };

  const tooSlow = (sent: Sent, what: string): Failure | null =>
    sent === 'too_slow' ? failure('too_slow', what) : null;

  const reply = (id: number, answer: Answer<unknown>, what: string): Failure | null => {
    if (stopped) return null;
    const refusal = (error: Failure): unknown => ({ type: 'reply', id, ok: false, error });
    const message = answer.ok ? { type: 'reply', id, ok: true, result: answer.result } : refusal(answer.failure);
    const sent = outbox.send(message);
    return tooSlow(sent === 'too_large' ? outbox.send(refusal(failure('frame_too_large', what))) : sent, what);
  };

  /** The current value, for one who has just begun to look; skipped when one was published meanwhile. */
  const sendSnapshot = async (topic: Topic, deliveredBefore: number): Promise<Failure | null> => {
    const isStillWanted = (): boolean => topics.has(topic) && delivered(topic) === deliveredBefore;
    if (!isStillWanted()) return null;
    const snapshot = snapshotOf[topic];
    if (snapshot === null) return null;
    const { verb, args } = snapshot;
    const answer = await answerOf({ verb, caller: caller() }, args);
    return answer.ok && isStillWanted()
      ? tooSlow(outbox.send({ type: 'event', topic, data: answer.result }), topic)
      : null;
  };

  const subscribe = async (id: number, wanted: ReadonlySet<Topic>, who: Caller): Promise<Failure | null> => {
    // What the gateway must know of seats is for the gateway.
    if (wanted.has('seats') && who.tier !== 'gateway')
      return reply(id, { ok: false, failure: failure('not_allowed', 'the topic seats is for gateway') }, 'subscribe');
    const added = [...wanted]
      .filter((topic) => !topics.has(topic))
      .map((topic) => ({ topic, before: delivered(topic) }));
    topics = wanted;
    let why = reply(id, { ok: true, result: {} }, 'subscribe');
    // The keeper may publish at once when it hears that somebody looks.
    onTopics();
    for (const { topic, before } of added) why ??= await sendSnapshot(topic, before);
    return why;
  };

  const refuseRate = (id: number, verb: string): Failure | null => {
    refusals += 1;
    const why = failure('rate_limited', verb);
    return refusals >= refusalsUntilClose ? why : reply(id, { ok: false, failure: why }, verb);
  };

  /** What changes something is for the one who shook hands: asked before it is done, and before it is told what came of it. */
  const answer = async (id: number, verb: HandledVerb, args: unknown, who: Caller): Promise<Failure | null> => {
    if (isReadVerb(verb)) return reply(id, await answerOf({ verb, caller: who }, args), verb);
    const proven = proveCaller(who, session);
    if (!proven.ok) return proven.failure;
    const done = await answerOf({ verb, caller: proven.caller }, args);
    return (stopped ? null : session.still()) ?? reply(id, done, verb);
  };

  const handle = async (value: unknown): Promise<Failure | null> => {
    const request = requestSchema.safeParse(value);
    if (!request.success) return failure('bad_frame', 'not a request');
    const { id, verb } = request.data;
    const taken = take(bucket, requestRate, nowMs());
    bucket = taken.bucket;
    if (!taken.ok || underWay.size >= inFlightLimit) return refuseRate(id, verb);
    refusals = 0;
    const who = caller();
    const accepted = acceptRequest(request.data, who.tier, dispatch.hostKind);
    if (!accepted.ok) {
      if (accepted.failure.code === 'not_allowed') dispatch.onNotAllowed(verb, who);
      return reply(id, accepted, verb);
    }
    try {
      return accepted.verb === 'subscribe'
        ? await subscribe(id, new Set((accepted.args as ParsedArgs<'subscribe'>).topics), who)
        : await answer(id, accepted.verb, accepted.args, who);
    } catch (error) {
      // A result that cannot be written as JSON, or a listener of ours that threw.
      dispatch.onFault(accepted.verb, error);
      return reply(id, { ok: false, failure: failure('internal', verb) }, verb);
    }
  };

  const deliver = (topic: Topic, frame: Uint8Array): Failure | null => {
    if (!topics.has(topic)) return null;
    deliveries.set(topic, delivered(topic) + 1);
    return tooSlow(outbox.sendFrame(frame), topic);
  };

  const stop = (): void => {
    stopped = true;
    topics = new Set();
    for (const { onGone } of [...underWay]) onGone();
    onTopics();
  };

  return { handle, topics: () => topics, deliver, stop };
};
