import type { ProcessId } from '../host/reading.ts';
import type { ServiceJob } from '../host/service-manager.ts';
import type { StrikeMemory } from '../probes/strike-memory.ts';
import type { PassedOver } from '../protocol/index.ts';
import type { SeatMemory } from '../seats/seating.ts';
import type { Plan, Target } from './acts.ts';
import type { ApprovalsState } from './approvals.ts';
import { noApprovals } from './approvals.ts';
import type { Candidate } from './candidates.ts';
import { type GateState, initialGate } from './gate.ts';
import type { Inspected } from './looks.ts';
import type { Pause } from './pause.ts';
import { type Measurement, noReceipts, type ReceiptsState } from './receipts.ts';
import type { Recovery } from './recovery-life.ts';
import type { RecoveryStep } from './recovery-words.ts';
import type { RuntimeFacts, RuntimeUse } from './runtimes.ts';
import type { Watched } from './watch.ts';
import { type LeakState, type leakFact, noLeak } from './wired-leak.ts';
import type { SeatFacts } from './world.ts';

/** What relief remembers between two samples. Plain data with finite numbers, like everything `decide` keeps. */

export interface Freeze {
  /** Number of the plan that froze it. */
  readonly plan: number;
  readonly targets: readonly Target[];
  readonly by: 'brake' | 'level' | 'approved';
  readonly sinceMs: number;
  /** At most 600 s after it began; the deadman holds to the same. */
  readonly deadlineMs: number;
  /** The first signal has been sent; false while that is not known. */
  readonly isStopped: boolean;
  /** The plan that resumes it, once asked for. */
  readonly resuming: number | null;
  /** A resume that failed is asked for again, not before then. */
  readonly retryMs: number;
}

export interface Shed {
  readonly label: string;
  readonly sinceMs: number;
  readonly plan: number;
  /** Shed again within 30 min: it stays down. */
  readonly staysDown: boolean;
  readonly restoring: number | null;
  /** When it was told to run again; that it is there is then seen in the list of services. Null: it has not been. */
  readonly toldMs: number | null;
  /** A restore that failed is asked for again, not before then. */
  readonly retryMs: number;
}

/** What acting on a target came to in this episode: two useless tries and it is left alone. */
export interface Tries {
  /** Label of a service, or `pid:start`. */
  readonly key: string;
  readonly name: string;
  readonly useless: number;
}

/** A stop that was asked for (TERM or bootout) and is watched until the process is gone and its bytes are back. */
export interface Stopping {
  readonly plan: number;
  readonly targets: readonly Target[];
  readonly label: string | null;
  /** Name of the seat that ends; null: it is none. */
  readonly seat: string | null;
  readonly sinceMs: number;
  readonly drainMs: number;
  /** The operator has been asked for the KILL. */
  readonly killProposed: boolean;
}

/** A process that was told to end, and whose seat it is; null: of none. */
export interface Ending extends ProcessId {
  readonly seat: string | null;
}

/** Kept on disk: what the next start should know. */
export interface ReliefMemory {
  /** What the operator chose by verb; null: what castellan.toml says. */
  readonly choice: 'live' | 'dry_run' | null;
  /** relief.mode of castellan.toml when the choice was made: a change of it ends the choice. */
  readonly choiceOver: 'live' | 'dry_run';
  readonly gate: { readonly observedMs: number; readonly plans: number; readonly wrong: number };
  /** `agoMs`: how long ago it was shed when this was written. */
  readonly sheds: readonly { readonly label: string; readonly staysDown: boolean; readonly agoMs: number }[];
  /** How long ago the last remedy had ended when this was written; null: none lately. */
  readonly remedyAgoMs: number | null;
  /** Told to end and not gone yet: stopped now, it could not. */
  readonly ending: readonly Ending[];
  /** Whom the brake stopped lately (`pid:start`), and how long ago when this was written. */
  readonly braked: readonly { readonly key: string; readonly agoMs: number }[];
  readonly seats: readonly SeatMemory[];
  /** Failures in a row of the channels of seats that have any. */
  readonly strikes: readonly StrikeMemory[];
  /** The recovery that was under way; null: none was. */
  readonly recovery: { readonly seat: string; readonly step: RecoveryStep } | null;
}

/** One plan and what became of it; the latest are kept for the operator to look at. */
export interface Deed {
  readonly plan: Plan;
  readonly outcome: 'pending' | 'effective' | 'useless' | 'failed' | 'dry_run' | 'withdrawn';
  readonly got: string;
  readonly markedWrong: boolean;
}

