import { countdown } from '../protocol/figures.ts';
import type { ReliefState } from './state.ts';
import type { Orders } from './world.ts';

/**
 * The operator's pause of automatic actions. It ends by itself, and with the keeper. It holds back what Castellan would begin
 * by itself (remedies, and the brake's freezes), and never what gives back or protects: resumes and their deadlines, the
 * deadman, restores, idle stops of seats, admission, bands and limits. Questions to the operator, and answers, go on as well.
 */

export interface Pause {
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** Null: no pause holds at that time. */
export const pauseLeftMs = ({ pause }: Pick<ReliefState, 'pause'>, nowMs: number): number | null =>
  pause === null || nowMs >= pause.untilMs ? null : pause.untilMs - nowMs;

/** Null: no pause holds. */
export const pausedWords = (relief: Pick<ReliefState, 'pause'>, nowMs: number): string | null => {
  const leftMs = pauseLeftMs(relief, nowMs);
  return leftMs === null ? null : `automatic actions are paused for another ${countdown(leftMs / 1000)}`;
};

/** From now on, whatever held before; 0 minutes: none. */
export const pauseFor = (relief: ReliefState, minutes: number, nowMs: number): ReliefState => ({
  ...relief,
  pause: minutes === 0 ? null : { sinceMs: nowMs, untilMs: nowMs + minutes * 60_000 },
});

/** Ends a pause whose time has come. */
export const observePause = (relief: ReliefState, nowMs: number, orders: Orders): ReliefState => {
  if (relief.pause === null || pauseLeftMs(relief, nowMs) !== null) return relief;
  orders.said.push('the pause is over: automatic actions go on');
  orders.rows.push({ kind: 'observed', what: 'pause_over', target: 'Automatic relief', detail: 'its time is over' });
  return { ...relief, pause: null };
};
