import type { EnsureAnswer } from '../../protocol/seats.ts';
import type { Answer } from '../../protocol/session.ts';
import type { Refusal } from './refusal.ts';

export type StartResult = { readonly ok: true } | { readonly ok: false; readonly refusal: Refusal };

export type Ensure = (seat: string) => Promise<Answer<EnsureAnswer>>;

export interface Starts {
  /**
   * Waits for the seat: many who wait ask for it once. Within the back-off after a failure the answer is that failure.
   * Gives what ends the waiting of this one; the start itself goes on, because others want the seat, or will.
   */
  join(seat: string, onResult: (result: StartResult) => void): () => void;
  /** The seat serves, or is none any more: its failures are forgotten. */
  forget(seat: string): void;
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
  const underWay = new Map<string, Set<(result: StartResult) => void>>();
  const failures = new Map<string, Failed>();

  const settle = (seat: string, result: StartResult): void => {
    const waiting = underWay.get(seat);
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
        worthItAtMs: now + refusal.retryAfterSeconds * 1_000,
      });
    }
    for (const tell of waiting ?? []) tell(result);
  };

  const ask = async (seat: string): Promise<void> => {
    let result: StartResult;
    try {
      result = resultOf(seat, await ensure(seat));
    } catch (error) {
      onTrouble(`${seat}: asking for it failed: ${String(error)}`);
      result = { ok: false, refusal: unanswered(seat) };
    }
    settle(seat, result);
  };

  return {
    join: (seat, onResult) => {
      const failed = failures.get(seat);
      const now = nowMs();
      if (failed !== undefined && now < failed.againAtMs && !underWay.has(seat)) {
        const leftMs = Math.max(failed.againAtMs, failed.worthItAtMs) - now;
        onResult({ ok: false, refusal: { ...failed.refusal, retryAfterSeconds: Math.ceil(leftMs / 1_000) } });
        return () => {};
      }
      const waiting = underWay.get(seat) ?? new Set();
      waiting.add(onResult);
      if (!underWay.has(seat)) {
        underWay.set(seat, waiting);
        void ask(seat);
      }
      return () => waiting.delete(onResult);
    },
    forget: (seat) => {
      failures.delete(seat);
    },
  };
};

/** When asking again is of no use, a client that asks all the same is asked to leave it for a while. */
const hopelessSeconds = 60;

const unanswered = (seat: string, detail = 'the keeper did not answer'): Refusal => ({
  seat,
  code: 'keeper_unavailable',
  state: null,
  said: `${seat} could not be asked for: ${detail}.`,
  retryAfterSeconds: 5,
});

const resultOf = (seat: string, answer: Answer<EnsureAnswer>): StartResult => {
  if (!answer.ok) {
    const { message, detail } = answer.failure;
    const why = detail === '' ? message : `${message} (${detail})`;
    return { ok: false, refusal: { ...unanswered(seat), said: `${seat} could not be asked for. ${why}` } };
  }
  const { outcome, state, said, retryAfterSeconds } = answer.result;
  if (outcome === 'ready') return { ok: true };
  return {
    ok: false,
    refusal: { seat, code: outcome, state, said, retryAfterSeconds: retryAfterSeconds ?? hopelessSeconds },
  };
};
