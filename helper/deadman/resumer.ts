import { setTimeout as sleep } from 'node:timers/promises';
import { claim, remove } from './claims.ts';
import { type Entry, listResuming, listStopped, readTombstone } from './directory.ts';
import { type Group, groupsOf, judge, pidsToLookAt, type Surroundings, spacingMs } from './judge.ts';
import type { Places } from './places.ts';
import { compareStarts, type ReadStarts } from './starts.ts';
import type { DeadmanTimes } from './times.ts';
import type { Tombstone } from './tombstone.ts';

/** Resumes what tombstones stand for: one freeze at a time, smallest first, each claimed, signalled, verified, deleted. */

export interface ResumerOptions {
  readonly places: Places;
  /** Names this resumer in claims: letters, digits and hyphens. */
  readonly resumer: string;
  readonly surroundings: Surroundings;
  readonly readStarts: ReadStarts;
  readonly times: Pick<DeadmanTimes, 'spacingMs' | 'withinMs' | 'verifyMs'>;
  /** No pauses: we are about to be ended ourselves. */
  readonly hurries?: () => boolean;
  /** Sends SIGCONT; throws what kill(2) says. */
  readonly continue: (pid: number) => void;
  readonly onDone: (tombstone: Tombstone, why: string) => void;
  /** The process could not be made to run; its claim is left, and tried again when it has grown old. */
  readonly onFailed: (pid: number, detail: string) => void;
  /** Removed without a signal although one might have been expected. */
  readonly onRetired: (subject: string, detail: string) => void;
}

/** Why an entry is resumed; null: it is left alone. */
export type Select = (entry: Entry) => string | null;

export interface Resumer {
  /** Resolves when all that was selected is resumed or retired. What is asked for meanwhile joins in. */
  readonly resume: (select: Select) => Promise<void>;
  readonly isBusy: () => boolean;
}

/** After this many attempts in one pass somebody stops the process again and again, or the kernel does not obey. */
const attempts = 3;
const lookEveryMs = 20;
/** With pauses between the resumes, a pid may have come to belong to somebody else since all were looked at. */
const freshMs = 10;
/** Retired ones that are told one by one. */
const toldAlone = 8;
/** Tombstones handled before others get their turn on this thread. */
const atOnce = 100;

interface Retired {
  readonly entry: Entry;
  readonly why: string;
  readonly tells: boolean;
  /** Why it was to be resumed. */
  readonly asked: string;
}

interface Claimed {
  readonly entry: Entry;
  readonly pid: number;
  /** Null: it could not be claimed. */
  readonly path: string | null;
}

const isSame = (a: Tombstone | null, b: Tombstone | null): boolean =>
  a?.instance === b?.instance && a?.freeze === b?.freeze && a?.writtenMs === b?.writtenMs;

