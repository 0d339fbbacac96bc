import { size } from '../protocol/figures.ts';
import type { EnsureAnswer } from '../protocol/index.ts';
import type { Admission, AdmissionFacts } from './admission-terms.ts';
import { neverFitsText } from './never-fits.ts';
import { isShortage } from './room.ts';
import { ensureAnswer, told } from './seat-answers.ts';
import type { SeatTurn } from './seat-world.ts';
import type { Seat } from './seating.ts';

/** A verdict of admission in words: for who is refused, and for the audit log. */

const shortRetrySeconds = 30;
const soonRetrySeconds = 5;

export const protectedText = (name: string): string =>
  `${name} is protected: its own service starts it, not a request.`;

/** What the sum says, for who is refused. */
export const refusalText = (
  name: string,
  { reason, slackBytes, terms, shortfallBytes, clauses }: Admission,
): string => {
  if (reason === 'needs_shedding' && slackBytes !== null && terms.peakBytes !== null && shortfallBytes !== null)
    return `${name} needs ${size(terms.peakBytes)} and ${size(Math.max(0, slackBytes))} are left: ${size(shortfallBytes)} are missing.`;
  return clauses.find(({ outcome }) => outcome === 'fails')?.text ?? `${name} is not admitted.`;
};

const verdictText = (name: string, verdict: Admission): string =>
  verdict.verdict === 'refuse'
    ? refusalText(name, verdict)
    : (verdict.clauses.find((clause) => clause.name === 'memory')?.text ?? '');

/** Asking again is worth it when memory may come back, or a term may be known again. */
export const refused = (facts: AdmissionFacts, seat: Seat, verdict: Admission): EnsureAnswer => {
  const isShort = isShortage(verdict);
  const never = neverFitsText(facts);
  const retryAfterSeconds =
    never !== null ? null : isShort ? shortRetrySeconds : verdict.reason === 'term_unknown' ? soonRetrySeconds : null;
  return ensureAnswer(seat, isShort ? 'needs_shedding' : 'refused', never ?? refusalText(seat.name, verdict), {
    admission: told(verdict),
    retryAfterSeconds,
  });
};

/** Who asks ten times a second is refused as often, and written down once. */
const writeEveryMs = 60_000;

/** A row for a verdict that is new. */
export const writtenDown = (seat: Seat, verdict: Admission, nowMs: number, turn: SeatTurn): Seat => {
  const { reason, terms, slackBytes } = verdict;
  const last = seat.verdict;
  if (reason !== 'fits' && last?.reason === reason && nowMs - last.atMs < writeEveryMs) return seat;
  const { totalBytes, claimedBytes, otherBytes, peakBytes } = terms;
  turn.rows.push({
    kind: 'admission',
    seat: seat.name,
    verdict: verdict.verdict,
    reason,
    totalBytes,
    claimedBytes,
    otherBytes,
    peakBytes,
    slackBytes,
    text: verdictText(seat.name, verdict),
  });
  return { ...seat, verdict: { reason, atMs: nowMs } };
};
