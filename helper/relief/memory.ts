import { sameStrikes } from '../probes/strike-memory.ts';
import { sameMemories } from '../seats/remembered.ts';
import { gateMemory, restoreGate } from './gate.ts';
import { isRemedy, targetsOf } from './plans.ts';
import type { Ending, ReliefMemory, ReliefState, Stopping } from './state.ts';

/**
 * What the next start should know: what the operator chose, how far the gate has counted, and what is down because we shed
 * it. Losing it makes the keeper more careful: it begins in the dry run, and what is down stays down until it is brought back.
 */

/** The count of the gate alone is worth a write this often. */
const gateEveryMs = 60_000;

/** A service or a group has a few processes; more than these are not worth a larger file. */
const endingKept = 256;

/** What is about to be told counts as told: a keeper that ends meanwhile does not hear of it. */
const endingOf = ({ stopping, inFlight }: ReliefState): ReliefMemory['ending'] =>
  [
    ...stopping.map(({ targets, seat }) => ({ targets, seat })),
    ...inFlight.flatMap(({ plan: { act } }) =>
      act.verb === 'freeze' || act.verb === 'resume'
        ? []
        : [{ targets: targetsOf(act), seat: act.verb === 'bootout' ? act.seat : null }],
    ),
  ]
    .flatMap(({ targets, seat }) => targets.map(({ id }): Ending => ({ ...id, seat })))
    .slice(0, endingKept);

/**
 * When the last remedy had ended, or the one under way was ordered: a keeper that ends before its end is heard of must not
 * leave the next one free to act at once. Null: there was none lately.
 */
export const remedyMsOf = ({ lastRemedyMs, inFlight }: ReliefState): number | null =>
  inFlight.reduce<number | null>(
    (latest, { plan }) => (isRemedy(plan.act) ? Math.max(latest ?? plan.plannedMs, plan.plannedMs) : latest),
    lastRemedyMs,
  );

/** What is kept in the same file and is not relief's own. */
export type Kept = Pick<ReliefMemory, 'seats' | 'strikes'>;

export const memoryOf = (relief: ReliefState, kept: Kept, nowMs: number): ReliefMemory => {
  const remedyMs = remedyMsOf(relief);
  return {
    choice: relief.choice,
    choiceOver: relief.choiceOver,
    gate: gateMemory(relief.gate),
    sheds: relief.sheds.map(({ label, staysDown, sinceMs }) => ({
      label,
      staysDown,
      agoMs: Math.max(0, nowMs - sinceMs),
    })),
    remedyAgoMs: remedyMs === null ? null : Math.max(0, nowMs - remedyMs),
    ending: endingOf(relief),
    braked: relief.brake.keys.map((key, at) => ({
      key,
      agoMs: Math.max(0, nowMs - (relief.brake.firedMs[at] ?? nowMs)),
    })),
    recovery: relief.recovery === null ? null : { seat: relief.recovery.plan.act.seat, step: relief.recovery.step },
    ...kept,
  };
};

const sameButGate = (a: ReliefMemory, b: ReliefMemory): boolean =>
  a.choice === b.choice &&
  a.choiceOver === b.choiceOver &&
  a.gate.wrong === b.gate.wrong &&
  a.ending.length === b.ending.length &&
  a.ending.every(
    (id, at) => id.pid === b.ending[at]?.pid && id.start === b.ending[at]?.start && id.seat === b.ending[at]?.seat,
  ) &&
  a.braked.length === b.braked.length &&
  a.braked.every(({ key }, at) => key === b.braked[at]?.key) &&
  a.recovery?.seat === b.recovery?.seat &&
  a.recovery?.step === b.recovery?.step &&
  sameMemories(a.seats, b.seats) &&
  sameStrikes(a.strikes, b.strikes) &&
  a.sheds.length === b.sheds.length &&
  a.sheds.every((shed, at) => shed.label === b.sheds[at]?.label && shed.staysDown === b.sheds[at]?.staysDown);

/** What is to be written now; null: what is on disk will do. */
export const worthRemembering = (relief: ReliefState, kept: Kept, nowMs: number): ReliefMemory | null => {
  const { memory, atMs, remedyMs } = relief.remembered;
  const now = memoryOf(relief, kept, nowMs);
  // A crash must not forget that something was done a moment ago.
  if (remedyMs !== remedyMsOf(relief)) return now;
  if (memory !== null && !sameButGate(memory, now)) return now;
  const isStale = nowMs - atMs >= gateEveryMs && (memory === null || memory.gate.observedMs !== now.gate.observedMs);
  return isStale ||
    (memory === null &&
      (now.choice !== null || now.seats.length > 0 || now.strikes.length > 0 || now.recovery !== null))
    ? now
    : null;
};

/** Nobody is asked to kill what an earlier keeper told to end: it is only left alone until it is gone. */
const toldToEnd = (ending: readonly Ending[], nowMs: number): readonly Stopping[] =>
  [...new Set(ending.map(({ seat }) => seat))].map((seat) => ({
    plan: 0,
    targets: ending
      .filter((each) => each.seat === seat)
      .map(({ pid, start }) => ({ id: { pid, start }, name: '', command: '', uid: 0, footprintBytes: 0 })),
    label: null,
    seat,
    sinceMs: nowMs,
    drainMs: Number.MAX_SAFE_INTEGER,
    killProposed: true,
  }));

/** `ageMs`: how long ago it was written. Both are lengths of time: no clock of another run is compared. */
export const recall = (relief: ReliefState, memory: ReliefMemory, ageMs: number, nowMs: number): ReliefState => {
  const lastRemedyMs = memory.remedyAgoMs === null ? null : nowMs - memory.remedyAgoMs - ageMs;
  const sheds = memory.sheds.map(({ label, staysDown, agoMs }) => ({
    label,
    staysDown,
    sinceMs: nowMs - agoMs - ageMs,
    plan: 0,
    restoring: null,
    toldMs: null,
    retryMs: nowMs,
  }));
  return {
    ...relief,
    choice: memory.choice,
    choiceOver: memory.choiceOver,
    gate: restoreGate(memory.gate),
    sheds,
    shedBefore: sheds.map(({ label, sinceMs }) => ({ label, atMs: sinceMs })),
    lastRemedyMs,
    stopping: toldToEnd(memory.ending, nowMs),
    brake: {
      keys: memory.braked.map(({ key }) => key),
      firedMs: memory.braked.map(({ agoMs }) => nowMs - agoMs - ageMs),
    },
    // Whoever was frozen has been resumed by the deadman, or is now.
    thawed: memory.braked.map(({ key }) => ({ key, atMs: nowMs, tooLong: false })),
    remembered: { memory, atMs: nowMs, remedyMs: lastRemedyMs },
  };
};
