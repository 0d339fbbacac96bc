import type { SeatState } from './seats.ts';

/**
 * States of a seat as history keeps them, on disk and on the wire: an index into this list. Append only. A file of its own,
 * without zod: the history worker needs it and is to stay small.
 */
export const seatStateCodes = [
  'absent',
  'admitting',
  'starting',
  'loading',
  'ready',
  'busy',
  'idle',
  'draining',
  'frozen',
  'failed',
  'hollow',
  'doomed',
] as const satisfies readonly SeatState[];

/** Every state has a code: a new one that was forgotten here does not compile. */
export const everyStateHasACode: Exclude<SeatState, (typeof seatStateCodes)[number]> extends never ? true : never =
  true;
