import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolders, readTombstone } from '../deadman/directory.ts';
import { placesIn } from '../deadman/places.ts';
import { createSlots, type Slots } from '../deadman/slots.ts';
import { type ReadStarts, startsReader } from '../deadman/starts.ts';
import { deadmanTimes } from '../deadman/times.ts';
import { isTargetPid, largestGroup, mostFreezes } from '../deadman/tombstone.ts';
import { permitStop } from '../host/permits.ts';
import type { Host } from '../host/port.ts';
import { type ProcessId, processKey } from '../host/reading.ts';
import type { Target } from '../relief/acts.ts';
import type { DeadmanLink } from './deadman-link.ts';
import { type ActOutcome, createHeld, failed, ok, processes } from './held.ts';
import { type LeftoversOptions, resumeLeftovers, takeOverClaims } from './leftovers.ts';
import { createThaw, retire, stoppedOf, type Thaw } from './thaw.ts';
import { type FreezeOrder, rehearseTombstone, writeTombstones } from './tombstones.ts';

export type { ActOutcome } from './held.ts';
export type { FreezeOrder } from './tombstones.ts';

/**
 * Freezes and resumes. A stop happens in this order and no other: a tombstone for each process, the deadman's acknowledgement
 * of each, the signals, the proof that they stopped. Whatever fails on the way, all of it is undone.
 */

export interface Freezer {
  readonly freeze: (order: FreezeOrder) => Promise<ActOutcome>;
  /** All of these together. */
  readonly resume: (targets: readonly Target[], why: string) => Promise<ActOutcome>;
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
  readonly times?: { readonly spacingMs: number; readonly withinMs: number };
  readonly readStarts?: ReadStarts;
}

/** From the request of the acknowledgement to the signal. Later, the deadman may have judged us gone and resumed all. */
const freshMs = 250;
const stopMs = 500;
const lookEveryMs = 2;

const named = ({ name, id }: Target): string => `${name} (pid ${id.pid})`;

interface Means {
  readonly slots: Slots;
  readonly thaw: Thaw;
}

export const createFreezer = (options: FreezerOptions): Freezer => {
  const { host, instance, link, log } = options;
  const { warn, notice } = log;
  const places = placesIn(options.runDirectory);
  const readStarts = options.readStarts ?? startsReader(process.platform);
  const held = createHeld({ host, places, instance, link, warn, times: options.times ?? deadmanTimes });
  /** Pids of freezes under way, and how many these are. */
  const busy = new Set<number>();
  let underWay = 0;
  /** What was ordered and has not ended. */
  const orders = new Set<Promise<ActOutcome>>();
  let means: Means | null = null;
  let leftovers: Promise<void> = Promise.resolve();
  let closed = false;

  const earlier: LeftoversOptions = { places, instance, warn, notice };
  const fileOf = (pid: number): string => join(places.stopped, String(pid));
  const hasTombstone = ({ id }: Target): boolean => lstatSync(fileOf(id.pid), { throwIfNoEntry: false }) !== undefined;
  const isOurs = ({ pid }: ProcessId): boolean => readTombstone(fileOf(pid))?.instance === instance;
  const thaw: Thaw = async (ids) => (means === null || ids.length === 0 ? [] : means.thaw(ids));

  /** Null: nothing stands in the way. */
  const refusal = ({ targets, deadlineMs }: FreezeOrder): string | null => {
    const state = link.state();
    if (state === 'missing') return 'the deadman does not answer, so nothing may be frozen';
    if (state === 'not_ready') return 'processes that another run of the keeper froze have to be resumed first';
    if (targets.length > largestGroup) return `a group of ${targets.length} is larger than ${largestGroup}`;
    if (held.freezes() + underWay >= mostFreezes) return `${mostFreezes} freezes are the most at a time`;
    if (deadlineMs <= host.clock.nowMs()) return 'its time is over before it began';
    const wrong = targets.find(({ id }) => !isTargetPid(id.pid) || id.pid === process.pid);
    if (wrong !== undefined) return `${named(wrong)} is never stopped`;
    const taken = targets.find(({ id }) => held.has(id.pid) || busy.has(id.pid));
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

  const undo = async (ids: readonly ProcessId[], why: string): Promise<ActOutcome> => {
    // Whose tombstone somebody else took before our stop: the signal is all that is owed.
    for (const id of ids) if (!isOurs(id)) host.signal(id, 'SIGCONT');
    const problems = await thaw(ids.filter(isOurs));
    return failed([why, ...problems].join('; '));
  };

  const freezeNow = async (order: FreezeOrder, { slots }: Means): Promise<ActOutcome> => {
    const { targets } = order;
    const ids = targets.map(({ id }) => id);
    const already = new Set(stoppedOf(host, ids).map(processKey));
    const stopped = targets.find(({ id }) => already.has(processKey(id)));
    if (stopped !== undefined)
      return failed(`${named(stopped)} is stopped already, and not by Castellan; nothing was sent`);

    const unwritten = await writeTombstones(order, slots, { host, instance, readStarts });
    const giveUp = (why: string): ActOutcome => {
      retire(ids.filter(isOurs), { places, instance, slots });
      return failed(`${why}; nothing was sent`);
    };
    if (unwritten !== null) return giveUp(unwritten);
    const askedMs = host.clock.nowMs();
    const answers = await Promise.all(ids.map(({ pid }) => link.acknowledged(String(pid))));
    if (answers.includes(false)) return giveUp('the deadman did not acknowledge every tombstone in time');

    const result = await stopAll(targets, askedMs);
    if (typeof result === 'string') return undo(ids, result);
    held.add(order.plan, result);
    const ended = targets.filter((target) => !result.includes(target));
    retire(
      ended.map(({ id }) => id),
      { places, instance, slots },
    );
    return ok(`${processes(result.length)} stopped${ended.length > 0 ? `, ${processes(ended.length)} had ended` : ''}`);
  };

  const lost = async (): Promise<void> => {
    await held.resumeAll('the deadman has been gone for too long', thaw);
    // It may have died in the middle of a resume.
    await takeOverClaims(earlier);
  };

  link.listen({
    onThawed: held.drop,
    onLost: () => void lost(),
    onBack: held.reread,
  });

  const tracked = (order: Promise<ActOutcome>): Promise<ActOutcome> => {
    const forget = (): void => void orders.delete(order);
    orders.add(order);
    order.then(forget, forget);
    return order;
  };

  const freeze: Freezer['freeze'] = async (order) => {
    const why = closed || means === null ? 'the keeper is not ready to freeze' : refusal(order);
    if (why !== null || means === null) return failed(`${why}; nothing was sent`);
    const pids = order.targets.map(({ id }) => id.pid);
    for (const pid of pids) busy.add(pid);
    underWay += 1;
    try {
      return await freezeNow(order, means);
    } finally {
      for (const pid of pids) busy.delete(pid);
      underWay -= 1;
      void means.slots.fill();
    }
  };

  return {
    freeze: (order) => tracked(freeze(order)),
    resume: (targets, why) => tracked(held.resume(targets, why, thaw)),
    rehearse: () => {
      if (closed || link.state() !== 'present') return false;
      void rehearseTombstone({ host, instance, readStarts });
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
      // One whose signals are sent already is held a moment later, and resumed with the others.
      await Promise.allSettled(orders);
      await held.resumeAll('the keeper ends', thaw);
      await leftovers;
    },
  };
};
