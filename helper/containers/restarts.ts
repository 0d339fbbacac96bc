import { isClosed, type PortState } from './ports.ts';

/**
 * How often the operator's command may start the machine of the containers anew. What has been seen with Colima's forwards is
 * that they last for some three minutes: started again each time they die, it would do nothing else.
 */

/** At most once in so long, and not before the keeper has run for as long: it may have been done just before it started. */
export const restartEveryMs = 900_000;
/** Open for so long, a restart did help, and those before it are forgotten. */
const wellMs = 3_600_000;
/** After so many that did not help the operator is asked to find out why. */
export const mostUseless = 3;

export interface Restarts {
  /** Null: not since the keeper started. */
  readonly lastMs: number | null;
  /** What the last one came to is known. */
  readonly isJudged: boolean;
  /** It runs now. */
  readonly isRunning: boolean;
  /** In a row. */
  readonly useless: number;
}

export const noRestarts: Restarts = { lastMs: null, isJudged: true, isRunning: false, useless: 0 };

/** What the last restart came to, after a look at the ports. A port that is closed again before the next is due: nothing. */
export const judgeRestarts = (restarts: Restarts, ports: readonly PortState[], nowMs: number): Restarts => {
  const { lastMs, isJudged, isRunning } = restarts;
  if (lastMs === null || isRunning) return restarts;
  if (ports.some(isClosed)) return isJudged ? restarts : { ...restarts, isJudged: true, useless: restarts.useless + 1 };
  const isWell =
    ports.length > 0 && ports.every(({ openSinceMs }) => openSinceMs !== null && nowMs - openSinceMs >= wellMs);
  return isWell ? { ...restarts, isJudged: true, useless: 0 } : restarts;
};

/** Null: now. Otherwise why not, in words. */
export const whyNoRestart = (
  restarts: Restarts,
  ports: readonly PortState[],
  { startedMs, nowMs }: { readonly startedMs: number; readonly nowMs: number },
): string | null => {
  if (!ports.some(isClosed)) return 'no port is closed';
  if (restarts.isRunning) return 'it runs now';
  if (restarts.useless >= mostUseless) return `${restarts.useless} restarts in a row did not help`;
  const fromMs = (restarts.lastMs ?? startedMs) + restartEveryMs;
  return nowMs < fromMs ? 'the last one, or the start of the keeper, was less than a quarter of an hour ago' : null;
};
