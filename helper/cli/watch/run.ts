import type { Io } from '../command.ts';
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
  let isOver = false;
  let wake = (): void => {};
  const stop = io.onInterrupt(() => {
    isOver = true;
    wake();
  });

  /** After a failure sooner: whether it lasts is what matters. */
  const ask = async (): Promise<Finding> => {
    const isDue = chattedMs === null || judged.chat.last?.ok === false || now() - chattedMs >= chatEveryMs;
    if (options.chat === null || !isDue) return null;
    chattedMs = now();
    return chat(options.chat, times.chatMs);
  };
  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, everyMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  try {
    for (;;) {
      const [seen, chatted] = await Promise.all([look(watched, times.lookMs), ask()]);
      judged = judge(judged, seen, chatted, strikes);
      verdict = verdictOf(judged, verdict);
      if (verdict !== null) teller.tell({ verdict, said: verdictText(verdict, judged) }, now());
      if (isOnce) await teller.settled();
      if (isOnce || isOver) return verdict;
      await pause();
      if (isOver) return verdict;
    }
  } finally {
    stop();
    teller.close();
  }
};
