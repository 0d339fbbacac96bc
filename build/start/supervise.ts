import { setTimeout as sleep } from 'node:timers/promises';
import type { Child, Ending } from './child.ts';

/** A child that lived this long had started well: the next death begins a new count. */
export const healthyMs = 60_000;
/** Deaths in a row after which it is not started again. */
export const maxDeaths = 6;

/** Wait before the next start after so many deaths in a row: 1, 2, 4, 8, 16 s. */
export const restartDelayMs = (deaths: number): number => Math.min(1000 * 2 ** Math.max(0, deaths - 1), 16_000);

export interface Supervised {
  /** Resolves when it is not running and will not be started again: stopped, ended well, or dead too often. */
  readonly done: Promise<'stopped' | 'ended' | 'gave up'>;
  readonly stop: () => Promise<void>;
  /** Not to be started again; what runs ends without a wait. */
  readonly hurry: () => void;
}

export interface SuperviseOptions {
  readonly name: string;
  readonly start: () => Child;
  /** Whether this ending is meant; then it is not started again. */
  readonly isMeant: (ending: Ending) => boolean;
  /** Asked before another start; true ends the supervision as `ended`. */
  readonly isNeedless?: (ending: Ending) => Promise<boolean>;
  /** Whether another start would end the same way. */
  readonly isHopeless?: (ending: Ending) => boolean;
  readonly say: (line: string) => void;
  /** Wait before the next start, milliseconds; tests have others. */
  readonly delayMs?: (deaths: number) => number;
}

/** Keeps a child running; a death is said at once with the last lines it wrote. */
export function supervise({
  name,
  start,
  isMeant,
  isNeedless,
  isHopeless,
  say,
  delayMs = restartDelayMs,
}: SuperviseOptions): Supervised {
  const stopping = new AbortController();
  let current = start();
  const run = async (): Promise<'stopped' | 'ended' | 'gave up'> => {
    for (let deaths = 0; ; current = start()) {
      const ending = await current.ended;
      if (stopping.signal.aborted) return 'stopped';
      if (isMeant(ending)) return 'ended';
      say(`${name} died (${describeEnding(ending)}) after ${(ending.livedMs / 1000).toFixed(1)} s`);
      for (const line of ending.lastLines) say(`  ${line}`);
      if (await isNeedless?.(ending)) return 'ended';
      if (isHopeless?.(ending)) return 'gave up';
      deaths = ending.livedMs >= healthyMs ? 1 : deaths + 1;
      if (deaths >= maxDeaths) {
        say(`${name} died ${deaths} times in a row and is not started again`);
        return 'gave up';
      }
      const waitMs = delayMs(deaths);
      say(`${name} starts again in ${waitMs / 1000} s`);
      await sleep(waitMs, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return 'stopped';
    }
  };
  const done = run();
  return {
    done,
    stop: async () => {
      stopping.abort();
      await current.stop();
      await done;
    },
    hurry: () => {
      stopping.abort();
      current.hurry();
    },
  };
}

export const describeEnding = (ending: Ending): string =>
  ending.signal === null ? `code ${ending.code}` : `signal ${ending.signal}`;
