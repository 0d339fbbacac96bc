import { didYouMean } from '../../config/suggest.ts';
import { knownKinds } from './rows.ts';

/** What `castellan log` is asked for, from its options. */

export interface Wanted {
  /** Empty: all. */
  readonly kinds: readonly string[];
  readonly sinceMs: number | null;
  /** The last so many; null: all there are since then. */
  readonly limit: number | null;
}

const defaultLimit = 100;
/** As `tail -f` begins. */
const followLimit = 10;
const mostRows = 100_000;
const mostKinds = 32;

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** "90s", "30m", "2h", "1d", or a date. Null: neither. */
export const sinceOf = (text: string, nowWallMs: number): number | null => {
  const span = /^(\d{1,6})\s*([smhd])$/.exec(text);
  if (span !== null) return nowWallMs - Number(span[1]) * unitMs[span[2] as keyof typeof unitMs];
  // A date alone is midnight here, as one who types it means; Date would take it for UTC.
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const isTime = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/.test(text);
  const wallMs = isDay || isTime ? Date.parse(isDay ? `${text}T00:00` : text.replace(' ', 'T')) : Number.NaN;
  return Number.isNaN(wallMs) ? null : wallMs;
};

export const kindsOf = (given: readonly string[]): readonly string[] => [
  ...new Set(given.flatMap((text) => text.split(',').map((kind) => kind.trim())).filter((kind) => kind !== '')),
];

/** A sentence about kinds that no row has. Null: all are known. */
const unknownKinds = (kinds: readonly string[]): string | null => {
  const unknown = kinds.filter((kind) => !knownKinds.includes(kind));
  if (unknown.length === 0) return null;
  const hints = unknown.map((kind) => {
    const near = didYouMean(kind, knownKinds);
    return near === null ? `"${kind}"` : `"${kind}" (did you mean "${near}"?)`;
  });
  return `there are no rows of kind ${hints.join(', ')}; kinds are: ${knownKinds.join(', ')}`;
};

/** A string says what is wrong. */
export const wantedOf = (
  options: {
    readonly kinds: readonly string[];
    readonly since: string | null;
    readonly limit: string | null;
    readonly follow: boolean;
  },
  nowWallMs: number,
): Wanted | string => {
  const kinds = kindsOf(options.kinds);
  if (kinds.length > mostKinds || kinds.some((kind) => kind.length > 64))
    return `--kind takes at most ${mostKinds} kinds`;
  const unknown = unknownKinds(kinds);
  if (unknown !== null) return unknown;
  const sinceMs = options.since === null ? null : sinceOf(options.since, nowWallMs);
  if (options.since !== null && sinceMs === null)
    return `--since takes a span (90s, 30m, 2h, 1d) or a time (2026-11-22T14:00), not "${options.since}"`;
  if (options.limit === null) {
    const limit = options.follow ? followLimit : defaultLimit;
    return { kinds, sinceMs, limit: sinceMs === null ? limit : null };
  }
  const limit = Number(options.limit);
  if (!/^\d+$/.test(options.limit) || limit < 1 || limit > mostRows)
    return `--limit takes a whole number from 1 to ${mostRows}, not "${options.limit}"`;
  return { kinds, sinceMs, limit };
};
