import type { DeadmanTimes } from './times.ts';

/**
 * Whether the keeper still advances, counted by the deadman's own clock alone: no time of another process is compared,
 * so neither a clock that is set nor a sleeping machine makes a keeper look dead. Pure.
 */

export interface Staleness {
  /** When we looked last; null: never. */
  readonly polledMs: number | null;
  readonly staleMs: number;
  /** Left of the time that does not count. */
  readonly graceMs: number;
  /** A pause of ours has restarted the count since the last advance; it does so once. */
  readonly restarted: boolean;
  /** For how long the file alone has not advanced. */
  readonly fileStaleMs: number;
  readonly restartedKeeperMs: number | null;
}

export interface Look {
  readonly nowMs: number;
  /** The sequence number grew since the last look. */
  readonly socketAdvanced: boolean;
  /** The heartbeat file is another one than at the last look. */
  readonly fileAdvanced: boolean;
  /** Somebody is there to be started again. */
  readonly hasKeeper: boolean;
}

export type StaleAct =
  /** Say that the keeper does not advance. */
  | 'alert'
  /** Resume what is frozen; asked for at every look while it lasts. */
  | 'resume'
  /** Start the keeper again, after that. */
  | 'restart_keeper'
  /** The keeper lives, and its file does not: nobody is resumed for that. */
  | 'file_alert';

export const initialStaleness = (times: DeadmanTimes): Staleness => ({
  polledMs: null,
  staleMs: 0,
  graceMs: times.graceMs,
  restarted: false,
  fileStaleMs: 0,
  restartedKeeperMs: null,
});

/** It was heard of between two looks: the count begins anew. */
export const advanced = (before: Staleness): Staleness => ({ ...before, staleMs: 0, graceMs: 0, restarted: false });

const crossed = (before: number, after: number, mark: number): boolean => before < mark && after >= mark;

export const pollStaleness = (
  before: Staleness,
  look: Look,
  times: DeadmanTimes,
): { readonly after: Staleness; readonly acts: readonly StaleAct[] } => {
  const elapsed = before.polledMs === null ? 0 : Math.max(0, look.nowMs - before.polledMs);
  const polled = { ...before, polledMs: look.nowMs };
  const counted = Math.min(elapsed, times.countAtMostMs);
  const acts: StaleAct[] = [];

  if (look.socketAdvanced || look.fileAdvanced) {
    const fileStaleMs = look.fileAdvanced ? 0 : before.fileStaleMs + counted;
    if (crossed(before.fileStaleMs, fileStaleMs, times.alertMs)) acts.push('file_alert');
    return { after: { ...advanced(polled), fileStaleMs }, acts };
  }
  // Once, and not at every look: a machine so busy that all our looks are late must not keep the count at zero.
  if (elapsed > times.gapMs && !before.restarted)
    return { after: { ...polled, staleMs: 0, graceMs: times.graceMs, restarted: true }, acts };

  const spared = Math.min(counted, before.graceMs);
  const staleMs = before.staleMs + counted - spared;
  if (crossed(before.staleMs, staleMs, times.alertMs)) acts.push('alert');
  if (staleMs >= times.resumeMs) acts.push('resume');
  const mayRestart = before.restartedKeeperMs === null || look.nowMs - before.restartedKeeperMs >= times.restartEveryMs;
  const restarts = staleMs >= times.resumeMs && look.hasKeeper && mayRestart;
  if (restarts) acts.push('restart_keeper');
  return {
    after: {
      ...polled,
      staleMs,
      graceMs: before.graceMs - spared,
      restartedKeeperMs: restarts ? look.nowMs : before.restartedKeeperMs,
    },
    acts,
  };
};
