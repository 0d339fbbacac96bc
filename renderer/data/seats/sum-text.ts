import type { Preview } from '../../../helper/protocol/seats.ts';
import type { SeatStatus } from '../../../helper/protocol/status.ts';
import { clauseWords, headlineOf, outcomeWords, sumLines } from './sum.ts';

/** The answer to "would it fit" as text, to be pasted into a message: verdict, the whole sum, what would help, conditions. */
export const sumText = (preview: Preview, seats: readonly SeatStatus[]): string => {
  const { seat, said, admission, wouldUnload, wouldFitIf } = preview;
  const { title, sumTitle } = headlineOf(preview);
  const lines = sumLines(seat, admission, seats);
  const wide = Math.max(...lines.map(({ label }) => label.length));
  const figures = Math.max(...lines.map(({ figure }) => figure.length));
  const listed = (head: string, texts: readonly string[]): readonly string[] =>
    texts.length === 0 ? [] : ['', head, ...texts.map((text) => `- ${text}`)];
  return [
    `${seat}: ${title}`,
    said,
    ...(sumTitle === '' ? [] : [sumTitle]),
    '',
    ...lines.map(({ label, figure }) => `${label.padEnd(wide)}  ${figure.padStart(figures)}`),
    ...listed('Unloaded first, being idle:', wouldUnload),
    ...listed('Would fit if:', wouldFitIf),
    ...listed(
      'Conditions:',
      admission.clauses.map(({ name, outcome, text }) => `${clauseWords[name]} ${outcomeWords[outcome]}. ${text}`),
    ),
  ]
    .filter((line, at, all) => line !== '' || all[at - 1] !== '')
    .join('\n');
};
