import type { ReliefState } from './state.ts';
import type { AlertWish, Orders, World } from './world.ts';

/** Times and episodes: since when memory is green, calm or red, and when one trouble ends and the next begins. */

/** So long green, and the next trouble is another one. */
const episodeEndsMs = 600_000;
const ladderEveryMs = 30_000;

const GB = 2 ** 30;
/** Swap in use above, or share of memory free below which a step holds; the worst one counts. */
const ladderSteps = [
  { step: 3, swapBytes: 30 * GB, freeShare: 0.1 },
  { step: 2, swapBytes: 20 * GB, freeShare: 0.2 },
  { step: 1, swapBytes: 15 * GB, freeShare: 0.3 },
] as const;

/** The gentle ladder: strict inequalities, either arm alone. What is not known holds no step. */
export const ladderStep = (
  swapUsedBytes: number | null,
  availableBytes: number | null,
  totalBytes: number,
): 0 | 1 | 2 | 3 => {
  for (const { step, swapBytes, freeShare } of ladderSteps)
    if (
      (swapUsedBytes !== null && swapUsedBytes > swapBytes) ||
      (availableBytes !== null && availableBytes < freeShare * totalBytes)
    )
      return step;
  return 0;
};

const since = (holds: boolean, before: number | null, nowMs: number): number | null =>
  holds ? (before ?? nowMs) : null;

/** What was tried, told or refused in one trouble says nothing about the next. */
const endEpisode = (relief: ReliefState): ReliefState => ({
  ...relief,
  episode: null,
  approvals: { ...relief.approvals, denied: [] },
  tries: [],
  rehearsed: [],
  thawed: [],
  foreign: [],
  conflict: null,
  told: [],
});

export const observeTimes = (before: ReliefState, world: World): ReliefState => {
  const { nowMs, level, machine } = world;
  // Its first look comes when a whole interval has been seen: the level path speaks first.
  const ladder = before.ladder.atMs === null ? { ...before.ladder, atMs: nowMs } : before.ladder;
  const isLadderDue = nowMs - (ladder.atMs ?? nowMs) >= ladderEveryMs;
  const relief: ReliefState = {
    ...before,
    greenSinceMs: since(level === 0, before.greenSinceMs, nowMs),
    calmSinceMs: since(level <= 1, before.calmSinceMs, nowMs),
    redSinceMs: since(level === 3, before.redSinceMs, nowMs),
    ladder: isLadderDue
      ? {
          step: ladderStep(machine.swap?.usedBytes ?? null, machine.availableBytes, machine.totalBytes),
          atMs: nowMs,
        }
      : ladder,
  };
  if (relief.episode === null)
    return level === 0 ? relief : { ...relief, episode: { number: relief.nextPlanId, sinceMs: nowMs } };
  const isOver = relief.greenSinceMs !== null && nowMs - relief.greenSinceMs >= episodeEndsMs;
  return isOver ? endEpisode(relief) : relief;
};

/** An alert that is told once in an episode. */
export const tell = (relief: ReliefState, wish: AlertWish, orders: Orders): ReliefState => {
  const key = `${wish.alert} ${wish.subject}`;
  if (relief.told.includes(key)) return relief;
  orders.alerts.push(wish);
  return { ...relief, told: [...relief.told, key] };
};
