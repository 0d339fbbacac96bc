/**
 * When the supervisor itself ends, what does not end by then is killed this many seconds after its TERM, whatever its
 * ExitTimeOut says: whoever ends a supervisor waits for it, and a job it left behind would have nobody. Longer than the drain
 * that a seat has by default. npm start waits longer than this.
 */
export const lastSeconds = 40;

/** How long it is told how the last run of a job ended that was booted out, milliseconds. */
export const departedMs = 60_000;
