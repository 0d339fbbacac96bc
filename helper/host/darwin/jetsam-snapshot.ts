import type { CompressedShares } from '../port.ts';
import type { SensorFact } from '../reading.ts';
import { privateConstants } from './bindings.ts';
import { u64 } from './decode.ts';
import { errnoText } from './errors.ts';
import { layouts } from './layouts.ts';
import { type Native, nativeMemory } from './native.ts';

/** What one entry says. */
export interface SnapshotEntry {
  readonly pid: number;
  readonly compressedPages: number;
}

export interface Snapshot {
  /** Pages that went into the compressor and are still there or in swap. */
  readonly compressedPages: number;
  readonly entries: readonly SnapshotEntry[];
}

const head = layouts.jetsam_snapshot;
const entry = layouts.jetsam_snapshot_entry;
/** Room for processes that start between the question for the size and the answer. */
const spare = 64;
/** Entries beyond this are another structure than the one known here. */
const largestEntry = 1_024;
/** A process table of macOS has room for a few thousand. */
const mostBytes = 2 ** 24;
/** PID_MAX of xnu bsd/sys/proc_internal.h. */
const maxPid = 99_999;

/** Whether pids stand at this distance: each different, each one there can be. */
const hasPids = (view: DataView, stride: number, count: number): boolean => {
  const seen = new Set<number>();
  for (let i = 0; i < count; i += 1) {
    const pid = view.getInt32(head.size + stride * i + entry.fields.pid[0], true);
    if (pid < 0 || pid > maxPid || seen.has(pid)) return false;
    seen.add(pid);
  }
  return true;
};

/**
 * The distance between two entries grows from release to release (272, 280, 288 bytes). The length of the answer tells it
 * only while no process ended during the call, so it is looked for: the pids give it away.
 */
const strideOf = (view: DataView, bytes: number, count: number): number | null => {
  const exact = (bytes - head.size) / count;
  const most = Math.min(Math.floor(exact / 8) * 8, largestEntry);
  if (Number.isInteger(exact / 8) && exact <= largestEntry && exact >= entry.size && hasPids(view, exact, count))
    return exact;
  for (let stride = entry.size; stride <= most; stride += 8) if (hasPids(view, stride, count)) return stride;
  return null;
};

/** @param bytes as many as the kernel says it wrote. Null: not the structure that is known. */
export const decodeSnapshot = (view: DataView, bytes: number): Snapshot | null => {
  if (bytes < head.size || bytes > view.byteLength) return null;
  const count = u64(view, head.fields.entry_count);
  const compressedPages = u64(view, head.fields['stats.total_uncompressed_pages_in_compressor']);
  if (count === 0) return { compressedPages, entries: [] };
  if (count > (bytes - head.size) / entry.size) return null;
  const stride = strideOf(view, bytes, count);
  if (stride === null) return null;
  const field = (i: number, [offset, size]: readonly [number, number]) =>
    [head.size + stride * i + offset, size] as const;
  return {
    compressedPages,
    entries: Array.from({ length: count }, (_, i) => ({
      pid: view.getInt32(head.size + stride * i + entry.fields.pid[0], true),
      compressedPages: u64(view, field(i, entry.fields.jse_internal_compressed_pages)),
    })),
  };
};

/** Shares that are told; the rest are smaller. */
const mostShares = 8;

export interface SnapshotOptions {
  readonly native: Native;
  readonly uniqueIdOf: (pid: number) => number;
  readonly nowMs: () => number;
  readonly pageBytes: number;
}

/**
 * How much of each process is compressed: the kernel's own snapshot of all processes, made on demand. Always with the flag
 * for that: without it the call takes away the one snapshot that macOS needs for its own report of a jetsam event. The
 * kernel goes through the memory of every process meanwhile, so the answer is waited for on another thread.
 */
export const createCompressedShares = ({ native, uniqueIdOf, nowMs, pageBytes }: SnapshotOptions) => {
  const { memorystatus_control } = native.call;
  const { MEMORYSTATUS_CMD_GET_JETSAM_SNAPSHOT: command, MEMORYSTATUS_FLAGS_SNAPSHOT_ON_DEMAND: onDemand } =
    privateConstants;

  const fact = (problem: SensorFact['problem'], detail: string): SensorFact => ({
    sensor: 'compressor',
    problem,
    detail: `jetsam snapshot: ${detail}`,
  });

  /** Memory of its own for each: it must stay where it is until the other thread is done. */
  const take = (size: number): Promise<{ readonly view: DataView; readonly bytes: number }> =>
    new Promise((resolve) => {
      const memory = nativeMemory(size);
      memorystatus_control.async(command, 0, onDemand, memory.address, size, (fault: unknown, bytes: unknown) =>
        resolve({ view: memory.view, bytes: fault === null && typeof bytes === 'number' ? bytes : -1 }),
      );
    });

  const sharesOf = ({ entries, compressedPages }: Snapshot, atMs: number): CompressedShares => ({
    atMs,
    totalBytes: compressedPages * pageBytes,
    largest: entries
      .filter((each) => each.compressedPages > 0)
      .sort((a, b) => b.compressedPages - a.compressedPages)
      .slice(0, mostShares)
      .flatMap(({ pid, compressedPages: pages }) => {
        const uniqueId = uniqueIdOf(pid);
        return uniqueId < 0 ? [] : [{ id: { pid, start: String(uniqueId) }, compressedBytes: pages * pageBytes }];
      }),
  });

  return async (): Promise<CompressedShares | SensorFact> => {
    const atMs = nowMs();
    // The size alone: no process is looked at for it.
    const wanted = Number(memorystatus_control(command, 0, onDemand, 0, 0));
    if (wanted < 0) return fact('refused', errnoText(native.errno()));
    if (wanted > mostBytes) return fact('implausible', `${wanted} bytes`);
    // The errno stays with the other thread. It throws when koffi has too many calls under way.
    const taken = await take(wanted + spare * largestEntry).catch(() => null);
    if (taken === null || taken.bytes < 0) return fact('refused', 'it was not made');
    const { view, bytes } = taken;
    const snapshot = decodeSnapshot(view, bytes);
    return snapshot === null ? fact('implausible', `${bytes} bytes of an unknown form`) : sharesOf(snapshot, atMs);
  };
};
