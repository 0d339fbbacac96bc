import { setTimeout as sleep } from 'node:timers/promises';
import { failure } from '../protocol/errors.ts';
import type { EnsureAnswer } from '../protocol/seats.ts';
import type { Answer } from '../protocol/session.ts';
import type { Ask } from './keeper-link.ts';

/** The keeper is asked for a seat in a way that can be taken back: whoever asks may hang up before the answer. */

export interface SeatAsk {
  /** Never rejects. */
  readonly answer: Promise<Answer<EnsureAnswer>>;
  /** Nobody waits for it any more. The keeper finds no memory for it then; what it has begun goes on. */
  readonly takeBack: () => void;
}

export type AskForSeat = (
  verb: 'seat.ensure' | 'seat.load',
  args: { readonly seat: string; readonly waitSeconds?: number },
) => SeatAsk;

const againMs = 1_000;

/** `onAnswer` is told what came of each: an outcome, the code of a failure, or `left`. */
export const createSeatAsks = (ask: Ask, onAnswer: (seat: string, outcome: string) => void): AskForSeat => {
  let tickets = 0;
  return (verb, args) => {
    tickets += 1;
    const ticket = `${tickets}`;
    let state: 'asked' | 'taken_back' | 'over' = 'asked';
    const asked =
      verb === 'seat.ensure' ? ask('seat.ensure', { ...args, ticket }) : ask('seat.load', { seat: args.seat, ticket });
    const answer = asked.then((given) => {
      onAnswer(args.seat, state === 'taken_back' ? 'left' : given.ok ? given.result.outcome : given.failure.code);
      state = 'over';
      return given;
    });
    const takeBack = async (): Promise<void> => {
      while (state === 'taken_back') {
        const done = await ask('seat.unask', { ticket });
        // Many who hang up at once are more than may be asked in a second.
        if (done.ok || done.failure.code !== 'rate_limited') return;
        await sleep(againMs, undefined, { ref: false });
      }
    };
    return {
      answer,
      takeBack: () => {
        if (state !== 'asked') return;
        state = 'taken_back';
        void takeBack();
      },
    };
  };
};

/** Read by nobody. */
const left = { ok: false, failure: failure('connection_lost', 'who asked has left') } as const;

/** The answer; or, as soon as who waits for it has `gone`, that. `onGone` is called in that case only. */
export const unlessGone = (
  answer: Promise<Answer<EnsureAnswer>>,
  gone: AbortSignal,
  onGone: () => void,
): Promise<Answer<EnsureAnswer>> =>
  new Promise((resolve) => {
    const leave = (): void => {
      onGone();
      resolve(left);
    };
    if (gone.aborted) {
      leave();
      return;
    }
    gone.addEventListener('abort', leave, { once: true });
    void answer.then((given) => {
      gone.removeEventListener('abort', leave);
      resolve(given);
    });
  });
