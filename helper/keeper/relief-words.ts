import { rate, size } from '../protocol/figures.ts';
import type { ActTarget, ActVerbName } from '../protocol/index.ts';
import type { Act, Expectation } from '../relief/acts.ts';

/** What acts are called and what is said of them, wherever a person reads it. Plain sentences, figures with units. */

const verbWords: Readonly<Record<ActVerbName, string>> = {
  freeze: 'Freeze',
  resume: 'Resume',
  shed: 'Shed',
  restore: 'Restore',
  bootout: 'Stop',
  terminate: 'End',
  kill: 'Kill',
  unload: 'Unload',
  purge: 'Flush disk caches',
};

/** "node (pid 45013)", "node (pid 45013) and 3 more", "com.sanctum.memory-vault", "the seat Codestral". */
export const targetWords = (target: ActTarget): string => {
  switch (target.kind) {
    case 'process': {
      const named = target.pid === null ? target.name : `${target.name} (pid ${target.pid})`;
      return target.count > 1 ? `${named} and ${target.count - 1} more` : named;
    }
    case 'seat':
      return `the seat ${target.name}`;
    case 'service':
      return target.name;
    case 'machine':
      return '';
  }
};

/** "Freeze node (pid 45013)", "Shed com.sanctum.memory-vault", "Flush disk caches". */
export const actWords = (verb: ActVerbName, target: ActTarget): string =>
  `${verbWords[verb]} ${targetWords(target)}`.trimEnd();

/** As it is put to the operator: "Freeze node (pid 45013)?". */
export const titleWords = (verb: ActVerbName, target: ActTarget): string => `${actWords(verb, target)}?`;

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
