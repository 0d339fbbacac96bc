import { type Failure, failure } from '../../protocol/errors.ts';
import type { Handlers } from './dispatch.ts';
import { type Bucket, fullBucket, type Rate, take } from './rate.ts';

/**
 * What the gateway may change, it may change once a second for each seat: a gateway that was taken over can then neither
 * flood the keeper's judgement nor its audit. To ensure a seat is left out: that is answered by one load, however often
 * it is asked for.
 */

/** Two in a row, because neither side's second begins when the other's does. */
const mutationRate: Rate = { perSecond: 1, burst: 2 };
/** Seats and verbs whose count is kept; beyond that, those that are full again are forgotten. */
const keptBuckets = 512;

export const createMutationLimit = (nowMs: () => number): ((verb: string, seat: string) => Failure | null) => {
  const buckets = new Map<string, Bucket>();
  const forget = (now: number): void => {
    const fullAgainMs = (1000 * mutationRate.burst) / mutationRate.perSecond;
    for (const [key, { atMs }] of buckets) if (now - atMs > fullAgainMs) buckets.delete(key);
  };
  return (verb, seat) => {
    const now = nowMs();
    const key = `${verb} ${seat}`;
    if (buckets.size >= keptBuckets && !buckets.has(key)) {
      forget(now);
      if (buckets.size >= keptBuckets) return failure('rate_limited', verb);
    }
    const { bucket, ok } = take(buckets.get(key) ?? fullBucket(mutationRate, now), mutationRate, now);
    buckets.set(key, bucket);
    return ok ? null : failure('rate_limited', `${verb} of ${seat}: once a second`);
  };
};

/** The same handlers, with the limit before those that change something. */
export const limitMutations = (handlers: Handlers, nowMs: () => number): Handlers => {
  const limit = createMutationLimit(nowMs);
  const limited =
    <Args extends { readonly seat: string }, Rest extends unknown[], Result>(
      verb: string,
      handler: (args: Args, ...rest: Rest) => Result,
    ) =>
    (args: Args, ...rest: Rest): Result | { readonly ok: false; readonly failure: Failure } => {
      const why = limit(verb, args.seat);
      return why === null ? handler(args, ...rest) : { ok: false, failure: why };
    };
  return {
    ...handlers,
    'seat.load': limited('seat.load', handlers['seat.load']),
    'seat.release': limited('seat.release', handlers['seat.release']),
    'seat.traffic': limited('seat.traffic', handlers['seat.traffic']),
    'seat.closingAck': limited('seat.closingAck', handlers['seat.closingAck']),
  };
};
