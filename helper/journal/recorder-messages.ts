import type { MachineSample, ProcessRow } from './samples.ts';

/** What passes between the keeper's thread and the one worker that touches the disk for it. */

export interface RecorderSetup {
  readonly databasePath: string;
  readonly maxBytes: number;
  readonly inputs: { readonly directory: string; readonly segmentBytes: number; readonly segments: number };
  /** Shared counters, see `progress`. */
  readonly progress: SharedArrayBuffer;
}

/** `shared`: every local user may read it. */
export type Secrecy = 'shared' | 'private';

export interface Replacement {
  readonly path: string;
  readonly text: string;
  readonly secrecy: Secrecy;
}

export interface Batch {
  readonly samples: readonly MachineSample[];
  readonly processes: readonly ProcessRow[];
  readonly inputs: readonly string[];
  /** Input lines that were dropped before the first of `inputs`. */
  readonly lostInputs: number;
  readonly replace: readonly Replacement[];
}

export type ToWorker =
  | { readonly kind: 'batch'; readonly batch: Batch }
  | { readonly kind: 'load'; readonly id: number; readonly sinceMs: number; readonly afterId: number }
  | { readonly kind: 'close' };

export type FromWorker =
  | {
      readonly kind: 'loaded';
      readonly id: number;
      readonly samples: readonly MachineSample[];
      readonly lastId: number | null;
    }
  /** Something changed for the worse, in words for the log. */
  | { readonly kind: 'trouble'; readonly detail: string };

/**
 * Slots of the shared Int32 counters. The worker answers a batch by counting here and not by a message, because a message
 * would wake the keeper's loop once more each tick (100 µs of CPU measured); the keeper looks when it sends the next one.
 */
export const progress = {
  /** Batches finished. */
  done: 0,
  /** 1 while the last batch could not be written to the database, to the inputs, to the replaced files (one flag for each secrecy). */
  historyFailing: 1,
  inputsFailing: 2,
  replaceFailing: 3,
  privateFailing: 6,
  /** Rows and lines that could not be written, since the worker started first. */
  droppedRows: 4,
  lostLines: 5,
  slots: 7,
} as const;
