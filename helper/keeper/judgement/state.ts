import { type ArbiterState, initialArbiter } from '../../arbiter/arbiter.ts';
import type { OwnProcess } from '../../arbiter/targets.ts';
import { type ContainersState, initialContainers } from '../../containers/state.ts';
import type { CompressedShares } from '../../host/port.ts';
import type { MachineReading, ProcessReading, SensorFact } from '../../host/reading.ts';
import { type ForecastState, initialForecast } from '../../memory/forecast.ts';
import type { Point } from '../../memory/growth.ts';
import { type Arms, initialLevel, type LevelState, noArms } from '../../memory/level.ts';
import { initialSensors, type SensorState } from '../../memory/sensors.ts';
import { type Digests, initialDigests } from '../../probes/digest.ts';
import { initialProbing, type Probing } from '../../probes/seat-probes.ts';
import type { Tiers } from '../../protocol/index.ts';
import { initialRelief, type ReliefState } from '../../relief/state.ts';
import type { Member } from '../../seats/membership.ts';
import type { SeatLife } from '../../seats/seat-state.ts';
import type { StandIn } from '../../seats/seat-world.ts';
import { initialSeating, type Seating } from '../../seats/seating.ts';
import type { Owed } from './effect.ts';
import type { SampleDepth, Services } from './reading.ts';

/**
 * What goes into `decide` and what comes out. All of it is plain data with finite numbers: an input survives JSON
 * unchanged, so that a journal of inputs replays to the same decisions.
 */

/** Why something is as it is; the words of the decision log. */
export interface Reason {
  readonly code: 'level' | 'gap' | 'sensor' | 'forecast' | 'mode' | 'effect' | 'relief' | 'seat' | 'band';
  readonly text: string;
}

/** One process with what two passes tell of it. */
export interface ProcessView {
  readonly process: ProcessReading;
  readonly growthBytesPerSecond: number | null;
  readonly seat: string | null;
}

export interface ProcessesView {
  readonly atMs: number;
  readonly views: readonly ProcessView[];
}

export interface SeatView {
  readonly name: string;
  readonly processes: readonly ProcessReading[];
  readonly footprintBytes: number;
  readonly rssBytes: number;
  readonly lifetimePeakBytes: number;
  /** As far as its processes tell; 0 where the host cannot. */
  readonly wiredBytes: number;
  /** Since the look before, bytes a second; null: the first look. */
  readonly growthBytesPerSecond: number | null;
  readonly atMs: number;
  readonly life: SeatLife;
  /** The service that stands in for it, as the last full pass measured it; null or absent: it does not run. */
  readonly standIn?: StandIn | null;
}

export interface KeeperState {
  readonly startedMs: number;
  /** The grid of slots is anchored at the start; this is its next point. */
  readonly nextSlotMs: number;
  readonly lastSampleMs: number;
  readonly lastFullMs: number | null;
  readonly next: { readonly atMs: number; readonly depth: SampleDepth };
  /** What the sample that closes the open slot must read at least. */
  readonly nextSlotDepth: SampleDepth;
  readonly machine: MachineReading | null;
  readonly tiers: Tiers | null;
  readonly swapRates: { readonly inBytesPerSecond: number | null; readonly outBytesPerSecond: number | null };
  /** When swap was read last: fast samples do not. */
  readonly swapReadAtMs: number | null;
  readonly sensors: SensorState;
  readonly arms: Arms;
  readonly level: LevelState;
  readonly escalated: boolean;
  readonly recent: readonly Point[];
  readonly compressor: readonly Point[];
  readonly forecast: ForecastState;
  /** As it was found out last, at most once a minute from yellow up. */
  readonly compressed: CompressedShares | null;
  readonly processes: ProcessesView | null;
  /** As they were known last; null: they never were. */
  readonly services: Services | null;
  /** Since when the services are not known; null: they are. */
  readonly servicesUnknownSinceMs: number | null;
  /** Services as they were at the last full pass that knew them, which decided who belongs to which seat. */
  readonly passServices: Services | null;
  /** Who belongs to a seat, by identity. */
  readonly members: readonly Member[];
  readonly seats: readonly SeatView[];
  readonly facts: readonly SensorFact[];
  readonly lookers: number;
  readonly gaps: {
    readonly count: number;
    readonly last: { readonly endedMs: number; readonly lengthMs: number } | null;
  };
  readonly configState: 'file' | 'defaults' | 'invalid';
  readonly cannotAct: readonly string[];
  readonly droppedRows: number;
  /** When rows were lost last; null when that is long ago. */
  readonly lostAtMs: number | null;
  readonly heartbeat: { readonly sequence: number; readonly outstanding: number | null; readonly failing: boolean };
  /** Effects without their completion yet. */
  readonly outstanding: readonly Owed[];
  readonly nextEffectId: number;
  readonly seating: Seating;
  readonly probing: Probing;
  readonly digests: Digests;
  readonly containers: ContainersState;
  readonly arbiter: ArbiterState;
  /** Castellan's own processes that have a band. */
  readonly ownRoles: readonly OwnProcess[];
  readonly relief: ReliefState;
  /** Alerts whose cause lasts, as `kind subject`. */
  readonly episodes: readonly string[];
}

export const initialState = (nowMs: number): KeeperState => ({
  startedMs: nowMs,
  nextSlotMs: nowMs,
  lastSampleMs: nowMs,
  lastFullMs: null,
  next: { atMs: nowMs, depth: 'full' },
  nextSlotDepth: 'full',
  machine: null,
  tiers: null,
  swapRates: { inBytesPerSecond: null, outBytesPerSecond: null },
  swapReadAtMs: null,
  sensors: initialSensors,
  arms: noArms,
  level: initialLevel(nowMs),
  escalated: false,
  recent: [],
  compressor: [],
  forecast: initialForecast,
  compressed: null,
  processes: null,
  services: null,
  servicesUnknownSinceMs: nowMs,
  passServices: null,
  members: [],
  seats: [],
  facts: [],
  lookers: 0,
  gaps: { count: 0, last: null },
  configState: 'defaults',
  cannotAct: [],
  droppedRows: 0,
  lostAtMs: null,
  heartbeat: { sequence: 0, outstanding: null, failing: false },
  outstanding: [],
  nextEffectId: 1,
  seating: initialSeating(nowMs),
  probing: initialProbing,
  digests: initialDigests(nowMs),
  containers: initialContainers(nowMs),
  arbiter: initialArbiter,
  ownRoles: [],
  relief: initialRelief(nowMs),
  episodes: [],
});
