import type { AdmissionAnswer } from '../../helper/protocol/seats.ts';
import type { SeatStatus } from '../../helper/protocol/status.ts';
import { clauseWords, outcomeWords, sumLines } from '../data/seats/sum.ts';
import { Defined } from './defined.tsx';

interface Props {
  readonly seat: string;
  readonly admission: AdmissionAnswer;
  readonly seats: readonly SeatStatus[];
}

/** The arithmetic, a line a term. */
export const Sum = ({ seat, admission, seats }: Props) => (
  <table class="sum" data-testid="sum">
    <caption class="unseen">The sum by which {seat} is judged, in gigabytes</caption>
    <tbody>
      {sumLines(seat, admission, seats).map((line) => (
        <tr key={line.key} class={line.kind}>
          <th scope="row">
            <Defined of={line.defined}>{line.label}</Defined>
          </th>
          <td>{line.figure}</td>
        </tr>
      ))}
    </tbody>
  </table>
);

const OutcomeIcon = ({ outcome }: { readonly outcome: AdmissionAnswer['clauses'][number]['outcome'] }) => (
  <svg class={`icon outcome-icon ${outcome}`} viewBox="0 0 16 16" aria-hidden="true">
    {outcome === 'holds' && <path d="M3 8.5 6.5 12 13 4.5" />}
    {outcome === 'fails' && <path d="M4 4l8 8M12 4l-8 8" />}
    {outcome === 'not_evaluated' && <path d="M4 8h8" />}
  </svg>
);

/** All conditions must hold: which do, which do not, and which this machine cannot judge. */
export const Clauses = ({ admission }: Pick<Props, 'admission'>) => (
  <ul class="clauses" aria-label="Conditions">
    {admission.clauses.map(({ name, outcome, text }) => (
      <li key={name} data-testid="clause" data-outcome={outcome}>
        <OutcomeIcon outcome={outcome} />
        <span class="clause-text">
          <b>{clauseWords[name]}</b> <span class="quiet">{outcomeWords[outcome]}.</span> {text}
        </span>
      </li>
    ))}
  </ul>
);
