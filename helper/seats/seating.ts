import type { ProcessId } from '../host/reading.ts';
import type { SeatState } from '../protocol/index.ts';
import type { SeatOrderBy } from './orders.ts';

/** What the keeper remembers of its seats between two samples: plain data with finite numbers. */

/** One seat from its first look on. */
export interface Seat {
  readonly name: string;
  readonly state: SeatState;
  /** Since when it is in this state. */
  readonly sinceMs: number;
  /** Why, one sentence; empty when the state says it all. */
  readonly why: string;
  /** Its main process in this run; null: none is known. */
  readonly main: ProcessId | null;
  /** When this run was ordered or seen first; null: it does not run. */
  readonly startedMs: number | null;
  /** When it served first in this run; null: not yet. */
  readonly readyMs: number | null;
  /** Readiness: the effect that asks now, when it is asked next, and what was said last. */
  readonly probe: { readonly effect: boolean; readonly nextMs: number | null; readonly detail: string };
  /** Whether its claim is kept: from admission until it has ended and its bytes are back. */
  readonly isHeld: boolean;
  /** After its end: how much was to come back, what was in use then, and until when it is waited for. */
  readonly returning: { readonly bytes: number; readonly usedBytes: number; readonly untilMs: number } | null;
  readonly activity: Activity;
  /** The closing under way: its number, when it began, and what it is for. */
  readonly closing: Closing | null;
  /** Order under way (start or stop) that has not completed. */
  readonly ordered: 'start' | 'stop' | null;
  /** When its main process appeared, each start of the last hour. */
  readonly startsMs: readonly number[];
  readonly lastExit: number | null;
  /** Largest footprint ever seen, over all its runs. */
  readonly peakBytes: number;
  /** Footprint when it became ready, and the largest since: what hollow is told by. */
  readonly filledBytes: number;
  /** Its executable file is gone. */
  readonly isDoomed: boolean;
}

/** Whether a seat is used, and by what. */
export interface Activity {
  /** Last tick, byte or work seen. */
  readonly lastMs: number;
  /** Requests under way as the gateway counts them, and since when there are any. */
  readonly inFlight: number;
  readonly inFlightSinceMs: number | null;
  /** When the gateway reported last. */
  readonly reportedMs: number | null;
  /** Of its port, as read last. */
  readonly mark: number | null;
  /** CPU time of its processes, and when that was read. */
  readonly cpu: { readonly ms: number; readonly atMs: number } | null;
  /** Since when a signal could not be read; null: all can. */
  readonly blindSinceMs: number | null;
  /** The operator keeps it loaded until then. */
  readonly keptUntilMs: number | null;
}

export interface Closing {
  readonly number: number;
  readonly sinceMs: number;
  readonly acknowledged: boolean;
  readonly why: string;
  readonly by: SeatOrderBy;
}

/** A request that waits for a seat. */
export interface Ask {
  readonly request: number;
  readonly seat: string;
  readonly ask: 'ensure' | 'load';
  /** Until then it waits for memory. */
  readonly untilMs: number;
  readonly sinceMs: number;
  readonly by: Exclude<SeatOrderBy, 'automatic'>;
}

/** Seats that are unloaded so that another one fits. */
export interface Making {
  readonly seat: string;
  readonly evicted: readonly string[];
  readonly untilMs: number;
}

export interface Seating {
  readonly seats: readonly Seat[];
  readonly asks: readonly Ask[];
  readonly making: readonly Making[];
  readonly nextClosing: number;
  readonly gateway: {
    readonly state: 'present' | 'missing';
    readonly listen: string;
    readonly problems: readonly string[];
    readonly sinceMs: number;
  };
  /** The earliest moment at which something is due; null: nothing. */
  readonly dueMs: number | null;
}

export const initialSeating = (nowMs: number): Seating => ({
  seats: [],
  asks: [],
  making: [],
  nextClosing: 1,
  gateway: { state: 'missing', listen: '', problems: [], sinceMs: nowMs },
  dueMs: null,
});
