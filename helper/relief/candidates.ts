import type { PolicyEntry } from '../config/config.ts';
import type { Inspection } from '../host/port.ts';
import { type ProcessReading, processKey } from '../host/reading.ts';
import type { ServiceJob } from '../host/service-manager.ts';
import { byPid } from '../seats/by-pid.ts';
import type { Target } from './acts.ts';
import { askFirstReasons, type DenialCode, denialOf } from './denials.ts';
import type { Inspected } from './looks.ts';
import { childrenOf, type Match, matchesOf } from './matches.ts';
import type { SeatFacts, World } from './world.ts';

/** What the policy matches, with all that speaks for and against acting on it. Decided in a full pass, never remembered longer. */
export interface Candidate {
  /** Key of the first target. */
  readonly key: string;
  readonly entry: PolicyEntry;
  /** The match first, then its group; those that are stopped already are left out while any runs. */
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
  /** Of the service whose process the match is; null: of none. */
  readonly label: string | null;
}

/** Tombstones of one group at most. */
export const groupLimit = 64;
/** The one denial that passes by itself. */
export const notLookedAt = 'not_looked_at' satisfies DenialCode;

export const targetOf = (process: ProcessReading): Target => ({
  id: process.id,
  name: process.name,
  command: process.command,
  uid: process.uid,
  footprintBytes: process.footprintBytes,
});

/** These pids and everybody above them. */
export const withAncestors = (pids: readonly number[], processes: readonly ProcessReading[]): ReadonlySet<number> => {
  const index = byPid(processes);
  const own = new Set<number>();
  for (const pid of pids)
    for (let at: number | undefined = pid; at !== undefined && at > 0 && !own.has(at); at = index.get(at)?.ppid)
      own.add(at);
  return own;
};

export interface CandidateFacts {
  readonly own: readonly number[];
  readonly firstLoginUid: number;
  readonly inspected: readonly Inspected[];
  readonly jobs: readonly ServiceJob[];
}

const isAmong = ({ id }: ProcessReading, ids: SeatFacts['ids']): boolean =>
  ids.some(({ pid, start }) => pid === id.pid && start === id.start);

const seatOf = (process: ProcessReading, seats: readonly SeatFacts[]): SeatFacts | null =>
  seats.find(({ ids, standInIds }) => isAmong(process, ids) || isAmong(process, standInIds)) ?? null;

/** Largest first; what answers for the judgement of trouble last; equal ones by pid. */
export const inOrder = (a: Candidate, b: Candidate): number =>
  Number(a.entry.oracle !== null) - Number(b.entry.oracle !== null) ||
  b.footprintBytes - a.footprintBytes ||
  a.targets[0].id.pid - b.targets[0].id.pid;

/** What is asked of launchd is not known at once. */
const unknownJob = (label: string): ServiceJob => ({
  label,
  pid: null,
  lastExit: null,
  exitTimeoutSeconds: null,
  hasMachServices: null,
});

export const candidatesOf = (
  { processes, config, seats, services }: Pick<World, 'processes' | 'config' | 'seats' | 'services'>,
  { own, firstLoginUid, inspected, jobs }: CandidateFacts,
  matches: readonly Match[] = matchesOf(processes, config.relief.entries),
): readonly Candidate[] => {
  if (matches.length === 0) return [];
  const off = withAncestors(own, processes);
  const children = childrenOf(processes);
  const inspections = new Map(inspected.map(({ id, inspection }) => [processKey(id), inspection]));
  const labels = new Map([...services].flatMap(([label, pid]) => (pid === null ? [] : [[pid, label] as const])));
  const inspectionOf = ({ id }: ProcessReading): Inspection | null => inspections.get(processKey(id)) ?? null;
  const jobOf = ({ id }: ProcessReading): ServiceJob | null => {
    const label = labels.get(id.pid);
    return label === undefined ? null : (jobs.find((job) => job.label === label) ?? unknownJob(label));
  };

  const denialIn = ({ entry, members }: Match): Candidate['denial'] => {
    if (members.length > groupLimit)
      return { code: 'group_too_large', text: `its group has ${members.length} processes, more than ${groupLimit}` };
    for (const process of members) {
      const denial = denialOf(process, {
        own: off,
        seat: seatOf(process, seats),
        inspection: inspectionOf(process),
        ownerUid: entry.ownerUid,
        firstLoginUid,
      });
      if (denial === null) continue;
      if (process === members[0]) return denial;
      return { ...denial, text: `${process.name} (pid ${process.id.pid}): ${denial.text}` };
    }
    // Its turn comes with one of the next passes, a second apart in trouble: nobody is asked about what may be forbidden then.
    return inspections.has(processKey(members[0].id))
      ? null
      : { code: notLookedAt, text: 'it has not been looked at closer yet' };
  };

  const candidate = (match: Match): Candidate => {
    const { entry, members } = match;
    const denial = denialIn(match);
    // Of what is too large nothing more has to be known.
    const all = members.slice(0, groupLimit);
    const running = all.filter(({ state }) => state !== 'stopped');
    const [first = members[0], ...rest] = running.length === 0 ? all : running;
    const pids = new Set(members.map(({ id }) => id.pid));
    const below = all.flatMap(({ id }) => children.get(id.pid) ?? []).filter(({ id }) => !pids.has(id.pid));
    return {
      key: processKey(first.id),
      entry,
      targets: [targetOf(first), ...rest.map(targetOf)],
      footprintBytes: [first, ...rest].reduce((sum, process) => sum + process.footprintBytes, 0),
      isStopped: running.length === 0,
      denial,
      askFirst: [...new Set(all.flatMap((process) => askFirstReasons(entry, inspectionOf(process), jobOf(process))))],
      listening: all.flatMap((process) => inspectionOf(process)?.listening ?? []),
      children: below.length,
      label: labels.get(first.id.pid) ?? null,
    };
  };
  return matches.map(candidate).sort(inOrder);
};

/**
 * Candidates of the last full pass as a sample after it saw their processes: one that somebody else has stopped meanwhile is
 * not stopped once more, nor told to end. Of a group one is enough; the next full pass tells them apart.
 */
export const withStopped = (
  candidates: readonly Candidate[],
  seen: World['seen'],
  ours: ReadonlySet<string>,
): readonly Candidate[] => {
  const isStoppedNow = ({ targets }: Candidate): boolean =>
    targets.some(({ id }) => seen.get(processKey(id))?.state === 'stopped' && !ours.has(processKey(id)));
  if (seen.size === 0 || !candidates.some((each) => !each.isStopped && isStoppedNow(each))) return candidates;
  return candidates.map((each) => (!each.isStopped && isStoppedNow(each) ? { ...each, isStopped: true } : each));
};
