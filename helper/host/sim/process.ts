import type { ProcessState } from '../reading.ts';
import { createRandom, type Random } from './random.ts';
import type { BurstSpec, ProcessSpec } from './scenario.ts';

/** A process of the simulated Mac. Mutable, and changed only by the world it lives in. */
export interface SimProcess {
  readonly spec: ProcessSpec;
  readonly pid: number;
  /** Counts up with every start and is never reused, like xnu's p_uniqueid. */
  readonly uniqueId: number;
  ppid: number;
  readonly processGroup: number;
  readonly startedMs: number;
  state: ProcessState;
  band: number;
  /** Where the footprint tends when nothing special happens. */
  restBytes: number;
  /** In RAM and not compressed; wired memory not included. */
  anonBytes: number;
  /** Uncompressed size of what sits in the compressor or in swap. */
  compressedBytes: number;
  wiredBytes: number;
  peakBytes: number;
  leakBytesPerSecond: number;
  /** Speed of a change that was asked for; null once it is done. */
  rampBytesPerSecond: number | null;
  readonly burst: Burst | null;
  jitter: number;
  cpuMs: number;
  /** Nothing will change before its next beat. */
  isSettled: boolean;
  visitedMs: number;
  /** A TERM that has been delivered ends the process then; a stopped process does not get that far. */
  exitAtMs: number | null;
  isTermPending: boolean;
  /** launchd's KILL after a bootout. */
  killAtMs: number | null;
  /** Ends by itself then (short-lived helpers). */
  endsAtMs: number | null;
  /** With this code, then. */
  endCode: number;
  /** When it held all that it loads at its start; null: it is still loading. */
  loadedAtMs: number | null;
  /** It has lost its model. */
  isHollow: boolean;
  /** Who is connected to its port, and what moves. */
  readonly clients: { connections: number; bytesPerSecond: number; movedBytes: number; sinceMs: number };
  readonly random: Random;
}

interface Burst {
  readonly spec: BurstSpec;
  startMs: number;
  toBytes: number;
  count: number;
}

const MB = 2 ** 20;
/** Speed of ordinary changes. */
const driftBytesPerSecond = 24 * MB;
/** A model that is dropped goes as fast as its pages are freed. */
const collapseBytesPerSecond = 16 * 2 ** 30;
/** Footprints wander by up to this share of themselves. */
const jitterShare = 0.004;

export const createProcess = (
  spec: ProcessSpec,
  id: { readonly pid: number; readonly uniqueId: number; readonly ppid: number; readonly processGroup: number },
  nowMs: number,
  isFresh: boolean,
  seed: number,
): SimProcess => {
  const random = createRandom(seed ^ (id.uniqueId * 7919));
  const isLoading = isFresh && spec.loadBytesPerSecond !== undefined;
  const startBytes = isLoading ? Math.min(40 * MB, spec.footprintBytes) : spec.footprintBytes;
  const wiredBytes = Math.min(spec.wiredBytes ?? 0, startBytes);
  const compressedBytes = isFresh ? 0 : Math.min(spec.compressedBytes ?? 0, startBytes - wiredBytes);
  const burst = spec.burst;
  return {
    spec,
    pid: id.pid,
    uniqueId: id.uniqueId,
    ppid: id.ppid,
    processGroup: id.processGroup,
    startedMs: nowMs,
    state: 'sleeping',
    band: spec.band ?? 180,
    restBytes: spec.footprintBytes,
    anonBytes: startBytes - wiredBytes - compressedBytes,
    compressedBytes,
    wiredBytes,
    peakBytes: isFresh ? startBytes : Math.max(spec.lifetimePeakBytes ?? 0, startBytes),
    leakBytesPerSecond: spec.leakBytesPerSecond ?? 0,
    rampBytesPerSecond: isLoading ? (spec.loadBytesPerSecond ?? null) : null,
    burst:
      burst === undefined
        ? null
        : {
            spec: burst,
            startMs: nowMs + burst.firstSeconds * 1000,
            toBytes: spec.footprintBytes + 0.65 * (burst.peakBytes - spec.footprintBytes),
            count: 0,
          },
    jitter: 0,
    cpuMs: 0,
    isSettled: false,
    visitedMs: nowMs,
    exitAtMs: null,
    isTermPending: false,
    killAtMs: null,
    endsAtMs: null,
    endCode: 0,
    loadedAtMs: isLoading ? null : nowMs,
    isHollow: false,
    clients: { connections: 0, bytesPerSecond: 0, movedBytes: 0, sinceMs: nowMs },
    random,
  };
};

export const footprintOf = (p: SimProcess): number => p.anonBytes + p.compressedBytes + p.wiredBytes;

export const isStopped = (p: SimProcess): boolean => p.state === 'stopped';

/** What ps would show: GPU memory is in nobody's resident set, compressed memory neither. */
export const rssOf = (p: SimProcess): number =>
  p.spec.hiddenRssBytes ?? p.anonBytes + p.wiredBytes + Math.min(12 * MB, p.restBytes);

