import type { ProcessRow, ProcessSample } from './samples.ts';

const largestKept = 20;
/** A change of this many bytes is kept at once, whatever the rank. */
const notableBytes = 64 * 2 ** 20;
const minuteMs = 60_000;

export interface ProcessPick {
  readonly pick: (rows: readonly ProcessSample[], wallMs: number) => readonly ProcessRow[];
}

/**
 * Chooses which rows of a process table are worth keeping: the 20 largest once a minute, and any whose footprint moved by
 * 64 MB or more since it was last kept, the end of a process included (as footprint 0).
 */
export const createProcessPick = (): ProcessPick => {
  let minute = Number.NaN;
  /** What was last kept of each process that lives. */
  const kept = new Map<string, ProcessRow>();

  return {
    pick: (rows, wallMs) => {
      const chosen: ProcessRow[] = [];
      const keep = (key: string, row: ProcessRow): void => {
        chosen.push(row);
        if (row.footprintBytes === 0) kept.delete(key);
        else kept.set(key, row);
      };
      const thisMinute = Math.floor(wallMs / minuteMs);
      const largest = thisMinute === minute ? new Set<ProcessSample>() : new Set(largestOf(rows));
      minute = thisMinute;

      const seen = new Set<string>();
      for (const row of rows) {
        const key = `${row.id.pid}:${row.id.start}`;
        const before = kept.get(key);
        if (before !== undefined) seen.add(key);
        const moved = Math.abs(row.footprintBytes - (before?.footprintBytes ?? 0));
        if (!largest.has(row) && moved < notableBytes) continue;
        seen.add(key);
        keep(key, dated(row, wallMs));
      }
      for (const [key, row] of kept) {
        if (seen.has(key)) continue;
        kept.delete(key);
        if (row.footprintBytes >= notableBytes) chosen.push({ ...row, wallMs, footprintBytes: 0, rssBytes: 0 });
      }
      return chosen;
    },
  };
};

const dated = (row: ProcessSample, wallMs: number): ProcessRow => ({
  wallMs,
  pid: row.id.pid,
  start: row.id.start,
  name: row.name,
  footprintBytes: row.footprintBytes,
  rssBytes: row.rssBytes,
});

const largestOf = (rows: readonly ProcessSample[]): readonly ProcessSample[] =>
  rows.toSorted((a, b) => b.footprintBytes - a.footprintBytes).slice(0, largestKept);
