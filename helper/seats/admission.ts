import { forecastClause, knownClause, leakClause, memoryClause, noSuchSeat, wiredClause } from './admission-clauses.ts';
import type {
  Admission,
  AdmissionFacts,
  AdmissionReason,
  Claim,
  ClauseName,
  ForecastFacts,
  ForecastTerms,
  OtherFacts,
  SeatClaimFacts,
} from './admission-terms.ts';

/**
 * Whether a seat may be loaded: arithmetic the operator can read, with every term in the answer.
 *
 *     claim(s) = max(declared peak, measured footprint)      of protected seats and of those that hold their claim
 *     other    = max(processes in no seat + kernel, internal − purgeable + wired + compressor − footprints of seats, 0)
 *     slack(s) = total − claims of all seats except s − other
 *
 * Admitted iff slack ≥ peak, the wired sum fits the limit, the forecast passes, the seat has not leaked, and no term is
 * unknown.
 */

/**
 * xnu `vm_pageout.c`: the kernel's WARN begins below this share of uncompressed in uncompressed + compressed. What must be
 * compressed takes about half its size in the compressor.
 */
const warnRatio = 0.5;
const compressedShare = 0.5;

/** A size that can be reckoned with; anything else is not known. */
const known = (bytes: number | null): number | null =>
  bytes !== null && Number.isFinite(bytes) && bytes >= 0 ? bytes : null;

/** Null as soon as one of them is not known. */
const sum = (terms: readonly (number | null)[]): number | null =>
  terms.reduce<number | null>((total, term) => (total === null || term === null ? null : total + term), 0);

/** Bytes that are there are claimed, whoever started the seat and whatever is believed of it; so are bytes nobody can read. */
const holdsClaim = (seat: SeatClaimFacts): boolean =>
  seat.class === 'protected' || seat.isHeld || seat.footprintBytes !== 0;

const claimOf = (seat: SeatClaimFacts): Claim | null => {
  const declaredBytes = known(seat.peakBytes);
  const measuredBytes = known(seat.footprintBytes);
  if (declaredBytes === null || measuredBytes === null) return null;
  return { seat: seat.name, bytes: Math.max(declaredBytes, measuredBytes), declaredBytes, measuredBytes };
};

const otherOf = (other: OtherFacts, seats: readonly SeatClaimFacts[]): number | null => {
  if (other.kind === 'given') return known(other.bytes);
  const { machine } = other;
  const below = sum([known(other.processesBytes), known(other.kernelBytes)]);
  const seatsBytes = sum(seats.map((seat) => known(seat.footprintBytes)));
  if (machine === null || below === null || seatsBytes === null) return null;
  const used = sum([known(machine.internalBytes), known(machine.wiredBytes), known(machine.compressorBytes)]);
  const purgeable = known(machine.purgeableBytes);
  return used === null || purgeable === null ? null : Math.max(below, used - purgeable - seatsBytes, 0);
};

/** Wired bytes a seat will hold at most, as declared and as seen. */
const wiredOf = (seat: SeatClaimFacts): number | null => {
  const declared = known(seat.wiredBytes);
  const now = known(seat.wiredNowBytes);
  return declared === null || now === null ? null : Math.max(declared, now);
};

const wiredToCome = (seat: SeatClaimFacts): number | null => {
  const all = wiredOf(seat);
  const now = known(seat.wiredNowBytes);
  return all === null || now === null ? null : all - now;
};

/** What a claim has not used yet. */
const unused = (seat: SeatClaimFacts): number | null => {
  const claim = claimOf(seat);
  return claim === null ? null : claim.bytes - claim.measuredBytes;
};

