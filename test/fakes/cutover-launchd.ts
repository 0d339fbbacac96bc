import { readFileSync, statSync } from 'node:fs';
import type { PortOwner } from '../../helper/host/port.ts';
import type { KeeperSaid } from '../../helper/install/cutover/facts.ts';
import { retiredLabels, retiredReason } from '../../helper/install/cutover/retired.ts';
import type { LaunchctlAnswer } from '../../helper/install/launchd.ts';
import { parseSpec } from '../../helper/supervisor/spec.ts';

/**
 * A launchctl over a launchd of two domains that reads real property lists, for the cutover. A bootout is asynchronous: the job
 * stays listed until it has been looked at so many times. What it is and knows is one value, so that a test can keep it in a
 * file for a process that is killed.
 */

export interface StandInJob {
  readonly domain: string;
  readonly label: string;
  readonly plist: string;
  readonly pid: number | null;
  /** Looks until it is gone; null: nobody told it to end. */
  readonly looksLeft: number | null;
}

export interface StandInState {
  readonly jobs: readonly StandInJob[];
  /** `system/com.example.job` */
  readonly disabled: readonly string[];
  readonly nextPid: number;
  /** Looks that a drain takes. */
  readonly drain: number;
  /** Of the user at the screen; null: nobody is logged in, and the domain is not there. */
  readonly screenUid: number | null;
  /** Some releases answer 36 to a bootout while the job drains, others 0. */
  readonly isSlow: boolean;
  /** Some releases answer 5 where others say what it is: 37, 119. */
  readonly isTerse: boolean;
  /** Ours were there before: their keeper alone may do harm, and does not while it only observes. */
  readonly isBeside: boolean;
  /** The keeper knows of old services and only observes: until the last of them is gone, and then never again by itself. */
  readonly isObserving: boolean;
  /** Questions that a keeper which starts anew does not answer yet. */
  readonly silentFor: number;
}

export const noJobs: StandInState = {
  jobs: [],
  disabled: [],
  nextPid: 500,
  drain: 2,
  screenUid: 501,
  isSlow: false,
  isTerse: false,
  isBeside: false,
  isObserving: false,
  silentFor: 0,
};

export interface LaunchdStandIn {
  readonly state: () => StandInState;
  readonly change: (to: Partial<StandInState>) => void;
  readonly launchctl: (args: readonly string[]) => Promise<LaunchctlAnswer>;
  /** Every call, in order. */
  readonly asked: readonly string[];
  /** Moments at which an old service was loaded and one of ours, which did not only observe: there may be none. */
  readonly together: readonly string[];
  /** Jobs as `launchctl list` would have them: the domain, the label, and whether there is a process. */
  readonly listing: () => readonly string[];
  /** The label whose process listens at the port. */
  readonly askKeeper: () => KeeperSaid;
  /** As `keeper.refresh`: all three have new processes, and the keeper looks again. */
  readonly refresh: () => string | null;
  readonly listener: () => (PortOwner & { readonly label: string }) | null;
}

const answer = (code: number | null, output = ''): LaunchctlAnswer => ({ code, output });

const keeperLabel = 'com.sanctum.castellan';

const isOurs = (label: string): boolean => label.startsWith('com.sanctum.castellan');

/**
 * @param keep called with what changed
 * @param listens labels that listen at the port while they run
 */
