import type { Inspection } from '../host/port.ts';
import type { ProcessReading } from '../host/reading.ts';
import type { ProcessSpec, ServiceSpec } from './scenario.ts';
import { type Track, valueAt } from './tracks.ts';

/** One run of a scripted process: it grows along its track while it runs, and holds what it has while it stands still. */
export interface Run {
  readonly spec: ProcessSpec;
  readonly pid: number;
  readonly start: string;
  readonly track: Track;
  /** When its track begins. */
  readonly zeroMs: number;
  /** How long it has stood still in all, until the present stop. */
  pausedMs: number;
  stoppedSinceMs: number | null;
  /** Told to end; it does not grow any more. */
  drainingSinceMs: number | null;
  peakBytes: number;
}

export const firstRun = (spec: ProcessSpec): Run => ({
  spec,
  pid: spec.pid,
  start: spec.start ?? `${spec.pid}@0`,
  track: spec.footprint,
  zeroMs: 0,
  pausedMs: 0,
  stoppedSinceMs: spec.state === 'stopped' ? (spec.from ?? 0) : null,
  drainingSinceMs: null,
  peakBytes: spec.peak ?? 0,
});

/** The run after another has ended: a new pid, and its track from the beginning. */
export const nextRun = (spec: ProcessSpec, service: ServiceSpec, pid: number, nowMs: number): Run => ({
  spec,
  pid,
  start: `${pid}@${nowMs}`,
  track: service.respawnFootprint ?? spec.footprint,
  zeroMs: nowMs,
  pausedMs: 0,
  stoppedSinceMs: null,
  drainingSinceMs: null,
  peakBytes: 0,
});

const heldSince = (run: Run): number | null => run.stoppedSinceMs ?? run.drainingSinceMs;

const onItsClock = (run: Run, nowMs: number): number => (heldSince(run) ?? nowMs) - run.zeroMs - run.pausedMs;

export const footprintOf = (run: Run, nowMs: number): number =>
  Math.round(valueAt(run.track, Math.max(0, onItsClock(run, nowMs))));

/** What the process would have if nobody had done anything to it. */
export const scriptedFootprint = (spec: ProcessSpec, nowMs: number): number =>
  nowMs < (spec.from ?? 0) || nowMs >= (spec.until ?? Number.POSITIVE_INFINITY)
    ? 0
    : Math.round(valueAt(spec.footprint, nowMs));

const wiredShare = ({ wired = 0 }: ProcessSpec, footprintBytes: number): number => Math.min(wired, footprintBytes);

export const wiredOf = (run: Run, nowMs: number): number => wiredShare(run.spec, footprintOf(run, nowMs));

export const scriptedWired = (spec: ProcessSpec, nowMs: number): number =>
  wiredShare(spec, scriptedFootprint(spec, nowMs));

export const processReadingOf = (run: Run, nowMs: number): ProcessReading => {
  const { spec } = run;
  const footprintBytes = footprintOf(run, nowMs);
  run.peakBytes = Math.max(run.peakBytes, footprintBytes);
  return {
    id: { pid: run.pid, start: run.start },
    ppid: spec.ppid,
    uid: spec.uid,
    processGroup: spec.processGroup ?? run.pid,
    name: spec.name,
    command: spec.command,
    state: run.stoppedSinceMs !== null ? 'stopped' : spec.state === 'stopped' ? 'sleeping' : spec.state,
    footprintBytes,
    rssBytes:
      spec.rss === undefined ? footprintBytes : Math.round(valueAt(spec.rss, Math.max(0, onItsClock(run, nowMs)))),
    peakFootprintBytes: run.peakBytes,
    wiredBytes: spec.wired === undefined ? null : wiredShare(spec, footprintBytes),
    compressedBytes: null,
    cpuMs: Math.round((Math.max(0, onItsClock(run, nowMs)) * spec.cpu) / 100),
  };
};

export const inspectionOf = ({ spec, pid, start }: Run): Inspection => ({
  id: { pid, start },
  listening: spec.listening,
  isHypervisor: spec.hypervisor,
  isTraced: spec.traced,
  isPlatform: spec.platform,
  processGroup: spec.processGroup ?? pid,
});
