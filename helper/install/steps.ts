import { faultWords } from './fault-words.ts';
import { type Done, done, notDone } from './launchd.ts';

/** Steps that change the machine, each with its way back: all of them, or none. */

export interface Step {
  /** What it does, in words: a dry run says it before, the run itself after. */
  readonly says: string;
  /** Exactly what is run and written, a line each. */
  readonly exactly: readonly string[];
  readonly run: () => Promise<Done>;
  /** Null: there is nothing to undo. */
  readonly undo: (() => Promise<Done>) | null;
}

export interface Carried {
  readonly done: readonly string[];
  /** Null: all went well. */
  readonly failed: { readonly step: string; readonly why: string } | null;
  readonly undone: readonly string[];
  /** What could not be undone. */
  readonly left: readonly string[];
}

const guarded = async (act: () => Promise<Done>): Promise<Done> => {
  try {
    return await act();
  } catch (fault) {
    return notDone(faultWords(fault));
  }
};

/**
 * A step that failed may have done half of it, so it is undone with the others, last first.
 *
 * @param isInterrupted somebody asked for an end: no other step is begun, and what has been done is undone
 */
export const carryOut = async (
  steps: readonly Step[],
  say: (line: string) => void,
  isInterrupted: () => boolean = () => false,
): Promise<Carried> => {
  const carried: Step[] = [];
  const finished: string[] = [];
  for (const step of steps) {
    carried.push(step);
    const { ok, ...rest } = isInterrupted() ? notDone('it was interrupted') : await guarded(step.run);
    if (ok) {
      finished.push(step.says);
      say('note' in rest && rest.note !== undefined ? rest.note : step.says);
      continue;
    }
    const why = 'why' in rest ? rest.why : '';
    say(`Failed: ${step.says} ${why}.`);
    const undone: string[] = [];
    const left: string[] = [];
    for (const each of carried.reverse()) {
      const back = each.undo === null ? done : await guarded(each.undo);
      if (!back.ok) left.push(`${each.says} This could not be undone: ${back.why}.`);
      else if (each.undo !== null) undone.push(each.says);
    }
    for (const line of left) say(line);
    return { done: finished, failed: { step: step.says, why }, undone, left };
  }
  return { done: finished, failed: null, undone: [], left: [] };
};
