import type { SeatConfig } from '../config/config.ts';
import { type ProcessReading, type ProcessTable, processKey } from '../host/reading.ts';
import { membershipOf } from '../seats/membership.ts';
import type { KeeperState, ProcessView, Reading, SeatView } from './state.ts';

const seatOf = (name: string, processes: readonly ProcessReading[], before: SeatView | undefined): SeatView => {
  let footprintBytes = 0;
  let rssBytes = 0;
  let peak = 0;
  for (const process of processes) {
    footprintBytes += process.footprintBytes;
    rssBytes += process.rssBytes;
    peak = Math.max(peak, process.peakFootprintBytes);
  }
  return {
    name,
    processes,
    footprintBytes,
    rssBytes,
    // The kernel keeps each process's own peak, so that a restarted keeper knows it; the sum of a tree only we see.
    lifetimePeakBytes: Math.max(peak, footprintBytes, before?.lifetimePeakBytes ?? 0),
  };
};

/** A full pass: growth of each process since the one before, and who belongs to which seat. */
export const observeTable = (
  state: KeeperState,
  table: ProcessTable,
  services: Reading['services'],
  seats: readonly SeatConfig[],
): KeeperState => {
  const previous = new Map<string, number>();
  for (const { process } of state.processes?.views ?? []) previous.set(processKey(process.id), process.footprintBytes);
  const elapsedMs = state.processes === null ? 0 : table.atMs - state.processes.atMs;
  const members = membershipOf(table.processes, new Map(services), seats);
  const seatProcesses = new Map<string, ProcessReading[]>();

  const views = table.processes.map((process): ProcessView => {
    const before = previous.get(processKey(process.id));
    const seat = members.get(process.id.pid)?.name ?? null;
    if (seat !== null) {
      const list = seatProcesses.get(seat);
      if (list === undefined) seatProcesses.set(seat, [process]);
      else list.push(process);
    }
    return {
      process,
      growthBytesPerSecond:
        before === undefined || elapsedMs <= 0 ? null : ((process.footprintBytes - before) * 1000) / elapsedMs,
      seat,
    };
  });
  return {
    ...state,
    processes: { atMs: table.atMs, views },
    services,
    passServices: services,
    seats: seats.map((seat) =>
      seatOf(
        seat.name,
        seatProcesses.get(seat.name) ?? [],
        state.seats.find((each) => each.name === seat.name),
      ),
    ),
  };
};

/** A slot sample re-reads the services and the seats' processes only. */
export const observeChosen = (state: KeeperState, reading: Reading): KeeperState => {
  if (state.seats.length === 0) return { ...state, services: reading.services };
  const now = new Map(reading.chosen.map((process) => [processKey(process.id), process]));
  const gone = new Set(reading.vanished.map((fact) => fact.pid));
  return {
    ...state,
    services: reading.services,
    seats: state.seats.map((seat) =>
      seatOf(
        seat.name,
        seat.processes
          .filter((process) => !gone.has(process.id.pid))
          .map((process) => now.get(processKey(process.id)) ?? process),
        seat,
      ),
    ),
  };
};

const pidOf = (services: Reading['services'], label: string): number | null =>
  services.find(([each]) => each === label)?.[1] ?? null;

/** A seat whose service has another pid than at the last full pass: only a new one finds its members. */
export const seatsChanged = (state: KeeperState, seats: readonly SeatConfig[]): boolean =>
  seats.some(({ label }) => pidOf(state.services, label) !== pidOf(state.passServices, label));
