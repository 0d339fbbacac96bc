import type { ProcessRow, Status } from '../../helper/protocol/status.ts';
import { processName } from '../data/processes/top.ts';
import { aboutSpan, gb, gbFigure, list, percent, rate, shorten } from './format.ts';
import { levelRank } from './levels.ts';

/** Growth from which a process is worth naming: below it is ordinary allocation, not a trend. Bytes a second. */
const namedGrowthBytesPerSecond = 16 * 2 ** 20;

const causes = (status: Status): readonly string[] => {
  const { level, machine } = status;
  const rank = levelRank(level.name);
  if (rank === 0) return [];
  const found: string[] = [];
  if (levelRank(level.arms.available) >= rank) {
    found.push(
      ['', 'available memory is getting low', 'available memory is low', 'available memory is nearly gone'][rank] ?? '',
    );
  }
  if (levelRank(level.arms.kernel) >= rank) {
    found.push(
      (machine.kernelLevel ?? 0) >= 4 ? 'the kernel reports critical pressure' : 'the kernel warns of pressure',
    );
  }
  if (levelRank(level.arms.swap) >= rank && machine.swap !== null) {
    const { usedBytes, totalBytes } = machine.swap;
    found.push(`swap is ${percent(usedBytes / totalBytes)} full (${gbFigure(usedBytes)} of ${gb(totalBytes)})`);
  }
  // Growth lifts the level only where no arm has reached it by itself.
  if (level.growthEscalated && machine.compressorGrowthBytesPerSecond !== null) {
    found.push(`the compressor grows ${rate(machine.compressorGrowthBytesPerSecond)}`);
  }
  return found.length === 0 ? ['recovering'] : found;
};

const shortName = (row: ProcessRow): string => shorten(processName(row));

const others = (status: Status): readonly ProcessRow[] => status.top.filter((row) => !row.own);

const fastest = (status: Status): string | null => {
  const row = others(status)
    .filter((each) => (each.growthBytesPerSecond ?? 0) >= namedGrowthBytesPerSecond)
    .sort((a, b) => (b.growthBytesPerSecond ?? 0) - (a.growthBytesPerSecond ?? 0))[0];
  return row === undefined ? null : `${shortName(row)} grows ${rate(row.growthBytesPerSecond ?? 0)}`;
};

/** Size alone is no fault (a model is large by design): named last, and only when nothing grows. */
const largest = (status: Status): string | null => {
  const row = [...others(status)].sort((a, b) => b.footprintBytes - a.footprintBytes)[0];
  return row === undefined ? null : `${shortName(row)} is largest with ${gb(row.footprintBytes)}`;
};

const reserve = (status: Status): { readonly text: string; readonly short: boolean } | null => {
  const { reserve: kept, machine } = status;
  if (kept === null || kept.keptBytes <= 0 || kept.for.length === 0) return null;
  const missing = machine.availableBytes === null ? 0 : kept.keptBytes - machine.availableBytes;
  if (missing > 0)
    return {
      text: `${gb(missing)} short of the declared peak of ${list(kept.for.map((name) => shorten(name)))}`,
      short: true,
    };
  return { text: `${gb(kept.keptBytes)} more kept for ${list(kept.for.map((name) => shorten(name)))}`, short: false };
};

const forecast = (status: Status): string | null => {
  if (status.forecast.kind !== 'evaluated') return null;
  const { distanceBytes, secondsToWarn } = status.forecast;
  // Less than a second away it is here, and the distance says so.
  if (secondsToWarn !== null && secondsToWarn >= 0.5) return `kernel warning in about ${aboutSpan(secondsToWarn)}`;
  return distanceBytes < 0 && status.level.name !== 'green' ? 'past the line at which the kernel warns' : null;
};

/** Above this share of what is compressed the kernel ends a process when compressor and swap are full. */
const endedAbove = 0.5;

const victim = ({ forecast: found, level }: Status): string | null => {
  if (level.name !== 'red' || found.kind !== 'evaluated' || found.nextVictim === null) return null;
  const { name, share } = found.nextVictim;
  return share > endedAbove ? `macOS would end ${shorten(name)} first` : null;
};

const mode = (status: Status): string | null => {
  if (status.mode.name === 'observe_only') return 'observing only';
  if (status.relief.paused !== null) return 'automatic actions are paused';
  return status.mode.name === 'dry_run' && status.level.name !== 'green' ? 'dry run, relief is only shown' : null;
};

const pending = (status: Status): string | null => {
  const next = status.level.pending;
  if (next === null || levelRank(next.name) <= levelRank(status.level.name)) return null;
  return `${next.name} in ${aboutSpan(next.inSeconds)} if it stays like this`;
};

/** At most three facts: what does not fit in two lines is not read at a glance. */
const mostFacts = 3;

/**
 * The one sentence of the header, worst fact first: cause of the level, who, what is missing of a reserve, what the kernel
 * will do next, what Castellan does about it. On green it says what is kept and that there is nothing to do.
 */
export const headerSentence = (status: Status): string => {
  const kept = reserve(status);
  const coming = forecast(status);
  const soon = pending(status);
  const cause = causes(status);
  const worrying = cause.length > 0 || soon !== null || coming !== null;
  const facts: readonly (string | null)[] = [
    cause[0] ?? null,
    soon,
    worrying ? fastest(status) : null,
    kept?.short === true ? kept.text : null,
    coming,
    victim(status),
    mode(status),
    cause[1] ?? null,
    kept?.short === false && !worrying ? kept.text : null,
    cause.length > 0 && fastest(status) === null ? largest(status) : null,
  ];
  const said = facts.filter((fact): fact is string => fact !== null && fact !== '').slice(0, mostFacts);
  if (!worrying && kept?.short !== true && status.mode.name !== 'observe_only') said.push('nothing to do');
  const sentence = said.join('; ');
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
};
