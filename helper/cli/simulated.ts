import { ask } from './ask.ts';
import type { Place } from './place.ts';

/** Commands that look at this machine themselves say so when the keeper of their run directory looks at another one. */

/** Whether the keeper of this place simulates its machine; false when none answers. */
export const isSimulated = async (place: Place): Promise<boolean> => {
  const answer = await ask(place, 'read.status', {});
  return answer.ok && answer.result.keeper.host === 'sim';
};

export const realMachineNote = 'This is the real machine; the keeper in this run directory simulates one.';

/** What holds without a castellan.toml. */
export const withoutFile = (simulated: boolean): string =>
  simulated ? "the simulated machine's own policy holds" : 'the compiled defaults hold';
