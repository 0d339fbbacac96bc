import type { Clock } from './port.ts';

/** A real clock that can be closed: what was due afterwards is not called. */
export interface RealClock extends Clock {
  close(): void;
}

/** setTimeout takes at most 2^31 − 1 ms and fires at once above that. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Monotonic time is `performance.now()`, libuv's `uv_hrtime`. On Linux that is CLOCK_MONOTONIC, which stands still in sleep
 * (clock_gettime(2)): a sleep leaves no gap there. On macOS it is mach_continuous_time (libuv `src/unix/darwin.c`), which runs
 * on: a sleep should show as a gap. Not seen on a Mac.
 */
export const createClock = (): RealClock => {
  const pending = new Set<() => void>();

  const at = (atMs: number, call: () => void): (() => void) => {
    let timer: NodeJS.Timeout | undefined;
    const cancel = (): void => {
      clearTimeout(timer);
      pending.delete(cancel);
    };
    const wait = (): void => {
      const left = Math.ceil(atMs - performance.now());
      timer = setTimeout(fire, Math.min(Math.max(left, 0), longestTimerMs));
    };
    // Node keeps timers in whole milliseconds of a cached time and may be up to 1 ms early; `at` never is.
    const fire = (): void => {
      if (performance.now() < atMs) {
        wait();
        return;
      }
      pending.delete(cancel);
      call();
    };
    pending.add(cancel);
    wait();
    return cancel;
  };

  let closed = false;
  return {
    nowMs: () => performance.now(),
    wallMs: () => Date.now(),
    at: (atMs, call) => (closed ? () => {} : at(atMs, call)),
    close: () => {
      closed = true;
      for (const cancel of [...pending]) cancel();
    },
  };
};