export interface ReliefState {
  readonly deadman: {
    readonly state: 'missing' | 'not_ready' | 'present';
    readonly foreignTombstones: number;
    readonly sinceMs: number;
  };
  readonly own: readonly number[];
  /** Where accounts of people begin on this host. */
  readonly firstLoginUid: number;
  readonly forcedDryRun: boolean;
  readonly auditWritable: boolean;
  readonly choice: ReliefMemory['choice'];
  readonly choiceOver: ReliefMemory['choiceOver'];
  readonly gate: GateState;
  /** Of automatic actions; a keeper that starts knows of none. */
  readonly pause: Pause | null;
  readonly nextPlanId: number;
  readonly freezes: readonly Freeze[];
  readonly sheds: readonly Shed[];
  readonly stopping: readonly Stopping[];
  readonly approvals: ApprovalsState;
  readonly receipts: ReceiptsState;
  readonly tries: readonly Tries[];
  /** The recovery of a seat that is under way: one at a time. */
  readonly recovery: Recovery | null;
  readonly deeds: readonly Deed[];
  /** One remediation in 120 s, counted from the end of the last; null: none yet. */
  readonly lastRemedyMs: number | null;
  /** Plans whose effect has not completed, with their counter as it was when they were ordered. */
  readonly inFlight: readonly { readonly plan: Plan; readonly measured: Measurement | null }[];
  /** Remedies planned in this episode while nothing is carried out: each is said once. */
  readonly rehearsed: readonly string[];
  readonly brake: { readonly firedMs: readonly number[]; readonly keys: readonly string[] };
  /** Services that were shed lately: shed again within half an hour, one stays down. */
  readonly shedBefore: readonly { readonly label: string; readonly atMs: number }[];
  /** Acts that failed without anything being done: tried again, not before then. */
  readonly failed: readonly { readonly key: string; readonly count: number; readonly againMs: number }[];
  /** Who was resumed when, so that the brake waits 30 s and the level path asks. */
  readonly thawed: readonly { readonly key: string; readonly atMs: number; readonly tooLong: boolean }[];
  /** Resumed by somebody else. */
  readonly foreign: readonly {
    readonly key: string;
    readonly name: string;
    /** When we stopped it, and when somebody else let it run. */
    readonly frozenMs: number;
    readonly atMs: number;
  }[];
  readonly conflict: { readonly target: string; readonly sinceMs: number } | null;
  /** Alerts told in this episode, as `kind subject`. */
  readonly told: readonly string[];
  /** From the first level above green to ten minutes of green. */
  readonly episode: { readonly number: number; readonly sinceMs: number } | null;
  readonly greenSinceMs: number | null;
  readonly calmSinceMs: number | null;
  readonly redSinceMs: number | null;
  readonly lastThawMs: number | null;
  /** `gentleSinceMs`: since when it stands on no step at which anything is done. */
  readonly ladder: {
    readonly step: 0 | 1 | 2 | 3;
    readonly atMs: number | null;
    readonly gentleSinceMs: number | null;
  };
  /** Wired memory that did not come back, and what is waited for. */
  readonly leak: LeakState;
  /** The same as one fact to be told. */
  readonly wiredLeak: ReturnType<typeof leakFact>;
  /** Seats as they were in the last slot: who is gone now has ended. */
  readonly lastSeats: readonly SeatFacts[];
  /** Wired memory of the machine then. */
  readonly lastWiredBytes: number | null;
  /** What the policy matched in the last full pass. */
  readonly candidates: readonly Candidate[];
  readonly inspected: readonly Inspected[];
  readonly jobs: readonly ServiceJob[];
  /** What is installed to carry out acts that are neither signals nor services: `purge`, names of runtimes. */
  readonly adapters: readonly string[];
  /** Runtimes of models as they were listed last, and whether they work. */
  readonly runtimes: readonly RuntimeFacts[];
  readonly runtimeUse: readonly RuntimeUse[];
  /** Growth of what could be frozen, as slots and fast samples saw it. */
  readonly watched: readonly Watched[];
  /** What is on disk, and when it was asked for. */
  readonly remembered: {
    readonly memory: ReliefMemory | null;
    readonly atMs: number;
    readonly remedyMs: number | null;
  };
  readonly explanation: {
    readonly chosen: string | null;
    readonly noop: string;
    readonly passedOver: readonly PassedOver[];
  };
}

export const initialRelief = (nowMs: number): ReliefState => ({
  deadman: { state: 'missing', foreignTombstones: 0, sinceMs: nowMs },
  own: [],
  firstLoginUid: 501,
  forcedDryRun: false,
  auditWritable: true,
  choice: null,
  choiceOver: 'dry_run',
  gate: initialGate,
  pause: null,
  nextPlanId: 1,
  freezes: [],
  sheds: [],
  stopping: [],
  approvals: noApprovals,
  receipts: noReceipts,
  tries: [],
  recovery: null,
  deeds: [],
  lastRemedyMs: null,
  inFlight: [],
  rehearsed: [],
  brake: { firedMs: [], keys: [] },
  shedBefore: [],
  failed: [],
  thawed: [],
  foreign: [],
  conflict: null,
  told: [],
  episode: null,
  greenSinceMs: null,
  calmSinceMs: null,
  redSinceMs: null,
  lastThawMs: null,
  ladder: { step: 0, atMs: null, gentleSinceMs: null },
  leak: noLeak,
  wiredLeak: null,
  lastSeats: [],
  lastWiredBytes: null,
  candidates: [],
  inspected: [],
  jobs: [],
  adapters: [],
  runtimes: [],
  runtimeUse: [],
  watched: [],
  remembered: { memory: null, atMs: nowMs, remedyMs: null },
  explanation: { chosen: null, noop: 'Nothing has been judged yet.', passedOver: [] },
});
