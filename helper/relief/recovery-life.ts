import type { Plan, RecoverAct, RecoverDeed } from './acts.ts';
import { episodeOf } from './plan-identity.ts';
import { type By, changeDeed } from './plans.ts';
import { hintOf, progressWords, type RecoveryStep } from './recovery-words.ts';
import type { ReliefState } from './state.ts';
import type { Orders } from './world.ts';

/** A recovery that is under way: what is known of it, how it goes from one step to the next, and how it ends and is told of. */

export interface Recovery {
  readonly plan: Plan & { readonly act: RecoverAct };
  readonly by: Exclude<By, 'automatic'>;
  readonly step: RecoveryStep;
  /** Since when it is at this step. */
  readonly sinceMs: number;
  readonly beganMs: number;
  /** As it was before anything was done, bytes; `used` and `wired` of the whole machine. */
  readonly before: { readonly used: number; readonly wired: number; readonly held: number; readonly heldWired: number };
  /** What has been ordered and has not completed. */
  readonly doing: RecoverDeed | null;
  readonly isKilled: boolean;
  readonly isPortFree: boolean;
  /** Who had the port when it was looked for last. */
  readonly holder: string;
  readonly lookMs: number;
}

/** After one that failed the same run is not offered again at once. */
const againMs = 600_000;

export const row = ({ plan }: Recovery, detail: string): Orders['rows'][number] => ({
  kind: 'observed',
  what: 'recovery',
  target: plan.act.seat,
  detail,
});

/** The recovery as it is now, told to the log and to whoever looks. */
export const at = (relief: ReliefState, recovery: Recovery, orders: Orders): ReliefState => {
  const text = progressWords(recovery);
  orders.rows.push(row(recovery, text));
  orders.said.push(`${recovery.plan.act.seat}: ${text}`);
  return { ...changeDeed(relief, recovery.plan.id, { got: text }), recovery };
};

export const ended = (
  before: ReliefState,
  recovery: Recovery,
  outcome: 'effective' | 'useless' | 'failed' | 'withdrawn',
  got: string,
): ReliefState => ({ ...changeDeed(before, recovery.plan.id, { outcome, got }), recovery: null });

/** Before anything was done. @param why one clause */
export const withdrawn = (before: ReliefState, recovery: Recovery, why: string, orders: Orders): ReliefState => {
  const got = `${why}: nothing was done.`;
  orders.rows.push(row(recovery, got));
  return ended(before, recovery, 'withdrawn', got);
};

/** @param how `useless`: all was done, and it does not work; `hint`: what to do, where it is not what the step says */
export const failed = (
  before: ReliefState,
  recovery: Recovery,
  why: string,
  nowMs: number,
  orders: Orders,
  { outcome = 'failed', hint }: { readonly outcome?: 'failed' | 'useless'; readonly hint?: string } = {},
): ReliefState => {
  const { plan, step } = recovery;
  const got = `${progressWords(recovery)} It failed: ${why}. ${hint ?? hintOf(step, plan.act.seat)}`;
  orders.rows.push(row(recovery, got));
  orders.alerts.push({ alert: 'recovery_failed', subject: plan.act.seat, detail: got });
  const key = episodeOf(plan.act);
  const again = { key, count: 1, againMs: nowMs + againMs };
  return {
    ...ended(before, recovery, outcome, got),
    failed: [...before.failed.filter((each) => each.key !== key), again],
  };
};

export const to = (
  before: ReliefState,
  recovery: Recovery,
  step: RecoveryStep,
  nowMs: number,
  orders: Orders,
): ReliefState => at(before, { ...recovery, step, sinceMs: nowMs, doing: null }, orders);

export const does = (before: ReliefState, recovery: Recovery, step: RecoverDeed, orders: Orders): ReliefState => {
  const { plan, by } = recovery;
  orders.acts.push({ plan, by, step });
  return { ...before, recovery: { ...recovery, doing: step } };
};
