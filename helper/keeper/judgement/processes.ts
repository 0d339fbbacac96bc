import type { SeatConfig } from '../../config/config.ts';
import { type ProcessReading, type ProcessTable, processKey } from '../../host/reading.ts';
import { treeBelow } from '../../relief/process-tree.ts';
import { membershipOf, rememberMembers } from '../../seats/membership.ts';
import { observeSeatState } from '../../seats/seat-state.ts';
import type { StandIn } from '../../seats/seat-world.ts';
import type { Reading, Services } from './reading.ts';
import type { KeeperState, ProcessView, SeatView } from './state.ts';

interface Look {
  readonly nowMs: number;
  /** As they were known last. */
  readonly services: Services | null;
  readonly isDraining: (seat: string) => boolean;
}

const seatOf = (
  config: SeatConfig,
  processes: readonly ProcessReading[],
  before: SeatView | undefined,
  { nowMs, services, isDraining }: Look,
): SeatView => {
  let footprintBytes = 0;
  let rssBytes = 0;
  let wiredBytes = 0;
  let peak = 0;
  for (const process of processes) {
    footprintBytes += process.footprintBytes;
    rssBytes += process.rssBytes;
    wiredBytes += process.wiredBytes ?? 0;
    peak = Math.max(peak, process.peakFootprintBytes);
  }
  const elapsedMs = before === undefined ? 0 : nowMs - before.atMs;
  const growthBytesPerSecond =
    before === undefined || elapsedMs <= 0 ? null : ((footprintBytes - before.footprintBytes) * 1000) / elapsedMs;
  return {
    name: config.name,
    processes,
    footprintBytes,
    rssBytes,
    wiredBytes,
    growthBytesPerSecond,
    atMs: nowMs,
    // The kernel keeps each process's own peak, so that a restarted keeper knows it; the sum of a tree only we see.
    lifetimePeakBytes: Math.max(peak, footprintBytes, before?.lifetimePeakBytes ?? 0),
    life: observeSeatState(before?.life ?? null, {
      nowMs,
      mainPid: pidOf(services, config.label),
      processes,
      footprintBytes,
      growthBytesPerSecond,
      peakBytes: config.peakBytes,
      isDraining: isDraining(config.name),
    }),
  };
};

const lookOf = (state: KeeperState, nowMs: number): Look => ({
  nowMs,
  services: state.services,
  isDraining: (name) => state.relief.stopping.some(({ seat }) => seat === name),
});

/** While the services are not known, what was known last stands: nobody's service has ended because nobody says so. */
const observeServices = (state: KeeperState, nowMs: number, services: Services | null): KeeperState =>
  services === null
    ? { ...state, servicesUnknownSinceMs: state.servicesUnknownSinceMs ?? nowMs }
    : { ...state, services, servicesUnknownSinceMs: null };

/** Processes of services that stand in for seats, by pid, with the service they belong to. Nearly always none. */
type StandIns = ReadonlyMap<
  number,
  { readonly label: string; readonly root: number; readonly process: ProcessReading }
>;

const standInsOf = (
  processes: readonly ProcessReading[],
  services: Services | null,
  seats: readonly SeatConfig[],
): StandIns => {
  const found = new Map<number, { readonly label: string; readonly root: number; readonly process: ProcessReading }>();
  for (const { fallback: label } of seats) {
    const root = label === null ? null : pidOf(services, label);
    if (label === null || root === null) continue;
    for (const process of treeBelow(processes, root)) found.set(process.id.pid, { label, root, process });
  }
  return found;
};

const standInOf = ({ fallback }: SeatConfig, standIns: StandIns): StandIn | null => {
  const own = [...standIns.values()].filter(({ label }) => label === fallback);
  const [first] = own;
  if (first === undefined) return null;
  return {
    label: first.label,
    pid: first.root,
    ids: own.map(({ process }) => process.id),
    footprintBytes: own.reduce((sum, { process }) => sum + process.footprintBytes, 0),
    wiredBytes: own.reduce((sum, { process }) => sum + (process.wiredBytes ?? 0), 0),
  };
};

