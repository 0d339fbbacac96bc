import type { LogRow } from '../../../helper/protocol/relief.ts';
import type { LevelName } from '../../../helper/protocol/status.ts';
import { levelNames } from '../../text/levels.ts';

/** Rows of the log as they were written by any keeper, older or newer: what is not as it should be is not there. */

export const textIn = (row: LogRow, key: string): string => {
  const value = row[key];
  return typeof value === 'string' ? value : '';
};

/** Finite, or null. */
export const numberIn = (row: LogRow, key: string): number | null => {
  const value = row[key];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
};

export const textsIn = (row: LogRow, key: string): readonly string[] => {
  const value = row[key];
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
};

const partIn = (row: LogRow, key: string): LogRow | null => {
  const value = row[key];
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? { ...(value as Readonly<Record<string, unknown>>), kind: key }
    : null;
};

/** How memory stood when it was written; null: the row does not say. */
export const levelIn = (row: LogRow): LevelName | null => levelNames.find((level) => level === row.level) ?? null;

/** Wall time; a row that has none, or none that is a date, stands among its neighbours. */
export const timeIn = ({ wallMs }: LogRow): number | null =>
  typeof wallMs === 'number' && Math.abs(wallMs) < 8.64e15 ? wallMs : null;

const account = (uid: number): string => (uid === 0 ? 'root' : `uid ${uid}`);
const clients: Readonly<Record<string, string>> = { app: 'in the app', cli: 'on the command line' };

const uidIn = (row: LogRow): number | null => {
  const by = partIn(row, 'by');
  return by === null ? numberIn(row, 'byUid') : numberIn(by, 'uid');
};

/** An account asked for it, or approved it. */
export const isByPerson = (row: LogRow): boolean => uidIn(row) !== null;

/** Who caused it: `automatic`, or an account. */
export const whoIn = (row: LogRow): string => {
  const by = partIn(row, 'by');
  const uid = uidIn(row);
  if (uid === null) return 'automatic';
  const client = by === null ? '' : (clients[textIn(by, 'client')] ?? '');
  return `${account(uid)} ${client}`.trim();
};

/** What a plan expects: bytes of a counter, or an end of growth, bytes a second. */
export const expectationIn = (row: LogRow): { readonly bytes: number; readonly bytesPerSecond: number } | null => {
  const expected = partIn(row, 'expected');
  if (expected === null) return null;
  return { bytes: numberIn(expected, 'bytes') ?? 0, bytesPerSecond: numberIn(expected, 'bytesPerSecond') ?? 0 };
};
