import type { AuditFacts } from '../journal/audit.ts';
import { duration, rate, size } from '../protocol/figures.ts';
import type { Plan } from './acts.ts';
import { targetKeyOf, targetNameOf } from './plan-identity.ts';
import { isRemedy } from './plans.ts';

/** What an act was expected to do against what was measured. An act counts only if it moved the needle. */

const MB = 2 ** 20;

/** So much must come back at least, and half of what was expected. */
export const leastBytes = 256 * MB;
const expectedShare = 0.5;
/** By then it has come back, or it has not. */
const bytesWithinMs = 120_000;
/** Footprints are read with the full table only, on green every 30 s: so long may a last figure be missing. */
const bytesUnknownMs = 160_000;
/**
 * What somebody may start again counts when it stayed away this long: launchd starts a job at most once in 10 s
 * (launchd.plist(5), ThrottleInterval), so a respawn shows by then.
 */
const stayAwayMs = 10_000;
const freezeWithinMs = 2_000;
/** Growth needs two passes over the table: so long may they be missing. */
const freezeUnknownMs = 6_000;
/** Growth is ~0: at most this share of what it was, or less than this. */
const residualShare = 0.05;
const residualBytesPerSecond = 1 * MB;

/** The counter that a plan names, read once. */
export interface Measurement {
  /**
   * `footprint`, `wired`, `cache`: bytes, 0 when the target is gone; of a service its whole tree, whatever its pids are
   * now. `growth`: bytes a second of all targets together.
   */
  readonly counter: number;
  /** Fall of the machine's available memory, bytes a second; negative while it rises; null: not known. */
  readonly fillBytesPerSecond: number | null;
}

export interface OpenReceipt {
  readonly plan: Plan;
  /** When its effect completed. */
  readonly fromMs: number;
  /** The named counter as it was before the act: bytes, or bytes a second; null: it could not be read. */
  readonly before: number | null;
  /** Machine fill before a freeze, bytes a second. */
  readonly fillBefore: number | null;
  /** Since when enough is back; null: it is not. */
  readonly backSinceMs: number | null;
  /** The most that was back at any time. */
  readonly mostBack: number;
  /** Another act on the same target began: what is measured from then on is the other's. */
  readonly takenOver: { readonly atMs: number; readonly measured: Measurement | null } | null;
}

export interface ReceiptsState {
  readonly open: readonly OpenReceipt[];
}

export const noReceipts: ReceiptsState = { open: [] };

export interface SettledReceipt {
  readonly plan: Plan;
  readonly effective: boolean;
  /** Bytes, or bytes a second for a freeze. */
  readonly expected: number;
  /** Never negative. */
  readonly actual: number;
  readonly afterMs: number;
  /** One sentence. */
  readonly text: string;
}

const usable = (measured: Measurement | null): Measurement | null => {
  if (measured === null || !Number.isFinite(measured.counter)) return null;
  const fill = measured.fillBytesPerSecond;
  return { counter: measured.counter, fillBytesPerSecond: fill !== null && Number.isFinite(fill) ? fill : null };
};

/**
 * Begins to watch what comes of an act. `nowMs` is when its effect completed, `measured` the counter as it was when the
 * act was ordered: a process that is gone by now can tell nothing. What brings back (restore, resume) has no receipt.
 */
export const openReceipt = (
  state: ReceiptsState,
  plan: Plan,
  nowMs: number,
  measured: Measurement | null,
): ReceiptsState => {
  const { act } = plan;
  if (!isRemedy(act)) return state;
  if (state.open.some((receipt) => receipt.plan.id === plan.id)) return state;
  const before = usable(measured);
  const key = targetKeyOf(act);
  const earlier = state.open.map((receipt) =>
    receipt.takenOver === null &&
    receipt.plan.expected.counter === plan.expected.counter &&
    targetKeyOf(receipt.plan.act) === key
      ? { ...receipt, takenOver: { atMs: nowMs, measured: before } }
      : receipt,
  );
  const receipt: OpenReceipt = {
    plan,
    fromMs: nowMs,
    before: before?.counter ?? null,
    fillBefore: before?.fillBytesPerSecond ?? null,
    backSinceMs: null,
    mostBack: 0,
    takenOver: null,
  };
  return { open: [...earlier, receipt] };
};

/** What a look at one receipt came to: it is settled, or watched on. */
type Look = { readonly settled: SettledReceipt } | { readonly open: OpenReceipt };

const settle = (
  receipt: OpenReceipt,
  nowMs: number,
  effective: boolean,
  actual: number,
  text: string,
): { readonly settled: SettledReceipt } => {
  const { expected, act } = receipt.plan;
  return {
    settled: {
      plan: receipt.plan,
      effective,
      expected: act.verb === 'freeze' ? expected.bytesPerSecond : expected.bytes,
      actual,
      afterMs: Math.max(0, nowMs - receipt.fromMs),
      text,
    },
  };
};

const notMeasured = 'What came of it could not be measured.';

/** Whether launchd, or whoever else wants it to run, may start it again. */
const mayRespawn = ({ act }: Plan): boolean => act.verb !== 'unload' && act.verb !== 'purge' && act.verb !== 'freeze';

