import type { GpuLimit } from '../host/port.ts';
import type { ProcessId } from '../host/reading.ts';
import type { SeatState } from '../protocol/index.ts';
import type { AdmissionReason } from './admission-terms.ts';
import type { SeatOrder, SeatOrderBy } from './orders.ts';

/** What the keeper remembers of its seats between two samples: plain data with finite numbers. Times are milliseconds. */

/** One seat from its first look on. */
export interface Seat {
  readonly name: string;
  readonly state: SeatState;
  /** Since when it is in this state. */
  readonly sinceMs: number;
  /** Why, one sentence; empty when the state says it all. */
  readonly why: string;
  /** Its processes from their start to their end; null: none runs. */
  readonly run: Run | null;
  /** The order that has been given and has not completed. */
  readonly order: { readonly verb: SeatOrder['verb']; readonly by: SeatOrderBy } | null;
  /** When it was last ordered to start; null: this keeper never did. */
  readonly startMs: number | null;
  /** Whether its claim is kept: from admission until it has ended and its bytes are back. */
  readonly isHeld: boolean;
  /** After its end: what should come back. */
  readonly returning: Returning | null;
  readonly activity: Activity;
  /** The closing under way. */
  readonly closing: Closing | null;
  /** Why it is `failed`; kept until it serves, so that the next failure waits longer. */
  readonly failure: SeatFailure | null;
  /** When its main process appeared, each start of the last hour. */
  readonly startsMs: readonly number[];
  /** Its last starts without an orderly end between them. */
  readonly inARowMs: readonly number[];
  /** When it was last told to end because it failed; null: it was not. */
  readonly gaveUpMs: number | null;
  /** As launchd lists it. */
  readonly lastExit: number | null;
  /** Largest footprint ever seen, over all its runs. */
  readonly peakBytes: number;
  /** The verdict that was written down last; null: none was. */
  readonly verdict: { readonly reason: AdmissionReason; readonly atMs: number } | null;
}

/** One life of a seat's main process. */
export interface Run {
  /** When it was seen first. */
  readonly sinceMs: number;
  /** Null: its service has a pid that no pass over the table has measured yet. */
  readonly main: ProcessId | null;
  /** This keeper ordered it; otherwise it was there before, or launchd started it. */
  readonly isOrdered: boolean;
  /** When it served first; null: not yet. */
  readonly readyMs: number | null;
  /** Readiness: whether it is being asked, when it is asked next (null: somebody else asks), and what was said last. */
  readonly probe: { readonly isAsking: boolean; readonly nextMs: number | null; readonly detail: string };
  /** Largest footprint since it serves: what a model that is gone is told by. */
  readonly filledBytes: number;
  /** As seen last, with what was in use on the whole machine then. */
  readonly footprintBytes: number;
  readonly usedBytes: number;
  readonly isStopped: boolean;
  /** Its executable file is gone. */
  readonly isDoomed: boolean;
}

export interface Returning {
  /** Its last footprint. */
  readonly bytes: number;
  /** What was in use on the machine when it was last seen. */
  readonly usedBytes: number;
  readonly sinceMs: number;
  /** So long it is waited for. */
  readonly untilMs: number;
}

/** Whether a seat is used, and by what. */
export interface Activity {
  /** Last tick, byte or work of any kind. */
  readonly lastMs: number;
  /** Last work that the keeper measured itself, at its port or its processes, or the beginning of this run. */
  readonly measuredMs: number;
  /** Last work that was measured since it serves; null: none was. */
  readonly workedMs: number | null;
  /** Requests under way as the gateway counts them, and since when no byte of theirs has moved. */
  readonly inFlight: number;
  readonly stillSinceMs: number | null;
  /** Of its port, as read last, and when. */
  readonly mark: number | null;
  readonly markMs: number | null;
  /** CPU time of its processes, when it was read, and since when it is known what they did (null: only this once). */
  readonly cpu: { readonly ms: number; readonly atMs: number; readonly sinceMs: number | null } | null;
  /** When a question of ours about its health was last under way, whose bytes and work are no use; null: none was. */
  readonly probedMs: number | null;
  /** Since when a signal could not be read; null: all can. */
  readonly blindSinceMs: number | null;
  /** The operator keeps it loaded until then. */
  readonly keptUntilMs: number | null;
}

