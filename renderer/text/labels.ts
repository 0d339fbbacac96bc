import type { HistoryRange, ProcessRow, SeatStatus, Status } from '../../helper/protocol/status.ts';
import { lastColumn, type Series, tierNames } from '../data/charts/series.ts';
import { spokenHealth } from '../data/health/health.ts';
import type { ProcessGroup } from '../data/processes/groups.ts';
import { processName } from '../data/processes/top.ts';
import { requestsText, stateWords } from '../data/seats/seats.ts';
import { gbFigure, size, spokenExactSpan, spokenSpan } from './format.ts';
import { levelAt, levelShort, levelSpoken } from './levels.ts';

/** What a screen reader says. Figures are spoken with whole words: `gigabytes`, not `GB`. */

export const rangeSpoken: Readonly<Record<HistoryRange, string>> = {
  '15m': 'last 15 minutes',
  '1h': 'last hour',
  '6h': 'last 6 hours',
  '24h': 'last 24 hours',
};

const gigabytes = (bytes: number): string => `${gbFigure(bytes)} gigabytes`;
const spokenSize = (bytes: number): string => size(bytes).replace('GB', 'gigabytes').replace('MB', 'megabytes');

/** Announced when the level changes, and read first in the popover. */
export const levelLabel = (status: Status): string => {
  const { name, forSeconds } = status.level;
  const left = status.machine.availableBytes;
  return [
    `${levelSpoken[name]} for ${spokenSpan(forSeconds)}.`,
    left === null ? 'Available memory could not be read.' : `${gigabytes(left)} available.`,
  ].join(' ');
};

/** Announced once when the level becomes another; empty when it is the same or the first one seen. */
export const levelChange = (before: Status | null, now: Status | null): string => {
  if (before === null || now === null || before.level.name === now.level.name) return '';
  const left = now.machine.availableBytes;
  return `${levelSpoken[now.level.name]}.${left === null ? '' : ` ${gigabytes(left)} available.`}`;
};

const levelOver = (series: Series): string => {
  const seen = series.level.filter((rank) => !Number.isNaN(rank));
  if (seen.length === 0) return 'No level was recorded.';
  const worst = Math.max(...seen);
  if (worst === Math.min(...seen)) return `Level ${levelShort[levelAt(worst)]} throughout.`;
  const now = seen.at(-1) ?? worst;
  return `Level ${levelShort[levelAt(now)]} now, at worst ${levelShort[levelAt(worst)]}.`;
};

/** Name of the tiers chart. */
export const chartLabel = (series: Series | null, range: HistoryRange): string => {
  const start = `Memory tiers, ${rangeSpoken[range]}.`;
  const last = series === null ? null : lastColumn(series);
  if (series === null || last === null) return `${start} No data yet.`;
  const tiers = tierNames.map((tier) => `${tier} ${gbFigure(series.tiers[tier][last] ?? 0)}`).join(', ');
  const text = `${tiers.charAt(0).toUpperCase()}${tiers.slice(1)}`;
  return `${start} ${text} of ${gigabytes(series.totalBytes)}. ${levelOver(series)}`;
};

export const processLabel = (row: ProcessRow): string => {
  const name = row.seat === null ? row.name : `${processName(row)}, ${row.name}`;
  return `${name}, process ${row.pid}: footprint ${spokenSize(row.footprintBytes)}, RSS ${spokenSize(row.rssBytes)}.`;
};

/** Of several processes that are one to the operator. */
export const groupLabel = ({ name, rows, footprintBytes, rssBytes }: ProcessGroup): string =>
  `${name}, ${rows.length} processes: footprint ${spokenSize(footprintBytes)}, RSS ${spokenSize(rssBytes)}.`;

/** Name of a seat's card. The countdown in it is the one last told: it is announced where it runs. */
export const seatLabel = (seat: SeatStatus): string => {
  const kind = seat.class === 'protected' ? 'protected' : 'on call';
  const state = stateWords[seat.state].toLowerCase();
  const health = spokenHealth(seat.health);
  const start = `${seat.name}, ${kind}, ${state}${health === '' ? '' : `, ${health}`}`;
  if (seat.state === 'absent') return `${start}, needs ${gigabytes(seat.peakBytes)}.`;
  return [
    start,
    ...(seat.stopsInSeconds === null ? [] : [`stops in ${spokenExactSpan(seat.stopsInSeconds)}`]),
    ...(seat.inFlight === 0 ? [] : [`${requestsText(seat.inFlight)} under way`]),
    `${gbFigure(seat.footprintBytes)} of ${gigabytes(seat.peakBytes)}.`,
  ].join(', ');
};

/** Said when they are reached, not each second. */
const announcedStops = [10, 30, 60] as const;
export const spokenStop = (name: string, left: number): string => {
  const reached = announcedStops.find((mark) => left <= mark);
  return reached === undefined || left <= 0 ? '' : `${name} stops in ${spokenExactSpan(reached)}.`;
};
