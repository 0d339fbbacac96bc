import type { Entry } from './directory.ts';
import { compareStarts, type Seen, type Starts } from './starts.ts';
import type { TombstoneHost } from './tombstone.ts';

/** Whether a tombstone leads to a signal. Pure. Doubt resumes: nothing of ours may leave a process stopped. */

export interface Surroundings {
  /** Null: cannot be told. */
  readonly boot: string | null;
  readonly host: Exclude<TombstoneHost, 'sim'>;
  /** Our own pid: nobody resumes itself. */
  readonly self: number;
}

export type Verdict =
  | { readonly kind: 'resume' }
  /** Remove it, signal nobody. `tells`: worth an alert. */
  | { readonly kind: 'retire'; readonly why: string; readonly tells: boolean };

const resume: Verdict = { kind: 'resume' };
const retire = (why: string, tells: boolean): Verdict => ({ kind: 'retire', why, tells });

/** What the tombstone alone tells; null: the process has to be looked at. */
const judgeAlone = ({ pid, tombstone }: Entry, { boot, host, self }: Surroundings): Verdict | null => {
  if (pid === null) return retire('its name stands for no process that may be signalled', true);
  if (pid === self) return retire('it names the deadman itself', true);
  if (tombstone === null) return null;
  // The simulated machine ended with the keeper that simulated it.
  if (tombstone.host === 'sim') return retire('it is of a simulated machine', false);
  if (boot !== null && tombstone.boot !== boot) return retire('the machine was restarted since', true);
  return tombstone.host === host ? null : retire(`it was written on ${tombstone.host}`, true);
};

const judgeProcess = ({ tombstone }: Entry, seen: Seen): Verdict => {
  if (tombstone !== null)
    return compareStarts(tombstone.started, seen.started) === 'other'
      ? retire('its pid belongs to a process that started at another time', true)
      : resume;
  return seen.isStopped === false ? retire('it cannot be read, and its process runs', true) : resume;
};

/** Pids whose processes have to be looked at before `judge`. */
export const pidsToLookAt = (entries: readonly Entry[], surroundings: Surroundings): readonly number[] =>
  entries.flatMap((entry) => (entry.pid !== null && judgeAlone(entry, surroundings) === null ? [entry.pid] : []));

export const judge = (entry: Entry, surroundings: Surroundings, starts: Starts): Verdict => {
  const alone = judgeAlone(entry, surroundings);
  if (alone !== null) return alone;
  if (starts === null) return resume;
  const seen = entry.pid === null ? undefined : starts.get(entry.pid);
  // Not worth an alert: it was ended by somebody while it was frozen.
  return seen === undefined ? retire('its process has ended', false) : judgeProcess(entry, seen);
};

/** One freeze, whose members are resumed together. */
export interface Group {
  readonly entries: readonly Entry[];
  readonly footprintBytes: number;
}

/** Smallest first, so that little memory is asked for at once; what cannot be read comes last, each by itself. */
export const groupsOf = (entries: readonly Entry[]): readonly Group[] => {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const { tombstone } = entry;
    const key = tombstone === null ? entry.path : `${tombstone.instance}/${tombstone.freeze}`;
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  const size = ({ tombstone }: Entry): number => tombstone?.footprintBytes ?? Number.POSITIVE_INFINITY;
  return [...groups.values()]
    .map((members) => ({ entries: members, footprintBytes: members.reduce((sum, each) => sum + size(each), 0) }))
    .sort((a, b) => (a.footprintBytes === b.footprintBytes ? 0 : a.footprintBytes - b.footprintBytes));
};

/** Pause between two resumes: a second, or less when there are so many that the last would come too late. */
export const spacingMs = (groups: number, times: { readonly spacingMs: number; readonly withinMs: number }): number =>
  Math.min(times.spacingMs, times.withinMs / Math.max(1, groups - 1));
