import type { PolicyEntry } from '../config/config.ts';
import type { Inspection, ServiceJob } from '../host/port.ts';
import { type ProcessReading, type ProcessTable, processKey } from '../host/reading.ts';
import type { Target } from './acts.ts';
import { askFirstReasons, type Denial, denialOf } from './denials.ts';
import { entryOf } from './patterns.ts';
import type { SeatFacts, World } from './world.ts';

/** What the policy matches, with all that speaks for and against acting on it. Decided in a full pass, never remembered longer. */
export interface Candidate {
  /** Key of the match; with a group, of its first process. */
  readonly key: string;
  readonly entry: PolicyEntry;
  /** The match first, then its group. */
  readonly targets: readonly [Target, ...Target[]];
  /** Of all targets together. */
  readonly footprintBytes: number;
  /** All of it is stopped already. */
  readonly isStopped: boolean;
  readonly denial: { readonly code: string; readonly text: string } | null;
  /** Why the operator is asked first; empty: need not be. */
  readonly askFirst: readonly string[];
  readonly listening: readonly string[];
  /** Children that are not targets themselves. */
  readonly children: number;
}

/** Tombstones of one group at most. */
export const groupLimit = 64;
/** A look closer is good for this long. */
const inspectionMs = 30_000;

/** A closer look takes milliseconds: the others' turn comes with the next pass, and until then the operator is asked first. */
const inspectionsAtOnce = 8;

/** What was inspected when. */
export interface Inspected {
  readonly inspection: Inspection;
  readonly atMs: number;
}

export const targetOf = (process: ProcessReading): Target => ({
  id: process.id,
  name: process.name,
  command: process.command,
  uid: process.uid,
  footprintBytes: process.footprintBytes,
});

const lowestFloor = (entry: PolicyEntry): number =>
  entry.class === 'kill_allowed' ? Math.min(entry.freezeFloorBytes, entry.killFloorBytes) : entry.freezeFloorBytes;

/** What is much smaller than every floor is not even matched, unless its group could make up for it. */
const leastBytes = (entries: readonly PolicyEntry[]): number =>
  entries.some((entry) => entry.group !== 'none') ? 0 : Math.min(...entries.map(lowestFloor)) / 2;

interface Match {
  readonly entry: PolicyEntry;
  readonly members: readonly [ProcessReading, ...ProcessReading[]];
}

const childrenOf = (processes: readonly ProcessReading[]): ReadonlyMap<number, readonly ProcessReading[]> => {
  const children = new Map<number, ProcessReading[]>();
  for (const process of processes) {
    const list = children.get(process.ppid);
    if (list === undefined) children.set(process.ppid, [process]);
    else list.push(process);
  }
  return children;
};

const descendants = (
  of: ProcessReading,
  children: ReadonlyMap<number, readonly ProcessReading[]>,
): readonly ProcessReading[] => {
  const found = new Set<ProcessReading>();
  const open = [of];
  for (let next = open.pop(); next !== undefined; next = open.pop())
    // A torn table can hold a cycle of parents.
    for (const child of children.get(next.id.pid) ?? [])
      if (child !== of && !found.has(child)) {
        found.add(child);
        open.push(child);
      }
  return [...found].sort((a, b) => a.id.pid - b.id.pid);
};

const groupOf = (
  process: ProcessReading,
  entry: PolicyEntry,
  processes: readonly ProcessReading[],
  children: ReadonlyMap<number, readonly ProcessReading[]>,
): readonly ProcessReading[] => {
  switch (entry.group) {
    case 'none':
      return [];
    case 'tree':
      return descendants(process, children);
    case 'pgid': {
      const { processGroup } = process;
      if (processGroup === null) return [];
      return processes
        .filter((each) => each !== process && each.processGroup === processGroup)
        .sort((a, b) => a.id.pid - b.id.pid);
    }
  }
};

const matchesOf = (processes: readonly ProcessReading[], entries: readonly PolicyEntry[]): readonly Match[] => {
  if (entries.length === 0) return [];
  const least = leastBytes(entries);
  const hits = processes.flatMap((process) => {
    const entry = process.footprintBytes >= least ? entryOf(entries, process.command) : null;
    return entry === null ? [] : [{ process, entry }];
  });
  if (hits.length === 0) return [];
  const children = hits.some(({ entry }) => entry.group === 'tree') ? childrenOf(processes) : new Map();
  const all = hits.map(
    ({ process, entry }): Match => ({ entry, members: [process, ...groupOf(process, entry, processes, children)] }),
  );
  // A match inside the group of another is part of that group, not a target of its own.
  const inside = new Set(all.flatMap(({ members }) => members.slice(1)));
  const alone = all.filter(({ members: [first] }) => !inside.has(first));
  // Two of one process group are inside each other: the larger one stands for both.
  const orphaned = all.filter(
    ({ members }) => !alone.some((each) => members.some((one) => each.members.includes(one))),
  );
  const heads = new Map<ProcessReading, Match>();
  for (const match of orphaned) {
    const [largest] = [...match.members].sort((a, b) => b.footprintBytes - a.footprintBytes || a.id.pid - b.id.pid);
    if (largest !== undefined && match.members[0] === largest) heads.set(largest, match);
  }
  return [...alone, ...heads.values()];
};

