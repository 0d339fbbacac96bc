import type { SeatState } from '../protocol/index.ts';
import type { Seat } from './seating.ts';

/** What can happen to a seat: seen, or decided. */
export const cues = [
  /** Somebody wants it, and its memory is to be found. */
  'asked',
  /** It does not fit, or nobody waits any more. */
  'dismissed',
  /** It has been told to start. */
  'ordered',
  /** Its main process is there, a new one. */
  'appeared',
  /** It answered that it is ready. */
  'served',
  /** A request is under way. */
  'used',
  /** No request is under way any more. */
  'rested',
  /** Nothing has happened for a while: its countdown runs. */
  'quieted',
  /** Something happened during the countdown. */
  'woken',
  /** It has been told to end. */
  'closed',
  /** It could not be told to end, and goes on. */
  'reopened',
  /** Its main process was stopped (SIGSTOP). */
  'froze',
  'thawed',
  /** None of its processes is left. */
  'gone',
  /** It did not become ready, could not be started, or does not stay up. */
  'failed',
  /** Its footprint collapsed: the model is gone from memory. */
  'emptied',
  'filled',
  /** Its executable file is gone: what runs goes on, and cannot be started again. */
  'unbootable',
  'bootable',
] as const;
export type Cue = (typeof cues)[number];

/** States of a seat whose process runs and was not told to end share what can become of them. */
const ends = { appeared: 'loading', closed: 'draining', froze: 'frozen', gone: 'absent', failed: 'failed' } as const;
const serves = { ...ends, emptied: 'hollow', unbootable: 'doomed' } as const;

/** The one table: what a cue makes of a state. A cue that is not in a state's row changes nothing. */
export const transitions: Readonly<Record<SeatState, Readonly<Partial<Record<Cue, SeatState>>>>> = {
  absent: { asked: 'admitting', ordered: 'starting', appeared: 'loading', failed: 'failed' },
  admitting: { dismissed: 'absent', ordered: 'starting', appeared: 'loading', failed: 'failed' },
  starting: { appeared: 'loading', closed: 'draining', gone: 'absent', failed: 'failed' },
  loading: { ...ends, served: 'ready' },
  ready: { ...serves, used: 'busy', quieted: 'idle' },
  busy: { ...serves, rested: 'ready', quieted: 'idle' },
  idle: { ...serves, used: 'busy', woken: 'ready' },
  draining: { gone: 'absent', reopened: 'ready', appeared: 'loading', failed: 'failed' },
  frozen: { ...ends, thawed: 'loading' },
  failed: { ...ends, asked: 'admitting', ordered: 'starting', served: 'ready', gone: 'failed' },
  hollow: { ...ends, filled: 'ready' },
  doomed: { ...ends, emptied: 'hollow', bootable: 'ready' },
};

export const afterCue = (state: SeatState, cue: Cue): SeatState => transitions[state][cue] ?? state;

/** The seat after a cue; `why` replaces what was said of the state before, unless nothing changed. */
export const cued = (seat: Seat, cue: Cue, nowMs: number, why = ''): Seat => {
  const state = afterCue(seat.state, cue);
  return state === seat.state ? seat : { ...seat, state, sinceMs: nowMs, why };
};
