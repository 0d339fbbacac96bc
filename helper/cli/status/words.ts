import type { LevelName, Status } from '../../protocol/status.ts';
import { duration, rate, size } from '../figures.ts';
import type { Style } from '../lines.ts';
import { printable } from '../printable.ts';

/** Level and memory in words. */

export const levelWords: Readonly<
  Record<LevelName, { readonly word: string; readonly sign: string; readonly style: Style }>
> = {
  green: { word: 'Normal', sign: '●', style: 'green' },
  yellow: { word: 'Getting tight', sign: '▲', style: 'yellow' },
  orange: { word: 'High', sign: '◆', style: 'orange' },
  red: { word: 'Critical', sign: '⬣', style: 'red' },
};

/** "22.7 GB available of 64.0 GB". */
export const headroom = ({ machine }: Status): string =>
  machine.availableBytes === null
    ? `available memory unknown, ${size(machine.totalBytes)} installed`
    : `${size(machine.availableBytes)} available of ${size(machine.totalBytes)}`;

const kernelWords: Readonly<Record<number, string>> = { 1: 'normal', 2: 'warning', 4: 'critical' };

export const kernelText = (level: number | null): string =>
  level === null ? 'unknown' : `${level} (${kernelWords[level] ?? 'not a value the kernel documents'})`;

export const swapText = (swap: Status['machine']['swap']): string => {
  if (swap === null) return 'unknown';
  if (swap.totalBytes === 0) return 'none on this machine';
  const moved = [
    swap.inBytesPerSecond === null ? [] : [`in ${rate(swap.inBytesPerSecond)}`],
    swap.outBytesPerSecond === null ? [] : [`out ${rate(swap.outBytesPerSecond)}`],
  ].flat();
  return [`${size(swap.usedBytes)} of ${size(swap.totalBytes)} in use`, ...moved].join(', ');
};

export const forecastText = (forecast: Status['forecast']): string => {
  if (forecast.kind === 'not_evaluated') return `not evaluated: ${printable(forecast.reason)}`;
  const distance =
    forecast.distanceBytes >= 0
      ? `${size(forecast.distanceBytes)} left until the kernel warns`
      : `the kernel's warning line was crossed by ${size(-forecast.distanceBytes)}`;
  const pace = forecast.rateBytesPerSecond === null ? '' : `, filling at ${rate(forecast.rateBytesPerSecond)}`;
  // Less than a second away it is here, and the distance says so.
  const seconds = forecast.secondsToWarn;
  const when = seconds === null || seconds < 0.5 ? '' : `, in about ${duration(seconds)}`;
  return `${distance}${pace}${when}`;
};

/** Above this share the kernel ends a process when compressor and swap are full (xnu, no_paging_space_action). */
const endedAbove = 0.5;

/** Null: it is not known, as always on green. */
export const victimText = (forecast: Status['forecast']): string | null => {
  if (forecast.kind === 'not_evaluated' || forecast.nextVictim === null) return null;
  const { pid, name, compressedBytes, share } = forecast.nextVictim;
  const most = `${printable(name)} (pid ${pid}) holds ${Math.round(100 * share)} % of what is compressed, ${size(compressedBytes)}`;
  return share > endedAbove ? `${most}: macOS would end it first` : `${most}: too little for macOS to end it`;
};

const modeWords: Readonly<Record<Status['mode']['name'], string>> = {
  observe_only: 'observe only',
  dry_run: 'dry run: relief is only shown; seats and bands are live',
  live: 'live',
};

export const modeText = ({ name, reasons }: Status['mode']): string =>
  reasons.length === 0 ? modeWords[name] : `${modeWords[name]} (${reasons.map(printable).join('; ')})`;
