import type { LogRow } from '../../../helper/protocol/relief.ts';
import type { Status } from '../../../helper/protocol/status.ts';
import { timeOfDay } from '../../text/format.ts';
import { channelNames } from '../health/health.ts';
import { columnOf } from './events.ts';
import { rangeMs, type Series } from './series.ts';

/**
 * When a seat was asked for its health, and what it said. The status tells the last answer of each channel, the log once an
 * hour how each stands; what was asked between and before nobody tells, and is not drawn.
 */

export interface ProbeTick {
  readonly seat: string;
  readonly channel: string;
  /** Wall time, ms since 1970. */
  readonly atMs: number;
  readonly ok: boolean;
}

/** The age of an answer is told to the second: two ticks of one channel as close as this are one answer. */
const sameMs = 2500;
/** More than a day of four answers a minute fills no picture. */
const most = 2000;

const isSame = (a: ProbeTick, b: ProbeTick): boolean =>
  a.seat === b.seat && a.channel === b.channel && Math.abs(a.atMs - b.atMs) < sameMs;

export const ticksOf = ({ seats, atMs }: Pick<Status, 'seats' | 'atMs'>): readonly ProbeTick[] =>
  seats.flatMap(({ name, health }) =>
    (health?.channels ?? []).flatMap(({ channel, last }) =>
      last === null ? [] : [{ seat: name, channel, atMs: atMs - last.agoSeconds * 1000, ok: last.ok }],
    ),
  );

/** The same list when there is nothing new; what is older than the longest range falls out. */
export const addTicks = (known: readonly ProbeTick[], { seats, atMs }: Pick<Status, 'seats' | 'atMs'>) => {
  const fresh = ticksOf({ seats, atMs }).filter((tick) => !known.some((each) => isSame(each, tick)));
  if (fresh.length === 0) return known;
  return [...known.filter((tick) => tick.atMs > atMs - rangeMs['24h']), ...fresh].slice(-most);
};

interface Told {
  readonly channel: string;
  readonly state: string;
}

const isTold = (value: unknown): value is Told =>
  typeof value === 'object' &&
  value !== null &&
  'channel' in value &&
  typeof value.channel === 'string' &&
  'state' in value &&
  typeof value.state === 'string';

/** From the digests of the log: how each channel stood when it was written. */
export const digestTicks = (rows: readonly LogRow[]): readonly ProbeTick[] =>
  rows.flatMap(({ kind, wallMs, seat, channels }) => {
    if (kind !== 'digest' || wallMs === undefined || typeof seat !== 'string' || !Array.isArray(channels)) return [];
    return (channels as readonly unknown[])
      .filter(isTold)
      .filter(({ state }) => state === 'pass' || state === 'fail')
      .map(({ channel, state }) => ({ seat, channel, atMs: wallMs, ok: state === 'pass' }));
  });

export interface PlacedTick {
  readonly column: number;
  readonly ok: boolean;
  readonly title: string;
}

const channelName = (channel: string): string =>
  Object.hasOwn(channelNames, channel) ? channelNames[channel as keyof typeof channelNames] : channel;

/** Of one seat, one tick a column: a failure hides no success, but is shown before it. */
export const placedTicks = (
  series: Pick<Series, 'fromMs' | 'columnMs' | 'count'>,
  ticks: readonly ProbeTick[],
  seat: string,
): readonly PlacedTick[] => {
  const byColumn = new Map<number, ProbeTick[]>();
  for (const tick of ticks) {
    const column = tick.seat === seat ? columnOf(series, tick.atMs) : null;
    if (column !== null) byColumn.set(column, [...(byColumn.get(column) ?? []), tick]);
  }
  return [...byColumn]
    .sort(([a], [b]) => a - b)
    .map(([column, of]) => ({
      column,
      ok: of.every(({ ok }) => ok),
      title: of
        .map(({ atMs, channel, ok }) => `${timeOfDay(atMs)} ${channelName(channel)} ${ok ? 'passed' : 'failed'}`)
        .join('\n'),
    }));
};

/** For who cannot see them; empty: there are none. */
export const ticksText = (ticks: readonly PlacedTick[]): string => {
  const failed = ticks.filter(({ ok }) => !ok).length;
  const passed = ticks.length - failed;
  if (ticks.length === 0) return '';
  return `Probes: ${[passed > 0 ? `${passed} passed` : '', failed > 0 ? `${failed} failed` : ''].filter(Boolean).join(', ')}.`;
};
