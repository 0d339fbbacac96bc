import type { Config, SeatConfig } from '../config/config.ts';
import type { PortTraffic, ProbeSpec } from '../host/port.ts';
import type { MachineReading, ProcessId, ProcessReading } from '../host/reading.ts';
import type { AuditFacts } from '../journal/audit.ts';
import type { SeatAnswer } from './events.ts';
import type { SeatOrder } from './orders.ts';
import type { SeatLife } from './seat-state.ts';
import type { Seat, Seating } from './seating.ts';

/** What the seats' step looks at, and where it puts what it wants done and said. */

/** A seat as the last sample measured it. */
export interface SeatSeen {
  readonly name: string;
  readonly processes: readonly ProcessReading[];
  readonly footprintBytes: number;
  readonly wiredBytes: number;
  readonly lifetimePeakBytes: number;
  readonly life: SeatLife;
  /** The service that stands in for it; absent or null: it does not run. */
  readonly standIn?: StandIn | null;
}

/** Another service at the seat's port and in its memory. */
export interface StandIn {
  readonly label: string;
  readonly pid: number;
  readonly ids: readonly ProcessId[];
  readonly footprintBytes: number;
  readonly wiredBytes: number;
}

/** What this sample read beside the processes; null members: not read, or not known on this host. */
export interface SeatSignals {
  readonly lastExits: ReadonlyMap<string, number>;
  readonly traffic: ReadonlyMap<number, PortTraffic> | null;
  /** `processKey`s whose executable file is gone. */
  readonly executableGone: ReadonlySet<string>;
}

/** What the seats' own life takes from the probes (helper/probes). */
export interface SeatHealth {
  /** It was asked since the look before: what it did may have been the answer. */
  readonly isProbed: boolean;
  /** What is wrong with the files of its next start, one sentence; null: nothing that is known. */
  readonly fault: string | null;
  /** Why it does no work although it runs, one sentence; null: it does, or it is not known. */
  readonly dead: string | null;
}

export interface SeatWorld {
  readonly nowMs: number;
  readonly config: Config;
  readonly views: readonly SeatSeen[];
  /** Null: not read yet. */
  readonly machine: MachineReading | null;
  /** Of the last full pass, with the seat each belongs to. Null: there was none yet. */
  readonly processes: readonly { readonly process: ProcessReading; readonly seat: string | null }[] | null;
  /** This step has looked at the seats; false: something was heard between two looks. */
  readonly hasLooked: boolean;
  /** Nobody looked for so long before this step, beyond what is usual; 0: as usual. */
  readonly unseenMs: number;
  /** The table is of this very step. */
  readonly isFull: boolean;
  /** Null: not known now. */
  readonly services: ReadonlyMap<string, number | null> | null;
  /** Of this step; null: it did not look. */
  readonly signals: SeatSignals | null;
  /** Seats whose wired memory did not come back. */
  readonly leakers: readonly string[];
  /** Why nothing may be started or ended now, each a sentence; empty: it may. */
  readonly blockers: readonly string[];
  /** What is known of the health of seats that are asked about it. */
  readonly health: ReadonlyMap<string, SeatHealth>;
  /** Seats that have been told to end, by whomever. */
  readonly ending: ReadonlySet<string>;
  /** Seats whose fallback has been told to start and has not been seen yet, with its label: they are about to be stood in for. */
  readonly fallbacks: ReadonlyMap<string, string>;
  /** The seat that is being recovered, with what is done now in one sentence; null: none is. */
  readonly recovery: { readonly seat: string; readonly said: string } | null;
}

type WithoutPlan<T> = T extends unknown ? Omit<T, 'plan'> : never;

export interface SeatTurn {
  readonly orders: WithoutPlan<SeatOrder>[];
  readonly probes: { readonly seat: string; readonly run: number; readonly spec: ProbeSpec }[];
  readonly answers: SeatAnswer[];
  readonly said: string[];
  /** For the audit log. */
  readonly rows: AuditFacts[];
  /** How soon the next look should come; null: in its time. */
  soon: 'slot' | 'full' | null;
}

export const newTurn = (): SeatTurn => ({ orders: [], probes: [], answers: [], said: [], rows: [], soon: null });

export const seatNamed = (seating: Seating, name: string): Seat | undefined =>
  seating.seats.find((seat) => seat.name === name);

export const withSeat = (seating: Seating, seat: Seat): Seating =>
  seatNamed(seating, seat.name) === seat
    ? seating
    : { ...seating, seats: seating.seats.map((each) => (each.name === seat.name ? seat : each)) };

export const configOf = ({ config }: Pick<SeatWorld, 'config'>, name: string): SeatConfig | undefined =>
  config.seats.find((seat) => seat.name === name);

export const viewOf = ({ views }: SeatWorld, name: string): SeatSeen | undefined =>
  views.find((view) => view.name === name);

/** Why it does no work although it runs, one sentence; null: it does, or it is not known. */
export const deadWhy = ({ health }: Pick<SeatWorld, 'health'>, name: string): string | null =>
  health.get(name)?.dead ?? null;

/** What is in use on the machine, bytes; 0 while nobody knows. */
export const usedBytes = ({ machine }: SeatWorld): number =>
  machine === null || machine.availableBytes === null ? 0 : machine.totalBytes - machine.availableBytes;

export const exitText = (exit: number | null): string => {
  if (exit === null) return 'nobody says how';
  return exit < 0 ? `by signal ${-exit}` : `with exit ${exit}`;
};
