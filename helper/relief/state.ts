import type { ProcessId } from '../host/reading.ts';
import type { PassedOver } from '../protocol/index.ts';
import type { Plan, Target } from './acts.ts';
import type { ApprovalsState } from './approvals.ts';
import { noApprovals } from './approvals.ts';
import { type GateState, initialGate } from './gate.ts';
import { noReceipts, type ReceiptsState } from './receipts.ts';

/** What relief remembers between two samples. Plain data with finite numbers, like everything `decide` keeps. */

export interface Freeze {
  /** Number of the plan that froze it. */
  readonly plan: number;
  readonly targets: readonly Target[];
  readonly by: 'brake' | 'level' | 'approved';
  readonly sinceMs: number;
  /** At most 600 s after it began; the deadman holds to the same. */
  readonly deadlineMs: number;
  /** The first signal has been sent; false while the acknowledgement is awaited. */
  readonly isStopped: boolean;
  /** The effect that resumes it, once asked for. */
  readonly resuming: number | null;
}

export interface Shed {
  readonly label: string;
  readonly sinceMs: number;
  readonly plan: number;
  /** Shed again within 30 min: it stays down. */
  readonly staysDown: boolean;
  readonly restoring: number | null;
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
  readonly sinceMs: number;
  readonly drainMs: number;
  /** The operator has been asked for the KILL. */
  readonly killProposed: boolean;
}

/** Kept on disk: what the next start should know. */
export interface ReliefMemory {
  /** What the operator chose by verb; null: what castellan.toml says. */
  readonly choice: 'live' | 'dry_run' | null;
  /** relief.mode of castellan.toml when the choice was made: a change of it ends the choice. */
  readonly choiceOver: 'live' | 'dry_run';
  readonly gate: { readonly observedMs: number; readonly plans: number; readonly wrong: number };
  readonly sheds: readonly { readonly label: string; readonly staysDown: boolean }[];
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
  readonly forcedDryRun: boolean;
  readonly auditWritable: boolean;
  readonly choice: ReliefMemory['choice'];
  readonly choiceOver: ReliefMemory['choiceOver'];
  readonly gate: GateState;
  readonly nextPlanId: number;
  readonly freezes: readonly Freeze[];
  readonly sheds: readonly Shed[];
  readonly stopping: readonly Stopping[];
  readonly approvals: ApprovalsState;
  readonly receipts: ReceiptsState;
  readonly tries: readonly Tries[];
  readonly deeds: readonly Deed[];
  /** One remediation in 120 s, counted from the end of the last; null: none yet. */
  readonly lastRemedyMs: number | null;
  /** Effects of remedies that have not completed. */
  readonly inFlight: readonly number[];
  readonly brake: { readonly firedMs: readonly number[]; readonly keys: readonly string[] };
  /** Who was resumed when, so that the brake waits 30 s and the level path asks. */
  readonly thawed: readonly { readonly key: string; readonly atMs: number; readonly why: string }[];
  /** Resumed by somebody else. */
  readonly foreign: readonly { readonly key: string; readonly name: string; readonly atMs: number }[];
  readonly conflict: { readonly target: string; readonly sinceMs: number } | null;
  /** From the first level above green to ten minutes of green. */
  readonly episode: { readonly number: number; readonly sinceMs: number } | null;
  readonly greenSinceMs: number | null;
  readonly calmSinceMs: number | null;
  readonly redSinceMs: number | null;
  readonly lastThawMs: number | null;
  readonly ladder: { readonly step: 0 | 1 | 2 | 3; readonly atMs: number | null };
  readonly wiredLeak: { readonly seat: string; readonly bytes: number; readonly sinceMs: number } | null;
  /** Growth of candidates as fast samples saw it, for the brake. */
  readonly watched: readonly Watched[];
  readonly explanation: {
    readonly chosen: string | null;
    readonly noop: string;
    readonly passedOver: readonly PassedOver[];
  };
}

/** A process that fast samples look at: what the brake could stop. */
export interface Watched {
  readonly id: ProcessId;
  readonly points: readonly { readonly atMs: number; readonly bytes: number }[];
}

export const initialRelief = (nowMs: number): ReliefState => ({
  deadman: { state: 'missing', foreignTombstones: 0, sinceMs: nowMs },
  own: [],
  forcedDryRun: false,
  auditWritable: true,
  choice: null,
  choiceOver: 'dry_run',
  gate: initialGate,
  nextPlanId: 1,
  freezes: [],
  sheds: [],
  stopping: [],
  approvals: noApprovals,
  receipts: noReceipts,
  tries: [],
  deeds: [],
  lastRemedyMs: null,
  inFlight: [],
  brake: { firedMs: [], keys: [] },
  thawed: [],
  foreign: [],
  conflict: null,
  episode: null,
  greenSinceMs: null,
  calmSinceMs: null,
  redSinceMs: null,
  lastThawMs: null,
  ladder: { step: 0, atMs: null },
  wiredLeak: null,
  watched: [],
  explanation: { chosen: null, noop: 'Nothing has been judged yet.', passedOver: [] },
});
