import * as z from 'zod/mini';
import '../protocol/english.ts';
import { parseQuantity, type Read, shown } from '../config/units.ts';
import type { Track, TrackPoint } from './tracks.ts';

/** The kinds of value a scenario has. Sizes are bytes or "8.6 GB", times seconds or "10 min", as tracks or alone. */

type JsonHint = Readonly<Record<string, unknown>>;

const field = <T>(read: (value: unknown) => Read<T>, hint: JsonHint) =>
  z
    .pipe(
      z.unknown(),
      z.transform((value, context): T => {
        const result: Read<T> =
          value === undefined ? { ok: false, message: 'is missing.', fix: 'Add it.' } : read(value);
        if (result.ok) return result.value;
        context.issues.push({ code: 'custom', message: `${result.message} ${result.fix}`, input: value });
        return z.NEVER;
      }),
    )
    .register(z.globalRegistry, hint);

const readSize = (value: unknown): Read<number> =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
    ? { ok: true, value }
    : parseQuantity('size', value);

const readTime = (value: unknown): Read<number> =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0
    ? { ok: true, value: Math.round(value * 1000) }
    : parseQuantity('duration', value);

const readRate = (value: unknown): Read<number> =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
    ? { ok: true, value }
    : parseQuantity('rate', value);

const readNumber = (value: unknown): Read<number> =>
  typeof value === 'number' && Number.isFinite(value)
    ? { ok: true, value }
    : { ok: false, message: `${shown(value)} is not a number.`, fix: 'Write a number.' };

const pointsForm = 'Write points as [[seconds, value], …] with times that do not fall.';

const readPoints = (value: unknown, readValue: (value: unknown) => Read<number>): Read<Track['points']> => {
  if (!Array.isArray(value)) return { ok: false, message: `${shown(value)} is no list of points.`, fix: pointsForm };
  const points: TrackPoint[] = [];
  for (const pair of value as readonly unknown[]) {
    if (!Array.isArray(pair) || pair.length !== 2)
      return { ok: false, message: 'A point has a time and a value.', fix: pointsForm };
    const at = readTime(pair[0]);
    if (!at.ok) return at;
    const read = readValue(pair[1]);
    if (!read.ok) return read;
    if (at.value < (points.at(-1)?.atMs ?? 0))
      return { ok: false, message: 'The time of a point lies before the one above it.', fix: pointsForm };
    points.push({ atMs: at.value, value: read.value });
  }
  const [first, ...rest] = points;
  if (first === undefined) return { ok: false, message: 'There is no point.', fix: pointsForm };
  return { ok: true, value: [first, ...rest] };
};

const readTrack =
  (readValue: (value: unknown) => Read<number>) =>
  (value: unknown): Read<Track> => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      const { points, every, ...others } = value as Readonly<Record<string, unknown>>;
      const stranger = Object.keys(others)[0];
      if (stranger !== undefined)
        return { ok: false, message: `There is no key ${shown(stranger)} here.`, fix: 'Known: points, every.' };
      const read = readPoints(points, readValue);
      if (!read.ok) return read;
      const period = readTime(every);
      if (!period.ok) return period;
      if (period.value <= 0) return { ok: false, message: 'every is 0.', fix: 'Write a time like "4 s".' };
      return { ok: true, value: { points: read.value, everyMs: period.value } };
    }
    if (Array.isArray(value)) {
      const read = readPoints(value, readValue);
      return read.ok ? { ok: true, value: { points: read.value, everyMs: null } } : read;
    }
    const read = readValue(value);
    return read.ok ? { ok: true, value: { points: [{ atMs: 0, value: read.value }], everyMs: null } } : read;
  };

const sizeHint = {
  type: ['string', 'integer'],
  description: 'Bytes, or text with a unit: "8.6 GB"; 1 GB is 2^30 bytes.',
};
const timeHint = {
  type: ['string', 'number'],
  description: 'Seconds, or text with a unit: "500 ms", "120 s", "10 min".',
};
const pointsHint = (value: JsonHint) => ({
  type: 'array',
  items: { type: 'array', minItems: 2, maxItems: 2, prefixItems: [timeHint, value] },
});
const trackHint = (value: JsonHint, description: string) => ({
  description,
  anyOf: [
    value,
    pointsHint(value),
    { type: 'object', required: ['points', 'every'], properties: { points: pointsHint(value), every: timeHint } },
  ],
});

/** Bytes. */
export const size = field(readSize, sizeHint);
/** Milliseconds. */
export const time = field(readTime, timeHint);
/** Bytes a second. */
export const rate = field(readRate, { type: ['string', 'integer'], description: 'Bytes a second, or "100 MB/s".' });
/** Bytes over time. */
export const sizeTrack = field(
  readTrack(readSize),
  trackHint(sizeHint, 'One size, or points joined by straight lines; two points at one time are a jump.'),
);
/** A number that jumps from one value to the next. */
export const stepTrack = field(
  readTrack(readNumber),
  trackHint({ type: 'number' }, 'One number, or points each of which holds until the next.'),
);