export const ratioOf = (p: SimProcess): number => p.spec.ratio ?? 2.5;

/** What the pageout daemon finds untouched. A stopped process touches nothing. */
export const coldBytes = (p: SimProcess): number => {
  if (isStopped(p)) return p.anonBytes;
  const hot = (1 - (p.spec.coldShare ?? 0.5)) * (p.anonBytes + p.compressedBytes);
  return Math.max(p.anonBytes - hot, 0);
};

/** Memory of models is wired first: weights before caches. */
export const grow = (p: SimProcess, bytes: number): void => {
  const wired = Math.min(bytes, Math.max((p.spec.wiredBytes ?? 0) - p.wiredBytes, 0));
  p.wiredBytes += wired;
  p.anonBytes += bytes - wired;
  const footprint = footprintOf(p);
  if (footprint > p.peakBytes) p.peakBytes = footprint;
};

/** What was touched last goes first; wired memory last. */
export const shrink = (p: SimProcess, bytes: number): void => {
  const anon = Math.min(bytes, p.anonBytes);
  p.anonBytes -= anon;
  const compressed = Math.min(bytes - anon, p.compressedBytes);
  p.compressedBytes -= compressed;
  p.wiredBytes -= Math.min(bytes - anon - compressed, p.wiredBytes);
};

const burstTarget = (p: SimProcess, nowMs: number): number | null => {
  const { burst } = p;
  if (burst === null || p.isHollow || nowMs < burst.startMs) return null;
  const { spec } = burst;
  if (nowMs < burst.startMs + (spec.riseSeconds + spec.holdSeconds) * 1000) return burst.toBytes;
  burst.count += 1;
  burst.startMs = nowMs + spec.everySeconds * 1000 * (0.8 + 0.4 * p.random());
  // Every third one is as long as the context allows; the others stay well below.
  const share = burst.count % 3 === 2 ? 1 : 0.25 + 0.5 * p.random();
  burst.toBytes = p.restBytes + (spec.peakBytes - p.restBytes) * share;
  return null;
};

/** Changes fast enough that a sample every 10 ms must see it move. */
export const isBusy = (p: SimProcess, nowMs: number): boolean =>
  !isStopped(p) &&
  (p.rampBytesPerSecond !== null || p.leakBytesPerSecond > 0 || (p.burst !== null && nowMs >= p.burst.startMs));

/** Each process changes its mind once a second, not all at once. */
const isOnBeat = (p: SimProcess, nowMs: number): boolean => nowMs % 100 === 0 && (nowMs / 100) % 10 === p.pid % 10;

/** Nothing to do for it in this step: it is stopped, or content until its next beat. */
export const rests = (p: SimProcess, nowMs: number): boolean =>
  isStopped(p) || (p.isSettled && !isOnBeat(p, nowMs) && !isBusy(p, nowMs));

/** Share of one core of a server that answers somebody. */
const servingShare = 0.5;

/** CPU time since the last visit; a stop in between counts for nothing because the visit before it was the last. */
export const accountCpu = (p: SimProcess, nowMs: number, dtMs: number, isWorking: boolean): void => {
  const awayMs = p.isSettled ? nowMs - p.visitedMs : dtMs;
  const idleShare = p.clients.bytesPerSecond > 0 ? servingShare : (p.spec.cpuShare ?? 0.002);
  p.cpuMs += awayMs * (isWorking ? 0.9 : idleShare);
  p.visitedMs = nowMs;
};

/** How much a process wants to grow (or gives back, negative) in the next `dtMs`, bytes. */
export const wantedBytes = (p: SimProcess, nowMs: number, dtMs: number, isLively: boolean): number => {
  const seconds = dtMs / 1000;
  if (p.leakBytesPerSecond > 0) p.restBytes += p.leakBytesPerSecond * seconds;
  const burst = burstTarget(p, nowMs);
  const isWorking = burst !== null || p.leakBytesPerSecond > 0 || p.rampBytesPerSecond !== null;
  accountCpu(p, nowMs, dtMs, isWorking);
  p.state = isWorking ? 'running' : 'sleeping';
  if (isLively && isOnBeat(p, nowMs)) p.jitter = 2 * p.random() - 1;

  const target = burst ?? p.restBytes * (1 + (p.rampBytesPerSecond === null ? jitterShare * p.jitter : 0));
  const distance = target - footprintOf(p);
  const burstSpeed = p.burst === null ? 0 : (p.burst.spec.peakBytes - p.restBytes) / p.burst.spec.riseSeconds;
  const speed = Math.max(
    p.rampBytesPerSecond ?? driftBytesPerSecond,
    p.leakBytesPerSecond * 1.5,
    burst === null && distance > 0 ? 0 : burstSpeed,
    p.isHollow ? collapseBytesPerSecond : 0,
  );
  const most = speed * seconds;
  p.isSettled = Math.abs(distance) <= most;
  if (!p.isSettled) return Math.sign(distance) * most;
  p.rampBytesPerSecond = null;
  p.loadedAtMs ??= nowMs;
  return distance;
};
