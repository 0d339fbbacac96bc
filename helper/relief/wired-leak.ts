import type { AuditFacts } from '../journal/audit.ts';
import { size } from '../protocol/figures.ts';

/**
 * Wired memory that does not come back after a seat ended. A process that held a large wired model and was killed has
 * been reported to leak it until the machine is restarted; admission must then count with less memory, and loading the
 * same seat again would lose as much once more.
 */

/** Less is not told from the noise of the rest of the machine. */
const leastShareBytes = 2 * 2 ** 30;
/** So much of the share must have come back. */
const returnedShare = 0.5;
const firstLookMs = 30_000;
const secondLookMs = 90_000;
/** Two looks that lie together are one. */
const looksApartMs = 30_000;

/** What wired memory looks like at one moment, bytes. */
export interface WiredReading {
  /** All of the machine; null: not readable now. */
  readonly wiredBytes: number | null;
  /** What the seats that run hold of it, as measured. */
  readonly seatsWiredBytes: number;
  /** A seat is loading: whatever is wired now tells nothing of the one that ended. */
  readonly isLoading: boolean;
}

interface Share {
  readonly seat: string;
  readonly shareBytes: number;
  /** What is wired outside all seats once the share is back. */
  readonly restBytes: number;
}

/** A seat ended and its wired share is waited for. */
export interface LeakWatch extends Share {
  readonly exitMs: number;
  /** When it was found missing for the first time. */
  readonly missingMs: number | null;
}

export interface Leak extends Share {
  /** What was missing when it was found. */
  readonly bytes: number;
  readonly sinceMs: number;
}

export interface LeakState {
  readonly watches: readonly LeakWatch[];
  readonly leaks: readonly Leak[];
}

/** Also what a new boot begins with: nothing survives it, so nothing of this is kept on disk. */
export const noLeak: LeakState = { watches: [], leaks: [] };

/**
 * A seat has ended. `wiredBytes` is all of the machine's in the last reading in which it lived, `shareBytes` what it held
 * of that as measured, `othersWiredBytes` what the other seats held. A share under 2 GB, or one that is not known, is
 * not watched.
 */
export const watchExit = (
  state: LeakState,
  nowMs: number,
  exit: {
    readonly seat: string;
    readonly shareBytes: number | null;
    readonly wiredBytes: number | null;
    readonly othersWiredBytes: number;
  },
): LeakState => {
  const { seat, shareBytes, wiredBytes } = exit;
  if (shareBytes === null || wiredBytes === null || !(shareBytes >= leastShareBytes)) return state;
  const watch: LeakWatch = {
    seat,
    shareBytes,
    restBytes: wiredBytes - shareBytes - exit.othersWiredBytes,
    exitMs: nowMs,
    missingMs: null,
  };
  return { ...state, watches: [...state.watches.filter((each) => each.seat !== seat), watch] };
};

const row = (seat: string, detail: string): AuditFacts => ({
  kind: 'observed',
  what: 'wired_leak',
  target: seat,
  detail,
});

/** Bytes of the share that are still wired although nobody holds them. */
const missingOf = (share: Share, reading: WiredReading, wiredBytes: number): number =>
  Math.min(wiredBytes - reading.seatsWiredBytes - share.restBytes, share.shareBytes);

/** Less than half of the share came back. */
const isMissing = (share: Share, missingBytes: number): boolean =>
  share.shareBytes - missingBytes < returnedShare * share.shareBytes;

/** Once a slot. Latches what is missing 30 s and again 90 s after the exit, and lets go of what came back. */
export const observeLeak = (
  state: LeakState,
  nowMs: number,
  reading: WiredReading,
): { readonly state: LeakState; readonly rows: readonly AuditFacts[] } => {
  const { wiredBytes } = reading;
  if (state.watches.length === 0 && state.leaks.length === 0) return { state, rows: [] };
  const watched = reading.isLoading ? [] : state.watches;
  if (wiredBytes === null || !Number.isFinite(wiredBytes))
    return { state: watched === state.watches ? state : { ...state, watches: watched }, rows: [] };
  const rows: AuditFacts[] = [];
  const leaks: Leak[] = [];
  for (const leak of state.leaks) {
    if (isMissing(leak, missingOf(leak, reading, wiredBytes))) leaks.push(leak);
    else rows.push(row(leak.seat, 'its wired memory came back'));
  }
  const watches: LeakWatch[] = [];
  for (const watch of watched) {
    const sinceExitMs = nowMs - watch.exitMs;
    const bytes = missingOf(watch, reading, wiredBytes);
    if (sinceExitMs < firstLookMs) watches.push(watch);
    else if (!isMissing(watch, bytes)) continue;
    else if (watch.missingMs === null) watches.push({ ...watch, missingMs: nowMs });
    else if (sinceExitMs < secondLookMs || nowMs - watch.missingMs < looksApartMs) watches.push(watch);
    else {
      const { seat, shareBytes, restBytes } = watch;
      leaks.push({ seat, shareBytes, restBytes, bytes, sinceMs: nowMs });
      rows.push(row(seat, `${size(bytes)} of ${size(shareBytes)} wired did not come back after it ended`));
    }
  }
  return { state: { watches, leaks }, rows };
};

/** The operator says that it is over. */
export const clearLeak = (): LeakState => noLeak;

/** Seats that are not to be loaded again. */
export const leakers = (state: LeakState): readonly string[] => [...new Set(state.leaks.map(({ seat }) => seat))];

/** All that leaked, told under the seat that leaked first; null: nothing. */
export const leakFact = (
  state: LeakState,
): { readonly seat: string; readonly bytes: number; readonly sinceMs: number } | null => {
  const [first] = state.leaks;
  if (first === undefined) return null;
  return { seat: first.seat, bytes: state.leaks.reduce((sum, { bytes }) => sum + bytes, 0), sinceMs: first.sinceMs };
};
