import type { Clock, Host } from '../../host/port.ts';

/**
 * Notices that the keeper's own executable is gone: the app was dragged to the Bin. An installer, too, takes the file away
 * and puts another in its place, so only one that stays away counts. Then nobody will ever start a keeper here again, and what
 * Castellan holds over others must not outlive it.
 */

/** Longer than any installer lets the file be missing. */
export const goneForMs = 30_000;
const lookEveryMs = 5_000;

export interface WatchOptions {
  readonly host: Pick<Host, 'identify' | 'isExecutableGone'> & { readonly clock: Pick<Clock, 'nowMs' | 'at'> };
  readonly pid: number;
  /** Called once. */
  readonly onGone: () => void;
}

/** Returns the end of the watch. */
export const watchOwnExecutable = ({ host, pid, onGone }: WatchOptions): (() => void) => {
  const { clock } = host;
  let goneSinceMs: number | null = null;
  let cancel: () => void = () => {};

  /** Null, not known, is not gone. */
  const isGone = (): boolean => {
    const own = host.identify(pid);
    return !('problem' in own) && host.isExecutableGone(own) === true;
  };

  const look = (): void => {
    const nowMs = clock.nowMs();
    goneSinceMs = isGone() ? (goneSinceMs ?? nowMs) : null;
    if (goneSinceMs !== null && nowMs - goneSinceMs >= goneForMs) onGone();
    else cancel = clock.at(nowMs + lookEveryMs, look);
  };

  cancel = clock.at(clock.nowMs() + lookEveryMs, look);
  return () => cancel();
};
