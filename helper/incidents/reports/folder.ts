import { closeSync, constants, type Dir, fstatSync, lstatSync, opendirSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { type Failure, failure } from '../../protocol/errors.ts';
import { plausibleTime } from './fields.ts';
import { maxReportBytes } from './read-report.ts';

/**
 * Finds reports in folders, and reads them with the rights of whoever asks. What lies in such a folder may be anything: links
 * are not followed, only regular files are read, and number and size have limits.
 */

/** Where macOS puts them. `Retired` gets those that have been sent to Apple or are older. */
export const systemReports = '/Library/Logs/DiagnosticReports';
export const userReports = (home: string): string => join(home, 'Library/Logs/DiagnosticReports');
const retired = 'Retired';

export interface FoundReport {
  readonly path: string;
  readonly name: string;
  /** When it was written, by its name or else by the file; wall time in ms. */
  readonly writtenAtMs: number;
}

export interface FoundReports {
  /** Newest first. */
  readonly reports: readonly FoundReport[];
  /** Folders that could not be listed. */
  readonly failures: readonly Failure[];
}

const reportName = /^(?:JetsamEvent-|panic-)[^/]{1,200}\.(?:ips|panic)$/;

/** Entries of a folder that are looked at; a folder of reports has dozens. */
const mostEntries = 20_000;

/** "JetsamEvent-2026-04-20-001132.ips": local time. */
const stampOf = (name: string): number | null => {
  const found = /(\d{4})-(\d{2})-(\d{2})-(\d{2})(\d{2})(\d{2})/.exec(name);
  if (found === null) return null;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = found.slice(1).map(Number);
  return plausibleTime(new Date(year, month - 1, day, hour, minute, second).getTime());
};

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);

const why: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'is no folder',
  EACCES: 'may not be read by this account',
  EPERM: 'may not be read by this account',
  ELOOP: 'is a link',
  EMLINK: 'is a link',
};

const unreadable = (path: string, code: string): Failure =>
  failure('report_unreadable', `${path} ${why[code] ?? `could not be read (${code})`}`);

const reportAt = (folder: string, name: string): FoundReport | null => {
  const path = join(folder, name);
  try {
    const seen = lstatSync(path);
    return seen.isFile() ? { path, name, writtenAtMs: stampOf(name) ?? seen.mtimeMs } : null;
  } catch {
    // Gone since the folder was read.
    return null;
  }
};

const isFolder = (path: string): boolean => {
  try {
    return lstatSync(path).isDirectory();
  } catch {
    return false;
  }
};

const namesIn = (opened: Dir): readonly string[] => {
  const names: string[] = [];
  for (let seen = 0; seen < mostEntries; seen += 1) {
    const entry = opened.readSync();
    if (entry === null) break;
    if (reportName.test(entry.name)) names.push(entry.name);
  }
  return names;
};

const listFolder = (folder: string, into: FoundReport[]): string | null => {
  try {
    const opened = opendirSync(folder);
    try {
      for (const name of namesIn(opened)) {
        const report = reportAt(folder, name);
        if (report !== null) into.push(report);
      }
    } finally {
      opened.closeSync();
    }
    return null;
  } catch (error) {
    return codeOf(error);
  }
};

/** Reports in these folders and in `Retired` inside each. */
export const findReports = (folders: readonly string[]): FoundReports => {
  const reports: FoundReport[] = [];
  const failures: Failure[] = [];
  for (const folder of folders) {
    const inside = join(folder, retired);
    for (const each of isFolder(inside) ? [folder, inside] : [folder]) {
      const code = listFolder(each, reports);
      if (code !== null) failures.push(unreadable(each, code));
    }
  }
  return { reports: reports.sort((a, b) => b.writtenAtMs - a.writtenAtMs), failures };
};

/** A file that is open, so that whoever had the right to open it may give up that right before reading. */
export interface OpenReport {
  readonly descriptor: number;
  readonly bytes: number;
  readonly writtenAtMs: number;
}

// O_NONBLOCK: opening a FIFO would wait for its writer.
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

export const openReport = (
  path: string,
): { readonly ok: true; readonly report: OpenReport } | { readonly ok: false; readonly failure: Failure } => {
  let descriptor: number;
  try {
    descriptor = openSync(path, flags);
  } catch (error) {
    return { ok: false, failure: unreadable(path, codeOf(error)) };
  }
  const seen = fstatSync(descriptor);
  const megabytes = maxReportBytes / 2 ** 20;
  const wrong = seen.isFile()
    ? seen.size > maxReportBytes
      ? `has ${Math.ceil(seen.size / 2 ** 20)} MB, and at most ${megabytes} are read`
      : null
    : seen.isDirectory()
      ? 'is a folder: name it with --dir'
      : 'is not a regular file';
  if (wrong === null) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    return { ok: true, report: { descriptor, bytes: seen.size, writtenAtMs: stampOf(name) ?? seen.mtimeMs } };
  }
  closeSync(descriptor);
  return { ok: false, failure: failure('report_unreadable', `${path} ${wrong}`) };
};

export const closeReport = ({ descriptor }: OpenReport): void => closeSync(descriptor);

/** Its text, as long as it was when it was opened. Null: the disk does not give it. Closes it. */
export const readOpened = (report: OpenReport): string | null => {
  const bytes = Buffer.alloc(report.bytes);
  let length = 0;
  try {
    while (length < bytes.length) {
      const got = readSync(report.descriptor, bytes, length, bytes.length - length, null);
      if (got === 0) break;
      length += got;
    }
    return bytes.toString('utf8', 0, length);
  } catch {
    return null;
  } finally {
    closeReport(report);
  }
};
