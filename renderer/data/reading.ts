import { type ReadonlySignal, signal } from '@preact/signals';
import type { Bridge, ReadVerb } from '../../app/ipc/contract.ts';
import type { VerbArgs, VerbResult } from '../../helper/protocol/verbs.ts';
import { couldNotAsk } from '../text/helper-words.ts';

/** What a page asks of the keeper while it is open: at once, and again when told to. The last answer stays when the next fails. */

export interface Reading<V extends ReadVerb> {
  readonly answer: ReadonlySignal<{ readonly result: VerbResult<V>; readonly atMs: number } | null>;
  /** Why there is no newer answer; empty: there is. */
  readonly problem: ReadonlySignal<string>;
  /** Nothing while the question before is not answered. */
  readonly refresh: () => void;
}

export const createReading = <V extends ReadVerb>(
  bridge: Pick<Bridge, 'read'>,
  verb: V,
  args: VerbArgs<V>,
  now: () => number,
): Reading<V> => {
  const answer = signal<{ readonly result: VerbResult<V>; readonly atMs: number } | null>(null);
  const problem = signal('');
  let isAsking = false;
  const ask = async (): Promise<void> => {
    isAsking = true;
    try {
      const given = await bridge.read(verb, args);
      if (given.ok) {
        answer.value = { result: given.result, atMs: now() };
        problem.value = '';
      } else problem.value = `${given.failure.message} ${given.failure.todo}`.trim();
    } catch {
      problem.value = couldNotAsk;
    } finally {
      isAsking = false;
    }
  };
  return {
    answer,
    problem,
    refresh: () => {
      if (!isAsking) void ask();
    },
  };
};
