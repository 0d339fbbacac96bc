import type { SeatConfig } from '../config/config.ts';
import type { ProcessReading } from '../host/reading.ts';

/** Which processes belong to a seat: launchd's pid for its label, and that pid's descendants. */
export type Membership = ReadonlyMap<number, SeatConfig>;

/**
 * Decided in the pass that measures, never remembered: a pid may belong to someone else a pass later.
 * A process that two seats could claim belongs to the one whose service is nearest above it.
 */
export const membershipOf = (
  processes: readonly ProcessReading[],
  services: ReadonlyMap<string, number | null>,
  seats: readonly SeatConfig[],
): Membership => {
  const members = new Map<number, SeatConfig>();
  const roots = new Map<number, SeatConfig>();
  for (const seat of seats) {
    const pid = services.get(seat.label);
    if (pid !== undefined && pid !== null) roots.set(pid, seat);
  }
  if (roots.size === 0) return members;

  const parents = new Map<number, number>();
  for (const process of processes) parents.set(process.id.pid, process.ppid);
  for (const process of processes) {
    const path: number[] = [];
    let pid: number | undefined = process.id.pid;
    // A torn table can hold a cycle of parents: no chain is longer than the table.
    while (pid !== undefined && pid > 1 && path.length <= parents.size) {
      const seat = roots.get(pid) ?? members.get(pid);
      if (seat !== undefined) {
        for (const below of [...path, pid]) members.set(below, seat);
        break;
      }
      path.push(pid);
      pid = parents.get(pid);
    }
  }
  return members;
};
