import { processKey } from '../host/reading.ts';
import type { Plan, Target } from './acts.ts';
import { targetsOf } from './plans.ts';
import type { ReliefState, Stopping } from './state.ts';
import type { Orders, SeatFacts, World } from './world.ts';

/** Ends that were asked for, watched until the processes are gone: TERM or bootout is a request, not a result. */

/** What gets TERM and is no seat has this long. */
const defaultDrainMs = 30_000;
/** Nobody waits longer than this for an end to be seen. */
const forgetMs = 600_000;
/** What an earlier keeper told to end is gone by then, or was never told. */
const recalledForgetMs = 120_000;

/** How long its end is waited for, milliseconds; one that has longer to drain is not forgotten before that is over. */
const patienceOf = ({ plan, seat, drainMs }: Stopping): number => {
  if (plan === 0) return seat === null ? forgetMs : recalledForgetMs;
  return Math.max(forgetMs, drainMs + recalledForgetMs);
};

const isForgotten = (stop: Stopping, nowMs: number): boolean => nowMs - stop.sinceMs >= patienceOf(stop);

export const beginStop = (relief: ReliefState, plan: Plan, nowMs: number, seats: readonly SeatFacts[]): ReliefState => {
  const { act } = plan;
  if (act.verb !== 'terminate' && act.verb !== 'bootout' && act.verb !== 'shed') return relief;
  const seat = act.verb === 'bootout' ? seats.find((each) => each.name === act.seat) : undefined;
  const stopping: Stopping = {
    plan: plan.id,
    targets: targetsOf(act),
    label: act.label,
    seat: seat?.name ?? null,
    sinceMs: nowMs,
    drainMs: seat === undefined ? defaultDrainMs : seat.drainSeconds * 1000,
    killProposed: false,
  };
  return { ...relief, stopping: [...relief.stopping, stopping] };
};

/** Told to end, or about to be: stopped now, it could not, and launchd would kill it; told once more, it learns nothing. */
export const isEnding = (targets: readonly Target[], { stopping, inFlight }: ReliefState): boolean => {
  const keys = new Set(
    [
      ...stopping.flatMap((stop) => stop.targets),
      ...inFlight.flatMap(({ plan }) => (plan.act.verb === 'freeze' ? [] : targetsOf(plan.act))),
    ].map(({ id }) => processKey(id)),
  );
  return keys.size > 0 && targets.some(({ id }) => keys.has(processKey(id)));
};

/** All of its processes; of a job of which none was seen, that it does not run. */
const isGone = ({ targets, label }: Stopping, { seen, gone, isFull, services }: World): boolean => {
  if (targets.length === 0) return label === null || (services.get(label) ?? null) === null;
  return targets.every(({ id }) => {
    const key = processKey(id);
    return gone.has(key) || (isFull && !seen.has(key)) || seen.get(key)?.state === 'zombie';
  });
};

/** Those that have ended, and those whose time to drain is over. */
export const observeStops = (
  before: ReliefState,
  world: World,
  orders: Orders,
): { readonly relief: ReliefState; readonly ended: readonly Stopping[]; readonly overdue: readonly Stopping[] } => {
  if (before.stopping.length === 0) return { relief: before, ended: [], overdue: [] };
  const ended = before.stopping.filter((stop) => isGone(stop, world));
  const left = before.stopping.filter((stop) => !ended.includes(stop) && !isForgotten(stop, world.nowMs));
  const overdue = left.filter((stop) => !stop.killProposed && world.nowMs - stop.sinceMs >= stop.drainMs);
  for (const stop of ended)
    orders.rows.push({
      kind: 'observed',
      what: 'ended',
      target: stop.seat ?? stop.label ?? stop.targets[0]?.name ?? '',
      detail: `${((world.nowMs - stop.sinceMs) / 1000).toFixed(1)} s after it was told to`,
    });
  return {
    relief: { ...before, stopping: left },
    ended,
    overdue,
  };
};