export interface Closing {
  readonly number: number;
  readonly sinceMs: number;
  /** The gateway answers only what the keeper says from here on, or there is no gateway. */
  readonly acknowledged: boolean;
  /** It has been told to end: nothing calls that back. */
  readonly isOrdered: boolean;
  readonly why: string;
  readonly by: SeatOrderBy;
  /** A use calls it back; an operator's word is not. */
  readonly mayCancel: boolean;
  /** Requests that wait for it to be ordered. */
  readonly requests: readonly number[];
  /** Also of a protected seat: an operator has typed its name. */
  readonly isConfirmed?: boolean;
}

export interface SeatFailure {
  /** `crash_loop`: only an operator starts it again. */
  readonly kind: 'crash_loop' | 'never_ready' | 'start_failed' | 'ended';
  readonly atMs: number;
  /** How many in a row. */
  readonly count: number;
  /** One sentence. */
  readonly why: string;
  /** What still runs of it, or is kept alive by its service, is told to end. */
  readonly ends: boolean;
}

/** What the next start of the keeper should know of a seat. */
export interface SeatMemory {
  readonly name: string;
  /** Largest footprint ever seen. */
  readonly peakBytes: number;
  /** How long ago it failed when this was written; null: it has not. */
  readonly failure: { readonly kind: SeatFailure['kind']; readonly count: number; readonly agoMs: number } | null;
}

/** A request that waits for a seat; `request` is null for what the keeper itself wants back. */
export interface Ask {
  readonly request: number | null;
  readonly seat: string;
  readonly ask: 'ensure' | 'load';
  readonly sinceMs: number;
  /** Until then it waits for memory. */
  readonly untilMs: number;
  readonly by: SeatOrderBy;
}

/** Seats that are unloaded so that another one fits; brought back if it does not come to serve. */
export interface Making {
  readonly seat: string;
  readonly evicted: readonly string[];
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
  /** Somebody waits for a verdict, which takes a full pass. */
  readonly wantsPass: boolean;
  /** As read last. */
  readonly gpuLimit: GpuLimit;
  /** What an earlier keeper knew of seats that have not been looked at yet. */
  readonly recalled: readonly Pick<Seat, 'name' | 'peakBytes' | 'failure'>[];
}

export const initialSeating = (nowMs: number): Seating => ({
  seats: [],
  asks: [],
  making: [],
  nextClosing: 1,
  gateway: { state: 'missing', listen: '', problems: [], sinceMs: nowMs },
  dueMs: null,
  wantsPass: false,
  gpuLimit: { kind: 'unknown', detail: 'not read yet' },
  recalled: [],
});

/** A seat before it was ever looked at. */
export const newSeat = (name: string, nowMs: number): Seat => ({
  name,
  state: 'absent',
  sinceMs: nowMs,
  why: '',
  run: null,
  order: null,
  startMs: null,
  isHeld: false,
  returning: null,
  activity: newActivity(nowMs),
  closing: null,
  failure: null,
  startsMs: [],
  inARowMs: [],
  gaveUpMs: null,
  lastExit: null,
  peakBytes: 0,
  verdict: null,
});

/** Of a run that begins: it counts as used now. */
export const newActivity = (nowMs: number): Activity => ({
  lastMs: nowMs,
  measuredMs: nowMs,
  workedMs: null,
  inFlight: 0,
  stillSinceMs: null,
  mark: null,
  markMs: null,
  cpu: null,
  probedMs: null,
  blindSinceMs: null,
  keptUntilMs: null,
});
