import type { CutoverPlan } from '../../install/cutover/plan.ts';
import type { RolledBack, Undone } from '../../install/cutover/rollback.ts';
import type { Progress } from '../../install/cutover/run.ts';
import { backupPath, stepText, undoText } from '../../install/cutover/words.ts';
import type { Io } from '../command.ts';
import { printable } from '../printable.ts';
import type { CutoverOutput } from './output.ts';

/** What a cutover says of itself, as it goes and at its end. */

export const sayLine = ({ out }: Io, line: string): void => out.write(`${printable(line)}\n`);

const behind = '     ';

export const planLines = (plan: CutoverPlan): readonly string[] =>
  plan.steps.flatMap((step, i) => {
    const undo = undoText(step, plan);
    const line = numbered(i + 1, stepText(step, plan));
    return undo === null ? [line] : [line, `${behind}To undo it: ${undo}`];
  });

export const numbered = (at: number, text: string): string => `${String(at).padStart(3)}. ${text}`;

export const sayUndone = (io: Io, { text, result }: Undone): void => {
  sayLine(io, `   - ${text}`);
  if (!result.ok) sayLine(io, `${behind}failed: ${result.why}`);
  else if (result.note !== undefined) sayLine(io, `${behind}${result.note}`);
};

/** Says each step as it begins, and how it ended where that is not simply well. */
export const progressOf =
  (io: Io): ((progress: Progress) => void) =>
  (progress) => {
    switch (progress.kind) {
      case 'begin':
        return sayLine(io, numbered(progress.at, progress.text));
      case 'end':
        if (!progress.result.ok) {
          sayLine(io, `${behind}failed: ${progress.result.why}`);
          sayLine(io, 'What has been done is undone:');
        } else if (progress.result.note !== undefined) sayLine(io, `${behind}${progress.result.note}`);
        return;
      case 'undo':
        return sayUndone(io, progress.undone);
    }
  };

/** Steps as they are planned, with what became of those that `ends` tells of. */
export const stepsOf = (
  plan: CutoverPlan,
  ends: readonly Extract<Progress, { kind: 'end' }>[] = [],
): CutoverOutput['steps'] =>
  plan.steps.map((step, i) => {
    const result = ends.find(({ at }) => at === i + 1)?.result;
    return {
      text: stepText(step, plan),
      undo: undoText(step, plan),
      state: result === undefined ? 'planned' : result.ok ? 'done' : 'failed',
      why: result === undefined || result.ok ? null : result.why,
    };
  });

export const undoneOf = ({ steps }: Pick<RolledBack, 'steps'>): CutoverOutput['undone'] =>
  steps.map(({ text, result }) => ({
    text,
    state: result.ok ? 'done' : 'failed',
    why: result.ok ? null : result.why,
  }));

export const notesOf = ({ steps }: Pick<RolledBack, 'steps'>): readonly string[] =>
  steps.flatMap(({ result }) => (result.ok && result.note !== undefined ? [result.note] : []));

export const emptyOutput: CutoverOutput = {
  outcome: 'nothing',
  problems: [],
  warnings: [],
  steps: [],
  undone: [],
  notes: [],
  backup: null,
};

export const backupOf = (plan: CutoverPlan): string => backupPath(plan);
