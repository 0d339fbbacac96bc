import type { ProbeResult } from '../host/port.ts';
import type { EnsureAnswer, ErrorCode, ReleaseAnswer } from '../protocol/index.ts';
import type { SeatOrderBy } from './orders.ts';

/** What is asked of seats and told about them, and what is answered. */

/** Seats are also asked for through the gateway. */
export type SeatAsker = Exclude<SeatOrderBy, 'automatic'>;

/** What is asked of seats and told about them. An ask is answered under its request number, at once or later. */
export type SeatEvent =
  | {
      readonly type: 'seat_ask';
      readonly request: number;
      readonly seat: string;
      /** `load`: by an operator, also when the seat has failed. */
      readonly ask: 'ensure' | 'load';
      /** How long to wait for memory, milliseconds. */
      readonly waitMs: number;
      readonly by: SeatAsker;
    }
  /** Whoever asked is gone: nobody waits for the answer. What was begun goes on. */
  | { readonly type: 'seat_unask'; readonly request: number }
  | {
      readonly type: 'seat_release';
      readonly request: number;
      readonly seat: string;
      readonly cut: boolean;
      /** Of a protected seat: the operator has typed its name. */
      readonly isConfirmed?: boolean;
      readonly by: SeatAsker;
    }
  | {
      readonly type: 'seat_keep';
      readonly request: number;
      readonly seat: string;
      readonly ms: number;
      readonly by: SeatAsker;
    }
  | {
      readonly type: 'seat_traffic';
      readonly seat: string;
      readonly inFlight: number;
      readonly bytes: number;
      readonly ticks: number;
    }
  | { readonly type: 'closing_ack'; readonly seat: string; readonly closing: number; readonly used: boolean }
  /** What the gateway found at the seat's readiness URL. */
  | { readonly type: 'probe_report'; readonly seat: string; readonly result: ProbeResult }
  | {
      readonly type: 'gateway';
      readonly state: 'present' | 'missing';
      readonly listen: string;
      readonly problems: readonly string[];
    };

/** The answer to one request about a seat. */
export type SeatAnswer =
  | { readonly request: number; readonly ok: true; readonly kind: 'ensure'; readonly answer: EnsureAnswer }
  | { readonly request: number; readonly ok: true; readonly kind: 'release'; readonly answer: ReleaseAnswer }
  | { readonly request: number; readonly ok: true; readonly kind: 'keep'; readonly answer: { readonly said: string } }
  | { readonly request: number; readonly ok: false; readonly code: ErrorCode; readonly detail: string };
