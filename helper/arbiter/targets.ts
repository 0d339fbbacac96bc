import type { BandRule, SeatConfig } from '../config/config.ts';
import type { BandName } from '../host/port.ts';
import type { ProcessId, ProcessReading } from '../host/reading.ts';
import { entriesMatching } from '../relief/patterns.ts';

/** Who should have which band: Castellan's own processes, those of seats, and those that a rule names. Nobody else. */

export const ownRoles = ['keeper', 'deadman', 'gateway'] as const;
export type OwnRole = (typeof ownRoles)[number];

/** A process of Castellan's own. */
export interface OwnProcess {
  readonly role: OwnRole;
  readonly pid: number;
}

/** One that was seen in the table while it was listed as ours: its pid may belong to another later. */
export interface KnownOwn extends OwnProcess {
  readonly start: string;
}

export interface BandedProcess {
  readonly process: Pick<ProcessReading, 'id' | 'command' | 'state'>;
  readonly seat: string | null;
}

export interface Wanted {
  readonly id: ProcessId;
  /** Of the seat, of the rule, or the role. */
  readonly name: string;
  readonly kind: 'own' | 'seat' | 'rule';
  readonly band: BandName;
}

export interface WantedBands {
  /** Own processes first: whoever protects others is protected before them. */
  readonly wanted: readonly Wanted[];
  /** Processes beyond the number that is looked after. */
  readonly leftOut: number;
}

/** Each is read in every slot, at some ten microseconds. */
export const mostTargets = 64;
/** So that one rule that matches a build does not take the places of the others. */
const mostOfOneName = 16;

/** Band of Castellan's own processes: the highest there is. */
const ownBand: BandName = 'CRITICAL';

/** Who is ours now: a pid that is listed as ours and was another process before is a stranger's until the list changes. */
export const knownOwn = (
  before: readonly KnownOwn[],
  own: readonly OwnProcess[],
  processes: readonly BandedProcess[],
): readonly KnownOwn[] => {
  const now = ownRoles.flatMap((role) =>
    own
      .filter((each) => each.role === role)
      .flatMap(({ pid }): readonly KnownOwn[] => {
        const known = before.find((each) => each.role === role && each.pid === pid);
        if (known !== undefined) return [known];
        const found = processes.find(({ process }) => process.id.pid === pid);
        return found === undefined ? [] : [{ role, pid, start: found.process.id.start }];
      }),
  );
  return now.length === before.length && now.every((each, at) => each === before[at]) ? before : now;
};

const byPid = (a: BandedProcess, b: BandedProcess): number => a.process.id.pid - b.process.id.pid;

export const wantedBands = (
  { seats, bands }: { readonly seats: readonly SeatConfig[]; readonly bands: readonly BandRule[] },
  processes: readonly BandedProcess[],
  own: readonly KnownOwn[],
): WantedBands => {
  const named = new Map<string, BandedProcess[]>();
  const ownPids = new Set(own.map(({ pid }) => pid));
  const live = new Set<string>();
  for (const each of processes) {
    const { id, state, command } = each.process;
    // What has ended has no band; process 1 and the kernel keep theirs.
    if (state === 'zombie' || id.pid <= 1) continue;
    if (ownPids.has(id.pid)) {
      live.add(`${id.pid}:${id.start}`);
      continue;
    }
    const [rule] = each.seat !== null || bands.length === 0 ? [] : entriesMatching(bands, command);
    const key = each.seat !== null ? `seat ${each.seat}` : rule === undefined ? null : `rule ${rule}`;
    if (key === null) continue;
    const list = named.get(key);
    if (list === undefined) named.set(key, [each]);
    else list.push(each);
  }
  let leftOut = 0;
  const of = (key: string, wanted: Omit<Wanted, 'id'>): readonly Wanted[] => {
    const list = (named.get(key) ?? []).sort(byPid);
    leftOut += Math.max(0, list.length - mostOfOneName);
    return list.slice(0, mostOfOneName).map(({ process }) => ({ id: process.id, ...wanted }));
  };
  const wanted: readonly Wanted[] = [
    ...own
      .filter(({ pid, start }) => live.has(`${pid}:${start}`))
      .map(({ role, pid, start }): Wanted => ({ id: { pid, start }, name: role, kind: 'own', band: ownBand })),
    ...seats.flatMap(({ name, band }) => of(`seat ${name}`, { name, kind: 'seat', band })),
    ...bands.flatMap(({ name, band }, at) => of(`rule ${at}`, { name, kind: 'rule', band })),
  ];
  const kept = wanted.slice(0, mostTargets);
  return { wanted: kept, leftOut: leftOut + wanted.length - kept.length };
};
