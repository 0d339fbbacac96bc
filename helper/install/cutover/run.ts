import { faultWords } from '../fault-words.ts';
import type { Done } from '../launchd.ts';
import { notDone } from '../launchd.ts';
import { write } from './journal.ts';
import type { CutoverPlan } from './plan.ts';
import type { CutoverPorts } from './ports.ts';
import { type RolledBack, rollBack, type Undone } from './rollback.ts';
import { carryOut } from './step.ts';
import { stepText } from './words.ts';

/** Carries a plan out, step by step, each written down beforehand; at the first that fails, all are undone. */

export type Progress =
  | { readonly kind: 'begin'; readonly at: number; readonly text: string }
  | { readonly kind: 'end'; readonly at: number; readonly result: Done }
  | { readonly kind: 'undo'; readonly undone: Undone };

export type CutoverEnd =
  | { readonly kind: 'complete'; readonly notes: readonly string[] }
  /** `why`: the step that failed, and how. */
  | { readonly kind: 'undone'; readonly why: string; readonly rolledBack: RolledBack }
  | { readonly kind: 'stuck'; readonly why: string; readonly rolledBack: RolledBack };

export const runPlan = async (
  plan: CutoverPlan,
  ports: CutoverPorts,
  tell: (progress: Progress) => void,
): Promise<CutoverEnd> => {
  const begun = new Set<number>();
  const notes: string[] = [];

  const attempt = async (i: number): Promise<Done> => {
    const step = plan.steps[i];
    if (step === undefined) throw new Error(`there is no step ${i}`);
    if (ports.isInterrupted()) return notDone('it was interrupted');
    try {
      // Not one step is begun that a next start could not know of.
      if (i === 0) write(ports.files, plan.stamp, { kind: 'plan', version: 1, plan });
      write(ports.files, plan.stamp, { kind: 'intent', step: i });
      begun.add(i);
      const result = await carryOut(step, plan, ports);
      if (result.ok) write(ports.files, plan.stamp, { kind: 'done', step: i });
      return result;
    } catch (fault) {
      return notDone(faultWords(fault));
    }
  };

  const undoAll = async (why: string): Promise<CutoverEnd> => {
    const rolledBack = await rollBack({ plan, begun }, ports, (undone) => tell({ kind: 'undo', undone }));
    return { kind: rolledBack.ok ? 'undone' : 'stuck', why, rolledBack };
  };

  for (const [i, step] of plan.steps.entries()) {
    const text = stepText(step, plan);
    tell({ kind: 'begin', at: i + 1, text });
    const result = await attempt(i);
    tell({ kind: 'end', at: i + 1, result });
    if (!result.ok) return undoAll(`${text} ${result.why}`);
    if (result.note !== undefined) notes.push(result.note);
  }
  try {
    write(ports.files, plan.stamp, { kind: 'end', outcome: 'complete' });
  } catch (fault) {
    return undoAll(`The end could not be written down: ${faultWords(fault)}`);
  }
  return { kind: 'complete', notes };
};
