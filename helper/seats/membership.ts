import type { SeatConfig } from '../config/config.ts';
import { type ProcessReading, processKey } from '../host/reading.ts';
import { byPid } from './by-pid.ts';

/** Which processes belong to a seat: launchd's pid for its label, that pid's descendants, and who belonged to it before. */
export type Membership = ReadonlyMap<number, SeatConfig>;

/** Who belonged to a seat, by identity: a pid may belong to someone else later, an identity never does. */
export interface Member {
  /** `processKey` of the process. */
  readonly key: string;
  readonly seat: string;
  /** When a pass over the table saw it last. */
  readonly seenMs: number;
}

/** A pass can miss a process whose row could not be read: only who is missing for so long is gone. */
const forgetMs = 60_000;

type Claim = (process: ProcessReading) => SeatConfig | undefined;

/** Every process that is claimed, or that stands below a claimed one; the nearest claim above decides. */
const below = (
  processes: readonly ProcessReading[],
  index: ReadonlyMap<number, ProcessReading>,
  claim: Claim,
): Membership => {
  const members = new Map<number, SeatConfig>();
  /** Whose chain has been gone through and led to nobody: most processes, and nearly all of their parents. */
  const nobodys = new Set<number>();
  for (const process of processes) {
    const path: number[] = [];
    let seat: SeatConfig | undefined;
    let at: ProcessReading | undefined = process;
    // A torn table can hold a cycle of parents: no chain is longer than the table.
    while (at !== undefined && at.id.pid > 1 && !nobodys.has(at.id.pid) && path.length <= index.size) {
      path.push(at.id.pid);
      seat = members.get(at.id.pid) ?? claim(at);
      if (seat !== undefined) break;
      at = index.get(at.ppid);
    }
    if (seat === undefined) for (const pid of path) nobodys.add(pid);
    else for (const pid of path) members.set(pid, seat);
  }
  return members;
};

/**
 * A process that two seats could claim belongs to the one whose service is nearest above it. Whom no service claims stays
 * with the seat it belonged to, and so does what it starts: an orphan of a service that ended holds the seat's memory
 * still, and while the services are not known nobody stops being a seat's.
 *
 * @param services null: not known now
 * @param before members of earlier passes
 */
export const membershipOf = (
  processes: readonly ProcessReading[],
  services: ReadonlyMap<string, number | null> | null,
  seats: readonly SeatConfig[],
  before: readonly Member[] = [],
): Membership => {
  const roots = new Map<number, SeatConfig>();
  for (const seat of seats) {
    const pid = services?.get(seat.label);
    if (pid !== undefined && pid !== null) roots.set(pid, seat);
    // What stands in for it uses its memory.
    const standIn = seat.fallback === null ? undefined : services?.get(seat.fallback);
    if (standIn !== undefined && standIn !== null) roots.set(standIn, seat);
  }
  if (roots.size === 0 && before.length === 0) return new Map();
  const index = byPid(processes);
  const served = below(processes, index, ({ id }) => roots.get(id.pid));
  const isStray = (pid: number): boolean => index.has(pid) && !served.has(pid);
  const strays = new Set(before.map(({ key }) => Number.parseInt(key, 10)).filter(isStray));
  // As nearly always: who is remembered stands below its service, too.
  if (strays.size === 0) return served;
  const named = new Map(seats.map((seat) => [seat.name, seat]));
  const kept = new Map(before.map(({ key, seat }) => [key, named.get(seat)]));
  const remembered = below(
    processes,
    index,
    ({ id }) => served.get(id.pid) ?? (strays.has(id.pid) ? kept.get(processKey(id)) : undefined),
  );
  return new Map([...remembered, ...served]);
};

/** Whom the next pass will know. Nobody is forgotten by a pass that saw no process at all. */
export const rememberMembers = (
  before: readonly Member[],
  processes: readonly ProcessReading[],
  members: Membership,
  nowMs: number,
): readonly Member[] => {
  if (processes.length === 0) return before;
  const now = new Map<string, Member>();
  for (const { id } of processes) {
    const seat = members.get(id.pid);
    if (seat === undefined) continue;
    const key = processKey(id);
    now.set(key, { key, seat: seat.name, seenMs: nowMs });
  }
  return [...now.values(), ...before.filter(({ key, seenMs }) => !now.has(key) && nowMs - seenMs < forgetMs)];
};
