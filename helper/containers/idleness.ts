import type { ContainerLook } from '../adapters/docker-wire.ts';

/**
 * Since when a container does nothing, by what its counters did between two looks. The engine is asked for single moments: rates
 * come from the sample before, which is kept here.
 */

/** Below 2 % of one core it idles, as a seat does: what serves on request polls and collects garbage now and then. */
export const idleCpuShare = 0.02;
/** Bytes a second: discovery and keep-alives on a bridge stay below, an answer now and then does not. */
export const idleNetworkBytesPerSecond = 1_024;

/** Closer together, one look says nothing of the time between. */
const leastApartMs = 60_000;
/** Farther apart, nobody knows what was between: a sleep, or an engine that was away. */
export const mostApartMs = 900_000;

/** What was counted when. */
export interface Sample {
  readonly atMs: number;
  readonly cpuMs: number;
  readonly networkBytes: number;
}

export interface Idleness {
  /** Null: its counters are not known. */
  readonly sample: Sample | null;
  /** It has idled in every look since then; null: it works, or that is not known. */
  readonly sinceMs: number | null;
  /** Between the last two looks; null: not known. */
  readonly last: 'idle' | 'working' | null;
}

export const sampleOf = ({ cpuMs, networkBytes }: ContainerLook, atMs: number): Sample | null =>
  cpuMs === null || networkBytes === null ? null : { atMs, cpuMs, networkBytes };

/** The most that counters may show at a time and still be those of an idle container. */
export const idleLimits = (sample: Sample, nowMs: number): Omit<Sample, 'atMs'> => {
  const elapsedMs = Math.max(0, nowMs - sample.atMs);
  return {
    cpuMs: sample.cpuMs + Math.ceil(elapsedMs * idleCpuShare),
    networkBytes: sample.networkBytes + Math.ceil((elapsedMs / 1_000) * idleNetworkBytesPerSecond),
  };
};

/** @param before of the same run of the container; null: this is the first look at it */
export const observeIdleness = (before: Idleness | null, look: ContainerLook, nowMs: number): Idleness => {
  const sample = sampleOf(look, nowMs);
  const old = before?.sample ?? null;
  // What does not tell is not idle: nobody is stopped for what is not known.
  if (sample === null || old === null || before === null) return { sample, sinceMs: null, last: null };
  const elapsedMs = nowMs - old.atMs;
  if (elapsedMs < leastApartMs) return before;
  // Counters only fall when somebody else counts: another engine, another run.
  if (elapsedMs > mostApartMs || sample.cpuMs < old.cpuMs || sample.networkBytes < old.networkBytes)
    return { sample, sinceMs: null, last: null };
  const limits = idleLimits(old, nowMs);
  const isIdle = sample.cpuMs <= limits.cpuMs && sample.networkBytes <= limits.networkBytes;
  return isIdle
    ? { sample, sinceMs: before.sinceMs ?? old.atMs, last: 'idle' }
    : { sample, sinceMs: null, last: 'working' };
};