const bytesText = (receipt: OpenReceipt, back: number, needed: number, effective: boolean, afterMs: number): string => {
  const expected = receipt.plan.expected.bytes;
  const of = expected > 0 ? ` of ${size(expected)} expected` : '';
  if (effective) return `Gave back ${size(back)}${of}, in ${duration(afterMs / 1000)}.`;
  if (receipt.mostBack >= needed && receipt.mostBack > back)
    return `Gave back ${size(receipt.mostBack)}${of}, and took it again: something starts it anew.`;
  const least = `at least ${size(needed)} must come back to count`;
  if (back < 0) return `Grew by ${size(-back)} instead of giving back${expected > 0 ? ` ${size(expected)}` : ''}.`;
  return back === 0 ? `Nothing came back${of}; ${least}.` : `Gave back ${size(back)}${of}; ${least}.`;
};

const lookAtBytes = (receipt: OpenReceipt, measured: Measurement | null, nowMs: number, isLast: boolean): Look => {
  const afterMs = nowMs - receipt.fromMs;
  const isOver = isLast || afterMs >= bytesWithinMs;
  if (measured === null || receipt.before === null)
    return isLast || afterMs >= bytesUnknownMs ? settle(receipt, nowMs, false, 0, notMeasured) : { open: receipt };
  const needed = Math.max(leastBytes, expectedShare * receipt.plan.expected.bytes);
  const back = receipt.before - measured.counter;
  const isBack = back >= needed;
  const seen: OpenReceipt = {
    ...receipt,
    backSinceMs: isBack ? (receipt.backSinceMs ?? nowMs) : null,
    mostBack: Math.max(receipt.mostBack, back),
  };
  const hasStayed = !mayRespawn(receipt.plan) || nowMs - (seen.backSinceMs ?? nowMs) >= stayAwayMs;
  if (isBack ? isLast || hasStayed : isOver)
    return settle(seen, nowMs, isBack, Math.max(0, back), bytesText(seen, back, needed, isBack, afterMs));
  return { open: seen };
};

const lookAtGrowth = (receipt: OpenReceipt, measured: Measurement | null, nowMs: number, isLast: boolean): Look => {
  const afterMs = nowMs - receipt.fromMs;
  const expected = receipt.plan.expected.bytesPerSecond;
  const { before, fillBefore } = receipt;
  const fill = measured?.fillBytesPerSecond ?? null;
  if (measured === null || before === null || (expected > 0 && (fill === null || fillBefore === null)))
    return isLast || afterMs >= freezeUnknownMs ? settle(receipt, nowMs, false, 0, notMeasured) : { open: receipt };
  const growth = measured.counter;
  const actual = Math.max(0, before - growth);
  const standsStill = growth < residualBytesPerSecond || growth <= residualShare * before;
  const eased = fill === null || fillBefore === null ? 0 : fillBefore - fill;
  // Where the machine did not fill before, it cannot fill less: then the target alone tells.
  const isEased = expected <= 0 || (fillBefore ?? 0) < expectedShare * expected || eased >= expectedShare * expected;
  if (standsStill && isEased) {
    const text =
      expected > 0
        ? `Stopped growth of ${rate(actual)}, in ${duration(afterMs / 1000)}.`
        : 'It stands still; it did not grow before, so nothing more was to be gained.';
    return settle(receipt, nowMs, true, actual, text);
  }
  if (!isLast && afterMs < freezeWithinMs) return { open: receipt };
  const text = standsStill
    ? `It stands still, but the machine goes on filling: by ${rate(Math.max(0, eased))} less, at least ${rate(expectedShare * expected)} was expected.`
    : `It still grows by ${rate(growth)}.`;
  return settle(receipt, nowMs, false, actual, text);
};

const rowOf = ({ plan, expected, actual, effective, afterMs, text }: SettledReceipt): AuditFacts => ({
  kind: 'receipt',
  plan: plan.id,
  verb: plan.act.verb,
  target: targetNameOf(plan.act),
  counter: plan.expected.counter,
  expected,
  actual,
  effective,
  afterMs,
  text,
});

/**
 * One look at everything that is watched; each receipt is settled exactly once. Bytes: as soon as they came back (and
 * stayed away, where something may start it again), useless at the first figure from 120 s on. A freeze: within 2 s. `measure` reads the counter
 * of a plan; what lies before `sinceMs`, the end of its effect, is not of it.
 */
export const observeReceipts = (
  state: ReceiptsState,
  nowMs: number,
  measure: (plan: Plan, sinceMs: number) => Measurement | null,
): {
  readonly state: ReceiptsState;
  readonly settled: readonly SettledReceipt[];
  readonly rows: readonly AuditFacts[];
} => {
  if (state.open.length === 0) return { state, settled: [], rows: [] };
  const open: OpenReceipt[] = [];
  const settled: SettledReceipt[] = [];
  for (const receipt of state.open) {
    const { takenOver } = receipt;
    const atMs = takenOver?.atMs ?? nowMs;
    const measured = takenOver === null ? usable(measure(receipt.plan, receipt.fromMs)) : takenOver.measured;
    const lookAt = receipt.plan.act.verb === 'freeze' ? lookAtGrowth : lookAtBytes;
    const look = lookAt(receipt, measured, atMs, takenOver !== null);
    if ('settled' in look) settled.push(look.settled);
    else open.push(look.open);
  }
  return { state: { open }, settled, rows: settled.map(rowOf) };
};
