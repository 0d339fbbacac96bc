import { isOfferEpisode } from './plan-identity.ts';
import type { ReliefState } from './state.ts';
import type { AlertWish, Orders, World } from './world.ts';

/** Times and episodes: since when memory is green, calm or red, and when one trouble ends and the next begins. */

/** So long green, and the next trouble is another one. */
const episodeEndsMs = 600_000;
const ladderEveryMs = 30_000;
const toldKept = 64;

const GB = 2 ** 30;
/** Swap in use above, or share of memory free below which a step holds; the worst one counts. */
const ladderSteps = [
  { step: 3, swapBytes: 30 * GB, freeShare: 0.1 },
  { step: 2, swapBytes: 20 * GB, freeShare: 0.2 },
  { step: 1, swapBytes: 15 * GB, freeShare: 0.3 },
] as const;

/** The gentle ladder: strict inequalities, either arm alone. What is not known holds no step. */
const ladderStep = (swapUsedBytes: number | null, availableBytes: number | null, totalBytes: number): 0 | 1 | 2 | 3 => {
  for (const { step, swapBytes, freeShare } of ladderSteps)
    if (
      (swapUsedBytes !== null && swapUsedBytes > swapBytes) ||
      (availableBytes !== null && availableBytes < freeShare * totalBytes)
    )
      return step;
  return 0;
};

/** What lies in a gap was not seen: no time of it counts for anything. */
const since = (holds: boolean, before: number | null, { nowMs, isAfterGap }: World): number | null =>
  holds ? (isAfterGap ? nowMs : (before ?? nowMs)) : null;

/** What was tried, told or refused in one trouble says nothing about the next. */
const endEpisode = (relief: ReliefState): ReliefState => ({
  ...relief,
  episode: null,
  approvals: { ...relief.approvals, denied: relief.approvals.denied.filter(isOfferEpisode) },
  tries: [],
  rehearsed: [],
  failed: relief.failed.filter(({ key }) => isOfferEpisode(key)),
  thawed: [],
  foreign: [],
  conflict: null,
  told: [],
});

const observeLadder = ({ ladder }: ReliefState, world: World): ReliefState['ladder'] => {
  const { nowMs, machine } = world;
  // Its first look comes when a whole interval has been seen: the level path speaks first.
  if (ladder.atMs === null) return { ...ladder, atMs: nowMs };
  const isDue = nowMs - ladder.atMs >= ladderEveryMs;
  const step = isDue
    ? ladderStep(machine.swap?.usedBytes ?? null, machine.availableBytes, machine.totalBytes)
    : ladder.step;
  return { step, atMs: isDue ? nowMs : ladder.atMs, gentleSinceMs: since(step < 2, ladder.gentleSinceMs, world) };
};

/** Something has been done, asked or refused: what is remembered of it has its end, whatever the level was. */
const isBusy = (relief: ReliefState): boolean =>
  relief.freezes.length > 0 ||
  relief.inFlight.length > 0 ||
  relief.tries.length > 0 ||
  relief.told.length > 0 ||
  relief.thawed.length > 0 ||
  relief.foreign.length > 0 ||
  relief.failed.some(({ key }) => !isOfferEpisode(key)) ||
  relief.rehearsed.length > 0 ||
  relief.approvals.denied.some((episode) => !isOfferEpisode(episode));

export const observeTimes = (before: ReliefState, world: World): ReliefState => {
  const { nowMs, level } = world;
  const relief: ReliefState = {
    ...before,
    greenSinceMs: since(level === 0, before.greenSinceMs, world),
    calmSinceMs: since(level <= 1, before.calmSinceMs, world),
    redSinceMs: since(level === 3, before.redSinceMs, world),
    ladder: observeLadder(before, world),
  };
  if (relief.episode === null)
    return level === 0 && !isBusy(relief)
      ? relief
      : { ...relief, episode: { number: relief.nextPlanId, sinceMs: nowMs } };
  // On a large machine memory is green long before the ladder has nothing to do.
  const gentleSinceMs = relief.ladder.gentleSinceMs ?? (relief.ladder.step < 2 ? 0 : nowMs);
  const lastMs = Math.max(
    relief.greenSinceMs ?? nowMs,
    gentleSinceMs,
    relief.episode.sinceMs,
    relief.lastRemedyMs ?? 0,
  );
  const isOver = level === 0 && relief.freezes.length === 0 && nowMs - lastMs >= episodeEndsMs;
  return isOver ? endEpisode(relief) : relief;
};

/** An alert that is told once in an episode. */
export const tell = (relief: ReliefState, wish: AlertWish, orders: Orders): ReliefState => {
  const key = `${wish.alert} ${wish.subject}`;
  if (relief.told.includes(key)) return relief;
  orders.alerts.push(wish);
  return { ...relief, told: [...relief.told, key].slice(-toldKept) };
};
