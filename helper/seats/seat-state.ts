import type { ProcessId, ProcessReading } from '../host/reading.ts';

/** What a seat is seen to do, from readings alone. */
export type SightState = 'absent' | 'loading' | 'running' | 'frozen' | 'draining';

/** Growth of a load: slower than this, a seat stands still. */
const loadingBytesPerSecond = 64 * 2 ** 20;
/** A load pauses between files; only so long a stand ends it. */
const stillMs = 10_000;
/** Whatever grows longer than this is not a load. */
const loadLimitMs = 120_000;

/** One look at a seat. */
export interface SeatSight {
  readonly nowMs: number;
  /** launchd's pid for its label; null: it does not run. */
  readonly mainPid: number | null;
  readonly processes: readonly Pick<ProcessReading, 'id' | 'state'>[];
  /** Of all its processes. */
  readonly footprintBytes: number;
  /** Of all its processes; null: seen only once yet. */
  readonly growthBytesPerSecond: number | null;
  /** As declared. */
  readonly peakBytes: number;
  /** It has been told to end. */
  readonly isDraining: boolean;
}

/** What a seat is remembered by between two looks. */
export interface SeatLife {
  readonly state: SightState;
  /** Since when it is in this state. */
  readonly sinceMs: number;
  readonly main: ProcessId | null;
  /** When this main process was seen first. */
  readonly mainSinceMs: number;
  /**
   * `expected`: found running, so only growth shows that it loads. `under_way`: it loads. `over`: whatever this process
   * does now, it has loaded.
   */
  readonly load: 'expected' | 'under_way' | 'over';
  /** Since when it has not grown; null: it grows, or nobody knows. */
  readonly stillSinceMs: number | null;
}

/**
 * Whether the main process is the one before. Its service may have a pid that no pass has measured yet (`now` is null), or
 * have lost it while other processes of the seat remain.
 */
const isSameMain = (before: ProcessId | null, now: ProcessId | null, mainPid: number | null): boolean => {
  if (before === null) return true;
  if (now === null) return mainPid === null || mainPid === before.pid;
  return before.pid === now.pid && before.start === now.start;
};

/** The load of one main process: it begins with the process or with its growth, and ends once. */
const loadOf = (
  before: Pick<SeatLife, 'load' | 'mainSinceMs' | 'stillSinceMs'>,
  sight: SeatSight,
): Pick<SeatLife, 'load' | 'stillSinceMs'> => {
  const { nowMs, growthBytesPerSecond: growth } = sight;
  if (before.load === 'over') return { load: 'over', stillSinceMs: null };
  if (nowMs - before.mainSinceMs >= loadLimitMs) return { load: 'over', stillSinceMs: null };
  const grows = growth !== null && growth >= loadingBytesPerSecond;
  if (before.load === 'expected')
    return { load: grows && sight.footprintBytes < sight.peakBytes ? 'under_way' : 'expected', stillSinceMs: null };
  const stillSinceMs = growth === null || grows ? null : (before.stillSinceMs ?? nowMs);
  const isOver = stillSinceMs !== null && nowMs - stillSinceMs >= stillMs;
  return { load: isOver ? 'over' : 'under_way', stillSinceMs };
};

const stateOf = (load: SeatLife['load'], isStopped: boolean, isDraining: boolean): SightState => {
  if (isDraining) return 'draining';
  if (isStopped) return 'frozen';
  return load === 'under_way' ? 'loading' : 'running';
};

/**
 * The next life of a seat. `before` is null at the first look of this keeper: who is there then was not seen to start, and
 * loads only if it grows within the first two minutes while it is below its declared peak.
 */
export const observeSeatState = (before: SeatLife | null, sight: SeatSight): SeatLife => {
  const { nowMs } = sight;
  const entering = (life: Omit<SeatLife, 'sinceMs'>): SeatLife => ({
    ...life,
    sinceMs: before !== null && before.state === life.state ? before.sinceMs : nowMs,
  });
  if (sight.mainPid === null && sight.processes.length === 0)
    return entering({ state: 'absent', main: null, mainSinceMs: nowMs, load: 'expected', stillSinceMs: null });

  const process = sight.processes.find(({ id }) => id.pid === sight.mainPid);
  const main = process?.id ?? null;
  const goesOn = before !== null && before.state !== 'absent' && isSameMain(before.main, main, sight.mainPid);
  const life = goesOn
    ? before
    : {
        load: before === null ? ('expected' as const) : ('under_way' as const),
        mainSinceMs: nowMs,
        stillSinceMs: null,
      };
  const load = loadOf(life, sight);
  return entering({
    ...load,
    state: stateOf(load.load, process?.state === 'stopped', sight.isDraining),
    main: main ?? (goesOn ? before.main : null),
    mainSinceMs: life.mainSinceMs,
  });
};
