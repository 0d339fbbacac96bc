import { size } from '../protocol/figures.ts';
import type { AdmissionFacts, SeatClaimFacts } from './admission-terms.ts';

/**
 * A seat that could not be loaded on an empty machine: protected seats keep their declared peaks always, and what they
 * leave is less than this one's. No waiting and no unloading helps, only another declaration.
 */

/** Bytes that are left beside the declared peaks of the other protected seats; null: a term is not known. */
const mostBytes = ({ totalBytes, seats }: AdmissionFacts, seat: SeatClaimFacts): number | null => {
  if (totalBytes === null) return null;
  const kept = seats.filter((each) => each !== seat && each.class === 'protected');
  return kept.reduce((left, { peakBytes }) => left - peakBytes, totalBytes);
};

const lacking = (facts: AdmissionFacts): { readonly seat: SeatClaimFacts; readonly mostBytes: number } | null => {
  const seat = facts.seats.find(({ name }) => name === facts.seat);
  const most = seat === undefined ? null : mostBytes(facts, seat);
  return seat === undefined || most === null || seat.peakBytes <= most ? null : { seat, mostBytes: most };
};

export const neverFits = (facts: AdmissionFacts): boolean => lacking(facts) !== null;

/** For who is refused because of it; null: it may fit one day. */
export const neverFitsText = (facts: AdmissionFacts): string | null => {
  const found = lacking(facts);
  if (found === null) return null;
  const { seat } = found;
  const others = facts.seats.filter((each) => each !== seat && each.class === 'protected').map(({ name }) => name);
  const needs = `${seat.name} can never fit on this machine: it needs ${size(seat.peakBytes)}, and`;
  return others.length === 0
    ? `${needs} ${size(found.mostBytes)} are installed. Lower its peak.`
    : `${needs} ${size(Math.max(0, found.mostBytes))} are left beside what is always kept for ${others.join(', ')}. Lower its peak or remove a protected seat.`;
};
