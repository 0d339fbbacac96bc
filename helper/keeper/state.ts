import { type ArbiterState, initialArbiter } from '../arbiter/arbiter.ts';
import type { OwnProcess } from '../arbiter/targets.ts';
import type { ContainerOrder, Heard } from '../containers/orders.ts';
import { type ContainersState, initialContainers } from '../containers/state.ts';
import type {
  BandName,
  BandResult,
  CompressedShares,
  GpuLimit,
  Inspection,
  PortTraffic,
  ProbeSpec,
} from '../host/port.ts';
import type { MachineReading, ProcessId, ProcessReading, ProcessTable, SensorFact } from '../host/reading.ts';
import type { ServiceJob } from '../host/service-manager.ts';
import type { AlertKind } from '../journal/alert-kinds.ts';
import { type ForecastState, initialForecast } from '../memory/forecast.ts';
import type { Point } from '../memory/growth.ts';
import { type Arms, initialLevel, type LevelState, noArms } from '../memory/level.ts';
import { initialSensors, type SensorState } from '../memory/sensors.ts';
import { type IntegrityWish, initialProbing, type Probing } from '../probes/probing.ts';
import type { ErrorCode, Finding, LevelName, NetworkChannel, Tiers } from '../protocol/index.ts';
import type { Plan } from '../relief/acts.ts';
import type { RuntimeLook } from '../relief/runtimes.ts';
import { initialRelief, type ReliefMemory, type ReliefState } from '../relief/state.ts';
import type { SeatEvent } from '../seats/events.ts';
import type { Member } from '../seats/membership.ts';
import type { OrderOutcome, SeatOrder } from '../seats/orders.ts';
import type { SeatLife } from '../seats/seat-state.ts';
import { initialSeating, type Seating } from '../seats/seating.ts';

/**
 * What goes into `decide` and what comes out. All of it is plain data with finite numbers: an input survives JSON
 * unchanged, so that a journal of inputs replays to the same decisions.
 */

/** `fast`: machine counters only. `slot`: also kernel level, swap and seats. `full`: also the process table. */
export type SampleDepth = 'fast' | 'slot' | 'full';

/** Services as [label, pid or null]; one that is loaded and does not run has no pid. */
export type Services = readonly (readonly [string, number | null])[];

/** What a slot reads for the seats and bands, beside processes and services. */
export interface SeatSigns {
  /** How the last run of each listed service ended: an exit code, or the negative of a signal. */
  readonly lastExits: readonly (readonly [label: string, exit: number])[];
  /** Null: this host does not tell. */
  readonly traffic: readonly PortTraffic[] | null;
  /** `processKey` of seat processes whose executable file is gone; asked on full passes, empty otherwise. */
  readonly executableGone: readonly string[];
  /** Bands of those who should have one. */
  readonly bands: readonly { readonly id: ProcessId; readonly found: BandResult }[];
  readonly gpuLimit: GpuLimit;
}

export interface Reading {
  readonly depth: SampleDepth;
  readonly machine: MachineReading;
  /** Pids of services by label; null: not known now. Empty on a fast sample, which does not ask. */
  readonly services: Services | null;
  /** Present on a full sample. */
  readonly table: ProcessTable | null;
  /** Seat processes re-read on a slot sample. */
  readonly chosen: readonly ProcessReading[];
  /** Chosen processes that were gone. */
  readonly vanished: readonly SensorFact[];
  /** A closer look at what the policy matches, on some full samples. */
  readonly inspections: readonly Inspection[];
  /** Null on a fast sample. */
  readonly signs: SeatSigns | null;
}

/** `withdrawn`: its target was gone, so that nothing was done. */
export type EffectOutcome = OrderOutcome;

export type KeeperEvent =
  /** The kernel hinted that pressure changed. */
  | { readonly type: 'pressure' }
  /** How many clients look at the process table now. */
  | { readonly type: 'lookers'; readonly count: number }
  /** Someone looks once and wants what is true now. */
  | { readonly type: 'look' }
  /** Where the configuration in force comes from; sent at start and after each reload. */
  | { readonly type: 'config'; readonly state: 'file' | 'defaults' | 'invalid' }
  /** What this host can never do here (not root, no such sensor): reasons to observe only. */
  | { readonly type: 'cannot_act'; readonly reasons: readonly string[] }
  /** Pids of Castellan itself and of the clients that are connected: they and their ancestors are never acted upon. */
  | {
      readonly type: 'own';
      readonly pids: readonly number[];
      readonly firstLoginUid: number;
      readonly roles?: readonly OwnProcess[];
    }
  | DeadmanEvent
  | OperatorEvent
  | SeatEvent
  /** What the gateway found out about a seat, under the number of the question. */
  | {
      readonly type: 'finding';
      readonly seat: string;
      readonly channel: NetworkChannel;
      readonly number: number;
      readonly finding: Finding;
    }
  /** What a service offers, asked of launchd once for each that the policy matches. */
  | { readonly type: 'job'; readonly job: ServiceJob }
  /** What is installed to carry out acts that are neither signals nor services. */
  | { readonly type: 'adapters'; readonly names: readonly string[] }
  /** What a runtime of models holds, as its adapter said. */
  | { readonly type: 'runtime'; readonly look: RuntimeLook }
  /** What came of an order about containers. */
  | { readonly type: 'containers'; readonly heard: Heard }
  /** What an earlier run remembered, once at the start; absent or unreadable: the dry run begins anew. */
  | { readonly type: 'remembered'; readonly memory: ReliefMemory; readonly ageMs: number }
  /** CASTELLAN_DRY_RUN is set: nothing can leave the dry run. */
  | { readonly type: 'forced_dry_run' }
  /** Whether the audit log takes rows; without it nothing irreversible is done. */
  | { readonly type: 'audit'; readonly writable: boolean }
  /** Who holds how much of what is compressed; null: it could not be found out. */
  | { readonly type: 'compressed'; readonly shares: CompressedShares | null }
  /** Telemetry rows lost so far. */
  | { readonly type: 'telemetry'; readonly droppedRows: number }
  /** The one completion of an effect. */
  | { readonly type: 'effect'; readonly id: number; readonly outcome: EffectOutcome; readonly detail: string };

