import type { AdmissionAnswer, Preview } from '../../protocol/seats.ts';
import { type Line, span } from '../lines.ts';
import { printable } from '../printable.ts';
import { sumLines } from './sum.ts';
import { clauseLines, stateText } from './words.ts';

/** Whether a seat would fit now: the sum, the conditions, and what would help. */

const reasonWords: Readonly<Record<AdmissionAnswer['reason'], string>> = {
  fits: 'It fits.',
  unknown_seat: 'There is no seat of that name.',
  term_unknown: 'It cannot be told: not every term is known.',
  wired_leak: 'It is not loaded again while its wired memory is missing: `castellan relief clear-leak`.',
  needs_shedding: 'It does not fit: there is not enough memory.',
  wired_limit: 'It does not fit: the GPU may not hold so much wired memory.',
  kernel_would_warn: 'It does not fit: the kernel itself would be short of memory.',
};

export const verdictLine = ({ verdict, reason }: AdmissionAnswer): Line =>
  verdict === 'admit' ? [span(`✓ ${reasonWords[reason]}`, 'green')] : [span(`✕ ${reasonWords[reason]}`, 'red')];

export const previewLines = ({ seat, state, admission, wouldUnload, wouldFitIf, said }: Preview): readonly Line[] => [
  [span(`Would ${printable(seat)} fit now?`, 'bold'), span(`  It is ${stateText(state)}.`, 'dim')],
  [],
  ...sumLines(seat, admission),
  [],
  ...clauseLines(admission),
  [],
  verdictLine(admission),
  ...(wouldUnload.length === 0
    ? []
    : [[span(`A request would first unload ${wouldUnload.map(printable).join(', ')}, and then it fits.`)]]),
  ...wouldFitIf.map(
    (text, at): Line => [span(`${at === 0 ? 'It would fit if:' : '                '} ${printable(text)}`)],
  ),
  ...(said === '' ? [] : [[span(printable(said))]]),
];
