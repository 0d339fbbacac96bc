import type { Failure } from '../../protocol/errors.ts';
import type { LogRow } from '../../protocol/relief.ts';
import type { Io } from '../command.ts';
import { exitCodes } from '../command.ts';
import { exitCodeOf } from '../exit-code.ts';
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
  let over = false;
  let wake: () => void = () => {};
  const removeInterrupt = io.onInterrupt(() => {
    over = true;
    wake();
  });
  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, everyMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (over) wake();
    });

  let { cursor } = options;
  let trouble: string | null = null;
  try {
    while (!over) {
      const page = await source.page({
        after: cursor,
        limit: pageRows,
        ...(kinds.length === 0 ? {} : { kinds: [...kinds] }),
      });
      if (over) return null;
      if (!page.ok) {
        // What a keeper that comes back mends is said once and tried again.
        if (exitCodeOf(page.failure.code) !== exitCodes.unanswered) return page.failure;
        if (trouble !== page.failure.code)
          teller.say(`${options.troubleText(page.failure)} Trying again every second.`);
        trouble = page.failure.code;
        await pause();
        continue;
      }
      if (trouble !== null) teller.say('The keeper answers.');
      trouble = null;
      const { result } = page;
      if (result.missed === true) teller.say('Rows were removed before they could be shown.');
      teller.rows(result.rows);
      const isMore = result.cursor !== cursor && result.rows.length > 0;
      cursor = result.cursor;
      if (!isMore) await pause();
    }
    return null;
  } finally {
    removeInterrupt();
  }
};