export const createResumer = (options: ResumerOptions): Resumer => {
  const { places, times, readStarts } = options;
  let wants: { readonly select: Select; readonly done: () => void }[] = [];
  let running = false;
  /** Resumed without a claim, because the folder cannot be changed: not to be signalled at every look. */
  const unclaimed = new Set<string>();
  const keyOf = ({ path, tombstone }: Entry): string => `${path} ${tombstone?.writtenMs}`;

  const stillStopped = async (claimed: readonly Claimed[]): Promise<readonly Claimed[]> => {
    const seen = await readStarts(claimed.map(({ pid }) => pid));
    return claimed.filter(({ pid, entry }) => {
      const now = seen?.get(pid);
      // It may have ended on our signal, and somebody whom his user stopped has its pid.
      const isOther = now !== undefined && compareStarts(entry.tombstone?.started ?? null, now.started) === 'other';
      return now?.isStopped === true && !isOther;
    });
  };

  /** Signals until all run; those that do not are left over. */
  const signal = async (claimed: readonly Claimed[]): Promise<ReadonlyMap<number, string>> => {
    const failed = new Map<number, string>();
    let left = claimed;
    for (let attempt = 0; attempt < attempts && left.length > 0; attempt += 1) {
      for (const { pid } of left) {
        try {
          options.continue(pid);
        } catch (fault) {
          const { code, message } = fault as NodeJS.ErrnoException;
          if (code !== 'ESRCH') failed.set(pid, message);
        }
      }
      left = left.filter(({ pid }) => !failed.has(pid));
      const until = performance.now() + times.verifyMs;
      for (;;) {
        left = await stillStopped(left);
        if (left.length === 0 || performance.now() >= until) break;
        await sleep(Math.min(lookEveryMs, times.verifyMs));
      }
    }
    for (const { pid } of left) failed.set(pid, `still stopped after ${attempts} SIGCONT`);
    return failed;
  };

  const take = (entry: Entry): Claimed | null => {
    if (entry.pid === null) return null;
    const claimed = claim(places, entry.path, entry.pid, options.resumer);
    if (claimed.kind === 'lost') return null;
    return { entry, pid: entry.pid, path: claimed.kind === 'won' ? claimed.path : null };
  };

  const finish = async (claimed: readonly Claimed[], why: (entry: Entry) => string): Promise<void> => {
    const failed = await signal(claimed);
    for (const { entry, pid, path } of claimed) {
      const problem = failed.get(pid);
      if (problem !== undefined) {
        options.onFailed(pid, problem);
        continue;
      }
      if (path === null || !remove(path)) {
        unclaimed.add(keyOf(entry));
        options.onFailed(pid, 'it was resumed, and its tombstone cannot be removed');
      }
      if (entry.tombstone !== null) options.onDone(entry.tombstone, why(entry));
    }
  };

  const retire = async (retired: readonly Retired[]): Promise<void> => {
    const told: { readonly subject: string; readonly detail: string }[] = [];
    for (const [index, { entry, why, tells, asked }] of retired.entries()) {
      if (index % atOnce === atOnce - 1) await new Promise(setImmediate);
      const claimed = claim(places, entry.path, entry.pid ?? 'none', options.resumer);
      if (claimed.kind === 'lost') continue;
      const path = claimed.kind === 'won' ? claimed.path : entry.path;
      // Another tombstone may have come under the name since it was listed: that one is not ours to judge as this was.
      if (claimed.kind === 'won' && entry.pid !== null && !isSame(readTombstone(path), entry.tombstone)) {
        await finish([{ entry: { ...entry, path, tombstone: readTombstone(path) }, pid: entry.pid, path }], () => why);
        continue;
      }
      if (!remove(path)) unclaimed.add(keyOf(entry));
      const { tombstone } = entry;
      if (tombstone !== null) options.onDone(tombstone, tombstone.host === 'sim' ? asked : why);
      const subject = entry.pid === null ? entry.path : `pid ${entry.pid}`;
      if (tells) told.push({ subject, detail: `${tombstone?.command ?? entry.path}: ${why}` });
    }
    for (const { subject, detail } of told.slice(0, toldAlone)) options.onRetired(subject, detail);
    if (told.length > toldAlone)
      options.onRetired('many', `${told.length - toldAlone} more tombstones were removed without a signal`);
  };

  /** False: something was asked for meanwhile, so it has to be looked again. */
  const pass = async (): Promise<boolean> => {
    const present = wants;
    const whys = new Map<Entry, string>();
    for (const entry of [...listStopped(places), ...listResuming(places)]) {
      if (unclaimed.has(keyOf(entry))) continue;
      for (const { select } of present) {
        const why = select(entry);
        if (why !== null) whys.set(entry, why);
      }
    }
    const entries = [...whys.keys()];
    const pids = pidsToLookAt(entries, options.surroundings);
    const starts = pids.length === 0 ? new Map() : await readStarts(pids);
    const lookedMs = performance.now();
    const judged = entries.map((entry) => ({ entry, verdict: judge(entry, options.surroundings, starts) }));
    const asked = (entry: Entry): string => whys.get(entry) ?? '';
    await retire(
      judged.flatMap(({ entry, verdict }) =>
        verdict.kind === 'retire' ? [{ entry, ...verdict, asked: asked(entry) }] : [],
      ),
    );
    const groups = groupsOf(judged.flatMap(({ entry, verdict }) => (verdict.kind === 'resume' ? [entry] : [])));
    const pauseMs = spacingMs(groups.length, times);
    let last: number | null = null;
    for (const group of groups) {
      const hurries = options.hurries?.() === true;
      if (last !== null && !hurries) await sleep(Math.max(0, last + pauseMs - performance.now()));
      if (wants !== present) return false;
      last = performance.now();
      await resumeGroup(group, asked, lookedMs);
    }
    return wants === present;
  };

  /** Looks once more when the look of this pass is old; those whose processes have gone since get no signal. */
  const withoutGone = async (claimed: readonly Claimed[], lookedMs: number): Promise<readonly Claimed[]> => {
    if (performance.now() - lookedMs < freshMs) return claimed;
    const starts = await readStarts(claimed.map(({ pid }) => pid));
    return claimed.filter(({ entry, path }) => {
      const verdict = judge(entry, options.surroundings, starts);
      if (verdict.kind === 'resume') return true;
      if (path === null || !remove(path)) unclaimed.add(keyOf(entry));
      if (entry.tombstone !== null) options.onDone(entry.tombstone, verdict.why);
      const what = entry.tombstone?.command ?? entry.path;
      if (verdict.tells) options.onRetired(`pid ${entry.pid}`, `${what}: ${verdict.why}`);
      return false;
    });
  };

  const resumeGroup = async ({ entries }: Group, why: (entry: Entry) => string, lookedMs: number): Promise<void> => {
    const claimed = await withoutGone(
      entries.flatMap((entry) => take(entry) ?? []),
      lookedMs,
    );
    if (claimed.length > 0) await finish(claimed, why);
  };

  const run = async (): Promise<void> => {
    running = true;
    while (wants.length > 0) {
      const asked = wants;
      if (!(await pass())) continue;
      wants = [];
      for (const { done } of asked) done();
    }
    running = false;
  };

  return {
    resume: (select) =>
      new Promise((resolve, reject) => {
        wants = [...wants, { select, done: resolve }];
        if (!running) run().catch(reject);
      }),
    isBusy: () => running,
  };
};
