/**
 * `admitting`: asked for, and its memory being found. `starting`: told to start. `loading`: it runs and is not ready.
 * `ready` ⇄ `busy`: it serves; busy while requests are under way. `idle`: its countdown runs. `draining`: told to end.
 * `frozen`: its process is stopped. `failed`: it did not become ready, or does not stay up. `hollow`: it runs, and its
 * model is gone from memory. `doomed`: it serves, and its next start will not succeed.
 *
 * History keeps an index into this list, on disk and on the wire: append only. A file of its own, without zod, because
 * the history worker needs it and is to stay small.
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
] as const;
export type SeatState = (typeof seatStateCodes)[number];
