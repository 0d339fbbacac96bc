import { bytesOf, type Fields, field, fieldsOf, listOf, textOf, wholeOf } from './fields.ts';
import { type ProcessGroup, type ReportedProcess, topCount } from './verdict.ts';

/** The lists of processes of both kinds of report, and what can be told from them. */

/** More than a Mac can run; 4,477 is the most that has been seen in a report. What follows is not read. */
export const mostProcesses = 20_000;

const statesOf = (value: unknown): readonly string[] =>
  listOf(value)
    .slice(0, 8)
    .flatMap((state) => textOf(state, 32) ?? []);

/** Who ended a process for memory without saying why. */
export const unnamedReason = 'unknown';

const jetsamProcess = (entry: Fields, pageBytes: number | null): ReportedProcess => {
  const reason = textOf(field(entry, 'reason'), 64);
  // [resident, compressed], in pages.
  const internal = listOf(field(fieldsOf(field(entry, 'physicalPages')), 'internal'));
  const inBytes = (value: unknown): number | null => bytesOf(wholeOf(value), pageBytes);
  return {
    pid: wholeOf(field(entry, 'pid')),
    name: textOf(field(entry, 'name')) ?? '?',
    bytes: inBytes(field(entry, 'rpages')),
    measure: 'footprint',
    peakBytes: inBytes(field(entry, 'lifetimeMax')),
    compressedBytes: inBytes(internal[1]),
    band: wholeOf(field(entry, 'priority')),
    states: statesOf(field(entry, 'states')),
    // Only who was ended has either of them.
    reason: reason ?? (wholeOf(field(entry, 'killDelta')) === null ? null : unnamedReason),
    // The colon belongs to the key, by a slip of whoever wrote it; one day it may be gone.
    freezeSkipReason: textOf(field(entry, 'freeze_skip_reason:') ?? field(entry, 'freeze_skip_reason'), 64),
  };
};

const panicProcess = (entry: Fields): ReportedProcess => ({
  pid: wholeOf(field(entry, 'pid')),
  name: textOf(field(entry, 'procname')) ?? '?',
  bytes: bytesOf(wholeOf(field(entry, 'residentMemoryBytes')), 1),
  measure: 'resident',
  peakBytes: null,
  compressedBytes: null,
  band: null,
  states: [],
  reason: null,
  freezeSkipReason: null,
});

export interface ProcessList {
  readonly all: readonly ReportedProcess[];
  /** False: there are more than are read. */
  readonly isComplete: boolean;
}

const readList = (values: readonly unknown[], read: (entry: Fields) => ReportedProcess): ProcessList => ({
  all: values.slice(0, mostProcesses).flatMap((value) => {
    const entry = fieldsOf(value);
    return entry === null ? [] : read(entry);
  }),
  isComplete: values.length <= mostProcesses,
});

export const jetsamProcesses = (body: Fields, pageBytes: number | null): ProcessList =>
  readList(listOf(field(body, 'processes')), (entry) => jetsamProcess(entry, pageBytes));

/** Null: the report has no such table, as those called `panic-base+socd` have none. */
export const panicProcesses = (body: Fields): ProcessList | null => {
  const table = fieldsOf(field(body, 'processByPid'));
  if (table === null) return null;
  const list = readList(Object.values(table), panicProcess);
  return list.all.length === 0 ? null : list;
};

const bySize = (a: ReportedProcess, b: ReportedProcess): number => (b.bytes ?? -1) - (a.bytes ?? -1);

/** The name whose processes are largest together, where it has several. */
const largestGroupOf = (all: readonly ReportedProcess[]): ProcessGroup | null => {
  const sums = new Map<string, { count: number; bytes: number }>();
  for (const { name, bytes } of all) {
    if (bytes === null) continue;
    const known = sums.get(name) ?? { count: 0, bytes: 0 };
    sums.set(name, { count: known.count + 1, bytes: known.bytes + bytes });
  }
  let largest: ProcessGroup | null = null;
  for (const [name, { count, bytes }] of sums)
    if (count > 1 && bytes > (largest?.bytes ?? 0)) largest = { name, count, bytes };
  return largest;
};

export interface Ranking {
  readonly largest: ReportedProcess | null;
  readonly largestGroup: ProcessGroup | null;
  readonly top: readonly ReportedProcess[];
}

export const rank = (all: readonly ReportedProcess[]): Ranking => {
  const top = all.toSorted(bySize).slice(0, topCount);
  const first = top[0];
  return {
    largest: first === undefined || first.bytes === null ? null : first,
    largestGroup: largestGroupOf(all),
    top,
  };
};

/** macOS ends idle processes as a matter of course; that is no incident. */
export const isIdleExit = (reason: string): boolean => reason === 'idle-exit' || reason === 'long-idle-exit';

export const victimsOf = (
  all: readonly ReportedProcess[],
): {
  readonly victim: ReportedProcess | null;
  readonly ended: readonly { readonly code: string; readonly count: number }[];
} => {
  const victims = all.filter(({ reason }) => reason !== null).sort(bySize);
  const counts = new Map<string, number>();
  for (const { reason } of victims) if (reason !== null) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const ended = [...counts].map(([code, count]) => ({ code, count })).sort((a, b) => b.count - a.count);
  const victim = victims.find(({ reason }) => reason !== null && !isIdleExit(reason)) ?? victims[0] ?? null;
  return { victim, ended };
};
