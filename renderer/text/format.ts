/** Figures as the operator reads them. 1 GB is 2^30 bytes. Everything here is pure and says its unit in the text. */

const GB = 2 ** 30;
const MB = 2 ** 20;

/** What stands where a figure could not be measured. */
export const noFigure = '–';

/** More than any machine has, in bytes: a figure beyond it is none. */
const mostBytes = 2 ** 60;
/** A span beyond a century is a clock that was set wrong. */
const mostSeconds = 100 * 365 * 86_400;

const isBytes = (bytes: number): boolean => Math.abs(bytes) <= mostBytes;
const isSpan = (seconds: number): boolean => seconds <= mostSeconds;

/** Bytes as GB with one decimal and no unit: `22.7`. */
export const gbFigure = (bytes: number): string => {
  if (!isBytes(bytes)) return noFigure;
  const text = (bytes / GB).toFixed(1);
  return text === '-0.0' ? '0.0' : text;
};

/** Bytes as GB with one decimal: `22.7 GB`. */
export const gb = (bytes: number): string => `${gbFigure(bytes)} GB`;

/** Bytes of one process: MB below 1000 MB, where a decimal of a GB would say nothing. */
export const size = (bytes: number): string =>
  Math.abs(bytes) < 999.5 * MB ? `${Math.round(bytes / MB)} MB` : gb(bytes);

/** Bytes a second, without a sign. */
export const rate = (bytesPerSecond: number): string => `${size(Math.abs(bytesPerSecond))}/s`;

/** A share of one as percent: two digits from 10 %, one decimal below, never a false zero. */
export const percent = (share: number): string => {
  const value = share * 100;
  if (!Number.isFinite(value)) return noFigure;
  if (value > 0 && value < 0.1) return '< 0.1 %';
  return `${value >= 9.95 || value === 0 ? Math.round(value) : value.toFixed(1)} %`;
};

const two = (value: number): string => String(value).padStart(2, '0');

/** A span as m:ss, from one hour h:mm:ss. */
export const clockSpan = (seconds: number): string => {
  if (!isSpan(seconds)) return noFigure;
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
};

/** A span in its largest unit, for how long something has lasted: `40 s`, `3 min`, `2 h 5 min`, `3 days`. */
export const roughSpan = (seconds: number): string => {
  if (!isSpan(seconds)) return noFigure;
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} days`;
};

/** How long ago: `12 s ago`, `4 min ago`. */
export const agoText = (seconds: number): string => `${roughSpan(seconds)} ago`;

/** A span to the second, for one that is counted down: `58 s`, `4 min 12 s`; from one hour without seconds. */
export const exactSpan = (seconds: number): string => {
  if (!isSpan(seconds)) return noFigure;
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return roughSpan(whole);
};

/** A span that is still to come, to ten seconds from one minute up: more would promise too much. */
export const aboutSpan = (seconds: number): string => {
  if (!isSpan(seconds)) return noFigure;
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const rounded = Math.round(whole / 10) * 10;
  const minutes = Math.floor(rounded / 60);
  return rounded % 60 === 0 || minutes >= 10 ? `${minutes} min` : `${minutes} min ${rounded % 60} s`;
};

const units = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

/** A span in words for a screen reader. */
export const spokenSpan = (seconds: number): string => {
  if (!isSpan(seconds)) return noFigure;
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return units(whole, 'second');
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return units(minutes, 'minute');
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  return rest === 0 ? units(hours, 'hour') : `${units(hours, 'hour')} ${units(rest, 'minute')}`;
};

/** The same to the second below an hour: `3 minutes 12 seconds`. */
export const spokenExactSpan = (seconds: number): string => {
  if (!isSpan(seconds)) return noFigure;
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60 || whole >= 3600 || whole % 60 === 0) return spokenSpan(whole);
  return `${spokenSpan(whole)} ${units(whole % 60, 'second')}`;
};

/** Wall time of day as the machine's own clock shows it. */
export const timeOfDay = (wallMs: number): string => {
  const date = new Date(wallMs);
  if (Number.isNaN(date.getTime())) return noFigure;
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
};

/** `a`, `a and b`, `a, b and c`. */
export const list = (names: readonly string[]): string => {
  const last = names.at(-1);
  if (last === undefined) return '';
  return names.length === 1 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
};

/** A name short enough for a sentence; the full one stands in its row. */
export const shorten = (name: string, most = 28): string =>
  name.length <= most ? name : `${name.slice(0, most - 1).trimEnd()}…`;

/** Ended as a sentence is. */
export const sentence = (text: string): string => (text === '' || /[.!?…]$/.test(text) ? text : `${text}.`);

/** With a capital at its beginning. */
export const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
