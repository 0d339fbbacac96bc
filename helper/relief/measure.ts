import { processKey } from '../host/reading.ts';
import type { Point } from '../memory/growth.ts';
import type { Plan } from './acts.ts';
import { growthOf } from './freeze-options.ts';
import { footprintOf, treeBelow } from './process-tree.ts';
import type { Measurement } from './receipts.ts';
import { footprintOfService } from './service-options.ts';
import type { ReliefState } from './state.ts';
import { fastGrowth } from './watch.ts';
import type { World } from './world.ts';

/** Reads the counter that a plan names: before the act for its expectation, after it for its receipt. */

const slope = (points: readonly Point[]): number | null => {
  const first = points[0];
  const last = points.at(-1);
  return first === undefined || last === undefined || last.atMs <= first.atMs
    ? null
    : ((last.bytes - first.bytes) * 1000) / (last.atMs - first.atMs);
};

const fillOf = (recent: readonly Point[], sinceMs: number): number | null => {
  const rise = slope(recent.filter(({ atMs }) => atMs >= sinceMs));
  return rise === null ? null : -rise;
};

/** Growth of a target from samples taken since; null until two were. */
const growthSince = (relief: ReliefState, key: string, sinceMs: number): number | null => {
  const watched = relief.watched.find((each) => each.key === key);
  if (watched === undefined) return null;
  const points = [...watched.slow, ...watched.fast]
    .filter(({ atMs }) => atMs >= sinceMs)
    .sort((a, b) => a.atMs - b.atMs);
  return slope(points);
};

const footprintOfTarget = (plan: Plan, world: World): number | null => {
  const { act } = plan;
  switch (act.verb) {
    case 'terminate':
    case 'kill': {
      // A job that comes back under another pid has given nothing back.
      if (act.label !== null) return footprintOfService(world, act.label);
      const process = world.processes.find((each) => processKey(each.id) === processKey(act.target.id));
      return process === undefined || process.state === 'zombie' ? 0 : process.footprintBytes;
    }
    case 'shed':
      return footprintOfService(world, act.label);
    case 'bootout':
      return world.seats.find((seat) => seat.name === act.seat)?.footprintBytes ?? 0;
    case 'unload': {
      // One that ended has given everything back.
      const [root, ...below] = treeBelow(world.processes, act.server.pid);
      return root === undefined || processKey(root.id) !== processKey(act.server) ? 0 : footprintOf([root, ...below]);
    }
    case 'purge':
      return world.machine.cachedBytes;
    default:
      return null;
  }
};

/** As it is when the act is ordered. */
export const measureBefore = (plan: Plan, relief: ReliefState, world: World): Measurement | null => {
  const fillBytesPerSecond = fillOf(world.recent, 0);
  if (plan.act.verb === 'freeze') {
    const key = processKey(plan.act.targets[0].id);
    const watched = relief.watched.find((each) => each.key === key);
    const growth =
      plan.act.path === 'brake' && watched !== undefined ? fastGrowth(watched) : (growthOf(relief, key) ?? 0);
    return growth === null ? null : { counter: growth, fillBytesPerSecond };
  }
  const counter = footprintOfTarget(plan, world);
  return counter === null ? null : { counter, fillBytesPerSecond };
};

/** As it is now, for the receipt. Footprints come from full passes only: between them nothing new is known. */
export const measureAfter = (plan: Plan, sinceMs: number, relief: ReliefState, world: World): Measurement | null => {
  if (plan.act.verb === 'freeze') {
    const counter = growthSince(relief, processKey(plan.act.targets[0].id), sinceMs);
    return counter === null ? null : { counter, fillBytesPerSecond: fillOf(world.recent, sinceMs) };
  }
  const counter = footprintOfTarget(plan, world);
  return counter === null ? null : { counter, fillBytesPerSecond: null };
};
