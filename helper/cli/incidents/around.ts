import type { LogRow } from '../../protocol/relief.ts';
import type { History } from '../../protocol/status.ts';
import { type HistoryRange, historyRangeMs, logStart } from '../../protocol/values.ts';
import { ask } from '../ask.ts';
import { createLogSource } from '../log/source.ts';
import type { Place } from '../place.ts';
import type { Around } from './output.ts';

/** What Castellan itself knows about the time of an incident. */

const beforeMs = 15 * 60_000;
const afterMs = 5 * 60_000;
const mostRows = 40;
/** Pages of the log that are read at most; one has up to 500 rows. */
const mostPages = 20;

const rowsAround = async (place: Place, uid: number, at: number): Promise<readonly LogRow[] | null> => {
  const source = createLogSource(place, uid);
  const rows: LogRow[] = [];
  try {
    let after = logStart;
    for (let page = 0; page < mostPages; page += 1) {
      const answer = await source.page({ after, sinceMs: at - beforeMs, limit: 500 });
      if (!answer.ok) return page === 0 ? null : rows;
      rows.push(...answer.result.rows.filter(({ wallMs }) => wallMs !== undefined && wallMs <= at + afterMs));
      const isPast = answer.result.rows.some(({ wallMs = 0 }) => wallMs > at + afterMs);
      if (isPast || (answer.result.rows.length === 0 && answer.result.cursor === after)) break;
      after = answer.result.cursor;
    }
    return rows.slice(-mostRows);
  } finally {
    source.close();
  }
};

/** The last column before that moment that has a level in it. */
export const sampleBefore = (history: History, at: number): Around['sample'] => {
  const { fromMs, columnMs, level, tiers, swapUsedBytes } = history;
  let column = Math.min(level.length - 1, Math.floor((at - fromMs) / columnMs));
  while (column >= 0 && (level[column] ?? null) === null) column -= 1;
  if (column < 0) return null;
  const of = (values: readonly (number | null)[]): number | null => values[column] ?? null;
  return {
    atMs: fromMs + column * columnMs,
    level: of(level),
    freeBytes: of(tiers.free),
    compressedBytes: of(tiers.compressed),
    wiredBytes: of(tiers.wired),
    swapUsedBytes: of(swapUsedBytes),
  };
};

const sampleAt = async (place: Place, at: number, nowMs: number): Promise<Around['sample']> => {
  const ranges = Object.entries(historyRangeMs) as [HistoryRange, number][];
  const range = ranges.find(([, ms]) => at > nowMs - ms && at <= nowMs)?.[0];
  if (range === undefined) return null;
  const answer = await ask(place, 'read.history', { range, columns: 2000 });
  return answer.ok ? sampleBefore(answer.result, at) : null;
};

/** Null: nobody can be asked. */
export const aroundThat = async (place: Place, uid: number, at: number, nowMs: number): Promise<Around | null> => {
  const rows = await rowsAround(place, uid, at);
  const sample = await sampleAt(place, at, nowMs);
  return rows === null && sample === null ? null : { sample, rows };
};
