import type { Explanation } from '../../protocol/relief.ts';
import { ask } from '../ask.ts';
import { type Command, failed, jsonOption, runDirOption } from '../command.ts';
import { timeOfDay } from '../figures.ts';
import { placeOf } from '../place.ts';
import { printable, width } from '../printable.ts';
import { tell } from '../relief/print.ts';
import { levelWords } from '../status/words.ts';

const padded = (cells: readonly string[]): string => {
  const widest = Math.max(0, ...cells.map(width));
  return ' '.repeat(widest);
};

/** Columns as wide as their longest cell, the last one as long as it is. */
const table = (rows: readonly (readonly string[])[]): readonly string[] => {
  const spaces = (rows[0] ?? []).slice(0, -1).map((_, at) => padded(rows.map((row) => row[at] ?? '')));
  return rows.map((row) =>
    row
      .map((cell, at) => `${cell}${(spaces[at] ?? '').slice(width(cell))}`)
      .join('  ')
      .trimEnd(),
  );
};

/** What a keeper says of an act only where there was one in question: without any there is no column for it. */
const passedOverLines = (passedOver: Explanation['passedOver']): readonly string[] => {
  const hasActs = passedOver.some(({ act }) => act !== undefined);
  const row = (act: string, ...others: readonly string[]): readonly string[] => (hasActs ? [act, ...others] : others);
  return table([
    row('ACT', 'PASSED OVER', 'REASON', 'WHY'),
    ...passedOver.map(({ act = '-', target, code, text }) => row(act, target, code, text).map(printable)),
  ]);
};

const explanationLines = ({ atMs, level, chosen, noop, passedOver }: Explanation): readonly string[] => [
  `${timeOfDay(atMs)}  ${levelWords[level].word}`,
  chosen === null ? noop : `Chosen: ${chosen}`,
  '',
  ...(passedOver.length === 0 ? ['Nothing was passed over.'] : passedOverLines(passedOver)),
];

export const explainCommand: Command = {
  name: 'explain',
  summary: 'what the last judgement chose, or why nothing, and what it passed over',
  options: { json: jsonOption, 'run-dir': runDirOption },
  run: async (parsed, io) => {
    const answer = await ask(placeOf(parsed, io), 'read.explain', {});
    if (!answer.ok) return failed(answer.failure);
    return tell(parsed, io, answer.result, explanationLines(answer.result));
  },
};