/** Which processes are to be looked at closer before anything is decided about them. */
export const wantedInspections = (
  table: ProcessTable,
  entries: readonly PolicyEntry[],
  known: readonly Inspected[],
  nowMs: number,
): readonly ProcessReading[] => {
  const fresh = new Set(
    known.filter(({ atMs }) => nowMs - atMs < inspectionMs).map(({ inspection }) => processKey(inspection.id)),
  );
  return matchesOf(table.processes, entries)
    .flatMap(({ members }) => members.slice(0, groupLimit))
    .filter((process) => !fresh.has(processKey(process.id)))
    .slice(0, inspectionsAtOnce);
};

/** New findings take the place of old ones; what nobody asks for any more is forgotten. */
export const keepInspections = (
  known: readonly Inspected[],
  found: readonly Inspection[],
  nowMs: number,
): readonly Inspected[] => {
  if (found.length === 0 && known.every(({ atMs }) => nowMs - atMs < 2 * inspectionMs)) return known;
  const keys = new Set(found.map(({ id }) => processKey(id)));
  return [
    ...known.filter(({ inspection, atMs }) => !keys.has(processKey(inspection.id)) && nowMs - atMs < 2 * inspectionMs),
    ...found.map((inspection) => ({ inspection, atMs: nowMs })),
  ];
};

/** These pids and everybody above them. */
export const withAncestors = (pids: readonly number[], processes: readonly ProcessReading[]): ReadonlySet<number> => {
  const parents = new Map(processes.map((process) => [process.id.pid, process.ppid]));
  const own = new Set<number>();
  for (const pid of pids)
    for (let at: number | undefined = pid; at !== undefined && at > 0 && !own.has(at); at = parents.get(at))
      own.add(at);
  return own;
};

export interface CandidateFacts {
  readonly own: readonly number[];
  readonly firstLoginUid: number;
  readonly inspected: readonly Inspected[];
  readonly jobs: readonly ServiceJob[];
}

const seatOf = (process: ProcessReading, seats: readonly SeatFacts[]): SeatFacts | null =>
  seats.find((seat) => seat.ids.some((id) => id.pid === process.id.pid && id.start === process.id.start)) ?? null;

/** Largest first; what answers for the judgement of trouble last; equal ones by pid. */
export const inOrder = (a: Candidate, b: Candidate): number =>
  Number(a.entry.oracle !== null) - Number(b.entry.oracle !== null) ||
  b.footprintBytes - a.footprintBytes ||
  a.targets[0].id.pid - b.targets[0].id.pid;

export const candidatesOf = (
  { processes, config, seats, services }: World,
  { own, firstLoginUid, inspected, jobs }: CandidateFacts,
): readonly Candidate[] => {
  const matches = matchesOf(processes, config.relief.entries);
  if (matches.length === 0) return [];
  const off = withAncestors(own, processes);
  const inspections = new Map(inspected.map(({ inspection }) => [processKey(inspection.id), inspection]));
  const labels = new Map([...services].flatMap(([label, pid]) => (pid === null ? [] : [[pid, label] as const])));

  const candidate = ({ entry, members }: Match): Candidate => {
    const [first, ...rest] = members;
    const inspectionOf = (process: ProcessReading): Inspection | null =>
      inspections.get(processKey(process.id)) ?? null;
    const denialFor = (process: ProcessReading): Denial | null =>
      denialOf(process, {
        own: off,
        seat: seatOf(process, seats),
        inspection: inspectionOf(process),
        ownerUid: entry.ownerUid,
        firstLoginUid,
      });
    const denials = members.flatMap((process) => {
      const denial = denialFor(process);
      if (denial === null) return [];
      return [
        process === first ? denial : { ...denial, text: `${process.name} (pid ${process.id.pid}): ${denial.text}` },
      ];
    });
    const tooLarge: Candidate['denial'] =
      members.length > groupLimit
        ? { code: 'group_too_large', text: `its group has ${members.length} processes, more than ${groupLimit}` }
        : null;
    const unknownJob = (label: string): ServiceJob => ({
      label,
      pid: null,
      lastExit: null,
      exitTimeoutSeconds: null,
      hasMachServices: null,
    });
    const jobOf = (process: ProcessReading): ServiceJob | null => {
      const label = labels.get(process.id.pid);
      return label === undefined ? null : (jobs.find((job) => job.label === label) ?? unknownJob(label));
    };
    const ask = new Set(members.flatMap((process) => askFirstReasons(entry, inspectionOf(process), jobOf(process))));
    return {
      key: processKey(first.id),
      entry,
      targets: [targetOf(first), ...rest.map(targetOf)],
      footprintBytes: members.reduce((sum, process) => sum + process.footprintBytes, 0),
      isStopped: members.every((process) => process.state === 'stopped'),
      denial: denials[0] ?? tooLarge,
      askFirst: [...ask],
      listening: members.flatMap((process) => inspectionOf(process)?.listening ?? []),
      children: processes.filter(
        (process) => !members.includes(process) && members.some((member) => process.ppid === member.id.pid),
      ).length,
    };
  };
  return matches.map(candidate).sort(inOrder);
};
