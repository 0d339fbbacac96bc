import type { FileHandle } from 'node:fs/promises';
import { readAt } from './audit-segments.ts';

/** Lines of an open file forwards and backwards, 64 KiB at a time, so that a long file costs its reader no memory. */

export interface FileLine {
  /** Null: longer than any line of ours, and not kept. */
  readonly bytes: Buffer | null;
  /** Offset of its first byte, and of the one behind its line break. */
  readonly start: number;
  readonly end: number;
}

const chunkBytes = 65_536;
/** A quarter of the largest answer the keeper may give. */
export const longestLine = 2 ** 18;
const newline = 10;
const nothing: Buffer = Buffer.alloc(0);

/** Lines from `from` (the beginning of one) up to `to`, oldest first; not what is behind the last line break. */
export async function* linesForward(handle: FileHandle, from: number, to: number): AsyncGenerator<FileLine> {
  let start = from;
  let rest: Buffer = nothing;
  let tooLong = false;
  for (let at = from; at < to; ) {
    const chunk = await readAt(handle, at, Math.min(chunkBytes, to - at));
    if (chunk.length === 0) return;
    let done = 0;
    for (let found = chunk.indexOf(newline); found >= 0; found = chunk.indexOf(newline, done)) {
      const part = chunk.subarray(done, found);
      const whole = rest.length === 0 ? part : Buffer.concat([rest, part]);
      const end = at + found + 1;
      yield { bytes: tooLong || whole.length > longestLine ? null : whole, start, end };
      rest = nothing;
      tooLong = false;
      start = end;
      done = found + 1;
    }
    const left = chunk.subarray(done);
    tooLong ||= rest.length + left.length > longestLine;
    rest = tooLong ? nothing : rest.length === 0 ? left : Buffer.concat([rest, left]);
    at += chunk.length;
  }
}

/** Lines that end at or before `to`, newest first; not what is behind the last line break. */
export async function* linesBackward(handle: FileHandle, to: number): AsyncGenerator<FileLine> {
  /** The beginning of what follows `at`, up to `end`: the line whose start has not been found. */
  let rest: Buffer = nothing;
  let tooLong = false;
  /** Null until the last line break has been found. */
  let end: number | null = null;
  for (let at = to; at > 0; ) {
    const from = Math.max(0, at - chunkBytes);
    const chunk = await readAt(handle, from, at - from);
    // Only a file that is cut short under its reader.
    if (chunk.length < at - from) return;
    let until = chunk.length;
    for (let found = chunk.lastIndexOf(newline); found >= 0; ) {
      if (end !== null) yield line(chunk.subarray(found + 1, until), rest, tooLong, from + found + 1, end);
      end = from + found + 1;
      rest = nothing;
      tooLong = false;
      until = found;
      found = found === 0 ? -1 : chunk.lastIndexOf(newline, found - 1);
    }
    if (end !== null) {
      tooLong ||= rest.length + until > longestLine;
      rest = tooLong ? nothing : Buffer.concat([chunk.subarray(0, until), rest]);
    }
    at = from;
  }
  if (end !== null) yield line(nothing, rest, tooLong, 0, end);
}

const line = (head: Buffer, rest: Buffer, tooLong: boolean, start: number, end: number): FileLine => {
  const whole = rest.length === 0 ? head : Buffer.concat([head, rest]);
  return { bytes: tooLong || whole.length > longestLine ? null : whole, start, end };
};
