import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolders, readTombstone } from '../deadman/directory.ts';
import { spacingMs } from '../deadman/judge.ts';
import { placesIn } from '../deadman/places.ts';
import { createSlots, type Slots } from '../deadman/slots.ts';
import { type ReadStarts, startsReader } from '../deadman/starts.ts';
import { deadmanTimes, longestFreezeMs } from '../deadman/times.ts';
import { formatTombstone, isTargetPid, largestGroup, machineMs, mostFreezes } from '../deadman/tombstone.ts';
import { permitStop } from '../host/permits.ts';
import type { Host } from '../host/port.ts';
import { type ProcessId, processKey } from '../host/reading.ts';
import type { Target } from '../relief/acts.ts';
import type { DeadmanLink } from './deadman-link.ts';
import { resumeLeftovers } from './leftovers.ts';
import { createThaw, stoppedOf, type Thaw } from './thaw.ts';

/**
 * Freezes and resumes. A stop happens in this order and no other: a tombstone for each process, the deadman's acknowledgement
 * of each, the signals, the proof that they stopped. Whatever fails on the way, all of it is undone.
 */

export interface ActOutcome {
  readonly outcome: 'ok' | 'failed';
  readonly detail: string;
}

export interface FreezeOrder {
  readonly plan: number;
  readonly targets: readonly [Target, ...Target[]];
  readonly reason: string;
  /** Monotonic, of the host's clock. */
  readonly deadlineMs: number;
}