export const createLaunchdStandIn = (
  begin: StandInState,
  listens: readonly string[],
  keep: (state: StandInState) => void = () => {},
): LaunchdStandIn => {
  let state = begin;
  const asked: string[] = [];
  const together: string[] = [];

  const change = (to: Partial<StandInState>): void => {
    state = { ...state, ...to };
    const running = state.jobs.filter(({ domain }) => domain === 'system' || domain.startsWith('gui/'));
    const both =
      running.some(({ label }) => isOurs(label)) &&
      running.some(({ label, domain }) => domain !== 'system' && !isOurs(label));
    const isOldLoaded = running.some(({ label, domain }) => domain !== 'system' && !isOurs(label));
    // It sees at once that the last one is gone, and does not see at once that one has come back: so it may hurt most.
    const isKeeperLoaded = running.some(({ label }) => label === keeperLabel);
    if (!isOldLoaded || !isKeeperLoaded) state = { ...state, isObserving: false };
    if (state.isBeside ? isOldLoaded && isKeeperLoaded && !state.isObserving : both)
      together.push(running.map(({ label }) => label).join(', '));
    keep(state);
  };

  const withJob = (job: StandInJob): readonly StandInJob[] => [...without(job), job];
  const without = ({ domain, label }: StandInJob): readonly StandInJob[] =>
    state.jobs.filter((each) => each.domain !== domain || each.label !== label);

  const isDomain = (domain: string): boolean => domain === 'system' || domain === `gui/${state.screenUid}`;

  const print = (job: StandInJob | undefined): LaunchctlAnswer => {
    if (job === undefined) return answer(113);
    if (job.looksLeft === 0) {
      change({ jobs: without(job) });
      return answer(113);
    }
    if (job.looksLeft !== null) change({ jobs: withJob({ ...job, looksLeft: job.looksLeft - 1 }) });
    const lines = [
      `${job.domain}/${job.label} = {`,
      `\tpath = ${job.plist}`,
      `\tstate = ${job.looksLeft !== null ? 'SIGTERMed' : job.pid === null ? 'not running' : 'running'}`,
      '\texit timeout = 5',
      ...(job.pid === null ? [] : [`\tpid = ${job.pid}`]),
      '}\n',
    ];
    return answer(0, lines.join('\n'));
  };

  const bootstrap = (domain: string, plist: string): LaunchctlAnswer => {
    let bytes: Uint8Array;
    try {
      const seen = statSync(plist);
      if (domain === 'system' && (seen.uid !== (process.getuid?.() ?? 0) || (seen.mode & 0o022) !== 0))
        return answer(122);
      bytes = readFileSync(plist);
    } catch {
      return answer(5);
    }
    const read = parseSpec(bytes);
    if (!read.ok) return answer(5);
    const { label, keepAlive, runAtLoad } = read.spec;
    if (state.disabled.includes(`${domain}/${label}`)) return answer(state.isTerse ? 5 : 119);
    const there = state.jobs.find((each) => each.domain === domain && each.label === label);
    if (there !== undefined) return answer(there.looksLeft === null || state.isTerse ? 5 : 37);
    const pid = keepAlive || runAtLoad ? state.nextPid : null;
    change({ jobs: withJob({ domain, label, plist, pid, looksLeft: null }), nextPid: state.nextPid + 1 });
    return answer(0);
  };

  const bootout = (job: StandInJob | undefined): LaunchctlAnswer => {
    if (job === undefined) return answer(3);
    if (job.looksLeft !== null) return answer(37);
    change({ jobs: withJob({ ...job, looksLeft: state.drain }) });
    return answer(state.isSlow ? 36 : 0);
  };

  const launchctl = (args: readonly string[]): LaunchctlAnswer => {
    asked.push(args.join(' '));
    const [verb = '', target = '', path = ''] = args;
    const domain = verb === 'bootstrap' ? target : target.slice(0, target.lastIndexOf('/'));
    const label = target.slice(target.lastIndexOf('/') + 1);
    if (!isDomain(domain)) return answer(112);
    const job = state.jobs.find((each) => each.domain === domain && each.label === label);
    const others = state.disabled.filter((each) => each !== target);
    switch (verb) {
      case 'print':
        return print(job);
      case 'bootstrap':
        return bootstrap(domain, path);
      case 'bootout':
        return bootout(job);
      case 'enable':
        change({ disabled: others });
        return answer(0);
      case 'disable':
        change({ disabled: [...others, target] });
        return answer(0);
      case 'kickstart':
        if (job === undefined) return answer(113);
        if (job.pid === null) change({ jobs: withJob({ ...job, pid: state.nextPid }), nextPid: state.nextPid + 1 });
        return answer(0);
      default:
        return answer(64);
    }
  };

  const keeper = (): StandInJob | undefined =>
    state.jobs.find(({ label, pid, looksLeft }) => label === keeperLabel && pid !== null && looksLeft === null);

  const askKeeper = (): KeeperSaid => {
    const { pid } = keeper() ?? {};
    if (state.silentFor > 0) change({ silentFor: state.silentFor - 1 });
    else if (pid !== undefined)
      return { ok: true, instance: `${pid}`, observes: state.isObserving ? [retiredReason(['an old service'])] : [] };
    return { ok: false, why: 'nobody answers' };
  };

  const refresh = (): string | null => {
    if (keeper() === undefined || state.silentFor > 0) return 'nobody answers';
    const jobs = state.jobs.map((job, i) => (isOurs(job.label) ? { ...job, pid: state.nextPid + i } : job));
    const isObserving = jobs.some(({ label, domain }) => domain !== 'system' && retiredLabels().includes(label));
    change({ jobs, isObserving, nextPid: state.nextPid + jobs.length, silentFor: 2 });
    return null;
  };

  return {
    askKeeper,
    refresh,
    state: () => state,
    change,
    launchctl: async (args) => launchctl(args),
    asked,
    together,
    listing: () =>
      state.jobs
        .map(({ domain, label, pid, looksLeft }) => {
          const how = looksLeft !== null ? 'ending' : pid === null ? 'idle' : 'running';
          return `${domain}/${label} ${how}`;
        })
        .toSorted(),
    listener: () => {
      const job = state.jobs.find(({ label, pid }) => pid !== null && listens.includes(label));
      return job === undefined || job.pid === null
        ? null
        : { pid: job.pid, command: `/opt/${job.label}`, label: job.label };
    },
  };
};
