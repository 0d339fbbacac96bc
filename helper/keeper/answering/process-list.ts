import { limitFromKeeper } from '../../protocol/frame.ts';
import type { ProcessList, ProcessRow } from '../../protocol/index.ts';
import { shortened } from '../../protocol/shortened.ts';
import { listedFootprintBytes } from '../../protocol/values.ts';
import type { ProcessView } from '../judgement/state.ts';
import { largest, processRow } from '../judgement/status.ts';

/**
 * The process table as one message. Who runs a process chooses its name and command line, so neither their length nor
 * their number may make the list too large for a frame: long tables get shorter command lines, and of a table that is
 * too long even without any the smallest processes are left out and counted.
 */

/** What is left for the rows; the rest is for the message around them. */
const budgetBytes = limitFromKeeper - 1024;

/** Lengths of a command line that are tried, in characters; the first is what `processRow` gives. */
const shorterCommands: readonly number[] = [128, 64, 32, 0];

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

const withCommands = (rows: readonly ProcessRow[], characters: number): readonly ProcessRow[] =>
  rows.map((row) => ({ ...row, command: shortened(row.command, characters) }));

/** As many of `rows`, from the first, as fit into one message. */
export const fitting = (rows: readonly ProcessRow[]): readonly ProcessRow[] => {
  if (bytesOf(rows) <= budgetBytes) return rows;
  let shorter = rows;
  for (const characters of shorterCommands) {
    shorter = withCommands(rows, characters);
    if (bytesOf(shorter) <= budgetBytes) return shorter;
  }
  let used = 2;
  const last = shorter.findIndex((row) => {
    used += bytesOf(row) + 1;
    return used > budgetBytes;
  });
  return shorter.slice(0, last);
};

export interface ProcessListOptions {
  /** Otherwise only those of at least 50 MB. */
  readonly all: boolean;
  /** Castellan's own processes. */
  readonly ownPids: ReadonlySet<number>;
  readonly wallMs: number;
}

/** Largest footprint first. */
export const processList = (
  views: readonly ProcessView[],
  { all, ownPids, wallMs }: ProcessListOptions,
): ProcessList => {
  const listed = largest(views, views.length, all ? 0 : listedFootprintBytes);
  const rows = fitting(listed.map((view) => processRow(view, ownPids)));
  const omitted = listed.length - rows.length;
  return { atMs: wallMs, processes: [...rows], ...(omitted === 0 ? {} : { omitted }) };
};
