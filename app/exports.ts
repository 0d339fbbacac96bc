import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogRow } from '../helper/protocol/index.ts';
import { logStart } from '../helper/protocol/values.ts';
import { historyText, logText } from './export-format.ts';
import type { HelperLink } from './helper-client/link.ts';
import type { AnswerOf, Exported, ExportFormat, Handlers } from './ipc/contract.ts';

/** Writes what the keeper recorded into a file that the operator chose. */

export interface ExportOptions {
  readonly request: HelperLink['request'];
  /** Asks where to; null: nowhere. */
  readonly choosePath: (suggested: string, format: ExportFormat) => Promise<string | null>;
  /** Wall time, ms since 1970. */
  readonly nowMs: () => number;
  /** Before asking again a keeper that was asked too often. */
  readonly waitMs?: number;
}

type Exports = Pick<Handlers, 'exportLog' | 'exportHistory'>;

const pageRows = 500;
/** All of them are in memory at once. */
const mostRows = 200_000;
const usualWaitMs = 500;
/** In a row: a minute of them. */
const mostRefusals = 120;
const historyColumns = 2000;

type Failed = Extract<AnswerOf<'read.log'>, { ok: false }>;
const failed = ({ failure }: Failed): Exported => ({ kind: 'failed', why: `${failure.message} ${failure.todo}` });

export const createExports = ({ request, choosePath, nowMs, waitMs = usualWaitMs }: ExportOptions): Exports => {
  /** Null: too many. */
  const allRows = async (): Promise<{ readonly ok: true; readonly rows: readonly LogRow[] } | Failed | null> => {
    const rows: LogRow[] = [];
    let refusals = 0;
    for (let after = logStart; ; ) {
      const answer = await request('read.log', { after, limit: pageRows });
      if (!answer.ok) {
        refusals += 1;
        if (answer.failure.code !== 'rate_limited' || refusals > mostRefusals) return answer;
        await sleep(waitMs);
        continue;
      }
      refusals = 0;
      rows.push(...answer.result.rows);
      if (answer.result.rows.length === 0 && answer.result.cursor === after) break;
      after = answer.result.cursor;
      if (rows.length > mostRows) return null;
    }
    return { ok: true, rows };
  };

  const save = async (
    name: string,
    format: ExportFormat,
    /** Null: too much. */
    make: () => Promise<{ readonly text: string; readonly rows: number } | Failed | null>,
  ): Promise<Exported> => {
    const day = new Date(nowMs()).toISOString().slice(0, 10);
    const path = await choosePath(`castellan-${name}-${day}.${format}`, format);
    if (path === null) return { kind: 'cancelled' };
    const made = await make();
    if (made === null)
      return {
        kind: 'failed',
        why: `These are more than ${mostRows} rows. Export what a filter leaves of them, or take them from castellan log --json.`,
      };
    if (!('text' in made)) return failed(made);
    try {
      await writeFile(path, made.text);
    } catch (error) {
      return { kind: 'failed', why: `The file was not written: ${(error as Error).message}.` };
    }
    return { kind: 'written', path, rows: made.rows };
  };

  return {
    exportLog: (format, rows) =>
      save(rows === null ? 'log' : 'log-filtered', format, async () => {
        const all = rows === null ? await allRows() : { ok: true as const, rows };
        if (all === null) return null;
        return all.ok ? { text: logText(format, all.rows), rows: all.rows.length } : all;
      }),
    exportHistory: (format, range) =>
      save(`history-${range}`, format, async () => {
        const answer = await request('read.history', { range, columns: historyColumns });
        return answer.ok
          ? { text: historyText(format, answer.result), rows: answer.result.tiers.wired.length }
          : answer;
      }),
  };
};
