import { join } from 'node:path';
import { inputsDefaults } from './inputs.ts';
import { createPending } from './pending.ts';
import { createProcessPick } from './process-pick.ts';
import { type Batch, progress, type Replacement, type Secrecy } from './recorder-messages.ts';
import type { MachineSample, ProcessSample } from './samples.ts';
import { startWorker, type WorkerThread } from './worker-thread.ts';

export interface HistoryOptions {
  /** The state folder; it exists. history.db and the folder inputs/ lie in it. */
  readonly directory: string;
  /** What history.db may take on the disk, its WAL included. */
  readonly maxBytes: number;
  /** Source text of the worker (CommonJS), where there is no file history-worker.ts beside this one. */
  readonly worker?: string;
  readonly inputs?: { readonly segmentBytes?: number; readonly segments?: number };
  /** Told what went wrong, once when it begins; for the log. */
  readonly onTrouble?: (detail: string) => void;
}

export type KeptState = 'ok' | 'degraded' | 'off';

export interface HistoryStats {
  readonly state: KeptState;
  /** Samples and process rows that could not be kept, since `openHistory`. */
  readonly droppedRows: number;
}

export interface InputsStats {
  readonly state: KeptState;
  readonly lostRows: number;
}

/** Nothing here blocks, waits for a disk, or throws for what a disk does. */
export interface HistoryStore {
  readonly record: (sample: MachineSample) => void;
  /** The whole process table, as often as it is read; what is worth keeping is chosen here. Dated as the last sample. */
  readonly recordProcesses: (rows: readonly ProcessSample[]) => void;
  /** Samples kept since then, oldest first. */
  readonly load: (sinceWallMs: number) => Promise<readonly MachineSample[]>;
  /** The same, a thousand at a time, for callers that keep none of them (`ring.push`). Resolves to their number. */
  readonly replay: (sinceWallMs: number, take: (sample: MachineSample) => void) => Promise<number>;
  readonly stats: () => HistoryStats;
  /** The journal of what goes into `decide`: one JSON value without line breaks each. */
  readonly inputs: { readonly append: (line: string) => void; readonly stats: () => InputsStats };
  /**
   * Replaces a small file by temporary file and rename, in the same worker and the same message as the rows of this tick.
   * Resolves at once, so that nobody is woken for it: true when the text was handed over and the one before it is in place,
   * false when the one before could not be written or hangs. Of each path only the newest text counts while one waits.
   */
  readonly replaceFile: (path: string, text: string, secrecy?: Secrecy) => Promise<boolean>;
  /** Writes what waits and ends the worker; at most 3 s. */
  readonly close: () => Promise<void>;
}

/** Less than a second, so that with the writing itself no more than a second is lost to `kill -9`. */
const batchMs = 800;
/** A batch that takes longer: the disk is slow, and that is said. */
const slowMs = 5_000;
const restartMs = 5_000;
const closeMs = 3_000;