export interface Freezer {
  readonly freeze: (order: FreezeOrder) => Promise<ActOutcome>;
  /** All of these together. */
  readonly resume: (targets: readonly Target[], why: string) => Promise<ActOutcome>;
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

interface Held {
  readonly target: Target;
  readonly plan: number;
}

/** From the request of the acknowledgement to the signal. Later, the deadman may have judged us gone and resumed all. */
const freshMs = 250;
const stopMs = 500;
const lookEveryMs = 2;
/** On a Mac `ps` tells the start of a process; a tombstone without it is as good, only less certain to be retired. */
const startsMs = 200;

const ok = (detail: string): ActOutcome => ({ outcome: 'ok', detail });
const failed = (detail: string): ActOutcome => ({ outcome: 'failed', detail });
const named = ({ name, id }: Target): string => `${name} (pid ${id.pid})`;
const people = (count: number): string => (count === 1 ? '1 process' : `${count} processes`);

export const createFreezer = (options: FreezerOptions): Freezer => {
  const { host, instance, link, log } = options;
  const places = placesIn(options.runDirectory);
  const times = options.times ?? deadmanTimes;
  const readStarts = options.readStarts ?? startsReader(process.platform);
  const held = new Map<number, Held>();
  /** Pids that an act of ours is about right now. */
  const busy = new Set<number>();
  let ready: { readonly slots: Slots; readonly thaw: Thaw } | null = null;
  let leftovers: Promise<void> = Promise.resolve();
  let closed = false;

  const prepare = async (): Promise<{ readonly slots: Slots; readonly thaw: Thaw }> => {
    makeFolders(places);
    const slots = createSlots(places, mostFreezes * largestGroup);
    const problem = await slots.fill();
    if (problem !== null) log.warn(`freeze: not all tombstones could be allocated: ${problem}`);
    return { slots, thaw: createThaw({ host, places, instance, slots }) };
  };

  const fileOf = (pid: number): string => join(places.stopped, String(pid));
  const hasTombstone = ({ id }: Target): boolean => lstatSync(fileOf(id.pid), { throwIfNoEntry: false }) !== undefined;

  /** Null: nothing stands in the way. */
  const refusal = ({ targets, deadlineMs }: FreezeOrder): string | null => {
    if (closed || ready === null) return 'the keeper is not ready to freeze';
    const state = link.state();
    if (state === 'missing') return 'the deadman does not answer, so nothing may be frozen';
    if (state === 'not_ready') return 'processes that another run of the keeper froze have to be resumed first';
    if (targets.length > largestGroup) return `a group of ${targets.length} is larger than ${largestGroup}`;
    if (new Set([...held.values()].map(({ plan }) => plan)).size >= mostFreezes)
      return `${mostFreezes} freezes are the most at a time`;
    if (deadlineMs <= host.clock.nowMs()) return 'its time is over before it began';
    const wrong = targets.find(({ id }) => !isTargetPid(id.pid) || id.pid === process.pid);
    if (wrong !== undefined) return `${named(wrong)} is never stopped`;
    const taken = targets.find(({ id }) => held.has(id.pid) || busy.has(id.pid));
    if (taken !== undefined) return `${named(taken)} is frozen already, or about to be`;
    return null;
  };

  const startsOf = async (targets: readonly Target[]) => {
    if (host.kind === 'sim') return null;
    const late = new AbortController();
    const starts = readStarts(targets.map(({ id }) => id.pid));
    const first = await Promise.race([starts, sleep(startsMs, null, { signal: late.signal, ref: false })]);
    late.abort();
    return first;
  };

  const writeTombstones = async (
    order: FreezeOrder,
    targets: readonly Target[],
    slots: Slots,
  ): Promise<string | null> => {
    const starts = await startsOf(targets);
    const writtenMs = machineMs();
    const limitMs = Math.min(order.deadlineMs - host.clock.nowMs(), longestFreezeMs);
    for (const { id, command, footprintBytes } of targets) {
      const tombstone = formatTombstone({
        pid: id.pid,
        start: id.start,
        started: starts?.get(id.pid)?.started ?? null,
        boot: host.facts.bootId,
        host: host.kind,
        instance,
        freeze: order.plan,
        command,
        reason: order.reason,
        footprintBytes,
        limitMs,
        writtenMs,
      });
      const written = slots.use(String(id.pid), tombstone);
      if (!written.ok) return `no tombstone, no stop: ${written.detail}`;
    }
    return null;
  };

  /** Those that stopped, or why not all that live did. */
  const stopAll = async (targets: readonly Target[], askedMs: number): Promise<readonly Target[] | string> => {
    const sent: Target[] = [];
    for (const target of targets) {
      // All of this in one turn of the event loop: nothing can come between the looks and the signal but the kernel.
      if (host.clock.nowMs() - askedMs > freshMs) return 'the acknowledgement of the deadman is too old by now';
      if (link.state() !== 'present') return 'the deadman went away';
      if (!hasTombstone(target)) return `the tombstone of ${named(target)} is gone`;
      const stopped = host.stop(permitStop(target.id, String(target.id.pid)));
      if (stopped.ok) sent.push(target);
      // A member that ended needs no freeze; the match itself does.
      else if (target === targets[0] || (stopped.problem !== 'vanished' && stopped.problem !== 'reused'))
        return `${named(target)}: ${stopped.detail}`;
    }
    const until = performance.now() + stopMs;
    let living = sent;
    for (;;) {
      const seen = host.readChosen(living.map(({ id }) => id));
      living = living.filter((_, index) => 'id' in (seen[index] ?? {}));
      const running = seen.filter((each) => 'id' in each && each.state !== 'stopped').length;
      if (running === 0) break;
      if (performance.now() >= until) return `${people(running)} did not stop within ${stopMs} ms`;
      await sleep(lookEveryMs);
    }
    // A deadman that resumed us meanwhile did so before this look, or sees the stop that was before it.
    const bare = living.find((target) => !hasTombstone(target));
    if (bare !== undefined) return `the tombstone of ${named(bare)} went away`;
    return living.length === 0 || living[0] !== targets[0] ? `${named(targets[0] as Target)} has ended` : living;
  };

  const freezeNow = async (order: FreezeOrder, slots: Slots, thaw: Thaw): Promise<ActOutcome> => {
    const { targets } = order;
    const ids = targets.map(({ id }) => id);
    const already = new Set(stoppedOf(host, ids).map(processKey));
    const stopped = targets.find(({ id }) => already.has(processKey(id)));
    if (stopped !== undefined)
      return failed(`${named(stopped)} is stopped already, and not by Castellan; nothing was sent`);
    const undo = async (why: string): Promise<ActOutcome> => {
      const problems = await thaw(ids.filter(({ pid }) => readTombstone(fileOf(pid))?.instance === instance));
      return failed([why, ...problems].join('; '));
    };
    const unwritten = await writeTombstones(order, targets, slots);
    if (unwritten !== null) return undo(unwritten);
    const askedMs = host.clock.nowMs();
    const acknowledged = await Promise.all(ids.map(({ pid }) => link.acknowledged(String(pid))));
    if (acknowledged.includes(false))
      return undo('the deadman did not acknowledge every tombstone in time; nothing was sent');
    const result = await stopAll(targets, askedMs);
    if (typeof result === 'string') {
      await resumeBare(ids);
      return undo(result);
    }
    for (const target of result) held.set(target.id.pid, { target, plan: order.plan });
    const gone = targets.filter((target) => !result.includes(target));
    await thaw(gone.map(({ id }) => id));
    return ok(`${people(result.length)} stopped${gone.length > 0 ? `, ${people(gone.length)} had ended` : ''}`);
  };

  /** Whose tombstone somebody else took before our stop: a signal is all that is owed. */
  const resumeBare = async (ids: readonly ProcessId[]): Promise<void> => {
    for (const id of ids) if (readTombstone(fileOf(id.pid))?.instance !== instance) host.signal(id, 'SIGCONT');
  };

  const during = async <T>(pids: readonly number[], act: () => Promise<T>): Promise<T> => {
    for (const pid of pids) busy.add(pid);
    try {
      return await act();
    } finally {
      for (const pid of pids) busy.delete(pid);
    }
  };

  const resume = async (targets: readonly Target[], why: string): Promise<ActOutcome> => {
    const mine = targets.filter(({ id }) => held.get(id.pid)?.target.id.start === id.start);
    const others = targets.filter((target) => !mine.includes(target));
    const pids = mine.map(({ id }) => id.pid);
    for (const pid of pids) held.delete(pid);
    const problems =
      ready === null ? [] : await during(pids, () => ready?.thaw(mine.map(({ id }) => id)) ?? Promise.resolve([]));
    const strange = stoppedOf(
      host,
      others.map(({ id }) => id),
    ).map(({ pid }) => `pid ${pid} is stopped, and not by this keeper; nothing was sent`);
    const all = [...problems, ...strange];
    for (const problem of all) log.warn(`resume: ${problem}`);
    return all.length > 0 ? failed(all.join('; ')) : ok(`${people(targets.length)} resumed: ${why}`);
  };

  /** One freeze after the other, smallest first. */
  const resumeAll = async (why: string): Promise<void> => {
    const plans = new Map<number, Target[]>();
    for (const { plan, target } of held.values()) plans.set(plan, [...(plans.get(plan) ?? []), target]);
    const size = (targets: readonly Target[]): number => targets.reduce((sum, each) => sum + each.footprintBytes, 0);
    const inOrder = [...plans.values()].sort((a, b) => size(a) - size(b));
    for (const [index, targets] of inOrder.entries()) {
      if (index > 0) await sleep(spacingMs(inOrder.length, times));
      await resume(targets, why);
      for (const { id } of targets) link.report({ type: 'thawed', id, why });
    }
  };

  const reread = (): void => {
    for (const [pid, { target, plan }] of [...held]) {
      const tombstone = readTombstone(fileOf(pid));
      if (tombstone?.instance === instance && tombstone.freeze === plan) continue;
      held.delete(pid);
      link.report({ type: 'thawed', id: target.id, why: 'it was resumed while the keeper did not run' });
    }
  };

  link.listen({
    onThawed: (pid, start) => {
      const known = held.get(pid);
      if (known?.target.id.start !== start) return;
      held.delete(pid);
      // The deadman signals nobody on a simulated machine.
      if (host.kind === 'sim') host.signal(known.target.id, 'SIGCONT');
    },
    onLost: () => void resumeAll('the deadman has been gone for too long'),
    onBack: reread,
  });

  return {
    freeze: async (order) => {
      const refused = refusal(order);
      if (refused !== null || ready === null) return failed(refused ?? 'the keeper is not ready to freeze');
      const { slots, thaw } = ready;
      const outcome = await during(
        order.targets.map(({ id }) => id.pid),
        () => freezeNow(order, slots, thaw),
      );
      void slots.fill();
      return outcome;
    },
    resume,
    startUp: async () => {
      try {
        ready = await prepare();
      } catch (fault) {
        log.warn(`freeze: nothing can be frozen, ${String(fault)}`);
      }
      leftovers = resumeLeftovers({ places, instance, ...log });
    },
    reread,
    close: async () => {
      closed = true;
      await resumeAll('the keeper ends');
      await leftovers;
    },
  };
};