const forecastOf = (
  forecast: Extract<ForecastFacts, { kind: 'evaluated' }>,
  totalBytes: number | null,
  seat: SeatClaimFacts,
  others: readonly SeatClaimFacts[],
): ForecastTerms | null => {
  const { freeBytes, speculativeBytes, cleanFileBackedBytes, purgeableBytes } = forecast;
  // What the seat holds already is in use already: only the rest of its peak is still to come.
  const wanted = sum([seat, ...others].map(unused));
  const met = sum([freeBytes, speculativeBytes, cleanFileBackedBytes, purgeableBytes].map(known));
  const compressed = known(forecast.compressorBytes);
  const wired = sum([known(forecast.wiredBytes), ...[seat, ...others].map(wiredToCome)]);
  if (totalBytes === null || wanted === null || met === null || compressed === null || wired === null) return null;
  const demandBytes = Math.max(0, wanted - met);
  const compressorBytes = compressed + compressedShare * demandBytes;
  const uncompressedBytes = totalBytes - wired - compressorBytes;
  return {
    demandBytes,
    compressorBytes,
    wiredBytes: wired,
    uncompressedBytes,
    distanceBytes: uncompressedBytes - warnRatio * (uncompressedBytes + compressorBytes),
  };
};

const reasonOf = {
  known: 'term_unknown',
  leak: 'wired_leak',
  memory: 'needs_shedding',
  wired: 'wired_limit',
  forecast: 'kernel_would_warn',
} as const satisfies Readonly<Record<ClauseName, AdmissionReason>>;

const unknownSeat = (facts: AdmissionFacts): Admission => ({
  verdict: 'refuse',
  reason: 'unknown_seat',
  terms: {
    totalBytes: known(facts.totalBytes),
    claims: [],
    claimedBytes: null,
    otherBytes: null,
    peakBytes: null,
    wired: null,
    forecast: null,
  },
  slackBytes: null,
  shortfallBytes: null,
  clauses: [noSuchSeat],
});

export const admission = (facts: AdmissionFacts): Admission => {
  const seat = facts.seats.find(({ name }) => name === facts.seat);
  if (seat === undefined) return unknownSeat(facts);
  const others = facts.seats.filter((each) => each !== seat && holdsClaim(each));
  const unknown: string[] = [];
  const need = <T>(term: T | null, name: string): T | null => {
    if (term === null) unknown.push(name);
    return term;
  };

  const totalBytes = need(known(facts.totalBytes), 'the memory of this machine');
  const peakBytes = need(known(seat.peakBytes), `the peak of ${seat.name}`);
  const claims = others.map((each) => need(claimOf(each), `the footprint of ${each.name}`));
  const otherBytes = need(otherOf(facts.other, facts.seats), 'what is in use outside the seats');
  const claimedBytes = sum(claims.map((claim) => claim?.bytes ?? null));
  const slackBytes =
    totalBytes === null || claimedBytes === null || otherBytes === null ? null : totalBytes - claimedBytes - otherBytes;
  const shortfallBytes = slackBytes === null || peakBytes === null ? null : Math.max(0, peakBytes - slackBytes);

  const limit = facts.wiredLimit;
  const limitBytes = limit.kind === 'limit' ? need(known(limit.bytes), 'the wired limit') : null;
  const wiredBytes =
    limit.kind === 'limit' ? need(sum([seat, ...others].map(wiredOf)), 'what the seats hold wired') : null;
  const wired = limitBytes === null || wiredBytes === null ? null : { sumBytes: wiredBytes, limitBytes };

  const { forecast } = facts;
  const forecastTerms = forecast.kind === 'evaluated' ? forecastOf(forecast, totalBytes, seat, others) : null;
  if (forecast.kind !== 'not_evaluated') need(forecastTerms, 'the forecast');

  const clauses = [
    knownClause(unknown),
    leakClause(seat.name, facts.leakers.includes(seat.name)),
    memoryClause(seat.name, slackBytes, peakBytes),
    wiredClause(limit, wired),
    forecastClause(forecast, forecastTerms),
  ];
  const failed = clauses.find(({ outcome }) => outcome === 'fails');
  return {
    verdict: failed === undefined ? 'admit' : 'refuse',
    reason: failed === undefined ? 'fits' : reasonOf[failed.name],
    terms: {
      totalBytes,
      claims: claims.filter((claim) => claim !== null),
      claimedBytes,
      otherBytes,
      peakBytes,
      wired,
      forecast: forecastTerms,
    },
    slackBytes,
    shortfallBytes,
    clauses,
  };
};
