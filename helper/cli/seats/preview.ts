import { type AdmissionAnswer, isServing, type Preview, type SeatState } from '../../protocol/seats.ts';
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

/** "It is ready", "It has failed". */
const stateSentence = (state: SeatState): string =>
  state === 'failed' ? 'It has failed.' : state === 'doomed' ? 'It serves.' : `It is ${stateText(state)}.`;

/** Of a seat that serves nobody asks whether it fits: the sum tells what loading it anew would find. */
const servingLines = ({ admission, said, seat }: Preview): readonly Line[] => [
  [span(`✓ ${said === '' ? 'A request is answered at once.' : printable(said)}`, 'green')],
  [],
  [span(`If ${printable(seat)} were loaded anew:`, 'bold')],
  [],
  ...sumLines(seat, admission),
  [],
  ...clauseLines(admission),
  [],
  [span(`Loaded anew: ${reasonWords[admission.reason]}`, admission.verdict === 'admit' ? 'green' : 'yellow')],
];

export const previewLines = (preview: Preview): readonly Line[] =>
  isServing(preview.state) ? servingLines(preview) : judgedLines(preview);

const judgedLines = ({ seat, state, admission, wouldUnload, wouldFitIf, said }: Preview): readonly Line[] => [
  [span(`Would ${printable(seat)} fit now?`, 'bold'), span(`  ${stateSentence(state)}`, 'dim')],
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
