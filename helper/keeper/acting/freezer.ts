import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolders, readTombstone } from '../../deadman/directory.ts';
import { placesIn } from '../../deadman/places.ts';
import { createSlots, type Slots } from '../../deadman/slots.ts';
import { type ReadStarts, startsReader } from '../../deadman/starts.ts';
import { deadmanTimes } from '../../deadman/times.ts';
import { isTargetPid, largestGroup, mostFreezes } from '../../deadman/tombstone.ts';
import { permitStop } from '../../host/permits.ts';
import type { Host } from '../../host/port.ts';
import { type ProcessId, processKey } from '../../host/reading.ts';
import type { Target } from '../../relief/acts.ts';
import type { DeadmanLink } from './deadman-link.ts';
import { type ActOutcome, createHeld, failed, type HeldFreeze, ok, processes } from './held.ts';
import { createKnownStarts } from './known-starts.ts';
import { type LeftoversOptions, resumeLeftovers, takeOverClaims } from './leftovers.ts';
import { createThaw, retire, stoppedOf, type Thaw } from './thaw.ts';
import { type FreezeOrder, rehearseTombstone, writeTombstones } from './tombstones.ts';

export type { ActOutcome, HeldFreeze } from './held.ts';
export type { FreezeOrder } from './tombstones.ts';

/**
 * Freezes and resumes. A stop happens in this order and no other: a tombstone for each process, the deadman's acknowledgement
 * of each, the signals, the proof that they stopped. Whatever fails on the way, all of it is undone.
 */

export interface Freezer {
  readonly freeze: (order: FreezeOrder) => Promise<ActOutcome>;
  /**
   * All of these together, with the other members of their freezes. What could not be resumed stays held: it is tried again
   * when this is called again. Like a freeze it ends within 5 s on a machine that is awake.
   */
  readonly resume: (targets: readonly Target[], why: string) => Promise<ActOutcome>;
  /** Whatever is held of these now, or about to be, with the other members of those freezes. */
  readonly resumeWithin: (pids: ReadonlySet<number>, why: string) => Promise<ActOutcome>;
  /** What this keeper has stopped and not yet seen running again, whatever became of the order. */
  readonly held: () => readonly HeldFreeze[];
  /** Candidates of which a stop may come soon: what takes long to learn of them is learned now. All others are forgotten. */
  readonly prepare: (ids: readonly ProcessId[]) => Promise<void>;
  /** The way of a freeze as far as it goes without a tombstone: what is gone through now and then is quick when it counts. False: not ready. */
  readonly rehearse: () => boolean;
  /** Allocates the tombstones to be, then resumes what earlier runs left; resolves when the former is done. */
  readonly startUp: () => Promise<void>;
  /**
   * Compares what is thought frozen with the folders. To be called before anything else when the loop did not run for more
   * than 30 s: the deadman may have resumed everything meanwhile.
   */
  readonly reread: () => void;
  /** Resumes all that this keeper froze, smallest first. Freezes nothing more. */
  readonly close: () => Promise<void>;
}

export interface FreezerOptions {
  readonly host: Pick<Host, 'kind' | 'facts' | 'clock' | 'readChosen' | 'signal' | 'stop'>;
  readonly runDirectory: string;
  readonly instance: string;
  readonly link: DeadmanLink;
  readonly log: { readonly warn: (text: string) => void; readonly notice: (text: string) => void };
  readonly times?: {
    readonly spacingMs: number;
    readonly withinMs: number;
    /** The most that the end of the keeper waits for orders under way. */
    readonly operationMs?: number;
  };
  readonly readStarts?: ReadStarts;
}

/** From the request of the acknowledgement to the signal. Later, the deadman may have judged us gone and resumed all. */
const freshMs = 250;
const stopMs = 500;
const lookEveryMs = 2;
/** A freeze or a resume takes less, also one that fails. */
const operationMs = 5_000;
/** What could not be resumed while there is no deadman is tried again. */
const againMs = 5_000;

const named = ({ name, id }: Target): string => `${name} (pid ${id.pid})`;

interface Means {
  readonly slots: Slots;
  readonly thaw: Thaw;
}

