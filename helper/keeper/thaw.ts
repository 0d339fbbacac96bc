import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { claim, remove } from '../deadman/claims.ts';
import type { Places } from '../deadman/places.ts';
import type { Slots } from '../deadman/slots.ts';
import type { Host } from '../host/port.ts';
import type { ProcessId } from '../host/reading.ts';

/** The keeper's own hand in resuming: claim, signal, verify, and the tombstone becomes a free slot again. */

export interface ThawOptions {
  readonly host: Pick<Host, 'signal' | 'readChosen'>;
  readonly places: Places;
  readonly instance: string;
  readonly slots: Slots;
}

/** Of those that could not be resumed: what went wrong, one sentence each. */
export type Thaw = (ids: readonly ProcessId[]) => Promise<readonly string[]>;

const attempts = 3;
const verifyMs = 300;
/** Another resumer that has the claim needs so long at most. */
const otherMs = 2_000;
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

/** Takes back tombstones of processes that were never stopped, or have ended: nobody is signalled. */
export const retire = (ids: readonly ProcessId[], { places, instance, slots }: Omit<ThawOptions, 'host'>): void => {
  for (const { pid } of ids) {
    const claimed = claim(places, join(places.stopped, String(pid)), pid, instance);
    if (claimed.kind === 'won' && !slots.recycle(claimed.path)) remove(claimed.path);
  }
};

export const createThaw =
  ({ host, places, instance, slots }: ThawOptions): Thaw =>
  async (ids) => {
    const problems: string[] = [];
    const mine: { readonly id: ProcessId; readonly path: string | null }[] = [];
    const others: ProcessId[] = [];
    for (const id of ids) {
      const claimed = claim(places, join(places.stopped, String(id.pid)), id.pid, instance);
      if (claimed.kind === 'lost') others.push(id);
      // The process matters more than the file: it is resumed though its tombstone stays.
      else mine.push({ id, path: claimed.kind === 'won' ? claimed.path : null });
      if (claimed.kind === 'impossible') problems.push(`the tombstone of pid ${id.pid} stays: ${claimed.detail}`);
    }

    const failed = new Set<number>();
    let left: readonly ProcessId[] = mine.map(({ id }) => id);
    for (let attempt = 0; attempt < attempts && left.length > 0; attempt += 1) {
      for (const id of left) {
        const sent = host.signal(id, 'SIGCONT');
        // Who has ended, or made room for another one, needs nothing.
        if (sent.ok || sent.problem === 'vanished' || sent.problem === 'reused') continue;
        failed.add(id.pid);
        problems.push(`pid ${id.pid}: ${sent.detail}`);
      }
      left = await untilRunning(
        host,
        left.filter(({ pid }) => !failed.has(pid)),
        verifyMs,
      );
    }
    for (const { pid } of left) {
      failed.add(pid);
      problems.push(`pid ${pid} is still stopped after ${attempts} SIGCONT`);
    }
    // The claim of one that failed is left: the deadman takes it over and tries again.
    for (const { id, path } of mine) if (path !== null && !failed.has(id.pid) && !slots.recycle(path)) remove(path);

    for (const { pid } of await untilRunning(host, others, otherMs))
      problems.push(`pid ${pid} is still stopped, and its tombstone is somebody else's to resume`);
    return problems;
  };
