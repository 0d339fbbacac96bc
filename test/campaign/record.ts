import type { Running, Told } from './party.ts';
import type { RunPlan } from './plan.ts';

/** What is known of a run when it is over. */
export interface RunRecord {
  readonly plan: RunPlan;
  readonly runDirectory: string;
  readonly targets: readonly number[];
  /** Never named to a keeper: one runs, the other was stopped by its user. */
  readonly bystanders: { readonly runs: number; readonly stopped: number };
  /** A target that ended; its pid belongs to somebody whom his user stopped. */
  readonly reused: { readonly pid: number; readonly atMs: number } | null;
  readonly told: readonly Told[];
  readonly all: readonly Running[];
  readonly endings: ReadonlyMap<Running, string>;
  /** The first blow; null: there was none. */
  readonly blowMs: number | null;
  /** From here on the run was brought to its end. */
  readonly endMs: number;
}
