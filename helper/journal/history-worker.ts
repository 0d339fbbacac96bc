import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { isDamaged, type OpenStore, openOrBegin, setAside } from './history-file.ts';
import { gapLine, isCheckpointText } from './input-form.ts';
import {
  type Batch,
  type FromWorker,
  progress,
  type RecorderSetup,
  type Replacement,
  type ToWorker,
} from './recorder-messages.ts';
import { replaceFile } from './replace-file.ts';
import { createSegments } from './segments.ts';

/**
 * The thread that writes the heartbeat file, the inputs and the history, in this order, so that a slow disk delays it and
 * never a tick. Nothing a disk does ends it: what cannot be written is dropped and counted, and tried again next time.
 */

const syncEveryMs = 30_000;
const readAtOnce = 1_000;
/** Old rows are looked for once a minute, and after this many new ones; one batch spends at most `tidyMs` on it. */
const tidyRows = 5_000;
const tidyMs = 30;
/** From orange up each batch goes to the disk at once: a panic may be near, and these are the minutes worth reading. */
const durableFromLevel = 2;

const messageOf = (fault: unknown): string => (fault instanceof Error ? fault.message : String(fault));

const run = (port: MessagePort, setup: RecorderSetup): void => {
  const counters = new Int32Array(setup.progress);
  const segments = createSegments({ ...setup.inputs, mayBegin: isCheckpointText });
  let store: OpenStore | null = null;
  let durable = false;
  let tidiedMinute = -1;
  let rowsSinceTidy = 0;
  let unsynced = false;
  let syncedAtMs = performance.now();
  let lostLines = 0;

  const send = (message: FromWorker): void => port.postMessage(message);
  /** Counts `lost` and says why, but only when it begins to go wrong. */
  const failed = (flag: number, counter: number | null, lost: number, fault: unknown, what: string): void => {
    if (counter !== null) Atomics.add(counters, counter, lost);
    if (Atomics.exchange(counters, flag, 1) === 0) send({ kind: 'trouble', detail: `${what}: ${messageOf(fault)}` });
  };

  const opened = (): OpenStore => {
    store ??= openOrBegin(setup.databasePath, setup.maxBytes, (detail) => send({ kind: 'trouble', detail }));
    return store;
  };

  const closeStore = (): void => {
    try {
      store?.close();
    } catch {
      // A database that cannot even be closed is opened afresh.
    }
    store = null;
    durable = false;
  };

  /** Runs `work`; on a damaged database once more on a new one. Anything else closes it, to be opened afresh next time. */
  const onStore = (work: (store: OpenStore) => void): void => {
    try {
      work(opened());
    } catch (fault) {
      closeStore();
      if (!isDamaged(fault)) throw fault;
      send({ kind: 'trouble', detail: setAside(setup.databasePath) });
      work(opened());
    }
  };

  const replace = ({ path, text, secrecy }: Replacement): void => {
    const failing = secrecy === 'shared' ? progress.replaceFailing : progress.privateFailing;
    try {
      replaceFile(path, text, secrecy === 'shared' ? 0o644 : 0o600);
      Atomics.store(counters, failing, 0);
    } catch (fault) {
      failed(failing, null, 0, fault, path);
    }
  };

  const appendInputs = (batch: Batch): void => {
    lostLines += batch.lostInputs;
    if (batch.inputs.length === 0) return;
    const lines = lostLines > 0 ? [gapLine(lostLines), ...batch.inputs] : batch.inputs;
    const result = segments.append(lines);
    if (result.ok) {
      lostLines = 0;
      unsynced = true;
      Atomics.store(counters, progress.inputsFailing, 0);
    } else {
      lostLines += batch.inputs.length;
      failed(progress.inputsFailing, progress.lostLines, batch.inputs.length, result.detail, 'inputs');
    }
  };

  const keep = (batch: Batch): void => {
    const rows = batch.samples.length + batch.processes.length;
    if (rows === 0) return;
    const wanted = batch.samples.some((sample) => sample.level >= durableFromLevel);
    try {
      onStore((open) => {
        if (wanted !== durable) open.setDurable(wanted);
        open.insert(batch.samples, batch.processes);
      });
      durable = wanted;
      rowsSinceTidy += rows;
      Atomics.store(counters, progress.historyFailing, 0);
    } catch (fault) {
      failed(progress.historyFailing, progress.droppedRows, rows, fault, 'history.db');
    }
  };

  const sync = (): void => {
    const now = performance.now();
    if (!unsynced || (!durable && now - syncedAtMs < syncEveryMs)) return;
    syncedAtMs = now;
    unsynced = false;
    try {
      segments.sync();
    } catch (fault) {
      failed(progress.inputsFailing, null, 0, fault, 'inputs');
    }
  };

  const tidy = (): void => {
    const minute = Math.floor(performance.now() / 60_000);
    if (store === null || (minute === tidiedMinute && rowsSinceTidy < tidyRows)) return;
    const until = performance.now() + tidyMs;
    try {
      while (store.tidy()) if (performance.now() > until) return;
      tidiedMinute = minute;
      rowsSinceTidy = 0;
    } catch (fault) {
      closeStore();
      failed(progress.historyFailing, null, 0, fault, 'history.db');
    }
  };

  const load = (message: Extract<ToWorker, { kind: 'load' }>): void => {
    let found: ReturnType<OpenStore['read']> = { samples: [], lastId: null };
    try {
      onStore((open) => {
        found = open.read(message.sinceMs, message.afterId, readAtOnce);
      });
    } catch (fault) {
      failed(progress.historyFailing, null, 0, fault, 'history.db');
    }
    send({ kind: 'loaded', id: message.id, ...found });
  };

  port.on('message', (message: ToWorker) => {
    if (message.kind === 'load') load(message);
    else if (message.kind === 'batch') {
      const { batch } = message;
      for (const each of batch.replace) replace(each);
      appendInputs(batch);
      keep(batch);
      sync();
      // Counted before the tidying: what was given is written, and the next batch may wait in the queue.
      Atomics.add(counters, progress.done, 1);
      tidy();
    } else {
      syncedAtMs = Number.NEGATIVE_INFINITY;
      sync();
      closeStore();
      segments.close();
      port.close();
    }
  });
};

if (parentPort !== null) run(parentPort, workerData);