export const createFreezer = (options: FreezerOptions): Freezer => {
  const { host, instance, link, log } = options;
  const { warn, notice } = log;
  const places = placesIn(options.runDirectory);
  const starts = createKnownStarts({ host, readStarts: options.readStarts ?? startsReader(process.platform) });
  /** What was ordered and has not ended. */
  const orders = new Set<Promise<ActOutcome>>();
  /** The freezes among them, and whom they are about. */
  const freezing = new Map<Promise<ActOutcome>, ReadonlySet<number>>();
  let means: Means | null = null;
  let leftovers: Promise<void> = Promise.resolve();
  let closed = false;
  let again: NodeJS.Timeout | undefined;

  const earlier: LeftoversOptions = { places, instance, warn, notice };
  const fileOf = (pid: number): string => join(places.stopped, String(pid));
  const hasTombstone = ({ id }: Target): boolean => lstatSync(fileOf(id.pid), { throwIfNoEntry: false }) !== undefined;
  const isOurs = ({ pid }: ProcessId): boolean => readTombstone(fileOf(pid))?.instance === instance;
  const thaw: Thaw = async (ids) => means?.thaw(ids) ?? { stopped: new Set(), problems: [], notes: [] };
  const held = createHeld({ host, places, instance, link, thaw, warn, times: options.times ?? deadmanTimes });
  const isBusy = (pid: number): boolean => [...freezing.values()].some((pids) => pids.has(pid));

  /** Null: nothing stands in the way. */
  const refusal = ({ targets, deadlineMs }: FreezeOrder): string | null => {
    const state = link.state();
    if (state === 'missing') return 'the deadman does not answer, so nothing may be frozen';
    if (state === 'not_ready') return 'processes that another run of the keeper froze have to be resumed first';
    if (targets.length > largestGroup) return `a group of ${targets.length} is larger than ${largestGroup}`;
    if (held.list().length + freezing.size >= mostFreezes) return `${mostFreezes} freezes are the most at a time`;
    if (deadlineMs <= host.clock.nowMs()) return 'its time is over before it began';
    const wrong = targets.find(({ id }) => !isTargetPid(id.pid) || id.pid === process.pid);
    if (wrong !== undefined) return `${named(wrong)} is never stopped`;
    const taken = targets.find(({ id }) => held.has(id.pid) || isBusy(id.pid));
    return taken === undefined ? null : `${named(taken)} is frozen already, or about to be`;
  };

  /** Those it was sent to, or why it went no further. */
  const sendStops = (targets: FreezeOrder['targets'], askedMs: number): readonly Target[] | string => {
    const sent: Target[] = [];
    if (closed) return 'the keeper ends';
    // All of this in one turn of the event loop: nothing but the kernel can come between the looks and a signal.
    for (const target of targets) {
      if (host.clock.nowMs() - askedMs > freshMs) return 'the acknowledgement of the deadman is too old by now';
      if (link.state() !== 'present') return 'the deadman went away';
      if (!hasTombstone(target)) return `the tombstone of ${named(target)} is gone`;
      const stopped = host.stop(permitStop(target.id, String(target.id.pid)));
      if (stopped.ok) sent.push(target);
      else if (stopped.problem !== 'vanished' && stopped.problem !== 'reused')
        return `${named(target)}: ${stopped.detail}`;
      // A member that has ended needs no freeze; without the match itself, which is the first, there is nothing to freeze.
      else if (target === targets[0]) return `${named(target)} has ended; nothing was sent`;
    }
    return sent;
  };

  /** Waits until they are stopped; those that end meanwhile are left out. */
  const seeStopped = async (sent: readonly Target[]): Promise<readonly Target[] | string> => {
    let living = sent;
    for (const until = performance.now() + stopMs; ; await sleep(lookEveryMs)) {
      const seen = host.readChosen(living.map(({ id }) => id));
      living = living.filter((_, index) => 'id' in (seen[index] ?? {}));
      const running = seen.filter((each) => 'id' in each && each.state !== 'stopped').length;
      if (running === 0) return living;
      if (performance.now() >= until) return `${processes(running)} did not stop within ${stopMs} ms`;
    }
  };

  const stopAll = async (targets: FreezeOrder['targets'], askedMs: number): Promise<readonly Target[] | string> => {
    const sent = sendStops(targets, askedMs);
    const living = typeof sent === 'string' ? sent : await seeStopped(sent);
    if (typeof living === 'string') return living;
    // Who resumed it meanwhile took the tombstone first: either it is missing now, or the SIGCONT is still to come.
    const bare = living.find((target) => !hasTombstone(target));
    if (bare !== undefined) return `the tombstone of ${named(bare)} went away`;
    return living[0] === targets[0] ? living : `${named(targets[0])} has ended`;
  };

  const undo = async ({ plan, targets }: FreezeOrder, why: string): Promise<ActOutcome> => {
    // Whose tombstone somebody else took before our stop: that one may have signalled it before, too.
    for (const { id } of targets) if (!isOurs(id)) host.signal(id, 'SIGCONT');
    const { stopped, problems } = await thaw(targets.map(({ id }) => id));
    held.add(
      plan,
      targets.filter(({ id }) => stopped.has(id.pid)),
    );
    return failed([why, ...problems].join('; '));
  };

  const freezeNow = async (order: FreezeOrder, { slots }: Means): Promise<ActOutcome> => {
    const { targets } = order;
    const ids = targets.map(({ id }) => id);
    const already = new Set(stoppedOf(host, ids).map(processKey));
    const stopped = targets.find(({ id }) => already.has(processKey(id)));
    if (stopped !== undefined)
      return failed(`${named(stopped)} is stopped already, and not by Castellan; nothing was sent`);

    const unwritten = await writeTombstones(order, slots, { host, instance, starts });
    const giveUp = (why: string): ActOutcome => {
      retire(ids.filter(isOurs), { places, instance, slots });
      return failed(`${why}; nothing was sent`);
    };
    if (unwritten !== null) return giveUp(unwritten);
    const askedMs = host.clock.nowMs();
    const answers = await Promise.all(ids.map(({ pid }) => link.acknowledged(String(pid))));
    if (answers.includes(false)) return giveUp('the deadman did not acknowledge every tombstone in time');

    const result = await stopAll(targets, askedMs);
    if (typeof result === 'string') return undo(order, result);
    held.add(order.plan, result);
    const ended = targets.filter((target) => !result.includes(target));
    retire(
      ended.map(({ id }) => id),
      { places, instance, slots },
    );
    return ok(`${processes(result.length)} stopped${ended.length > 0 ? `, ${processes(ended.length)} had ended` : ''}`);
  };

  const lost = async (): Promise<void> => {
    await held.resumeAll('the deadman has been gone for too long');
    // It may have died in the middle of a resume.
    await takeOverClaims(earlier);
    if (held.list().length === 0 || closed || link.state() !== 'missing') return;
    again = setTimeout(() => void lost(), againMs);
    again.unref();
  };

  link.listen({
    onThawed: held.drop,
    onGone: held.reread,
    onLost: () => void lost(),
    onBack: held.reread,
  });

  const tracked = (order: Promise<ActOutcome>): Promise<ActOutcome> => {
    const forget = (): void => {
      orders.delete(order);
      freezing.delete(order);
    };
    orders.add(order);
    order.then(forget, forget);
    return order;
  };

  const freeze = (order: FreezeOrder): Promise<ActOutcome> => {
    const why = closed || means === null ? 'the keeper is not ready to freeze' : refusal(order);
    if (why !== null || means === null) return Promise.resolve(failed(`${why}; nothing was sent`));
    const { slots } = means;
    const ordered = freezeNow(order, means).finally(() => void slots.fill());
    freezing.set(ordered, new Set(order.targets.map(({ id }) => id.pid)));
    return tracked(ordered);
  };

  /** What is about to be frozen has to be frozen before it can be resumed. */
  const afterFreezesOf = async (pids: readonly number[]): Promise<void> => {
    const touched = [...freezing].flatMap(([order, frozen]) => (pids.some((pid) => frozen.has(pid)) ? [order] : []));
    await Promise.allSettled(touched);
  };

  return {
    freeze,
    resume: (targets, why) =>
      tracked(afterFreezesOf(targets.map(({ id }) => id.pid)).then(() => held.resume(targets, why))),
    resumeWithin: (pids, why) => tracked(afterFreezesOf([...pids]).then(() => held.resumeWithin(pids, why))),
    held: held.list,
    prepare: starts.prepare,
    rehearse: () => {
      if (closed || link.state() !== 'present') return false;
      void rehearseTombstone({ host, instance, starts });
      // There is no tombstone of this name, and none would be acknowledged: the deadman says so, and nothing else happens.
      void link.acknowledged(String(process.pid));
      return true;
    },
    startUp: async () => {
      try {
        makeFolders(places);
        const slots = createSlots(places, mostFreezes * largestGroup);
        const problem = await slots.fill();
        if (problem !== null) warn(`freeze: not all tombstones could be allocated: ${problem}`);
        means = { slots, thaw: createThaw({ host, places, instance, slots }) };
      } catch (fault) {
        warn(`freeze: nothing can be frozen: ${String(fault)}`);
      }
      leftovers = resumeLeftovers(earlier);
    },
    reread: held.reread,
    close: async () => {
      closed = true;
      clearTimeout(again);
      // One whose signals are sent already is held a moment later, and resumed with the others.
      const late = new AbortController();
      const limit = sleep(options.times?.operationMs ?? operationMs, null, { signal: late.signal }).catch(() => null);
      await Promise.race([Promise.allSettled(orders), limit]);
      late.abort();
      await held.resumeAll('the keeper ends');
      await leftovers;
    },
  };
};