/** A full pass: growth of each process since the one before, and who belongs to which seat. */
export const observeTable = (
  earlier: KeeperState,
  table: ProcessTable,
  services: Services | null,
  seats: readonly SeatConfig[],
): KeeperState => {
  const state = observeServices(earlier, table.atMs, services);
  const previous = new Map<number, ProcessReading>();
  for (const { process } of state.processes?.views ?? []) previous.set(process.id.pid, process);
  const elapsedMs = state.processes === null ? 0 : table.atMs - state.processes.atMs;
  const look = lookOf(state, table.atMs);
  const members = membershipOf(table.processes, services === null ? null : new Map(services), seats, state.members);
  const seatProcesses = new Map<string, ProcessReading[]>();
  const standIns = standInsOf(table.processes, state.services, seats);

  const views = table.processes.map((process): ProcessView => {
    const known = previous.get(process.id.pid);
    const before = known?.id.start === process.id.start ? known : undefined;
    const seat = members.get(process.id.pid)?.name ?? null;
    if (seat !== null && !standIns.has(process.id.pid)) {
      const list = seatProcesses.get(seat);
      if (list === undefined) seatProcesses.set(seat, [process]);
      else list.push(process);
    }
    return {
      process,
      growthBytesPerSecond:
        before === undefined || elapsedMs <= 0
          ? null
          : ((process.footprintBytes - before.footprintBytes) * 1000) / elapsedMs,
      seat,
    };
  });
  return {
    ...state,
    processes: { atMs: table.atMs, views },
    passServices: services ?? state.passServices,
    members: rememberMembers(state.members, table.processes, members, table.atMs),
    seats: seats.flatMap((seat) => {
      const known = state.seats.find((each) => each.name === seat.name);
      // A seat whose service has not been told of yet is not absent, and would look as if it started when it is.
      if (services === null && known === undefined) return [];
      const view = seatOf(seat, seatProcesses.get(seat.name) ?? [], known, look);
      return [seat.fallback === null ? view : { ...view, standIn: standInOf(seat, standIns) }];
    }),
  };
};

/** A slot sample re-reads the services and the seats' processes only. */
export const observeChosen = (
  earlier: KeeperState,
  nowMs: number,
  reading: Reading,
  seats: readonly SeatConfig[],
): KeeperState => {
  const state = observeServices(earlier, nowMs, reading.services);
  if (state.seats.length === 0) return state;
  const now = new Map(reading.chosen.map((process) => [processKey(process.id), process]));
  const gone = new Set(reading.vanished.map((fact) => fact.pid));
  const look = lookOf(state, nowMs);
  return {
    ...state,
    seats: state.seats.flatMap((view) => {
      const seat = seats.find(({ name }) => name === view.name);
      if (seat === undefined) return [];
      const processes = view.processes
        .filter((process) => !gone.has(process.id.pid))
        .map((process) => now.get(processKey(process.id)) ?? process);
      const seen = seatOf(seat, processes, view, look);
      const isThere = seat.fallback !== null && pidOf(state.services, seat.fallback) === view.standIn?.pid;
      return [seat.fallback === null ? seen : { ...seen, standIn: isThere ? (view.standIn ?? null) : null }];
    }),
  };
};

const pidOf = (services: Services | null, label: string): number | null =>
  services?.find(([each]) => each === label)?.[1] ?? null;

/** A seat whose service has another pid than at the last full pass: only a new one finds its members. */
export const seatsChanged = ({ services, passServices }: KeeperState, seats: readonly SeatConfig[]): boolean =>
  services !== passServices &&
  (passServices === null
    ? seats.length > 0
    : seats.some(({ label }) => pidOf(services, label) !== pidOf(passServices, label)));
