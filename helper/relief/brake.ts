import { calmFillBytesPerSecond } from '../memory/cadence.ts';
import type { Point } from '../memory/growth.ts';
import type { Candidate } from './candidates.ts';
import { freezeObstacle } from './freeze-options.ts';
import { pausedWords } from './pause.ts';
import type { ReliefState } from './state.ts';
import { fastGrowth } from './watch.ts';
import type { World } from './world.ts';

/**
 * The brake stops what fills the machine faster than anybody could decide. Its only verb is SIGSTOP of an allowlisted
 * target that fills the machine itself. It needs no level and raises none, and neither waits for the cooldown nor is
 * started by it.
 */

/** Falls in a row, sample by sample: one bad sample never brakes. */
const fallingPoints = 4;
/** Samples further apart are no fast samples. */
const closeMs = 500;
const redWithinMs = 5_000;
/** Of the fill that is left when seats that load are taken out, the target explains at least this share. */
const explainedShare = 0.5;
export const brakeWindowMs = 120_000;
export const brakeLimit = 3;
const brakeSpacingMs = 500;
/** A process that was resumed runs this long before it may be stopped again. */
const runsAgainMs = 30_000;

export type Brake =
  /** Memory is not about to run out. */
  | { readonly kind: 'rest' }
  /** It is, and this is who fills it. */
  | { readonly kind: 'fire'; readonly candidate: Candidate; readonly growth: number; readonly fill: number }
  /** It is, and nothing may be stopped for the reason given. */
  | { readonly kind: 'hold'; readonly why: string; readonly exhausted: boolean };

const rest: Brake = { kind: 'rest' };
const hold = (why: string, exhausted = false): Brake => ({ kind: 'hold', why, exhausted });

/** Bytes a second at which memory fell over the last samples, each lower than the one before; null: it did not. */
const steadyFall = (recent: readonly Point[]): number | null => {
  const last = recent.slice(-fallingPoints);
  const first = last[0];
  const newest = last.at(-1);
  if (first === undefined || newest === undefined || last.length < fallingPoints) return null;
  for (let at = 1; at < last.length; at += 1) {
    const before = last[at - 1];
    const now = last[at];
    if (!before || !now || now.bytes >= before.bytes || now.atMs - before.atMs > closeMs) return null;
  }
  return newest.atMs > first.atMs ? ((first.bytes - newest.bytes) * 1000) / (newest.atMs - first.atMs) : null;
};

export const judgeBrake = (relief: ReliefState, world: World): Brake => {
  const { nowMs, machine, config, recent } = world;
  const available = machine.availableBytes;
  const { orange, red } = config.pressure;
  if (available === null || available >= orange.availableBytes || relief.candidates.length === 0) return rest;
  const fill = steadyFall(recent);
  if (fill === null || fill <= 0) return rest;
  const msToRed = (1000 * Math.max(0, available - red.availableBytes)) / fill;
  if (msToRed >= redWithinMs) return rest;

  if (world.mode === 'observe_only') return hold('only observing');
  const paused = pausedWords(relief, nowMs);
  if (paused !== null) return hold(paused);
  const loading = world.seats.reduce(
    (sum, seat) => sum + (seat.state === 'loading' ? Math.max(0, seat.growthBytesPerSecond ?? 0) : 0),
    0,
  );
  const left = fill - loading;
  if (left <= 0) return hold('a seat that loads explains all of it');

  const fired = relief.brake.firedMs.filter((atMs) => nowMs - atMs < brakeWindowMs);
  const newest = fired.at(-1);
  if (newest !== undefined && nowMs - newest < brakeSpacingMs) return hold('a moment after the last one');
  const recentKeys = relief.brake.keys.slice(-fired.length);

  let held: string | null = null;
  const fitting = relief.candidates.flatMap((candidate) => {
    const watched = relief.watched.find((each) => each.key === candidate.key);
    const growth = watched === undefined ? null : fastGrowth(watched);
    // A seat that loads may explain nearly all of it: a trifle is not stopped for half of the rest.
    if (growth === null || growth < Math.max(explainedShare * left, calmFillBytesPerSecond)) return [];
    const obstacle = freezeObstacle(candidate, relief, nowMs);
    const asks = candidate.askFirst[0];
    const thawed = relief.thawed.findLast((each) => each.key === candidate.key);
    if (obstacle !== null) held = `${obstacle.target}: ${obstacle.text}`;
    else if (asks !== undefined) held = `${candidate.targets[0].name}: the operator is asked first, ${asks}`;
    else if (thawed !== undefined && nowMs - thawed.atMs < runsAgainMs)
      held = `${candidate.targets[0].name}: it was resumed a moment ago`;
    else if (fired.length > 0 && recentKeys.includes(candidate.key))
      held = `${candidate.targets[0].name}: it was stopped a moment ago`;
    else return [{ candidate, growth }];
    return [];
  });
  const [best] = fitting.sort(
    (a, b) => b.growth - a.growth || a.candidate.targets[0].id.pid - b.candidate.targets[0].id.pid,
  );
  if (best === undefined) return hold(held ?? 'nothing that may be stopped explains half of it');
  if (fired.length >= brakeLimit) return hold(`${brakeLimit} were stopped within two minutes`, true);
  return { kind: 'fire', ...best, fill };
};
