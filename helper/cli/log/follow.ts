import type { Failure } from '../../protocol/errors.ts';
import type { LogRow } from '../../protocol/relief.ts';
import type { Io } from '../command.ts';
import { exitCodes } from '../command.ts';
import { exitCodeOf } from '../exit-code.ts';
import { interruptSignal, pause } from '../interrupt.ts';
import type { LogSource } from './source.ts';

/** Goes on where the rows that were there end, until Ctrl-C. */

export interface Teller {
  readonly rows: (rows: readonly LogRow[]) => void;
  /** Beside the rows: what is wrong with them, that the keeper is gone. */
  readonly say: (sentence: string) => void;
}

export interface FollowOptions {
  readonly io: Io;
  readonly source: LogSource;
  readonly teller: Teller;
  readonly kinds: readonly string[];
  readonly cursor: string;
  readonly troubleText: (why: Failure) => string;
}

const everyMs = 1_000;
const pageRows = 500;

/** Null: ended by Ctrl-C. A failure: trying again would not help. */
export const rowsFollowed = async (options: FollowOptions): Promise<Failure | null> => {
  const { io, source, teller, kinds } = options;
  const { signal, remove } = interruptSignal(io);
  let { cursor } = options;
  let trouble: string | null = null;
  try {
    while (!signal.aborted) {
      const page = await source.page({
        after: cursor,
        limit: pageRows,
        ...(kinds.length === 0 ? {} : { kinds: [...kinds] }),
      });
      if (signal.aborted) return null;
      if (!page.ok) {
        // What a keeper that comes back mends is said once and tried again.
        if (exitCodeOf(page.failure.code) !== exitCodes.unanswered) return page.failure;
        if (trouble !== page.failure.code)
          teller.say(`${options.troubleText(page.failure)} Trying again every second.`);
        trouble = page.failure.code;
        await pause(everyMs, signal);
        continue;
      }
      if (trouble !== null) teller.say('The keeper answers.');
      trouble = null;
      const { result } = page;
      if (result.missed === true) teller.say('Rows were removed before they could be shown.');
      teller.rows(result.rows);
      const isMore = result.cursor !== cursor && result.rows.length > 0;
      cursor = result.cursor;
      if (!isMore) await pause(everyMs, signal);
    }
    return null;
  } finally {
    remove();
  }
};
