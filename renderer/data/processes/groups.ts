import type { ProcessRow } from '../../../helper/protocol/status.ts';

/**
 * Processes by what the operator knows them as: the seat, else Castellan itself, else the app whose bundle they run from, else
 * their program. A browser's forty helpers are one row; alone each would be too small to be seen.
 */

export interface ProcessGroup {
  /** Stays the same as long as anything of the group runs. */
  readonly key: string;
  readonly kind: 'seat' | 'own' | 'app' | 'program';
  readonly name: string;
  /** Largest footprint first; never empty. */
  readonly rows: readonly [ProcessRow, ...ProcessRow[]];
  readonly footprintBytes: number;
  readonly rssBytes: number;
  /** Null: of none it is known. */
  readonly compressedBytes: number | null;
  readonly growthBytesPerSecond: number | null;
}

type Belonging = Pick<ProcessGroup, 'kind' | 'name'>;

/** The outermost bundle: helpers of an app lie in bundles inside its own. */
const bundleIn = (command: string): string | null => /\/([^/]+)\.app\//.exec(command)?.[1] ?? null;

/** `Google Chrome Helper (Renderer)` belongs to `Google Chrome`, also where its path was cut off. */
const withoutHelper = (name: string): string => name.replace(/ Helper( \([^)]*\))?$/, '');

const findBelonging = ({ seat, own, name, command }: ProcessRow): Belonging => {
  if (seat !== null) return { kind: 'seat', name: seat };
  if (own) return { kind: 'own', name: 'Castellan' };
  const bundle = bundleIn(command);
  if (bundle !== null) return { kind: 'app', name: bundle };
  const plain = withoutHelper(name);
  return { kind: plain === name ? 'program' : 'app', name: plain === '' ? name : plain };
};

/** A list is shown for seconds, and grouped anew with each status. */
const belongings = new WeakMap<ProcessRow, Belonging>();

const belongingOf = (row: ProcessRow): Belonging => {
  const known = belongings.get(row);
  if (known !== undefined) return known;
  const found = findBelonging(row);
  belongings.set(row, found);
  return found;
};

const sumKnown = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
};

export const groupRows = (rows: readonly ProcessRow[]): readonly ProcessGroup[] => {
  const found = new Map<string, { readonly of: Belonging; readonly rows: [ProcessRow, ...ProcessRow[]] }>();
  for (const row of [...rows].sort((a, b) => b.footprintBytes - a.footprintBytes || a.pid - b.pid)) {
    const of = belongingOf(row);
    // An app and a program of one name are told apart by nothing an operator could see.
    const key = `${of.kind === 'program' ? 'app' : of.kind} ${of.name}`;
    const there = found.get(key);
    if (there === undefined) found.set(key, { of, rows: [row] });
    else there.rows.push(row);
  }
  return [...found].map(([key, { of, rows: members }]) => ({
    key,
    ...of,
    rows: members,
    footprintBytes: members.reduce((sum, { footprintBytes }) => sum + footprintBytes, 0),
    rssBytes: members.reduce((sum, { rssBytes }) => sum + rssBytes, 0),
    compressedBytes: sumKnown(members.map(({ compressedBytes }) => compressedBytes)),
    growthBytesPerSecond: sumKnown(members.map(({ growthBytesPerSecond }) => growthBytesPerSecond)),
  }));
};

export const rowKey = (row: Pick<ProcessRow, 'pid' | 'start'>): string => `${row.pid}:${row.start}`;

/** A list that is seconds old, with what is known better since: of the largest the status brings newer figures. */
export const withNewer = (list: readonly ProcessRow[], newer: readonly ProcessRow[]): readonly ProcessRow[] => {
  const rows = new Map(list.map((row) => [rowKey(row), row]));
  for (const row of newer) rows.set(rowKey(row), row);
  return [...rows.values()];
};
