import type { EnsureAnswer } from '../../protocol/seats.ts';
import type { Answer } from '../../protocol/session.ts';
import { isKeeperGone } from '../http/errors.ts';
import type { Refusal } from './refusal.ts';

export type StartResult = { readonly ok: true } | { readonly ok: false; readonly refusal: Refusal };

/** `left` is aborted when nobody waits for the answer any more. */
export type Ensure = (seat: string, left: AbortSignal) => Promise<Answer<EnsureAnswer>>;

export interface Starts {
  /**
   * Waits for the seat: many who wait ask for it once. Within the back-off after a failure the answer is that failure.
   * Gives what ends the waiting of this one. With the last that goes the question is taken back; a start goes on.
   */
  join(seat: string, onResult: (result: StartResult) => void): () => void;
  /** The seat serves, or is none any more: its failures are forgotten. */
  forget(seat: string): void;
}

interface UnderWay {
  readonly waiting: Set<(result: StartResult) => void>;
  readonly left: AbortController;
}

interface Failed {
  readonly refusal: Refusal;
  readonly count: number;
  /** Before this the seat is not asked for again. */
  readonly againAtMs: number;
  /** When the keeper said that asking may be worth it. */
  readonly worthItAtMs: number;
}

export interface StartsOptions {
  readonly ensure: Ensure;
  readonly nowMs: () => number;
  readonly backOffMs: { readonly first: number; readonly last: number };
  readonly onTrouble: (text: string) => void;
}

export const createStarts = ({ ensure, nowMs, backOffMs, onTrouble }: StartsOptions): Starts => {
  const underWay = new Map<string, UnderWay>();
  const failures = new Map<string, Failed>();

  const settle = (seat: string, { waiting }: UnderWay, result: StartResult): void => {
    underWay.delete(seat);
    if (result.ok) failures.delete(seat);
    else {
      const count = (failures.get(seat)?.count ?? 0) + 1;
      const pauseMs = Math.min(backOffMs.first * 2 ** (count - 1), backOffMs.last);
      const { refusal } = result;
      const now = nowMs();
      failures.set(seat, {
        refusal,
        count,
        againAtMs: now + pauseMs,
        worthItAtMs: now + (refusal.retryAfterSeconds ?? 0) * 1_000,
      });
    }
    for (const tell of waiting) tell(result);
  };

  const ask = async (seat: string, one: UnderWay): Promise<void> => {
    let result: StartResult;
    try {
      result = resultOf(seat, await ensure(seat, one.left.signal));
    } catch (error) {
      onTrouble(`${seat}: asking for it failed: ${String(error)}`);
      result = { ok: false, refusal: unanswered(seat) };
    }
    // What was taken back is no failure of the seat's, and another may have been asked since.
    if (!one.left.signal.aborted) settle(seat, one, result);
  };

  return {
    join: (seat, onResult) => {
      const failed = failures.get(seat);
      const now = nowMs();
      if (failed !== undefined && now < failed.againAtMs && !underWay.has(seat)) {
        const { refusal } = failed;
        const leftMs = Math.max(failed.againAtMs, failed.worthItAtMs) - now;
        const retryAfterSeconds = refusal.retryAfterSeconds === null ? null : Math.ceil(leftMs / 1_000);
        onResult({ ok: false, refusal: { ...refusal, retryAfterSeconds } });
        return () => {};
      }
      const known = underWay.get(seat);
      const one: UnderWay = known ?? { waiting: new Set(), left: new AbortController() };
      one.waiting.add(onResult);
      if (known === undefined) {
        underWay.set(seat, one);
        void ask(seat, one);
      }
      return () => {
        one.waiting.delete(onResult);
        if (one.waiting.size > 0 || underWay.get(seat) !== one) return;
        underWay.delete(seat);
        one.left.abort();
      };
    },
    forget: (seat) => {
      failures.delete(seat);
    },
  };
};

const unanswered = (seat: string): Refusal => ({
  seat,
  code: 'keeper_unavailable',
  state: null,
  said: `The keeper does not answer, so ${seat} could not be asked for.`,
  retryAfterSeconds: 5,
});

const resultOf = (seat: string, answer: Answer<EnsureAnswer>): StartResult => {
  if (!answer.ok) {
    const { message, detail } = answer.failure;
    if (isKeeperGone(answer.failure)) return { ok: false, refusal: unanswered(seat) };
    const said = `${seat} could not be asked for. ${detail === '' ? message : `${message} (${detail})`}`;
    return { ok: false, refusal: { ...unanswered(seat), said } };
  }
  const { outcome, state, said, retryAfterSeconds } = answer.result;
  if (outcome === 'ready') return { ok: true };
  return {
    ok: false,
    refusal: { seat, code: outcome, state, said, retryAfterSeconds },
  };
};
