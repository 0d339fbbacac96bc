import type { Config } from '../config/config.ts';
import type { Inspection } from '../host/port.ts';
import type { MachineReading, ProcessId, ProcessReading } from '../host/reading.ts';
import type { AlertKind } from '../journal/alert-kinds.ts';
import type { AuditFacts } from '../journal/audit.ts';
import type { Point } from '../memory/growth.ts';
import type { Level } from '../memory/level.ts';
import type { PortHolder } from '../probes/port-holder.ts';
import type { Smoke } from '../probes/smoke.ts';
import type { Standing } from '../probes/tracks.ts';
import type { Verdict } from '../protocol/health.ts';
import type { SeatStatus } from '../protocol/index.ts';
import type { Plan, RecoverDeed } from './acts.ts';
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
  /** Processes of the service that stands in for it: as little to be acted upon as its own. */
  readonly standInIds: readonly ProcessId[];
  /** Its service's own process; null: it does not run, or is not known. */
  readonly main: ProcessId | null;
  /** Over the last samples, bytes a second; null: not known. */
  readonly growthBytesPerSecond: number | null;
  /** Why it is in its state, and for how long. */
  readonly why: string;
  readonly forMs: number;
  /** It has said that it is ready, and was not told to end since. */
  readonly isReady: boolean;
  /** Somebody has asked for it, or it has been ordered to start. */
  readonly isAwaited: boolean;
  /** Where it listens; null: castellan.toml does not say. */
  readonly address: string | null;
  /** Who has its port; null: not known. */
  readonly holder: PortHolder | null;
  /** Null: castellan.toml does not say what to ask it. */
  readonly health: SeatHealthFacts | null;
  /** Null: no other service stands in for it. */
  readonly fallback: FallbackFacts | null;
}

/** What is known of a seat's health, as a recovery has to know it. */
export interface SeatHealthFacts {
  readonly verdict: Verdict | null;
  readonly files: Standing | 'off';
  /** When they were looked at last, and what was wrong; null: never in this keeper's life. */
  readonly filesEndedMs: number | null;
  readonly filesFound: string;
  /** What it said to a chat last. */
  readonly chatFound: string;
  /** Prompts of a recovery that are put to it. */
  readonly smoke: Smoke | null;
}

export interface FallbackFacts {
  readonly label: string;
  /** Null: it does not run. */
  readonly pid: number | null;
  /** Why its memory is not to be had, one sentence without its full stop; null: it is. */
  readonly refusal: string | null;
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
    /** Of a recovery: what is done now. */
    readonly step?: RecoverDeed;
  }[];
  readonly alerts: AlertWish[];
  readonly rows: AuditFacts[];
  readonly said: string[];
  /** To be kept for the next start; the last one counts. */
  remember: ReliefMemory | null;
}
