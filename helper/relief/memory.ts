import { gateMemory, restoreGate } from './gate.ts';
import type { ReliefMemory, ReliefState } from './state.ts';

/**
 * What the next start should know: what the operator chose, how far the gate has counted, and what is down because we shed
 * it. Losing it makes the keeper more careful: it begins in the dry run, and what is down stays down until it is brought back.
 */

/** The count of the gate alone is worth a write this often. */
const gateEveryMs = 60_000;

export const memoryOf = (relief: ReliefState, nowMs: number): ReliefMemory => ({
  choice: relief.choice,
  choiceOver: relief.choiceOver,
  gate: gateMemory(relief.gate),
  sheds: relief.sheds.map(({ label, staysDown, sinceMs }) => ({
    label,
    staysDown,
    agoMs: Math.max(0, nowMs - sinceMs),
  })),
  remedyAgoMs: relief.lastRemedyMs === null ? null : Math.max(0, nowMs - relief.lastRemedyMs),
});

const sameButGate = (a: ReliefMemory, b: ReliefMemory): boolean =>
  a.choice === b.choice &&
  a.choiceOver === b.choiceOver &&
  a.gate.wrong === b.gate.wrong &&
  a.sheds.length === b.sheds.length &&
  a.sheds.every((shed, at) => shed.label === b.sheds[at]?.label && shed.staysDown === b.sheds[at]?.staysDown);

/** What is to be written now; null: what is on disk will do. */
export const worthRemembering = (relief: ReliefState, nowMs: number): ReliefMemory | null => {
  const { memory, atMs, remedyMs } = relief.remembered;
  const now = memoryOf(relief, nowMs);
  // A crash must not forget that something was done a moment ago.
  if (remedyMs !== relief.lastRemedyMs) return now;
  if (memory !== null && !sameButGate(memory, now)) return now;
  const isStale = nowMs - atMs >= gateEveryMs && (memory === null || memory.gate.observedMs !== now.gate.observedMs);
  return isStale || (memory === null && now.choice !== null) ? now : null;
};

/** `ageMs`: how long ago it was written. Both are lengths of time: no clock of another run is compared. */
export const recall = (relief: ReliefState, memory: ReliefMemory, ageMs: number, nowMs: number): ReliefState => {
  const lastRemedyMs = memory.remedyAgoMs === null ? null : nowMs - memory.remedyAgoMs - ageMs;
  const sheds = memory.sheds.map(({ label, staysDown, agoMs }) => ({
    label,
    staysDown,
    sinceMs: nowMs - agoMs - ageMs,
    plan: 0,
    restoring: null,
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
    remembered: { memory, atMs: nowMs, remedyMs: lastRemedyMs },
  };
};
