import type { Clock } from '../../host/port.ts';
import type { Found } from '../../install/cutover/retired.ts';

/**
 * Whether services that Castellan takes the place of are loaded: two that freeze and resume the same processes fight each
 * other. The installer and the cutover ask before they start anything; what the app registers, and agents that come with the
 * next login, are found here.
 */

export interface RetiredWatchOptions {
  readonly clock: Pick<Clock, 'nowMs' | 'at'>;
  /** Who sits at the screen; null: nobody. */
  readonly consoleUid: () => number | null;
  /** Which of them are loaded for this user. */
  readonly loaded: (uid: number) => Promise<Found>;
  /** Their labels, whenever they are others than before; at first there are none. */
  readonly onChange: (labels: readonly string[]) => void;
  /** Why it is not known, once for each answer of that kind. */
  readonly warn: (text: string) => void;
}

export const askEveryMs = 300_000;
/** A login is noticed, and an answer that did not come asked for again, within so long. */
export const lookEveryMs = 30_000;

/**
 * Begins at once and returns the end of the watch. While launchd does not answer, what was known last holds: it is slowest when
 * memory is short, which is no time to stop acting.
 */
export const watchRetired = ({ clock, consoleUid, loaded, onChange, warn }: RetiredWatchOptions): (() => void) => {
  /** Agents of somebody who was switched away from run on. */
  const uids = new Set<number>();
  let askedMs = Number.NEGATIVE_INFINITY;
  /** Somebody came just now, and their agents one after the other; or launchd did not answer. */
  let isUnsettled = false;
  let isAsking = false;
  let isStopped = false;
  let known: readonly string[] = [];
  let told = '';

  const notKnown = (why: string): void => {
    isUnsettled = true;
    if (why !== told) warn(`whether services from before are loaded is not known: ${why}`);
    told = why;
  };

  const ask = async (): Promise<void> => {
    const labels: string[] = [];
    for (const uid of uids) {
      const found = await loaded(uid);
      if (isStopped) return;
      if (!found.ok) return notKnown(found.why);
      labels.push(...found.loaded);
    }
    const now = [...new Set(labels)].sort();
    if (now.join() === known.join()) return;
    known = now;
    onChange(now);
  };

  const look = (): void => {
    const nowMs = clock.nowMs();
    cancel = clock.at(nowMs + lookEveryMs, look);
    const uid = consoleUid();
    const isNew = uid !== null && !uids.has(uid);
    if (uid !== null) uids.add(uid);
    if (isAsking || !(isNew || isUnsettled || nowMs - askedMs >= askEveryMs)) return;
    askedMs = nowMs;
    isUnsettled = isNew;
    isAsking = true;
    void ask()
      .catch((fault: unknown) => notKnown(String(fault)))
      .finally(() => {
        isAsking = false;
      });
  };

  let cancel = (): void => {};
  look();
  return () => {
    isStopped = true;
    cancel();
  };
};
