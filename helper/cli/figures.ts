/** Figures for people. 1 GB is 2^30 bytes, as everywhere in Castellan. */

const GB = 2 ** 30;
const MB = 2 ** 20;
const KB = 2 ** 10;

/** "21.0 GB", "45 MB", "512 KB", "0 MB". */
export const size = (bytes: number): string => {
  const magnitude = Math.abs(bytes);
  if (magnitude >= 0.95 * GB) return `${(bytes / GB).toFixed(1)} GB`;
  if (magnitude >= 0.5 * MB || magnitude === 0) return `${Math.round(bytes / MB)} MB`;
  return `${Math.round(bytes / KB)} KB`;
};

/** "21.0", where the unit is said once for many. */
export const inGb = (bytes: number): string => (bytes / GB).toFixed(1);

export const rate = (bytesPerSecond: number): string => `${size(bytesPerSecond)}/s`;

/** "40 s", "3 min", "2 h 5 min", "3 d 4 h". */
export const duration = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? `${Math.floor(hours / 24)} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
};

export const percent = (share: number): string => {
  const value = share * 100;
  return `${value > 0 && value < 1 ? value.toFixed(1) : Math.round(value)} %`;
};

/** Local time of day, "14:03:07". */
export const timeOfDay = (wallMs: number): string => new Date(wallMs).toTimeString().slice(0, 8);

/** Columns of a bar of `columns` for parts of a whole, by largest remainder: they always sum to `columns`. */
export const barColumns = (parts: readonly number[], columns: number): readonly number[] => {
  const total = parts.reduce((sum, part) => sum + part, 0);
  if (total <= 0) return parts.map(() => 0);
  const exact = parts.map((part) => (part / total) * columns);
  const floors = exact.map(Math.floor);
  const order = exact.map((value, at) => ({ at, rest: value - Math.floor(value) })).sort((a, b) => b.rest - a.rest);
  let left = columns - floors.reduce((sum, floor) => sum + floor, 0);
  for (const { at } of order) {
    if (left <= 0) break;
    floors[at] = (floors[at] ?? 0) + 1;
    left -= 1;
  }
  return floors;
};
