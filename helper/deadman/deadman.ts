import { join } from 'node:path';
import type { AlertKind } from '../journal/alert-kinds.ts';
import type { Failure } from '../protocol/errors.ts';
import { createDeadlines } from './deadlines.ts';
import { type Entry, listResuming, listStopped, makeFolders, markOf, readTombstone } from './directory.ts';
import type { Surroundings } from './judge.ts';
import type { Places } from './places.ts';
import type { RestartKeeper } from './restart.ts';
import { createResumer } from './resumer.ts';
import { type Caller, startServer } from './server.ts';
import { advanced, initialStaleness, pollStaleness, type StaleAct } from './staleness.ts';
import type { ReadStarts } from './starts.ts';
import type { DeadmanTimes } from './times.ts';
import { machineMs, pidOfName, type Tombstone } from './tombstone.ts';

/** Resumes what a keeper froze when the keeper is gone, hangs, or forgets; and says before each stop that it will. */

export interface DeadmanOptions {
  readonly places: Places;
  readonly times: DeadmanTimes;
  readonly surroundings: Surroundings;
  readonly readStarts: ReadStarts;
  readonly restartKeeper: RestartKeeper;
  readonly continue: (pid: number) => void;
  readonly alert: (kind: AlertKind, subject: string, detail: string) => void;
  readonly log: (text: string) => void;
}

export interface Deadman {
  /** Resumes everything first: nobody else would be left to do it. */
  readonly close: () => Promise<void>;
}

export type StartedDeadman =
  | { readonly ok: true; readonly deadman: Deadman }
  | { readonly ok: false; readonly failure: Failure };

/** How soon a claim that is under way is looked at again. */
const claimLooks = 5;
/** A freeze that is over and cannot be ended is not looked at without a pause. */
const shortestLookMs = 20;

