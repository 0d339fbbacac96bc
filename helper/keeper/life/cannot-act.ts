import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../../host/port.ts';
import { consoleUid } from '../../install/console-account.ts';
import { type Found, loadedRetired, retiredReason } from '../../install/cutover/retired.ts';
import { whyNotRoots } from '../../install/executable-trust.ts';
import { createLaunchctlPort } from '../../install/launchd.ts';
import type { KeeperEvent } from '../judgement/events.ts';
import { isLaunchds } from './installed.ts';
import { watchRetired } from './retired-watch.ts';

/** Why the keeper only observes on this machine, whatever castellan.toml says. */

/** What another start alone could change. On a Mac, what belongs to others can be neither measured nor changed without root. */
const lastingReasons = ({ kind }: Pick<Host, 'kind'>, uid: number, runDirectory: string): readonly string[] => {
  if (kind !== 'darwin') return [];
  if (uid !== 0)
    return ["The keeper does not run as root: other users' processes cannot be measured, and nothing can be set."];
  const why = isLaunchds(runDirectory) ? whyNotRoots(process.execPath) : null;
  return why === null ? [] : [`Others than root can change the program itself (${why}): install it with its package.`];
};

export interface CannotActOptions {
  readonly host: Pick<Host, 'kind' | 'clock'>;
  readonly uid: number;
  readonly runDirectory: string;
  readonly post: (event: KeeperEvent) => void;
  readonly warn: (text: string) => void;
  /** For tests: another launchd, another screen. */
  readonly loaded?: (uid: number) => Promise<Found>;
  readonly consoleUid?: () => number | null;
}

const askLaunchd = (uid: number): Promise<Found> => loadedRetired({ launchctl: createLaunchctlPort(), sleep }, uid);

/** Tells the loop, now and whenever it changes. Returns the end of it. */
export const tellWhyNotToAct = (options: CannotActOptions): (() => void) => {
  const { host, uid, runDirectory, post, warn } = options;
  const lasting = lastingReasons(host, uid, runDirectory);
  post({ type: 'cannot_act', reasons: lasting });
  if (host.kind !== 'darwin') return () => {};
  return watchRetired({
    clock: host.clock,
    consoleUid: options.consoleUid ?? consoleUid,
    loaded: options.loaded ?? askLaunchd,
    onChange: (labels) =>
      post({ type: 'cannot_act', reasons: labels.length === 0 ? lasting : [...lasting, retiredReason(labels)] }),
    warn,
  });
};