export const openHistory = (options: HistoryOptions): HistoryStore => {
  const shared = new SharedArrayBuffer(progress.slots * Int32Array.BYTES_PER_ELEMENT);
  const counters = new Int32Array(shared);
  const count = (slot: number): number => Atomics.load(counters, slot);
  const pending = createPending();
  const processPick = createProcessPick();
  let thread: WorkerThread | null = null;
  let diedAtMs: number | null = null;
  let closed = false;
  let posted = 0;
  let inFlight: { readonly batch: Batch; readonly sinceMs: number } | null = null;
  let lastFlushMs = Number.NEGATIVE_INFINITY;
  let cancelDue: () => void = () => {};
  let due = false;
  let lastWallMs = Date.now();
  const replacements = new Map<string, Replacement>();
  let nextLoad = 1;
  const loads = new Map<number, (samples: readonly MachineSample[], lastId: number | null) => void>();

  const start = (): void => {
    const inputs = { ...inputsDefaults, ...options.inputs, directory: join(options.directory, 'inputs') };
    const databasePath = join(options.directory, 'history.db');
    try {
      thread = startWorker(
        options.worker,
        { databasePath, maxBytes: options.maxBytes, inputs, progress: shared },
        (message) => {
          if (message.kind === 'trouble') options.onTrouble?.(message.detail);
          else loads.get(message.id)?.(message.samples, message.lastId);
        },
        died,
      );
    } catch (fault) {
      died(fault instanceof Error ? fault.message : String(fault));
    }
  };

  const died = (detail: string): void => {
    thread = null;
    diedAtMs = performance.now();
    if (inFlight !== null) {
      pending.lose(inFlight.batch);
      for (const each of inFlight.batch.replace) if (!replacements.has(each.path)) replacements.set(each.path, each);
    }
    posted = count(progress.done);
    inFlight = null;
    for (const answer of loads.values()) answer([], null);
    options.onTrouble?.(`history worker: ${detail}`);
  };

  /** Looks whether the worker has finished what it was given. */
  const look = (): void => {
    if (inFlight !== null && count(progress.done) === posted) inFlight = null;
  };

  const plan = (waitMs: number): void => {
    if (due || closed) return;
    due = true;
    if (waitMs <= 0) {
      // The first row after a quiet second goes at once, after the rest of its tick: no timer, and nothing to lose.
      const immediate = setImmediate(flush);
      cancelDue = () => clearImmediate(immediate);
    } else {
      const timer = setTimeout(flush, waitMs).unref();
      cancelDue = () => clearTimeout(timer);
    }
  };
  const schedule = (): void => plan(lastFlushMs + batchMs - performance.now());

  const flush = (): void => {
    due = false;
    look();
    if (pending.isEmpty() && replacements.size === 0) return;
    const now = performance.now();
    if (thread === null && !closed && now - (diedAtMs ?? 0) >= restartMs) start();
    if (thread === null || inFlight !== null) {
      plan(batchMs);
      return;
    }
    lastFlushMs = now;
    send(thread);
  };

  const send = (to: WorkerThread): void => {
    const batch: Batch = { ...pending.take(), replace: [...replacements.values()] };
    replacements.clear();
    inFlight = { batch, sinceMs: performance.now() };
    posted++;
    to.post({ kind: 'batch', batch });
  };

  const state = (failing: number): KeptState => {
    look();
    if (closed) return 'off';
    const slow = inFlight !== null && performance.now() - inFlight.sinceMs > slowMs;
    return thread === null || slow || count(failing) === 1 ? 'degraded' : 'ok';
  };

  const loadPage = (
    sinceMs: number,
    afterId: number,
  ): Promise<{ readonly samples: readonly MachineSample[]; readonly lastId: number | null }> =>
    new Promise((resolve) => {
      if (thread === null || closed) return resolve({ samples: [], lastId: null });
      const id = nextLoad++;
      thread.hold(true);
      loads.set(id, (samples, lastId) => {
        loads.delete(id);
        if (loads.size === 0) thread?.hold(false);
        resolve({ samples, lastId });
      });
      thread.post({ kind: 'load', id, sinceMs, afterId });
    });

  const replay: HistoryStore['replay'] = async (sinceMs, take) => {
    flush();
    let total = 0;
    for (let afterId: number | null = 0; afterId !== null; ) {
      const page: Awaited<ReturnType<typeof loadPage>> = await loadPage(sinceMs, afterId);
      for (const sample of page.samples) take(sample);
      total += page.samples.length;
      afterId = page.lastId;
    }
    return total;
  };

  start();

  return {
    record: (sample) => {
      if (closed || !Number.isFinite(sample.wallMs)) return;
      lastWallMs = sample.wallMs;
      pending.addSample(sample);
      schedule();
    },
    recordProcesses: (rows) => {
      if (closed) return;
      const picked = processPick.pick(rows, lastWallMs);
      if (picked.length === 0) return;
      pending.addProcesses(picked);
      schedule();
    },
    replay,
    load: async (sinceMs) => {
      const samples: MachineSample[] = [];
      await replay(sinceMs, (sample) => samples.push(sample));
      return samples;
    },
    stats: () => ({
      state: state(progress.historyFailing),
      droppedRows: count(progress.droppedRows) + pending.dropped().rows,
    }),
    inputs: {
      append: (line) => {
        if (closed) return;
        if (line.includes('\n')) throw new TypeError('an input line has a line break');
        pending.addInput(line);
        schedule();
      },
      stats: () => ({
        state: state(progress.inputsFailing),
        lostRows: count(progress.lostLines) + pending.dropped().lines,
      }),
    },
    replaceFile: async (path, text, secrecy = 'shared') => {
      if (closed) return false;
      look();
      const late = inFlight !== null && performance.now() - inFlight.sinceMs > batchMs;
      replacements.set(path, { path, text, secrecy });
      schedule();
      const failing = secrecy === 'shared' ? progress.replaceFailing : progress.privateFailing;
      return thread !== null && !late && count(failing) === 0;
    },
    close: async () => {
      if (closed) return;
      closed = true;
      cancelDue();
      look();
      // It may stand behind a batch that is still being written: messages keep their order.
      if (thread !== null && (!pending.isEmpty() || replacements.size > 0)) send(thread);
      await thread?.close(closeMs);
      thread = null;
    },
  };
};