export const startDeadman = async (options: DeadmanOptions): Promise<StartedDeadman> => {
  const { places, times, surroundings, log } = options;
  const resumerName = `deadman-${process.pid}`;
  const deadlines = createDeadlines(times.claimMs);
  let keeper: Caller | null = null;
  let sequence = -1;
  let polledSequence = -1;
  let polledMark = markOf(places.heartbeat);
  let staleness = initialStaleness(times);
  /** Of the keeper that said hello last. */
  let instance: string | null = null;
  /** No keeper is there, and none is expected back. */
  let alone = false;
  let stale = false;
  let closing = false;
  /** Tombstones of other instances than the keeper's, as it was told. */
  let foreign = 0;
  /** Somebody is resuming something. */
  let claims = false;
  let timer: NodeJS.Timeout | undefined;

  const resumer = createResumer({
    places,
    resumer: resumerName,
    surroundings,
    readStarts: options.readStarts,
    times,
    hurries: () => closing,
    continue: options.continue,
    onDone: (tombstone, why) => {
      log(`pid ${tombstone.pid} (${tombstone.command}): ${why}`);
      if (tombstone.instance === keeper?.hello.instance)
        keeper.say({ type: 'thawed', pid: tombstone.pid, start: tombstone.start, why });
    },
    onFailed: (pid, detail) => {
      deadlines.tried(join(places.resuming, `${pid}.${resumerName}`), machineMs());
      options.alert('freeze_failed', `pid ${pid}`, `resuming: ${detail}`);
    },
    onRetired: (subject, detail) => options.alert('tombstone_retired', subject, detail),
  });

  const isForeign = (entry: Entry): boolean => entry.tombstone?.instance !== keeper?.hello.instance;

  const whyResume = (entry: Entry): string | null => {
    const nowMs = machineMs();
    // Nobody comes after us; a second SIGCONT harms no one.
    if (closing) return 'the deadman ends';
    // Somebody is at it; if not, that shows in time.
    if (entry.resumer !== null)
      return deadlines.isOldClaim(entry, nowMs) ? 'whoever was resuming it did not finish' : null;
    if (alone) return 'the keeper is gone';
    if (stale) return 'the keeper does not advance';
    if (keeper !== null && isForeign(entry)) return 'the keeper that froze it is gone';
    if (entry.tombstone !== null && deadlines.isOver(entry.tombstone, nowMs)) return 'its time is over';
    return null;
  };

  /** Counts anew, and tells the keeper when that changed: it is ready when none is left. */
  const tellForeign = (entries: readonly Entry[] = [...listStopped(places), ...listResuming(places)]): void => {
    const left = keeper === null ? 0 : entries.filter(isForeign).length;
    if (left !== foreign) keeper?.say({ type: 'foreign', left });
    foreign = left;
  };

  /** The next look: when a freeze is over, while somebody is resuming, and otherwise with the next poll. */
  const plan = (): void => {
    clearTimeout(timer);
    if (closing) return;
    const nowMs = machineMs();
    const looks = [deadlines.nextMs() ?? Number.POSITIVE_INFINITY, nowMs + times.pollMs];
    if (claims || foreign > 0) looks.push(nowMs + times.claimMs / claimLooks);
    timer = setTimeout(() => void attend(), Math.max(shortestLookMs, Math.min(...looks) - nowMs));
  };

  /** Looks at all there is, resumes what is due, and plans the next look. Resolves when that is done. */
  const attend = async (): Promise<void> => {
    const [stopped, resuming] = [listStopped(places), listResuming(places)];
    deadlines.seeAll(stopped, resuming, machineMs());
    const all = [...stopped, ...resuming];
    claims = resuming.length > 0;
    tellForeign(all);
    plan();
    if (!all.some((entry) => whyResume(entry) !== null)) return;
    await resumer.resume(whyResume);
    tellForeign();
  };

  /** A keeper that speaks advances: it is not told to be gone until the next look. */
  const spoke = (): void => {
    if (!stale) return;
    stale = false;
    staleness = advanced(staleness);
    log('the keeper advances again');
  };

  /** Whether who is to be restarted has advanced while others were resumed. What waits in the socket is heard first. */
  const returned = async (hung: Caller): Promise<boolean> => {
    await new Promise(setImmediate);
    if (markOf(places.heartbeat) !== polledMark) spoke();
    return !stale || keeper !== hung;
  };

  const act = async (acts: readonly StaleAct[], restartedBefore: number | null): Promise<void> => {
    const subject = 'keeper';
    const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;
    if (acts.includes('alert'))
      options.alert('keeper_stale', subject, `nothing was heard of it for ${seconds(times.alertMs)}`);
    if (acts.includes('file_alert'))
      options.alert('heartbeat_unwritable', places.heartbeat, `not replaced for ${seconds(times.alertMs)}`);
    const hung = keeper;
    await attend();
    if (!acts.includes('restart_keeper') || hung === null) return;
    if (await returned(hung)) {
      // It has its restart still to come.
      staleness = { ...staleness, restartedKeeperMs: restartedBefore };
      return;
    }
    const did = await options.restartKeeper(hung.hello);
    log(did);
    options.alert('keeper_stale', 'restart of the keeper', did);
  };

  const poll = (): void => {
    const mark = markOf(places.heartbeat);
    const { restartedKeeperMs } = staleness;
    const { after, acts } = pollStaleness(
      staleness,
      {
        nowMs: machineMs(),
        socketAdvanced: sequence > polledSequence,
        fileAdvanced: mark !== polledMark,
        hasKeeper: keeper !== null,
      },
      times,
    );
    staleness = after;
    polledSequence = sequence;
    polledMark = mark;
    stale = acts.includes('resume');
    void act(acts, restartedKeeperMs);
  };

  /** Null: acknowledged. */
  const refusal = (caller: Caller, name: string): string | null => {
    const pid = pidOfName(name);
    if (pid === null) return 'its name stands for no process that may be stopped';
    const tombstone = readTombstone(join(places.stopped, name));
    if (tombstone === null || tombstone.pid !== pid) return 'it cannot be read';
    if (pid === process.pid || pid === caller.hello.pid) return 'it names Castellan itself';
    return refusalOf(tombstone, caller);
  };

  const refusalOf = (tombstone: Tombstone, caller: Caller): string | null => {
    if (closing || stale) return 'everything is being resumed';
    if (tombstone.instance !== caller.hello.instance) return 'it is of another keeper';
    if (tombstone.host !== 'sim') {
      if (tombstone.host !== surroundings.host) return `it was written on ${tombstone.host}`;
      if (surroundings.boot !== null && tombstone.boot !== surroundings.boot) return 'it is of another boot';
    }
    const nowMs = machineMs();
    deadlines.note(tombstone, nowMs);
    if (deadlines.isOver(tombstone, nowMs)) return 'its time is over';
    plan();
    return null;
  };

  try {
    makeFolders(places);
  } catch (fault) {
    log(`the folders for tombstones cannot be made: ${String(fault)}`);
  }
  const started = await startServer({
    path: places.socket,
    onHello: (caller, boot) => {
      // A simulated machine has boots of its own; its keeper's process is of this one all the same.
      if (closing || (surroundings.boot !== null && boot !== surroundings.boot && !boot.startsWith('sim-')))
        return false;
      keeper = caller;
      alone = false;
      // For as long as nobody was there nobody could advance: a keeper that has just come is not one that hangs.
      if (instance !== caller.hello.instance) {
        const { polledMs, restartedKeeperMs } = staleness;
        staleness = { ...initialStaleness(times), polledMs, restartedKeeperMs };
        stale = false;
      }
      instance = caller.hello.instance;
      sequence = -1;
      polledSequence = -1;
      // What it is greeted with holds: it will be acknowledged. How long nobody was there is not its fault.
      stale = false;
      staleness = advanced(staleness);
      log(`keeper ${caller.hello.instance} is there, pid ${caller.hello.pid}`);
      foreign = [...listStopped(places), ...listResuming(places)].filter(isForeign).length;
      caller.say({ type: 'greeting', instance: caller.hello.instance, foreign });
      void attend();
      return true;
    },
    onMessage: (caller, message) => {
      // Both come from its judging loop.
      if (message.type === 'watch' || message.sequence > sequence) spoke();
      if (message.type === 'beat') {
        sequence = Math.max(sequence, message.sequence);
        caller.say({ type: 'heard', sequence: message.sequence });
        return;
      }
      const { request } = message;
      const why = refusal(caller, message.tombstone);
      caller.say(why === null ? { type: 'watched', request } : { type: 'refused', request, why });
    },
    onGone: () => {
      keeper = null;
      alone = true;
      // Told to end, it is we who hang up.
      if (!closing) log('the keeper is gone');
      void attend();
    },
  });
  if (!started.ok) {
    // Nobody can reach us here, so nobody freezes anything; what is frozen is resumed before we give up.
    alone = started.failure.code !== 'already_running';
    closing = true;
    if (alone) await attend();
    return started;
  }

  const polling = setInterval(poll, times.pollMs);
  // A keeper that lives connects again within a second of our start.
  const settled = setTimeout(() => {
    alone = keeper === null;
    void attend();
  }, times.graceMs);
  void attend();

  return {
    ok: true,
    deadman: {
      close: async () => {
        closing = true;
        clearInterval(polling);
        clearTimeout(settled);
        clearTimeout(timer);
        await attend();
        await started.server.close();
      },
    },
  };
};
