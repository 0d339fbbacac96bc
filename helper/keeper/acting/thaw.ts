import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { claim, remove } from '../../deadman/claims.ts';
import { listResuming } from '../../deadman/directory.ts';
import type { Places } from '../../deadman/places.ts';
import type { Slots } from '../../deadman/slots.ts';
import type { Host } from '../../host/port.ts';
import type { ProcessId } from '../../host/reading.ts';

/** The keeper's own hand in resuming: claim, signal, verify, and the tombstone becomes a free slot again. */

export interface ThawOptions {
  readonly host: Pick<Host, 'signal' | 'readChosen'>;
  readonly places: Places;
  readonly instance: string;
  readonly slots: Slots;
}

export interface Thawed {
  /** Pids of those that could not be resumed. */
  readonly stopped: ReadonlySet<number>;
  /** Why, one sentence each. */
  readonly problems: readonly string[];
  /** What went wrong with tombstones of processes that run all the same. */
  readonly notes: readonly string[];
}

/** Resolves within 1.5 s on a machine that is awake. */
export type Thaw = (ids: readonly ProcessId[]) => Promise<Thawed>;

const attempts = 3;
const verifyMs = 300;
/** Another resumer that has the claim needs less; what is stopped after that has been left by one that died. */
const otherMs = 1_000;
const lookEveryMs = 10;

/** Which of these are stopped now; what has vanished is not. */
export const stoppedOf = (host: Pick<Host, 'readChosen'>, ids: readonly ProcessId[]): readonly ProcessId[] =>
  host.readChosen(ids).flatMap((seen) => ('id' in seen && seen.state === 'stopped' ? [seen.id] : []));

/** Waits until none of these is stopped; resolves to those that still are. */
const untilRunning = async (
  host: Pick<Host, 'readChosen'>,
  ids: readonly ProcessId[],
  limitMs: number,
): Promise<readonly ProcessId[]> => {
  let left = stoppedOf(host, ids);
  for (const until = performance.now() + limitMs; left.length > 0 && performance.now() < until; ) {
    await sleep(lookEveryMs);
    left = stoppedOf(host, left);
  }
  return left;
};

/** Signals until all run. Resolves to why those that do not are still stopped, by pid. */
const continueAll = async (
  host: ThawOptions['host'],
  ids: readonly ProcessId[],
): Promise<ReadonlyMap<number, string>> => {
  const problems = new Map<number, string>();
  let left = ids;
  for (let attempt = 0; attempt < attempts && left.length > 0; attempt += 1) {
    for (const id of left) {
      const sent = host.signal(id, 'SIGCONT');
      // Who has ended, or made room for another one, needs nothing.
      if (!sent.ok && sent.problem !== 'vanished' && sent.problem !== 'reused')
        problems.set(id.pid, `pid ${id.pid}: ${sent.detail}`);
    }
    const heard = left.filter(({ pid }) => !problems.has(pid));
    left = await untilRunning(host, heard, verifyMs);
  }
  for (const { pid } of left) problems.set(pid, `pid ${pid} is still stopped after ${attempts} SIGCONT`);
  return problems;
};

/** Takes back tombstones of processes that were never stopped, or have ended: nobody is signalled. */
export const retire = (ids: readonly ProcessId[], { places, instance, slots }: Omit<ThawOptions, 'host'>): void => {
  for (const { pid } of ids) {
    const claimed = claim(places, join(places.stopped, String(pid)), pid, instance);
    if (claimed.kind === 'won' && !slots.recycle(claimed.path)) remove(claimed.path);
  }
};

const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

export const createThaw = ({ host, places, instance, slots }: ThawOptions): Thaw => {
  const takeBack = (path: string): void => {
    if (!slots.recycle(path)) remove(path);
  };

  /** With these somebody else was first: usually the deadman, who does it now. One that died has left them stopped. */
  const awaitOthers = async (ids: readonly ProcessId[]): Promise<ReadonlyMap<number, string>> => {
    const left = await untilRunning(host, ids, otherMs);
    const problems = await continueAll(host, left);
    const done = new Set(ids.flatMap(({ pid }) => (problems.has(pid) ? [] : [pid])));
    // Whoever took over such a claim would resume what is frozen anew; who lives finds it gone and is content.
    for (const { pid, path, tombstone } of done.size === 0 ? [] : listResuming(places))
      if (pid !== null && done.has(pid) && tombstone?.instance === instance) takeBack(path);
    return problems;
  };

  return async (ids) => {
    const notes: string[] = [];
    const mine: { readonly id: ProcessId; readonly path: string | null }[] = [];
    const others: ProcessId[] = [];
    for (const id of ids) {
      const { pid } = id;
      const claimed = claim(places, join(places.stopped, String(pid)), pid, instance);
      const earlier = join(places.resuming, `${pid}.${instance}`);
      if (claimed.kind === 'won') mine.push({ id, path: claimed.path });
      // The process matters more than the file: it is resumed though its tombstone stays.
      else if (claimed.kind === 'impossible') {
        mine.push({ id, path: null });
        notes.push(`the tombstone of pid ${pid} stays: ${claimed.detail}`);
      } else if (isThere(earlier)) mine.push({ id, path: earlier });
      else others.push(id);
    }
    const ours = mine.map(({ id }) => id);
    const [failed, left] = await Promise.all([continueAll(host, ours), awaitOthers(others)]);
    // The claim of one that failed is left: the deadman takes it over and tries again, and so may we.
    for (const { id, path } of mine) if (path !== null && !failed.has(id.pid)) takeBack(path);
    const problems = [...failed, ...left];
    return {
      stopped: new Set(problems.map(([pid]) => pid)),
      problems: problems.map(([, problem]) => problem),
      notes,
    };
  };
};
