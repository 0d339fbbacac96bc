import type { Io } from '../command.ts';
import { interruptSignal, pause } from '../interrupt.ts';
import { type Judged, judge, nothingJudged, type Verdict, verdictOf } from './judge.ts';
import { chat, type Finding, look } from './look.ts';
import type { WatchOptions } from './options.ts';
import { createTeller } from './tell.ts';
import { verdictText } from './words.ts';

/** Looks again and again until it is interrupted, or once. Gives the last verdict; null: it was interrupted before there was one. */

export interface WatchTimes {
  readonly lookMs?: number;
  readonly chatMs?: number;
}

const now = (): number => performance.now();

export const watch = async (options: WatchOptions, io: Io, times: WatchTimes = {}): Promise<Verdict | null> => {
  const { watched, everyMs, chatEveryMs, isOnce, isJson, remindMs, push, host } = options;
  const strikes = isOnce ? 1 : options.strikes;
  const teller = createTeller({ io, url: watched.url, host, isJson, remindMs, push, wallMs: Date.now });
  let judged: Judged = nothingJudged;
  let verdict: Verdict | null = null;
  let chattedMs: number | null = null;
  const { signal, remove } = interruptSignal(io);

  /** After a failure sooner: whether it lasts is what matters. */
  const ask = async (): Promise<Finding> => {
    const isDue = chattedMs === null || judged.chat.last?.ok === false || now() - chattedMs >= chatEveryMs;
    if (options.chat === null || !isDue) return null;
    chattedMs = now();
    return chat(options.chat, times.chatMs, signal);
  };

  try {
    for (;;) {
      const [seen, chatted] = await Promise.all([look(watched, times.lookMs, signal), ask()]);
      // What was cut off says nothing of the machine.
      if (signal.aborted) return verdict;
      judged = judge(judged, seen, chatted, strikes);
      verdict = verdictOf(judged, verdict);
      if (verdict !== null) teller.tell({ verdict, said: verdictText(verdict, judged) }, now());
      if (isOnce) await teller.settled(signal);
      if (isOnce) return verdict;
      await pause(everyMs, signal);
      if (signal.aborted) return verdict;
    }
  } finally {
    remove();
    teller.close();
  }
};
