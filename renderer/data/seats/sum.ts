import type { AdmissionAnswer, Preview, SeatState } from '../../../helper/protocol/seats.ts';
import type { SeatStatus } from '../../../helper/protocol/status.ts';
import { gb, gbFigure, size } from '../../text/format.ts';
import type { Figure } from '../definitions.ts';

/** The sum of admission as lines one reads from the top, with the terms the keeper gave and no arithmetic of its own. */

export interface SumLine {
  readonly key: string;
  readonly label: string;
  /** GB, with a minus where it is taken off; `not known` where a term is not. */
  readonly figure: string;
  readonly kind: 'term' | 'result';
  readonly defined: Figure;
}

const notKnown = 'not known';
const figure = (bytes: number | null, sign = ''): string =>
  bytes === null ? notKnown : `${sign}${gbFigure(bytes)} GB`;

/** Why so much is kept: what was declared, or what it holds beyond that. */
const claimLabel = (
  { seat, declaredBytes, measuredBytes }: AdmissionAnswer['terms']['claims'][number],
  seats: readonly SeatStatus[],
): string => {
  if (measuredBytes > declaredBytes) return `Held by ${seat} (more than declared)`;
  const isProtected = seats.find(({ name }) => name === seat)?.class === 'protected';
  return `Kept for ${seat} (peak, ${isProtected ? 'always' : 'while loaded'})`;
};

export const sumLines = (
  seat: string,
  { terms, slackBytes }: AdmissionAnswer,
  seats: readonly SeatStatus[],
): readonly SumLine[] => [
  { key: 'total', label: 'Installed', figure: figure(terms.totalBytes), kind: 'term', defined: 'sum_total' },
  ...terms.claims.map(
    (claim): SumLine => ({
      key: `claim ${claim.seat}`,
      label: claimLabel(claim, seats),
      figure: figure(claim.bytes, '−'),
      kind: 'term',
      defined: 'sum_claim',
    }),
  ),
  {
    key: 'other',
    label: 'Everything else now',
    figure: figure(terms.otherBytes, '−'),
    kind: 'term',
    defined: 'sum_other',
  },
  { key: 'left', label: 'Left', figure: figure(slackBytes), kind: 'result', defined: 'sum_left' },
  {
    key: 'peak',
    label: `${seat} needs (declared peak)`,
    figure: figure(terms.peakBytes),
    kind: 'term',
    defined: 'declared_peak',
  },
];

/** Small shortfalls in MB: "0.0 GB short" would be no answer. */
const short = (bytes: number | null): string => (bytes === null || bytes <= 0 ? '' : `: ${size(bytes)} short`);

export const verdictText = (admission: AdmissionAnswer): string => {
  const { reason, slackBytes, shortfallBytes, terms } = admission;
  switch (reason) {
    case 'fits': {
      const spare = slackBytes === null || terms.peakBytes === null ? null : slackBytes - terms.peakBytes;
      return spare === null ? 'Fits.' : `Fits: ${gb(spare)} to spare.`;
    }
    case 'needs_shedding':
      return `Does not fit${short(shortfallBytes)}.`;
    case 'wired_limit':
      return 'Does not fit under the wired limit.';
    case 'kernel_would_warn':
      return 'Does not fit: the kernel would warn.';
    case 'wired_leak':
      return 'Not loaded: wired memory it left behind is missing.';
    case 'term_unknown':
      return 'Cannot be judged: a figure is not known.';
    case 'unknown_seat':
      return 'There is no such seat.';
  }
};

export const clauseWords: Readonly<Record<AdmissionAnswer['clauses'][number]['name'], string>> = {
  known: 'Figures',
  leak: 'Leaks',
  memory: 'Memory',
  wired: 'Wired limit',
  forecast: 'Kernel',
};

export const outcomeWords: Readonly<Record<AdmissionAnswer['clauses'][number]['outcome'], string>> = {
  holds: 'holds',
  fails: 'fails',
  not_evaluated: 'not evaluated',
};

/** States in which a request is answered; the renderer takes no values of the helper, only types. */
const serving: ReadonlySet<SeatState> = new Set(['ready', 'busy', 'idle', 'doomed']);
export const serves = (state: SeatState): boolean => serving.has(state);

export interface Headline {
  readonly verdict: 'admit' | 'refuse';
  readonly title: string;
  /** Above the sum, when it is that of another moment than now; empty: it is what a request meets. */
  readonly sumTitle: string;
}

/** What a request gets: of a seat that serves the sum only tells what loading it anew would meet. */
export const headlineOf = ({ state, admission }: Preview): Headline =>
  serves(state)
    ? { verdict: 'admit', title: 'Serves already.', sumTitle: `Loaded anew: ${verdictText(admission)}` }
    : { verdict: admission.verdict, title: verdictText(admission), sumTitle: '' };

/** "Would Codestral fit now?"; of a seat that serves nobody asks that. */
export const sheetTitle = (seat: string, state: SeatState | undefined): string => {
  if (seat === '') return 'What would fit now?';
  return state !== undefined && serves(state) ? `${seat} serves` : `Would ${seat} fit now?`;
};

/** The answer as one spoken line: verdict first. */
export const spokenVerdict = (preview: Preview): string =>
  `${preview.seat}. ${headlineOf(preview).title} ${preview.said} ${headlineOf(preview).sumTitle}`
    .trim()
    .replaceAll(' GB', ' gigabytes')
    .replaceAll(' MB', ' megabytes');
