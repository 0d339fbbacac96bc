import { type ReadonlySignal, signal } from '@preact/signals';
import type { Bridge } from '../../../app/ipc/contract.ts';
import type { Preview } from '../../../helper/protocol/seats.ts';
import { couldNotAsk } from '../../text/helper-words.ts';

/**
 * Whether a seat would fit, asked of the keeper while the sheet is open: at once, and again after each change of status,
 * at most once in two seconds. Asking changes nothing.
 */

export const askEveryMs = 2000;

export interface WhatIf {
  /** The seat in question; null: the sheet is closed. */
  readonly seat: ReadonlySignal<string | null>;
  /** The latest answer for that seat; stays while the next is being asked. */
  readonly answer: ReadonlySignal<{ readonly preview: Preview; readonly atMs: number } | null>;
  /** Why there is no newer answer; empty: there is. */
  readonly problem: ReadonlySignal<string>;
  readonly open: (seat: string) => void;
  readonly close: () => void;
  /** The status has changed: what it answers may have. */
  readonly refresh: () => void;
}

/** Wall time, and a way to come back to something later; returns how not to. */
export interface WhatIfClock {
  readonly now: () => number;
  readonly later: (afterMs: number, then: () => void) => () => void;
}

export const createWhatIf = (bridge: Pick<Bridge, 'preview'>, { now, later }: WhatIfClock): WhatIf => {
  const seat = signal<string | null>(null);
  const answer = signal<{ readonly preview: Preview; readonly atMs: number } | null>(null);
  const problem = signal('');
  /** Only the answer to the newest question counts, and there is one at a time. */
  let question = 0;
  let isAsking = false;
  let wantsMore = false;
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let cancel: (() => void) | null = null;

  const stop = (): void => {
    cancel?.();
    cancel = null;
    wantsMore = false;
  };

  const ask = async (name: string): Promise<void> => {
    stop();
    const mine = ++question;
    isAsking = true;
    askedAtMs = now();
    let wrong = '';
    let found: Preview | null = null;
    try {
      const given = await bridge.preview(name);
      if (given.ok) found = given.result;
      else wrong = `${given.failure.message} ${given.failure.todo}`.trim();
    } catch {
      wrong = couldNotAsk;
    }
    if (mine !== question) return;
    isAsking = false;
    problem.value = wrong;
    if (found !== null) answer.value = { preview: found, atMs: now() };
    if (wantsMore) refresh();
  };

  const refresh = (): void => {
    const name = seat.peek();
    if (name === null || cancel !== null) return;
    wantsMore = isAsking;
    if (isAsking) return;
    const waitMs = askedAtMs + askEveryMs - now();
    if (waitMs <= 0) {
      void ask(name);
      return;
    }
    cancel = later(waitMs, () => {
      cancel = null;
      const still = seat.peek();
      if (still !== null) void ask(still);
    });
  };

  return {
    seat,
    answer,
    problem,
    open: (name) => {
      if (seat.peek() === name) return;
      seat.value = name;
      answer.value = null;
      problem.value = '';
      void ask(name);
    },
    close: () => {
      stop();
      question += 1;
      isAsking = false;
      seat.value = null;
      answer.value = null;
      problem.value = '';
    },
    refresh,
  };
};
