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
  readonly againAtMs: number;
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
      failures.set(seat, { refusal: result.refusal, count, againAtMs: nowMs() + pauseMs });
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
      const leftMs = failed === undefined ? 0 : failed.againAtMs - nowMs();
      const waiting = underWay.get(seat) ?? new Set();
      if (failed !== undefined && leftMs > 0 && !underWay.has(seat)) {
        const { refusal } = failed;
        const retryAfterSeconds = Math.max(1, Math.ceil(leftMs / 1000));
        onResult({ ok: false, refusal: { ...refusal, retryAfterSeconds } });
        return () => {};
      }
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
