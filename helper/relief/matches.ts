import type { PolicyEntry } from '../config/config.ts';
import type { ProcessReading } from '../host/reading.ts';
import { entryOf } from './patterns.ts';

/** Which processes the policy means, each with its group. */

export interface Match {
  readonly entry: PolicyEntry;
  /** The match itself first, then its group by pid. */
  readonly members: readonly [ProcessReading, ...ProcessReading[]];
}

const lowestFloor = (entry: PolicyEntry): number =>
  entry.class === 'kill_allowed' ? Math.min(entry.freezeFloorBytes, entry.killFloorBytes) : entry.freezeFloorBytes;

/** What is much smaller than every floor is not even matched, unless its group could make up for it. */
const leastBytes = (entries: readonly PolicyEntry[]): number =>
  entries.some((entry) => entry.group !== 'none') ? 0 : Math.min(...entries.map(lowestFloor)) / 2;

const byPid = (a: ProcessReading, b: ProcessReading): number => a.id.pid - b.id.pid;

const listedBy = <K>(
  processes: readonly ProcessReading[],
  keyOf: (process: ProcessReading) => K,
): ReadonlyMap<K, readonly ProcessReading[]> => {
  const lists = new Map<K, ProcessReading[]>();
  for (const process of processes) {
    const key = keyOf(process);
    const list = lists.get(key);
    if (list === undefined) lists.set(key, [process]);
    else list.push(process);
  }
  return lists;
};

/** By pid of the parent. */
export const childrenOf = (processes: readonly ProcessReading[]): ReadonlyMap<number, readonly ProcessReading[]> =>
  listedBy(processes, ({ ppid }) => ppid);

type Lists = ReadonlyMap<number | null, readonly ProcessReading[]>;

const descendants = (of: ProcessReading, children: Lists): readonly ProcessReading[] => {
  const found = new Set<ProcessReading>();
  const open = [of];
  for (let next = open.pop(); next !== undefined; next = open.pop())
    // A torn table can hold a cycle of parents.
    for (const child of children.get(next.id.pid) ?? [])
      if (child !== of && !found.has(child)) {
        found.add(child);
        open.push(child);
      }
  return [...found];
};

/** Matches, whatever the order of the table: of two that are in one group the one with the lower pid, or above, stands for both. */
const find = (
  processes: readonly ProcessReading[],
  entries: readonly PolicyEntry[],
  least: number,
): readonly Match[] => {
  const hits = processes
    .flatMap((process) => {
      // What has ended and was not reaped holds nothing.
      if (process.footprintBytes < least || process.state === 'zombie') return [];
      const entry = entryOf(entries, process.command);
      return entry === null ? [] : [{ process, entry }];
    })
    .sort((a, b) => byPid(a.process, b.process));
  if (hits.length === 0) return [];

  const has = (group: PolicyEntry['group']): boolean => hits.some(({ entry }) => entry.group === group);
  const children: Lists = has('tree') ? childrenOf(processes) : new Map();
  const groups: Lists = has('pgid') ? listedBy(processes, ({ processGroup }) => processGroup) : new Map();
  const parents = has('tree') ? new Map(processes.map((process) => [process.id.pid, process.ppid])) : new Map();
  const roots = new Set(hits.filter(({ entry }) => entry.group === 'tree').map(({ process }) => process.id.pid));
  const isBelowRoot = ({ id }: ProcessReading): boolean => {
    let at: number | undefined = parents.get(id.pid);
    for (let depth = 0; at !== undefined && at > 1 && depth < parents.size; depth += 1) {
      if (roots.has(at)) return true;
      at = parents.get(at);
    }
    return false;
  };

  const taken = new Set<ProcessReading>();
  const matches: Match[] = [];
  const add = (process: ProcessReading, entry: PolicyEntry, group: readonly ProcessReading[]): void => {
    const rest = group.filter((each) => each !== process && !taken.has(each) && each.state !== 'zombie').sort(byPid);
    for (const member of [process, ...rest]) taken.add(member);
    matches.push({ entry, members: [process, ...rest] });
  };
  for (const { process, entry } of hits)
    if (entry.group === 'tree' && !isBelowRoot(process)) add(process, entry, descendants(process, children));
  for (const { process, entry } of hits)
    if (entry.group === 'pgid' && !taken.has(process))
      add(process, entry, process.processGroup === null ? [] : (groups.get(process.processGroup) ?? []));
  // What is part of a group is not a target of its own.
  for (const { process, entry } of hits) if (!taken.has(process)) add(process, entry, []);
  return matches;
};

/** One pass is asked for its matches twice: for whom to look at closer, and for the candidates. */
const lastFound = new WeakMap<
  readonly ProcessReading[],
  { readonly entries: readonly PolicyEntry[]; readonly matches: readonly Match[] }
>();

export const matchesOf = (processes: readonly ProcessReading[], entries: readonly PolicyEntry[]): readonly Match[] => {
  if (entries.length === 0) return [];
  const known = lastFound.get(processes);
  if (known?.entries === entries) return known.matches;
  const matches = find(processes, entries, leastBytes(entries));
  lastFound.set(processes, { entries, matches });
  return matches;
};

/** Also what is far below every floor, which is nothing to act upon: to be shown. */
export const matchesOfAnySize = (
  processes: readonly ProcessReading[],
  entries: readonly PolicyEntry[],
): readonly Match[] => find(processes, entries, 0);
