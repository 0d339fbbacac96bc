/** Figures for people, the same wherever they are read. 1 GB is 2^30 bytes, as everywhere in Castellan. */

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

/** What is left of a wait that is looked at second by second: "0:42", "9:58", "1:02:03". */
export const countdown = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours === 0 ? `${minutes}:${two(whole % 60)}` : `${hours}:${two(minutes)}:${two(whole % 60)}`;
};
