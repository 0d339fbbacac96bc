import { createKeptFile, type KeptFile } from '../kept-file.ts';
import { emptyQueue, mostBytes, type Queue, queueSchema } from './queue.ts';

/** The queue on disk, written at each change. */

export type QueueFile = KeptFile<Queue>;

/** Items, and what is kept of targets and alerts beside them. */
const mostFileBytes = mostBytes + 64 * 1024;

/** @param write for tests: a disk that is full */
export const createQueueFile = (
  path: string,
  log: (text: string) => void,
  write?: (path: string, text: string) => void,
): QueueFile =>
  createKeptFile({
    path,
    mostBytes: mostFileBytes,
    schema: queueSchema,
    nothing: emptyQueue,
    what: 'push: what waited',
    log,
    ...(write === undefined ? {} : { write }),
  });

/** For who has nowhere to keep it. */
export const noQueueFile: QueueFile = { load: () => emptyQueue, save: () => null };
