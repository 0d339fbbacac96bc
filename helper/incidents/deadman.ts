import type { AlertKind } from '../journal/alert-kinds.ts';
import type { KeeperEvent } from '../keeper/judgement/events.ts';
import type { Tombstone } from './actions.ts';
import type { World } from './world.ts';

/**
 * The deadman of a scenario: it knows the tombstones, resumes when the keeper is gone or stands still, and ends a freeze
 * that lasts too long. Times are those it promises.
 */
export interface VirtualDeadman {
  readonly tombstones: Map<number, Tombstone>;
  readonly isPresent: () => boolean;
  readonly set: (state: 'missing' | 'not_ready' | 'present') => void;
  /** What it says to a keeper that connects now. */
  readonly greeting: () => readonly KeeperEvent[];
  /** A freeze has begun: it ends at its deadline, whatever the keeper does. */
  readonly watch: (pids: readonly number[], nowMs: number) => void;
  /** The connection has ended. */
  readonly keeperGone: (nowMs: number) => void;
  /** The keeper does not advance; `restart` starts another one once all are resumed. */
  readonly keeperStands: (nowMs: number, restart: (nowMs: number) => void) => void;
}

export interface DeadmanOptions {
  readonly world: World;
  readonly schedule: (atMs: number, call: (nowMs: number) => void) => void;
  readonly say: (atMs: number, text: string) => void;
  /** An alert that it raises itself, because the keeper cannot. */
  readonly alert: (atMs: number, alert: AlertKind, detail: string) => void;
  /** Told to the keeper that is connected, if one is. */
  readonly send: (event: KeeperEvent, nowMs: number) => void;
  readonly initial: 'missing' | 'not_ready' | 'present';
}

const longestFreezeMs = 600_000;
const graceMs = 1_000;
/** First resume after the connection ended, and from one to the next. */
const firstResumeMs = 500;
const nextResumeMs = 1_000;
const staleMs = 30_000;
const wedgedMs = 60_000;
/** It looks every 5 s, so it is sure of 60 s up to so much later. */
const pollMs = 5_000;

export const createDeadman = ({ world, schedule, say, alert, send, initial }: DeadmanOptions): VirtualDeadman => {
  const tombstones = new Map<number, Tombstone>();
  /** Left by a keeper that is gone; nobody may freeze before they are resumed. */
  let foreign: Tombstone[] = [];
  const thawed: KeeperEvent[] = [];
  let state = initial;

  const greeting = (): KeeperEvent => ({
    type: 'deadman',
    state: state === 'present' && foreign.length > 0 ? 'not_ready' : state,
    foreignTombstones: foreign.length,
  });

  const resumeOne = (tombstone: Tombstone, why: string, nowMs: number): void => {
    world.resume(tombstone.pid, nowMs);
    foreign = foreign.filter((each) => each !== tombstone);
    say(nowMs, `the deadman resumes pid ${tombstone.pid}: ${why}`);
    const event: KeeperEvent = { type: 'thawed', id: { pid: tombstone.pid, start: tombstone.start }, why };
    thawed.push(event);
    send(event, nowMs);
    send(greeting(), nowMs);
  };

  /** Smallest footprint first, one at a time. */
  const resumeAll = (fromMs: number, why: string): number => {
    foreign = [...foreign, ...tombstones.values()];
    tombstones.clear();
    const ordered = foreign
      .map((each) => ({ each, bytes: world.footprint(each.pid, fromMs) }))
      .sort((a, b) => a.bytes - b.bytes || a.each.pid - b.each.pid);
    for (const [place, { each }] of ordered.entries())
      schedule(fromMs + firstResumeMs + place * nextResumeMs, (nowMs) => resumeOne(each, why, nowMs));
    return fromMs + firstResumeMs + ordered.length * nextResumeMs;
  };

  return {
    tombstones,
    isPresent: () => state === 'present' && foreign.length === 0,
    set: (next) => {
      state = next;
    },
    greeting: () => [...thawed.splice(0), greeting()],
    watch: (pids, nowMs) => {
      for (const pid of pids) {
        const tombstone = tombstones.get(pid);
        schedule(nowMs + longestFreezeMs + graceMs, (later) => {
          if (tombstone === undefined || tombstones.get(pid) !== tombstone) return;
          tombstones.delete(pid);
          resumeOne(tombstone, 'its deadline has passed', later);
        });
      }
    },
    keeperGone: (nowMs) => {
      say(nowMs, 'the connection to the deadman ends');
      resumeAll(nowMs, 'the keeper is gone');
    },
    keeperStands: (nowMs, restart) => {
      schedule(nowMs + staleMs, (later) => alert(later, 'keeper_stale', 'it has not advanced for 30 s'));
      schedule(nowMs + wedgedMs + pollMs, (later) => {
        schedule(resumeAll(later, 'the keeper stands still'), restart);
      });
    },
  };
};
