import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadStarts, Starts } from '../../deadman/starts.ts';
import type { Host } from '../../host/port.ts';
import { type ProcessId, processKey } from '../../host/reading.ts';

/**
 * When processes started, in the words a tombstone takes. On Linux an identity is that very text. On a Mac `ps` tells it,
 * which takes a process of its own: candidates are asked about beforehand, so that a stop does not wait for it.
 */

export interface KnownStarts {
  /** Asks for those of these that are not known, and forgets all others. Resolves when that is done. */
  readonly prepare: (ids: readonly ProcessId[]) => Promise<void>;
  /** In the order asked; null: not to be had. What is not known is asked for now, for at most 200 ms. */
  readonly of: (ids: readonly ProcessId[]) => Promise<readonly (string | null)[]>;
}

export interface KnownStartsOptions {
  readonly host: Pick<Host, 'kind' | 'readChosen'>;
  readonly readStarts: ReadStarts;
}

/** A tombstone without a start is as good, only less certain to be retired. */
const limitMs = 200;

export const createKnownStarts = ({ host, readStarts }: KnownStartsOptions): KnownStarts => {
  const known = new Map<string, string>();
  let asking: Promise<void> | null = null;

  const within = async (starts: Promise<Starts>): Promise<Starts> => {
    const late = new AbortController();
    const limit = sleep(limitMs, null, { signal: late.signal }).catch(() => null);
    const first = await Promise.race([starts, limit]);
    late.abort();
    return first;
  };

  const unknownOf = (ids: readonly ProcessId[]): readonly ProcessId[] => ids.filter((id) => !known.has(processKey(id)));

  const ask = async (ids: readonly ProcessId[]): Promise<void> => {
    const starts = await readStarts(ids.map(({ pid }) => pid));
    // Who has the pid still had it when `ps` looked: an identity is never given twice.
    for (const seen of host.readChosen(ids)) {
      if (!('id' in seen)) continue;
      const started = starts?.get(seen.id.pid)?.started ?? null;
      if (started !== null) known.set(processKey(seen.id), started);
    }
  };

  return {
    prepare: async (ids) => {
      if (host.kind !== 'darwin') return;
      const wanted = new Set(ids.map(processKey));
      for (const key of known.keys()) if (!wanted.has(key)) known.delete(key);
      // One question at a time: who is still unknown after it is asked for with the next call.
      const unknown = unknownOf(ids);
      if (unknown.length === 0 || asking !== null) return asking ?? undefined;
      asking = ask(unknown);
      try {
        await asking;
      } finally {
        asking = null;
      }
    },
    of: async (ids) => {
      if (host.kind === 'sim') return ids.map(() => null);
      if (host.kind === 'linux') return ids.map(({ start }) => start);
      const unknown = unknownOf(ids);
      const starts = unknown.length === 0 ? null : await within(readStarts(unknown.map(({ pid }) => pid)));
      return ids.map((id) => known.get(processKey(id)) ?? starts?.get(id.pid)?.started ?? null);
    },
  };
};