export type DeadmanEvent =
  /** The connection to the deadman: it has greeted this instance, how many tombstones of others are left. */
  | {
      readonly type: 'deadman';
      readonly state: 'missing' | 'not_ready' | 'present';
      readonly foreignTombstones: number;
    }
  /** A freeze ended by another hand than an effect of ours: the deadman's deadline, or its judgement of us. */
  | { readonly type: 'thawed'; readonly id: ProcessId; readonly why: string };

/** Who asked, as the socket's kernel says. */
export interface Asker {
  readonly uid: number;
  readonly client: 'app' | 'cli';
}

/** What the operator decides. Each has the number of its request, under which its answer comes. */
export type OperatorEvent =
  | {
      readonly type: 'approve';
      readonly request: number;
      readonly id: number;
      readonly hash: string;
      readonly confirmed: boolean;
      readonly by: Asker;
    }
  | { readonly type: 'deny'; readonly request: number; readonly id: number; readonly hash: string; readonly by: Asker }
  | { readonly type: 'mark_wrong'; readonly request: number; readonly plan: number; readonly by: Asker }
  | { readonly type: 'set_mode'; readonly request: number; readonly to: 'live' | 'dry_run'; readonly by: Asker }
  | { readonly type: 'thaw'; readonly request: number; readonly freeze: number | null; readonly by: Asker }
  | { readonly type: 'restore'; readonly request: number; readonly label: string; readonly by: Asker }
  | { readonly type: 'clear_leak'; readonly request: number; readonly by: Asker };

/** The answer to one request of the operator; `effect` carries out what was approved and is worth waiting for. */
export type OperatorAnswer =
  | {
      readonly request: number;
      readonly ok: true;
      readonly effect: number | null;
      readonly plan: number | null;
      readonly said: string;
    }
  | { readonly request: number; readonly ok: false; readonly code: ErrorCode; readonly detail: string };

export interface Input {
  readonly nowMs: number;
  readonly reading: Reading | null;
  readonly events: readonly KeeperEvent[];
}

export interface HeartbeatFacts {
  readonly sequence: number;
  readonly level: LevelName;
  readonly kernelLevel: number | null;
  readonly availableBytes: number | null;
  readonly compressorGrowthBytesPerSecond: number | null;
  /** The last act that was carried out, in words; null: none yet. */
  readonly lastAction: string | null;
}

export type Effect =
  | { readonly id: number; readonly kind: 'heartbeat'; readonly heartbeat: HeartbeatFacts }
  | {
      readonly id: number;
      readonly kind: 'alert';
      readonly alert: AlertKind;
      /** Names the episode: the same alert is told once in it. */
      readonly subject: string;
      readonly detail: string;
    }
  /** Carries out a plan: an intent row, the act, a result row. */
  | { readonly id: number; readonly kind: 'act'; readonly plan: Plan; readonly by: 'automatic' | Asker }
  /** Starts or stops a seat by its service: an intent row, the act, a result row. */
  | { readonly id: number; readonly kind: 'seat'; readonly order: SeatOrder }
  /** Asks a seat whether it serves; `ok` says yes, `failed` no. */
  | {
      readonly id: number;
      readonly kind: 'probe';
      readonly seat: string;
      readonly run: number;
      readonly spec: ProbeSpec;
    }
  /** Looks whether the files of a seat's next start are whole; the detail of its completion begins with the finding's code. */
  | ({ readonly id: number; readonly kind: 'integrity' } & IntegrityWish)
  /** A look at containers, a stop, a restart; what came of it is told by an event of its own. */
  | { readonly id: number; readonly kind: 'container'; readonly order: ContainerOrder }
  | {
      readonly id: number;
      readonly kind: 'band';
      readonly target: ProcessId;
      readonly name: string;
      readonly band: BandName;
    }
  | { readonly id: number; readonly kind: 'gpu_limit'; readonly bytes: number }
  /** Keeps what the next start should know. Losing it makes the keeper more careful, nothing else. */
  | { readonly id: number; readonly kind: 'remember'; readonly memory: ReliefMemory };

/** An effect before it has its id. */
export type Wish = Effect extends infer E ? (E extends Effect ? Omit<E, 'id'> : never) : never;

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
}

/** An effect that has been issued and has not completed. */
export interface Owed {
  readonly id: number;
  readonly kind: Effect['kind'];
  /** Of an act. */
  readonly plan: number | null;
  /** Of a probe: who is asked, in which run. */
  readonly probe: { readonly seat: string; readonly run: number } | null;
  readonly order: SeatOrder | null;
  /** Of an integrity check. */
  readonly question: { readonly seat: string; readonly number: number } | null;
  /** Of a band. */
  readonly target: ProcessId | null;
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
  containers: initialContainers(nowMs),
  arbiter: initialArbiter,
  ownRoles: [],
  relief: initialRelief(nowMs),
  episodes: [],
});
