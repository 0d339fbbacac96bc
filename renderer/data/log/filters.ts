import type { LevelName } from '../../../helper/protocol/status.ts';
import { type LogEntry, outcomeWords } from './entries.ts';
import { textIn } from './row.ts';

/** Which entries of the log are shown. */

export interface LogFilters {
  /** Null: any. */
  readonly level: LevelName | null;
  readonly verb: string | null;
  readonly seat: string | null;
  /** `automatic`, or `people`: an account asked for it or approved it. */
  readonly who: 'automatic' | 'people' | null;
  readonly text: string;
}

export const noFilters: LogFilters = { level: null, verb: null, seat: null, who: null, text: '' };

export const isFiltered = (filters: LogFilters): boolean =>
  filters.level !== null ||
  filters.verb !== null ||
  filters.seat !== null ||
  filters.who !== null ||
  filters.text.trim() !== '';

/** The seat is named by the row, or it is what was acted upon. */
const isAbout = ({ target, rows }: LogEntry, seat: string): boolean =>
  rows.some((row) => textIn(row, 'seat') === seat) || target.includes(seat);

const contains = (entry: LogEntry, words: readonly string[]): boolean => {
  const { verb, target, who, planned, measured, outcome } = entry;
  const outcomeWord = outcome === null ? '' : outcomeWords[outcome];
  const text = [verb, target, who, planned, measured, outcomeWord, entry.rows[0]?.kind ?? ''].join('\n').toLowerCase();
  return words.every((word) => text.includes(word));
};

export const filtered = (entries: readonly LogEntry[], filters: LogFilters): readonly LogEntry[] => {
  if (!isFiltered(filters)) return entries;
  const { level, verb, seat, who } = filters;
  const words = filters.text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return entries.filter(
    (entry) =>
      (level === null || entry.level === level) &&
      (verb === null || entry.verb === verb) &&
      (seat === null || isAbout(entry, seat)) &&
      (who === null || (who === 'people') === entry.isByPerson) &&
      (words.length === 0 || contains(entry, words)),
  );
};

/** Verbs that occur, in the order of the alphabet. */
export const verbsIn = (entries: readonly LogEntry[]): readonly string[] =>
  [...new Set(entries.map(({ verb }) => verb))].sort((a, b) => a.localeCompare(b, 'en'));

export interface LogDay {
  readonly day: string;
  readonly entries: readonly LogEntry[];
}

/** Made once: to make one costs far more than to use it, and each entry has a day. */
const fullDay = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });

const dayWord = (atMs: number | null, nowMs: number): string => {
  if (atMs === null) return 'No time';
  const date = new Date(atMs);
  const today = new Date(nowMs);
  const midnight = (of: Date): number => new Date(of.getFullYear(), of.getMonth(), of.getDate()).getTime();
  const days = Math.round((midnight(today) - midnight(date)) / 86_400_000);
  const full = fullDay.format(date);
  if (days === 0) return `Today, ${full}`;
  return days === 1 ? `Yesterday, ${full}` : full;
};

/** Entries in their order, under the day of each: a clock that was set back makes a heading twice. */
export const byDay = (entries: readonly LogEntry[], nowMs: number): readonly LogDay[] => {
  const days: { day: string; entries: LogEntry[] }[] = [];
  for (const entry of entries) {
    const day = dayWord(entry.atMs, nowMs);
    const last = days.at(-1);
    if (last?.day === day) last.entries.push(entry);
    else days.push({ day, entries: [entry] });
  }
  return days;
};
