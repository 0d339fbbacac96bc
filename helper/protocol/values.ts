import * as z from 'zod/mini';
import './english.ts';

/** The kinds of value the schemas of the protocol are made of, and their limits. */

export const notNegative = z.number().check(z.nonnegative());

/** A string of at most so many characters. */
export const text = (characters: number) => z.string().check(z.maxLength(characters));

/**
 * Longest command line and name of a row, in characters; what is longer is cut and ends in an ellipsis. They are there
 * to be recognised by: whoever needs a whole command line asks the operating system for that pid.
 */
export const commandCharacters = 256;
export const nameCharacters = 64;

/** Processes of at least this footprint are listed unless all are asked for. */
export const listedFootprintBytes = 50 * 2 ** 20;

/** The cursor of the log before its oldest row. */
export const logStart = 'start';

/** Of automatic actions, by the operator. */
export const longestPauseMinutes = 60;

/** Ranges the charts offer. */
export const historyRange = z.enum(['15m', '1h', '6h', '24h']);
export type HistoryRange = z.infer<typeof historyRange>;

export const historyRangeMs: Readonly<Record<HistoryRange, number>> = {
  '15m': 15 * 60_000,
  '1h': 60 * 60_000,
  '6h': 6 * 60 * 60_000,
  '24h': 24 * 60 * 60_000,
};
