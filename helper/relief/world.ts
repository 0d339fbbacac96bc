import type { Config } from '../config/config.ts';
import type { Inspection } from '../host/port.ts';
import type { MachineReading, ProcessId, ProcessReading } from '../host/reading.ts';
import type { AlertKind } from '../journal/alert-kinds.ts';
import type { AuditFacts } from '../journal/audit.ts';
import type { Point } from '../memory/growth.ts';
import type { Level } from '../memory/level.ts';
import type { SeatStatus } from '../protocol/index.ts';
import type { Plan } from './acts.ts';
import type { ReliefMemory } from './state.ts';

/** Processes by `processKey`. */
export type Seen = Pick<ReadonlyMap<string, ProcessReading>, 'get' | 'has' | 'size'>;

/** What relief looks at in one step: everything else of the keeper's state, as it is after the reading. */
export interface World {
  readonly nowMs: number;
  readonly config: Config;
  readonly mode: 'observe_only' | 'dry_run' | 'live';
  readonly level: Level;
  /** Compressor growth lifts orange to red: evidence of a leak. */
  readonly isLeaking: boolean;
  /** Nothing but the share of swap in use speaks for orange or worse: too little to stop anybody. */
  readonly isSwapAlone: boolean;
  readonly sensorsValid: boolean;
  readonly machine: MachineReading;
  /** The last few samples of available memory, oldest first. */
  readonly recent: readonly Point[];
  readonly processes: readonly ProcessReading[];
  /** The table is of this very step. */
  readonly isFull: boolean;
  /** Processes re-read in this step: all of a full pass, the chosen ones otherwise. */
  readonly seen: Seen;
  /** Keys of processes that were asked for and are gone. */
  readonly gone: ReadonlySet<string>;
  readonly seats: readonly SeatFacts[];
  /** As they were known last; empty before they were. */
  readonly services: ReadonlyMap<string, number | null>;
  /** False: none of them counts as absent now, and none is shed, stopped or brought back. */
  readonly servicesKnown: boolean;
  /** Who was looked at closer in this step, and what was found: nothing of those that could not be looked at. */
  readonly looked: readonly ProcessId[];
  readonly inspections: readonly Inspection[];
  /** Nothing was seen for a while before this sample: a sleep, or a keeper without time. */
  readonly isAfterGap: boolean;
  readonly closesSlot: boolean;
  /** The level path judges now: a slot has ended, or a worse level has just been confirmed. */
  readonly judges: boolean;
}

/** A seat as relief must know it. */
export interface SeatFacts {
  readonly name: string;
  readonly class: 'protected' | 'on_call';
  readonly label: string;
  readonly state: SeatStatus['state'];
  readonly peakBytes: number;
  readonly footprintBytes: number;
  readonly wiredBytes: number;
  readonly oracle: string | null;
  readonly drainSeconds: number;
  /** Requests under way, and how long ago it was used last; null: that cannot be told. */
  readonly inFlight: number;
  readonly quietMs: number | null;
  readonly ids: readonly ProcessId[];
  /** Its service's own process; null: it does not run, or is not known. */
  readonly main: ProcessId | null;
  /** Over the last samples, bytes a second; null: not known. */
  readonly growthBytesPerSecond: number | null;
}

export interface AlertWish {
  readonly alert: AlertKind;
  readonly subject: string;
  readonly detail: string;
}

/** Collects what relief wants done and said in one step. */
export interface Orders {
  readonly acts: {
    readonly plan: Plan;
    readonly by: 'automatic' | { readonly uid: number; readonly client: 'app' | 'cli' };
  }[];
  readonly alerts: AlertWish[];
  readonly rows: AuditFacts[];
  readonly said: string[];
  /** To be kept for the next start; the last one counts. */
  remember: ReliefMemory | null;
}
