import { defaultConfig, GB, type SeatConfig } from '../../helper/config/config.ts';
import type { GpuLimit } from '../../helper/host/port.ts';
import type { MachineReading, ProcessReading } from '../../helper/host/reading.ts';
import type { SeatState } from '../../helper/protocol/index.ts';
import type { SeatSeen, SeatWorld } from '../../helper/seats/seat-world.ts';
import { initialSeating, newSeat, type Seat, type Seating } from '../../helper/seats/seating.ts';
import { seatOf } from './arbiter-world.ts';
import { machineReading, processReading } from './readings.ts';

/** Seats on a machine, as the step that judges them sees them: every figure is given, and nothing else is true. */

export interface SeatCase {
  readonly name: string;
  readonly class: SeatConfig['class'];
  readonly peakBytes: number;
  readonly wiredBytes: number;
  readonly state: SeatState;
  readonly isHeld: boolean;
  /** Its processes; null: nobody has looked at it yet. */
  readonly processes: readonly ProcessCase[] | null;
  /** How long nobody has used it, milliseconds. */
  readonly quietMs: number;
}

export interface ProcessCase {
  readonly footprintBytes: number;
  readonly wiredBytes: number | null;
}

export interface WorldCase {
  readonly seats: readonly SeatCase[];
  /** Processes in no seat; null: no pass over the table has been made. */
  readonly others: readonly ProcessCase[] | null;
  readonly machine: Partial<MachineReading> | null;
  readonly gpuLimit: GpuLimit;
  readonly leakers: readonly string[];
}

const nowMs = 10_000_000;

const readingsOf = (cases: readonly ProcessCase[], firstPid: number): readonly ProcessReading[] =>
  cases.map((each, at) => processReading(firstPid + at, each));

const seatStateOf = (each: SeatCase, main: ProcessReading | undefined): Seat => {
  const seat = newSeat(each.name, nowMs - each.quietMs);
  return {
    ...seat,
    state: each.state,
    isHeld: each.isHeld,
    run:
      main === undefined
        ? null
        : {
            sinceMs: nowMs - 3_600_000,
            main: main.id,
            isOrdered: true,
            readyMs: nowMs - 3_000_000,
            probe: { isAsking: false, nextMs: null, detail: '' },
            filledBytes: main.footprintBytes,
            footprintBytes: main.footprintBytes,
            usedBytes: 0,
            isStopped: each.state === 'frozen',
            isDoomed: false,
          },
  };
};

export const seatWorldOf = (given: WorldCase): { readonly seating: Seating; readonly world: SeatWorld } => {
  const processes = given.seats.map(({ processes: own }, at) => readingsOf(own ?? [], 1_000 * (at + 1)));
  const others = readingsOf(given.others ?? [], 100);
  const views = given.seats.flatMap((each, at): readonly SeatSeen[] => {
    if (each.processes === null) return [];
    const own = processes[at] ?? [];
    const footprintBytes = own.reduce((sum, process) => sum + process.footprintBytes, 0);
    const view = {
      name: each.name,
      processes: own,
      footprintBytes,
      wiredBytes: own.reduce((sum, process) => sum + (process.wiredBytes ?? 0), 0),
      lifetimePeakBytes: footprintBytes,
      growthBytesPerSecond: null,
      life: {
        state: own.length === 0 ? ('absent' as const) : ('running' as const),
        sinceMs: 0,
        main: own[0]?.id ?? null,
        mainSinceMs: 0,
        load: 'over' as const,
        stillSinceMs: null,
      },
    };
    return [view];
  });
  return {
    seating: {
      ...initialSeating(0),
      seats: given.seats.map((each, at) => seatStateOf(each, processes[at]?.[0])),
      gpuLimit: given.gpuLimit,
    },
    world: {
      nowMs,
      config: {
        ...defaultConfig,
        seats: given.seats.map(({ name, class: kind, peakBytes, wiredBytes }) =>
          seatOf({ name, class: kind, peakBytes, wiredBytes }),
        ),
      },
      views,
      machine: given.machine === null ? null : machineReading(given.machine),
      processes:
        given.others === null
          ? null
          : [
              ...given.seats.flatMap(({ name }, at) =>
                (processes[at] ?? []).map((process) => ({ process, seat: name })),
              ),
              ...others.map((process) => ({ process, seat: null })),
            ],
      unseenMs: 0,
      hasLooked: true,
      isFull: true,
      services: new Map(),
      signals: null,
      leakers: given.leakers,
      blockers: [],
      health: new Map(),
      recovery: null,
      ending: new Set(),
      fallbacks: new Map(),
    },
  };
};

const none: Pick<SeatCase, 'quietMs'> = { quietMs: 0 };

/** 41 GB are kept for it always; it holds 21, 20 of them wired. */
export const cilghal: SeatCase = {
  ...none,
  name: 'cilghal',
  class: 'protected',
  peakBytes: 41 * GB,
  wiredBytes: 20 * GB,
  state: 'ready',
  isHeld: true,
  processes: [{ footprintBytes: 21 * GB, wiredBytes: 20 * GB }],
};

/** 14 GB on call; it does not run. */
export const codestral: SeatCase = {
  ...none,
  name: 'codestral',
  class: 'on_call',
  peakBytes: 14 * GB,
  wiredBytes: 2 * GB,
  state: 'absent',
  isHeld: false,
  processes: [],
};
