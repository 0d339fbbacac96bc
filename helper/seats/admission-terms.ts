import type { SeatConfig } from '../config/config.ts';

/**
 * What admission is reckoned from, all sizes bytes. Null is a term that should be known and is not: it refuses.
 * `not_evaluated` is a term this machine cannot have: it is shown and refuses nothing.
 */

/** One seat as admission sees it. */
export interface SeatClaimFacts {
  readonly name: string;
  readonly class: SeatConfig['class'];
  /** Declared. */
  readonly peakBytes: number;
  readonly wiredBytes: number;
  /** Of all its processes now; 0 when it does not run. */
  readonly footprintBytes: number | null;
  /** What it holds wired now, as measured; 0 when it does not run. */
  readonly wiredNowBytes: number | null;
  /**
   * An on-call seat holds its claim from the moment it is admitted until it has ended and its bytes are back: also while
   * it drains, is frozen, has failed or has lost its model. A protected seat always does, whatever is said here.
   */
  readonly isHeld: boolean;
}

/** What is in use outside all seats. */
export type OtherFacts =
  | { readonly kind: 'given'; readonly bytes: number }
  | {
      readonly kind: 'measured';
      /** Footprints of processes in no seat. */
      readonly processesBytes: number | null;
      /** Wired pages that no process or seat explains. */
      readonly kernelBytes: number | null;
      /** Counters of the machine, as a check from above: what no footprint tells of is in use as well. */
      readonly machine: {
        /** Anonymous pages, with those that are purgeable; a figure that leaves them out goes with `purgeableBytes: 0`. */
        readonly internalBytes: number;
        readonly purgeableBytes: number;
        readonly wiredBytes: number;
        readonly compressorBytes: number;
      } | null;
    };

interface NotEvaluated {
  readonly kind: 'not_evaluated';
  /** For the operator: "this machine does not show …". */
  readonly why: string;
}

export type WiredLimitFacts = { readonly kind: 'limit'; readonly bytes: number | null } | NotEvaluated;

export type ForecastFacts =
  | {
      readonly kind: 'evaluated';
      readonly freeBytes: number;
      readonly speculativeBytes: number;
      /** File-backed pages that can be dropped without writing. */
      readonly cleanFileBackedBytes: number;
      readonly purgeableBytes: number;
      readonly compressorBytes: number;
      readonly wiredBytes: number;
    }
  | { readonly kind: 'unknown' }
  | NotEvaluated;

export interface AdmissionFacts {
  readonly totalBytes: number | null;
  /** Name of the seat that is asked for. */
  readonly seat: string;
  readonly seats: readonly SeatClaimFacts[];
  readonly other: OtherFacts;
  readonly wiredLimit: WiredLimitFacts;
  readonly forecast: ForecastFacts;
  /** Seats whose wired memory did not come back: they are not loaded again. */
  readonly leakers: readonly string[];
}

/** What one seat other than the one asked for keeps for itself. */
export interface Claim {
  readonly seat: string;
  /** The larger of the next two. */
  readonly bytes: number;
  readonly declaredBytes: number;
  readonly measuredBytes: number;
}

/** The sum, written out. Null: not known. */
export interface AdmissionTerms {
  readonly totalBytes: number | null;
  readonly claims: readonly Claim[];
  readonly claimedBytes: number | null;
  readonly otherBytes: number | null;
  /** Of the seat asked for. */
  readonly peakBytes: number | null;
  readonly wired: { readonly sumBytes: number; readonly limitBytes: number } | null;
  readonly forecast: ForecastTerms | null;
}

/** What memory would look like with every claim used; the kernel warns when less than half of A is uncompressed. */
export interface ForecastTerms {
  /** Demand that free and droppable memory does not meet. */
  readonly demandBytes: number;
  readonly compressorBytes: number;
  readonly wiredBytes: number;
  /** NC′: neither wired nor held by the compressor. */
  readonly uncompressedBytes: number;
  /** NC′ − 0.50·(NC′ + C′): negative when the kernel would warn. */
  readonly distanceBytes: number;
}

export const clauseNames = ['known', 'leak', 'memory', 'wired', 'forecast'] as const;
export type ClauseName = (typeof clauseNames)[number];

export interface Clause {
  readonly name: ClauseName;
  readonly outcome: 'holds' | 'fails' | 'not_evaluated';
  /** One sentence with its figures. */
  readonly text: string;
}

/** `fits`, or why not: the first clause that fails, in their order. */
export type AdmissionReason =
  | 'fits'
  | 'unknown_seat'
  | 'term_unknown'
  | 'wired_leak'
  | 'needs_shedding'
  | 'wired_limit'
  | 'kernel_would_warn';

export interface Admission {
  readonly verdict: 'admit' | 'refuse';
  readonly reason: AdmissionReason;
  readonly terms: AdmissionTerms;
  /** What is left when every other claim is honoured; negative when they alone are too much. Null: not known. */
  readonly slackBytes: number | null;
  /** What is missing for the peak; 0 when it fits. Null: not known. */
  readonly shortfallBytes: number | null;
  readonly clauses: readonly Clause[];
}
