/** Reads single values out of a report. Keys come and go with versions of macOS, and numbers have been seen as strings. */

export type Fields = Readonly<Record<string, unknown>>;

export const fieldsOf = (value: unknown): Fields | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;

/** Own keys only: a report that lacks a key must not get what every object has. */
export const field = (fields: Fields | null, key: string): unknown =>
  fields !== null && Object.hasOwn(fields, key) ? fields[key] : undefined;

/** Not negative and exact, or null. */
export const numberOf = (value: unknown): number | null => {
  const isDigits = typeof value === 'string' && /^ {0,8}\d{1,16}(?:\.\d{1,16})? {0,8}$/.test(value);
  const read = isDigits ? Number(value) : value;
  return typeof read === 'number' && read >= 0 && read <= Number.MAX_SAFE_INTEGER ? read : null;
};

export const wholeOf = (value: unknown): number | null => {
  const read = numberOf(value);
  return read !== null && Number.isInteger(read) ? read : null;
};

/** Longest text that is taken from a report for a name or the like. */
const nameCharacters = 128;

/** Null: no text, or an empty one. */
export const textOf = (value: unknown, characters = nameCharacters): string | null => {
  if (typeof value !== 'string') return null;
  const text = value.slice(0, characters).trim();
  return text === '' ? null : text;
};

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** No machine has more; what says so is damaged. 64 TB. */
const mostBytes = 2 ** 46;

export const bytesOf = (pages: number | null, pageBytes: number | null): number | null => {
  if (pages === null || pageBytes === null) return null;
  const bytes = pages * pageBytes;
  return bytes <= mostBytes ? bytes : null;
};

const [year2000, year2100] = [Date.UTC(2000, 0), Date.UTC(2100, 0)];

export const plausibleTime = (wallMs: number): number | null =>
  wallMs >= year2000 && wallMs < year2100 ? wallMs : null;

const stamp = /^(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))? ?(?:(Z)|([+-])(\d{2}):?(\d{2}))?$/;

/** "2026-04-20 00:11:32.00 -0400", wall time in ms. Without a zone it is taken for the reader's own. */
export const timeOf = (value: unknown): number | null => {
  const found = stamp.exec(textOf(value, 40) ?? '');
  if (found === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1, 7).map(Number);
  const ms = Math.floor(Number(`0.${found[7] ?? '0'}`) * 1000);
  if (found[8] === undefined && found[9] === undefined)
    return plausibleTime(new Date(year, month - 1, day, hour, minute, second, ms).getTime());
  const offset = (Number(found[10] ?? 0) * 60 + Number(found[11] ?? 0)) * (found[9] === '-' ? -1 : 1);
  return plausibleTime(Date.UTC(year, month - 1, day, hour, minute, second, ms) - offset * 60_000);
};
