import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/**
 * Lines in files of bounded size; the newest few files are kept. Synchronous: runs in the worker only. A line is written
 * whole or not at all: what a full disk cut short is cut off again.
 */

export interface Segments {
  /** Writes the lines, each ended by a newline. Returns why it could not, having left the files as they were. */
  readonly append: (
    lines: readonly string[],
  ) => { readonly ok: true } | { readonly ok: false; readonly detail: string };
  /** Waits until what was written is on the disk. Throws what the disk says. */
  readonly sync: () => void;
  readonly close: () => void;
}

export interface SegmentOptions {
  readonly directory: string;
  /** A segment is not begun anew before it has this many bytes. */
  readonly segmentBytes: number;
  /** Segments kept, the one being written included. */
  readonly segments: number;
  /** Lines a segment may begin with, so that each can be read on its own; any when not given. */
  readonly mayBegin?: (line: string) => boolean;
}

/** Where no line may begin a segment for so long, one is begun all the same: disks are not endless. */
const overrun = 2;

const segmentPattern = /^inputs-(\d{8})\.jsonl$/;
const nameOf = (number: number): string => `inputs-${String(number).padStart(8, '0')}.jsonl`;

/** Numbers of the segments there are, oldest first. */
export const segmentNumbers = (names: readonly string[]): readonly number[] =>
  names
    .flatMap((name) => segmentPattern.exec(name)?.[1] ?? [])
    .map(Number)
    .toSorted((a, b) => a - b);

export const segmentPath = (directory: string, number: number): string => join(directory, nameOf(number));

interface Current {
  readonly number: number;
  readonly fd: number;
  bytes: number;
}

const messageOf = (fault: unknown): string => (fault instanceof Error ? fault.message : String(fault));

export const createSegments = (options: SegmentOptions): Segments => {
  const { directory } = options;
  let current: Current | null = null;

  const open = (number: number): Current => {
    const fd = openSync(
      segmentPath(directory, number),
      constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW,
      0o600,
    );
    const bytes = wholeLines(fd, fstatSync(fd).size);
    ftruncateSync(fd, bytes);
    return { number, fd, bytes };
  };

  const resume = (): Current => {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    return open(segmentNumbers(readdirSync(directory)).at(-1) ?? 1);
  };

  const rotate = (from: Current): Current => {
    const next = open(from.number + 1);
    fsyncSync(from.fd);
    closeSync(from.fd);
    for (const number of segmentNumbers(readdirSync(directory))) {
      if (number <= next.number - options.segments) rmSync(segmentPath(directory, number), { force: true });
    }
    return next;
  };

  const write = (to: Current, lines: readonly string[]): void => {
    if (lines.length === 0) return;
    const bytes = Buffer.from(`${lines.join('\n')}\n`);
    let done = 0;
    try {
      while (done < bytes.length) done += writeSync(to.fd, bytes, done);
    } catch (fault) {
      ftruncateSync(to.fd, to.bytes);
      throw fault;
    }
    to.bytes += done;
  };

  /** Which of the lines begins a new segment; null: none does. */
  const beginningIn = (from: Current, lines: readonly string[]): number | null => {
    if (from.bytes < options.segmentBytes) return null;
    if (from.bytes >= overrun * options.segmentBytes) return 0;
    const { mayBegin } = options;
    const at = mayBegin === undefined ? 0 : lines.findIndex(mayBegin);
    return at < 0 ? null : at;
  };

  const close = (): void => {
    if (current !== null) closeSync(current.fd);
    current = null;
  };

  return {
    append: (lines) => {
      if (lines.length === 0) return { ok: true };
      try {
        current ??= resume();
        const at = beginningIn(current, lines);
        if (at === null) {
          write(current, lines);
          return { ok: true };
        }
        const last = current;
        const lastBytes = last.bytes;
        write(last, lines.slice(0, at));
        try {
          current = rotate(last);
          write(current, lines.slice(at));
        } catch (fault) {
          truncateSync(segmentPath(directory, last.number), lastBytes);
          throw fault;
        }
        return { ok: true };
      } catch (fault) {
        try {
          close();
        } catch {
          current = null;
        }
        return { ok: false, detail: messageOf(fault) };
      }
    },
    sync: () => {
      if (current !== null) fsyncSync(current.fd);
    },
    close,
  };
};

/** Length of the file up to its last newline: a torn last line (power loss) is not part of it. */
const wholeLines = (fd: number, size: number): number => {
  const chunk = Buffer.alloc(65_536);
  for (let end = size; end > 0; ) {
    const from = Math.max(0, end - chunk.length);
    const read = readSync(fd, chunk, 0, end - from, from);
    const newline = chunk.subarray(0, read).lastIndexOf(10);
    if (newline >= 0) return from + newline + 1;
    end = from;
  }
  return 0;
};
