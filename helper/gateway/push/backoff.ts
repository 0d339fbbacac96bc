/** When what was not taken is sent again. */

const firstMs = 5_000;
const mostMs = 600_000;
/** A server may ask for longer, and not for ever. */
const mostAskedMs = 3_600_000;

export interface BackoffTimes {
  readonly firstMs: number;
  readonly mostMs: number;
}
export const backoffTimes: BackoffTimes = { firstMs, mostMs };

/**
 * 5, 10, 20 s … 10 min, each a fifth more or less, so that many that failed together do not return together.
 * @param failures in a row, 1 or more
 * @param random 0 to 1
 */
export const backoffMs = (failures: number, random: number, times: BackoffTimes = backoffTimes): number =>
  Math.round(Math.min(times.mostMs, times.firstMs * 2 ** Math.min(30, failures - 1)) * (0.8 + 0.4 * random));

/**
 * Milliseconds that a `Retry-After` asks for (RFC 9110, 10.2.3): seconds, or a date. Null: it says nothing that can be used.
 * At most an hour.
 */
export const retryAfterMs = (header: string | null, wallMs: number): number | null => {
  if (header === null) return null;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Math.min(mostAskedMs, Number(text) * 1000);
  // Of the forms of a date only the usual one: it begins with a day.
  const at = /^[A-Z][a-z]{2}, /.test(text) && text.length < 40 ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : Math.min(mostAskedMs, Math.max(0, at - wallMs));
};
