import { createClock } from '../clock.ts';
import type { Clock } from '../port.ts';

/** Time of the simulated machine. `advance` exists in manual mode only: real time cannot be pushed. */
export interface SimClock extends Clock {
  /** Steps through all timers that fall due, in order, then stands at the new time. Throws in real mode. */
  advance(ms: number): void;
  close(): void;
}

/** Wall time at which a manual clock starts: 2026-01-01 00:00 UTC. Only printed, never judged by. */
const manualEpochMs = 1_767_225_600_000;

interface Timer {
  readonly atMs: number;
  readonly call: () => void;
}

/** @param onTime is told the new time before a timer is called, so that the world has caught up with it */
export const createManualClock = (onTime: (nowMs: number) => void): SimClock => {
  const timers = new Set<Timer>();
  let nowMs = 0;
  const nextDue = (beforeMs: number): Timer | null => {
    let next: Timer | null = null;
    for (const timer of timers) if (timer.atMs <= beforeMs && (next === null || timer.atMs < next.atMs)) next = timer;
    return next;
  };
  const reach = (ms: number): void => {
    nowMs = Math.max(nowMs, ms);
    onTime(nowMs);
  };
  return {
    nowMs: () => nowMs,
    wallMs: () => manualEpochMs + nowMs,
    at: (atMs, call) => {
      const timer = { atMs, call };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance: (ms) => {
      const untilMs = nowMs + ms;
      for (let timer = nextDue(untilMs); timer !== null; timer = nextDue(untilMs)) {
        timers.delete(timer);
        reach(timer.atMs);
        timer.call();
      }
      reach(untilMs);
    },
    close: () => timers.clear(),
  };
};

/** The machine lives in real time: every look at it brings it to the present. */
export const createRealClock = (): SimClock => ({
  ...createClock(),
  advance: () => {
    throw new Error('a simulated machine in real time cannot be advanced');
  },
});
