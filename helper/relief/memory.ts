import { gateMemory, restoreGate } from './gate.ts';
import type { ReliefMemory, ReliefState } from './state.ts';

/**
 * What the next start should know: what the operator chose, how far the gate has counted, and what is down because we shed
 * it. Losing it makes the keeper more careful: it begins in the dry run, and what is down stays down until it is brought back.
 */

/** The count of the gate alone is worth a write this often. */
const gateEveryMs = 60_000;

export const memoryOf = (relief: ReliefState): ReliefMemory => ({
  choice: relief.choice,
  choiceOver: relief.choiceOver,
  gate: gateMemory(relief.gate),
  sheds: relief.sheds.map(({ label, staysDown }) => ({ label, staysDown })),
});

const sameButGate = (a: ReliefMemory, b: ReliefMemory): boolean =>
  a.choice === b.choice &&
  a.choiceOver === b.choiceOver &&
  a.gate.wrong === b.gate.wrong &&
  a.sheds.length === b.sheds.length &&
  a.sheds.every((shed, at) => shed.label === b.sheds[at]?.label && shed.staysDown === b.sheds[at]?.staysDown);

/** What is to be written now; null: what is on disk will do. */
export const worthRemembering = (relief: ReliefState, nowMs: number): ReliefMemory | null => {
  const { memory, atMs } = relief.remembered;
  const now = memoryOf(relief);
  if (memory !== null && !sameButGate(memory, now)) return now;
  const isStale = nowMs - atMs >= gateEveryMs && (memory === null || memory.gate.observedMs !== now.gate.observedMs);
  return isStale || (memory === null && now.choice !== null) ? now : null;
};

export const recall = (relief: ReliefState, memory: ReliefMemory, nowMs: number): ReliefState => ({
  ...relief,
  choice: memory.choice,
  choiceOver: memory.choiceOver,
  gate: restoreGate(memory.gate),
  sheds: memory.sheds.map(({ label, staysDown }) => ({ label, staysDown, sinceMs: nowMs, plan: 0, restoring: null })),
  remembered: { memory, atMs: nowMs },
});
