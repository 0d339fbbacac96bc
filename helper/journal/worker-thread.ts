import { getAsset, isSea } from 'node:sea';
import { Worker } from 'node:worker_threads';
import type { FromWorker, RecorderSetup, ToWorker } from './recorder-messages.ts';

/** Starting the one worker, from the file beside this one or from source text (a single executable has no files). */

export interface WorkerThread {
  readonly post: (message: ToWorker) => void;
  /** Whether the process stays alive for it: while somebody waits for an answer. */
  readonly hold: (held: boolean) => void;
  /** Asks it to finish; resolves when it has, or after `timeoutMs` (a disk that hangs holds its thread). */
  readonly close: (timeoutMs: number) => Promise<void>;
}

/**
 * A worker costs 6.3 MB of anonymous memory before it does anything (Node 26.10 on Linux: a V8 heap of its own with Node's
 * start-up code in it), 7.4 MB with the database open, about 12 MB after some hours. These limits only bound it: the heap
 * must still hold the fullest queue (see pending.ts). V8's process-wide `--lite-mode` takes 4 MB off it, and more elsewhere.
 */
const resourceLimits = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 16, stackSizeMb: 1 };

/** In the single executable the bundled worker is an asset of that name. */
const embeddedSource = (): string | undefined => (isSea() ? getAsset('history-worker.cjs', 'utf8') : undefined);

export const startWorker = (
  given: string | undefined,
  setup: RecorderSetup,
  onMessage: (message: FromWorker) => void,
  /** It ended although nobody asked it to. */
  onDeath: (detail: string) => void,
): WorkerThread => {
  const source = given ?? embeddedSource();
  const options = { workerData: setup, resourceLimits, env: {}, execArgv: [], name: 'castellan-journal' };
  const worker =
    source === undefined
      ? new Worker(new URL('./history-worker.ts', import.meta.url), options)
      : new Worker(source, { ...options, eval: true });
  let closing = false;
  let reason = 'the worker ended';
  const ended = new Promise<void>((resolve) => {
    worker.on('exit', () => {
      resolve();
      if (!closing) onDeath(reason);
    });
  });
  worker.on('error', (fault: unknown) => {
    reason = fault instanceof Error ? fault.message : String(fault);
  });
  worker.on('message', onMessage);
  // History alone is no reason to stay alive.
  worker.unref();

  return {
    post: (message) => worker.postMessage(message),
    hold: (held) => (held ? worker.ref() : worker.unref()),
    close: async (timeoutMs) => {
      closing = true;
      worker.ref();
      worker.postMessage({ kind: 'close' } satisfies ToWorker);
      let timer: NodeJS.Timeout | undefined;
      const timeout = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, timeoutMs);
      });
      await Promise.race([ended, timeout]);
      clearTimeout(timer);
      worker.unref();
      // Ends one that is stuck in JavaScript; one that is stuck in the disk ends with the process.
      void worker.terminate();
    },
  };
};
