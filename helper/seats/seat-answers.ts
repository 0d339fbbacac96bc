import type { AdmissionAnswer, EnsureAnswer, ReleaseAnswer } from '../protocol/index.ts';
import type { Admission } from './admission-terms.ts';
import type { SeatAnswer } from './events.ts';
import type { Ask, Seat } from './seating.ts';

/** Answers to who asked for a seat, each with a sentence. */

/** The same value for the wire, where lists are not read-only. */
export const told = ({ terms, clauses, ...rest }: Admission): AdmissionAnswer => ({
  ...rest,
  terms: { ...terms, claims: [...terms.claims] },
  clauses: [...clauses],
});

export const ensureAnswer = (
  seat: Seat,
  outcome: EnsureAnswer['outcome'],
  said: string,
  { admission = null, retryAfterSeconds = null }: Partial<Pick<EnsureAnswer, 'admission' | 'retryAfterSeconds'>> = {},
): EnsureAnswer => ({ seat: seat.name, outcome, state: seat.state, admission, retryAfterSeconds, said });

/** Nobody is told what the keeper itself wanted. */
export const answersOf = (asks: readonly Pick<Ask, 'request'>[], answer: EnsureAnswer): readonly SeatAnswer[] =>
  asks.flatMap(({ request }) => (request === null ? [] : [{ request, ok: true, kind: 'ensure', answer } as const]));

export const releaseAnswer = (
  request: number,
  { name, state }: Seat,
  outcome: ReleaseAnswer['outcome'],
  said: string,
): SeatAnswer => ({ request, ok: true, kind: 'release', answer: { seat: name, outcome, state, said } });
