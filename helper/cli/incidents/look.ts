import {
  closeReport,
  type FoundReport,
  findReports,
  type OpenReport,
  openReport,
  readOpened,
} from '../../incidents/reports/folder.ts';
import { readReport } from '../../incidents/reports/read-report.ts';
import type { Verdict } from '../../incidents/reports/verdict.ts';
import { type Failure, failure, failureText } from '../../protocol/errors.ts';
import type { IncidentsOutput } from './output.ts';

/** Opens reports, gives up the rights that took, and only then reads what is in them. */

/** Shown at most, and bytes read at most for one list. */
export const mostReports = 50;
const mostBytesInAll = 256 * 2 ** 20;

export type Read = { readonly ok: true; readonly verdict: Verdict } | { readonly ok: false; readonly failure: Failure };

const readOne = (report: OpenReport, path: string): Read => {
  const text = readOpened(report);
  if (text === null) return { ok: false, failure: failure('report_unreadable', `${path} could not be read`) };
  const read = readReport(text);
  return read.ok ? read : { ok: false, failure: failure('report_invalid', `${path}: ${read.failure.detail}`) };
};

export interface Asked {
  readonly folders: readonly string[];
  /** Only reports written since then, wall time in ms. */
  readonly sinceMs: number | null;
  /** Null: no rights are left; else why they could not be given up, and nothing is read. */
  readonly leaveRoot: () => string | null;
}

type Looked =
  | { readonly ok: true; readonly output: IncidentsOutput; readonly failures: readonly Failure[] }
  | { readonly ok: false; readonly failure: Failure };

export const stillRoot = (why: string): Failure =>
  failure('report_unreadable', `reports are not read with the rights of root, and ${why}`);

type Opened = FoundReport & { readonly opened: ReturnType<typeof openReport> };

const openAll = (found: readonly FoundReport[]): readonly Opened[] => {
  let bytes = 0;
  return found.map((each) => {
    const opened = openReport(each.path);
    if (!opened.ok) return { ...each, opened };
    bytes += opened.report.bytes;
    if (bytes <= mostBytesInAll) return { ...each, opened };
    closeReport(opened.report);
    const detail = `${each.path} was left out: a list reads ${mostBytesInAll / 2 ** 20} MB at most`;
    return { ...each, opened: { ok: false, failure: failure('report_unreadable', detail) } };
  });
};

export const lookAtAll = ({ folders, sinceMs, leaveRoot }: Asked): Looked => {
  const { reports, failures } = findReports(folders);
  const wanted = reports.filter(({ writtenAtMs }) => sinceMs === null || writtenAtMs >= sinceMs);
  const all = openAll(wanted.slice(0, mostReports));
  const why = leaveRoot();
  if (why !== null) {
    for (const { opened } of all) if (opened.ok) closeReport(opened.report);
    return { ok: false, failure: stillRoot(why) };
  }
  const rows = all.map(({ path, writtenAtMs, opened }) => {
    const read = opened.ok ? readOne(opened.report, path) : opened;
    return read.ok
      ? { path, writtenAtMs, verdict: read.verdict, problem: null }
      : { path, writtenAtMs, verdict: null, problem: read.failure.detail };
  });
  return {
    ok: true,
    failures,
    output: {
      folders: [...folders],
      // By what is shown: a panic happened before its report was written, and names have the time of where they were made.
      reports: rows.sort((a, b) => (b.verdict?.at ?? b.writtenAtMs) - (a.verdict?.at ?? a.writtenAtMs)),
      older: wanted.length - rows.length,
      problems: failures.map(failureText),
    },
  };
};

export type LookedAtOne =
  | { readonly ok: true; readonly path: string; readonly writtenAtMs: number; readonly verdict: Verdict }
  | { readonly ok: false; readonly failure: Failure };

export const lookAtOne = (path: string, leaveRoot: Asked['leaveRoot']): LookedAtOne => {
  const opened = openReport(path);
  if (!opened.ok) return opened;
  const why = leaveRoot();
  if (why !== null) {
    closeReport(opened.report);
    return { ok: false, failure: stillRoot(why) };
  }
  const read = readOne(opened.report, path);
  return read.ok ? { ok: true, path, writtenAtMs: opened.report.writtenAtMs, verdict: read.verdict } : read;
};
