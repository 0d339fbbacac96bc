import { closeSync, constants, fstatSync, openSync, readSync, renameSync } from 'node:fs';
import { replaceFile } from '../../journal/replace-file.ts';
import { parseJson } from '../../protocol/json.ts';
import { emptyQueue, mostBytes, type Queue, queueSchema } from './queue.ts';

/** The queue on disk: written whole and renamed into place at each change, so that a kill leaves one version or the other. */

export interface QueueFile {
  readonly load: () => Queue;
  /** What went wrong; null: it is kept. */
  readonly save: (queue: Queue) => string | null;
}

/** Items, and what is kept of targets and alerts beside them. */
const mostFileBytes = mostBytes + 64 * 1024;

const codeOf = (fault: unknown): string =>
  fault instanceof Error && 'code' in fault
    ? String(fault.code)
    : fault instanceof Error
      ? fault.message
      : String(fault);

const readWhole = (path: string): Buffer | null => {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const seen = fstatSync(fd);
    if (!seen.isFile() || seen.size > mostFileBytes) return null;
    const bytes = Buffer.alloc(seen.size);
    return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(fd);
  }
};

const queueIn = (bytes: Buffer | null): Queue | null => {
  const parsed = bytes === null ? null : parseJson(bytes);
  const read = parsed?.ok === true ? queueSchema.safeParse(parsed.value) : null;
  return read?.success === true ? read.data : null;
};

/** @param write for tests: a disk that is full */
export const createQueueFile = (
  path: string,
  log: (text: string) => void,
  write: (path: string, text: string) => void = (at, text) => replaceFile(at, text, 0o600),
): QueueFile => ({
  load: () => {
    try {
      const queue = queueIn(readWhole(path));
      if (queue !== null) return queue;
      const aside = `${path}.damaged`;
      renameSync(path, aside);
      log(`push: what waited could not be read, and is kept as ${aside}`);
    } catch (fault) {
      if (codeOf(fault) !== 'ENOENT') log(`push: what waited could not be read: ${path}: ${codeOf(fault)}`);
    }
    return emptyQueue;
  },
  save: (queue) => {
    try {
      write(path, JSON.stringify(queue));
      return null;
    } catch (fault) {
      return `${path}: ${codeOf(fault)}`;
    }
  },
});

/** For who has nowhere to keep it. */
export const noQueueFile: QueueFile = { load: () => emptyQueue, save: () => null };
