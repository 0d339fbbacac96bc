import { rate, size } from '../../protocol/figures.ts';
import type { Act, Expectation } from '../../relief/acts.ts';

/** What is expected of acts and why they are left alone, in plain sentences, figures with units. */

const bytesBack = ({ bytes, counter }: Expectation): string =>
  bytes <= 0
    ? 'How much it frees is not known beforehand.'
    : `Would free about ${size(bytes)}${counter === 'wired' ? ' of wired memory' : ''}.`;

/** What an act is expected to do, stated before it is done. */
export const expectedWords = (act: Act, expected: Expectation): string => {
  switch (act.verb) {
    case 'freeze':
      return expected.bytesPerSecond > 0
        ? `Stops growth of ${rate(expected.bytesPerSecond)}; frees no memory by itself.`
        : 'Stops its growth; frees no memory by itself.';
    case 'kill':
      return `${bytesBack(expected)} It cannot be undone.`;
    case 'terminate':
      return `${bytesBack(expected)} It may save its work first; it cannot be undone.`;
    case 'bootout':
      return `${bytesBack(expected)} It is told to end and finishes what it has in hand.`;
    case 'recover':
      return 'It answers ten prompts when it runs again. It cannot be undone.';
    case 'fallback':
      return `${act.label} answers in the place of ${act.seat}.`;
    case 'fallback_end':
      return `${act.label} ends, and ${act.seat} can be loaded again.`;
    case 'shed':
      return `${bytesBack(expected)} It is brought back when memory is calm.`;
    case 'unload':
      return `${bytesBack(expected)} The next request to ${act.model} loads it again.`;
    case 'purge':
      return 'Frees cached files only; the next minute may be slower.';
    case 'restore':
      return `${act.label} runs again.`;
    case 'resume':
      return 'It goes on where it was stopped.';
  }
};

/** Why a target is left alone. */
export const suppressedWords = (useless: number): string =>
  `Acting on it ${useless === 1 ? 'once' : useless === 2 ? 'twice' : `${useless} times`} did not help; it is left alone for now.`;

/** What would help instead, when the largest footprint is known. */
export const wouldHelpWords = (largest: { readonly name: string; readonly bytes: number } | null): string =>
  largest === null
    ? 'What would help is not known: no process has been read yet.'
    : `The largest footprint is ${largest.name} with ${size(largest.bytes)}: less of that would help.`;

/** Said in a list that was cut. */
export const moreWords = (count: number): string => `and ${count} more`;
