import { type EnsureAnswer, type GatewaySeat, isServing, type ReleaseAnswer } from '../../protocol/seats.ts';
import type { Answer } from '../../protocol/session.ts';
import type { SeatActivity } from '../activity.ts';
import type { Closings } from '../closings.ts';
import { type AskForSeat, type SeatAsk, unlessGone } from '../seat-asks.ts';
import type { ViewCache } from '../view-cache.ts';
import { errorReply, failureReply, jsonReply, type Reply } from './reply.ts';

/** Asking for a seat: from the view where that is certain, else from the keeper. */

export const ensureReply = (answer: EnsureAnswer): Reply => {
  const { outcome, said, retryAfterSeconds } = answer;
  if (outcome === 'ready') return jsonReply(200, answer);
  const more = { error: said, retryAfterSeconds, fields: { ...answer } };
  switch (outcome) {
    case 'needs_shedding':
      return errorReply('needs_shedding', more);
    case 'refused':
      return errorReply('seat_refused', more);
    case 'never_ready':
      return errorReply('never_ready', more);
    case 'failed':
      return errorReply('start_failed', more);
  }
};

export const releaseReply = (answer: ReleaseAnswer): Reply => {
  const { outcome, said } = answer;
  const more = { error: said, fields: { ...answer } };
  switch (outcome) {
    case 'draining':
      return jsonReply(202, answer);
    case 'absent':
      return jsonReply(200, answer);
    case 'in_flight':
      return errorReply('in_flight', { ...more, retryAfterSeconds: 5 });
    case 'protected':
      return jsonReply(403, {
        code: 'seat_protected',
        error: said,
        next: 'End it by its service if it must go; its memory is kept free for it all the same.',
        ...answer,
      });
    case 'failed':
      return errorReply('release_failed', more);
  }
};

export const servesNow = ({ name, state }: Pick<GatewaySeat, 'name' | 'state'>): EnsureAnswer => ({
  seat: name,
  outcome: 'ready',
  state,
  admission: null,
  retryAfterSeconds: null,
  said: `${name} serves.`,
});

/** A seat that does no work is the keeper's to answer for, who says why. */
const mayServe = ({ state, closing, health }: GatewaySeat): boolean =>
  isServing(state) && closing === null && health?.isDead !== true;

export interface Ensure {
  /** The answer to this URL as it stands, when the seat serves: it has been counted as a tick. */
  readonly fromView: (url: string) => Reply | null;
  /**
   * Never rejects. Calls without waiting share one question to the keeper, which the last of them takes back that goes.
   * `gone`: whoever asks has left.
   */
  readonly ensure: (seat: GatewaySeat, waitSeconds: number, gone: AbortSignal) => Promise<Answer<EnsureAnswer>>;
  readonly load: (seat: GatewaySeat, gone: AbortSignal) => Promise<Answer<EnsureAnswer>>;
}

/** A question that several wait for. */
interface Shared {
  readonly asked: SeatAsk;
  waiting: number;
}

export interface EnsureOptions {
  readonly cache: ViewCache;
  readonly closings: Closings;
  readonly activity: SeatActivity;
  readonly askFor: AskForSeat;
}

export const createEnsure = ({ cache, closings, activity, askFor }: EnsureOptions): Ensure => {
  const asking = new Map<string, Shared>();

  /** By URL, for the seats that serve: made when a seat begins to, so that answering makes nothing. */
  let ready: ReadonlyMap<string, { readonly seat: string; readonly state: string; readonly reply: Reply }> = new Map();
  cache.onView(({ seats }) => {
    const next = new Map<string, { readonly seat: string; readonly state: string; readonly reply: Reply }>();
    for (const seat of seats) {
      if (!mayServe(seat)) continue;
      const url = `/ensure-loaded/${encodeURIComponent(seat.name)}`;
      const before = ready.get(url);
      const reply = before?.state === seat.state ? before.reply : jsonReply(200, servesNow(seat));
      next.set(url, { seat: seat.name, state: seat.state, reply });
    }
    ready = next;
  });

  const alone = ({ answer, takeBack }: SeatAsk, gone: AbortSignal): Promise<Answer<EnsureAnswer>> =>
    unlessGone(answer, gone, takeBack);

  const share = (seat: string): Shared => {
    const running = asking.get(seat);
    if (running !== undefined) return running;
    const shared: Shared = { asked: askFor('seat.ensure', { seat }), waiting: 0 };
    asking.set(seat, shared);
    void shared.asked.answer.then(() => forget(seat, shared));
    return shared;
  };

  const forget = (seat: string, shared: Shared): void => {
    if (asking.get(seat) === shared) asking.delete(seat);
  };

  const isCertain = (seat: GatewaySeat): boolean => mayServe(seat) && closings.isOpen(seat.name);

  return {
    fromView: (url) => {
      const found = ready.get(url);
      if (found === undefined || cache.view() === null || !closings.isOpen(found.seat)) return null;
      activity.tick(found.seat);
      return found.reply;
    },
    load: ({ name }, gone) => alone(askFor('seat.load', { seat: name }), gone),
    ensure: (seat, waitSeconds, gone) => {
      if (isCertain(seat)) {
        activity.tick(seat.name);
        return Promise.resolve({ ok: true, result: servesNow(seat) });
      }
      // Each that waits has a place of his own with the keeper, which has sixteen.
      if (waitSeconds > 0) return alone(askFor('seat.ensure', { seat: seat.name, waitSeconds }), gone);
      const shared = share(seat.name);
      shared.waiting += 1;
      return unlessGone(shared.asked.answer, gone, () => {
        shared.waiting -= 1;
        if (shared.waiting > 0) return;
        // Whoever comes now asks anew.
        forget(seat.name, shared);
        shared.asked.takeBack();
      });
    },
  };
};

export const replyToEnsure = (answer: Answer<EnsureAnswer>): Reply =>
  answer.ok ? ensureReply(answer.result) : failureReply(answer.failure);
