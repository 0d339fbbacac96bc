import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { plainLines } from './input-decoder.ts';
import { segmentNumbers, segmentPath } from './segments.ts';

/**
 * The journal of what went into `decide`, one JSON value a line, in two files of 32 MB by default: the black box that is
 * read after an unclean end, and what a replay runs on.
 */

export const inputsDefaults = { segmentBytes: 32 * 2 ** 20, segments: 2 } as const;

/**
 * Lines as they were given, in the order they were appended, oldest first; without the torn last line that a power loss can leave. An absent
 * directory has no lines. The files may be read while they are written.
 */
export async function* readInputs(directory: string): AsyncGenerator<string, void, undefined> {
  yield* plainLines(writtenLines(directory));
}

/** The same as they are in the files: written against each other. */
async function* writtenLines(directory: string): AsyncGenerator<string, void, undefined> {
  const names = await readdir(directory).catch((): string[] => []);
  for (const number of segmentNumbers(names)) yield* wholeLines(segmentPath(directory, number));
}

/** Lines of one file that are ended by a newline. A file that vanished meanwhile (rotation) has none. */
export async function* wholeLines(path: string): AsyncGenerator<string, void, undefined> {
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of createReadStream(path)) {
      if (!Buffer.isBuffer(chunk)) continue;
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let from = 0;
      for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
        yield bytes.toString('utf8', from, end);
        from = end + 1;
      }
      rest = bytes.subarray(from);
    }
  } catch (fault) {
    if (!(fault instanceof Error && 'code' in fault && fault.code === 'ENOENT')) throw fault;
  }
}
