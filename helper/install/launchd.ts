import { decodeJob, isEnding } from '../host/darwin/decode.ts';
import { type RunLaunchctl, runLaunchctl } from '../host/darwin/services.ts';

/**
 * What installer and cutover ask of launchd. Its exit codes are named by `launchctl error CODE`; those used here have been described by
 * people who met them: 3 no such process, 5 loaded already, still ending or disabled, 36 and 37 operation in progress, 112 no
 * such domain, 113 no such service, 119 disabled, 122 property list with wrong owner or mode. Never run on a Mac so far.
 */

export interface LaunchctlAnswer {
  /** Null: it did not answer in time. */
  readonly code: number | null;
  readonly output: string;
}

export type Launchctl = (args: readonly string[], limitMs?: number) => Promise<LaunchctlAnswer>;

export const createLaunchctlPort =
  (run: RunLaunchctl = runLaunchctl): Launchctl =>
  (args, limitMs) =>
    new Promise((resolve) => run(args, (output, code = null) => resolve({ code, output: output ?? '' }), limitMs));

export interface Launchd {
  readonly launchctl: Launchctl;
  readonly sleep: (ms: number) => Promise<void>;
}

export type Known =
  | { readonly kind: 'absent' }
  | { readonly kind: 'loaded'; readonly pid: number | null; readonly path: string | null; readonly endsWithin: number }
  | { readonly kind: 'ending'; readonly endsWithin: number }
  /** launchd did not say; `noDomain`: there is no such domain, because its user is not logged in at the screen. */
  | { readonly kind: 'unknown'; readonly noDomain: boolean; readonly detail: string };

export type Done = { readonly ok: true; readonly note?: string } | { readonly ok: false; readonly why: string };

export const done: Done = { ok: true };
export const notDone = (why: string): Done => ({ ok: false, why });

/** launchctl's own word for a job's ExitTimeOut; 20 s is the manual's default. */
const usualExitSeconds = 20;

export const look = async ({ launchctl }: Launchd, domain: string, label: string): Promise<Known> => {
  const { code, output } = await launchctl(['print', `${domain}/${label}`]);
  // 113 is the only proof of absence.
  if (code === 113) return { kind: 'absent' };
  if (code !== 0) {
    const said = code === 112 ? `there is no domain ${domain}` : `launchctl print: ${code ?? 'no answer'}`;
    return { kind: 'unknown', noDomain: code === 112, detail: `${domain}/${label}: ${said}` };
  }
  const { pid, exitTimeoutSeconds } = decodeJob(label, output);
  const endsWithin = exitTimeoutSeconds ?? usualExitSeconds;
  if (isEnding(output)) return { kind: 'ending', endsWithin };
  return { kind: 'loaded', pid, path: /^\s*path = (\/.*\S)\s*$/m.exec(output)?.[1] ?? null, endsWithin };
};

/** Processes of those that run. */
export const pidsOf = async (
  launchd: Launchd,
  domain: string,
  labels: readonly string[],
): Promise<readonly number[]> => {
  const pids: number[] = [];
  for (const label of labels) {
    const known = await look(launchd, domain, label);
    if (known.kind === 'loaded' && known.pid !== null) pids.push(known.pid);
  }
  return pids;
};

const pollMs = 250;
/** Beyond a job's own ExitTimeOut, for launchd's KILL and for the kernel. */
const afterExitSeconds = 15;
/** ExitTimeOut 0 is waited for without end (launchd.plist(5)); not by us. */
const longestSeconds = 180;

/** Waits until launchd does not know the job any more: a bootout returns while it drains. */
const untilGone = async (launchd: Launchd, domain: string, label: string, endsWithin: number): Promise<Done> => {
  const seconds = endsWithin === 0 ? longestSeconds : Math.min(endsWithin + afterExitSeconds, longestSeconds);
  let last: Known = { kind: 'ending', endsWithin };
  for (let waited = 0; waited <= seconds * 1_000; waited += pollMs) {
    last = await look(launchd, domain, label);
    if (last.kind === 'absent') return done;
    // A job that is loaded and not on its way to its end was not told, or was brought back by somebody.
    if (last.kind === 'unknown' && last.noDomain) return done;
    await launchd.sleep(pollMs);
  }
  const what = last.kind === 'unknown' ? last.detail : `${domain}/${label} is still there`;
  return notDone(`${what} ${seconds} s after it was told to end`);
};

/** Ends a job and waits until it is gone. Of a job that is not there: done. */
export const bootOut = async (launchd: Launchd, domain: string, label: string): Promise<Done> => {
  const before = await look(launchd, domain, label);
  if (before.kind === 'absent') return done;
  if (before.kind === 'unknown') return notDone(before.detail);
  if (before.kind === 'loaded') {
    const { code } = await launchd.launchctl(['bootout', `${domain}/${label}`], (before.endsWithin + 5) * 1_000);
    const isOnItsWay = code === null || code === 0 || code === 36 || code === 37 || code === 3 || code === 113;
    const now = isOnItsWay ? null : await look(launchd, domain, label);
    if (now?.kind === 'loaded' || now?.kind === 'unknown')
      return notDone(`${domain}/${label} could not be booted out (launchctl: ${code})`);
  }
  return untilGone(launchd, domain, label, before.endsWithin);
};

const explained: Readonly<Record<number, string>> = {
  5: 'is loaded already, still ending, or disabled',
  112: 'lives in a domain that is not there; is its user logged in?',
  119: 'is disabled',
  122: 'has a property list with the wrong owner, or that others can write',
  125: 'cannot be loaded into this domain',
};

const tries = 20;
const retryMs = 500;

/**
 * Loads a job, and waits for the end of the one before it. Of a job that is loaded: done. 5 is said of too much to end at the
 * first one; a job that is disabled is enabled, because whoever asks for it here has decided that it is to run.
 */
export const bootstrap = async (launchd: Launchd, domain: string, label: string, plist: string): Promise<Done> => {
  let code: number | null = null;
  for (let tried = 0; tried < tries; tried += 1) {
    const known = await look(launchd, domain, label);
    if (known.kind === 'loaded') return done;
    if (known.kind === 'unknown' && known.noDomain) return notDone(known.detail);
    if (known.kind === 'absent') {
      ({ code } = await launchd.launchctl(['bootstrap', domain, plist]));
      if (code === 0) return done;
      if (code === 119 || (code === 5 && tried > 0)) await launchd.launchctl(['enable', `${domain}/${label}`]);
      const mayPass = code === null || code === 5 || code === 36 || code === 37 || code === 119;
      if (!mayPass) break;
    }
    await launchd.sleep(retryMs);
  }
  // The last answer may have been late, or 5 of one that is loaded.
  if ((await look(launchd, domain, label)).kind === 'loaded') return done;
  const why = code === null ? 'could not be loaded' : (explained[code] ?? 'could not be loaded');
  return notDone(`${domain}/${label} ${why} (launchctl: ${code ?? 'no answer'})`);
};

/** Written down by launchd for good: what is disabled stays out after a restart of the machine, too. */
export const setEnabled = async (launchd: Launchd, domain: string, label: string, isOn: boolean): Promise<Done> => {
  const verb = isOn ? 'enable' : 'disable';
  const { code } = await launchd.launchctl([verb, `${domain}/${label}`]);
  return code === 0 ? done : notDone(`launchctl ${verb} ${domain}/${label}: ${code ?? 'no answer'}`);
};

/** Starts what is loaded; launchctl leaves alone what runs. */
export const kickstart = async (launchd: Launchd, domain: string, label: string): Promise<Done> => {
  const { code } = await launchd.launchctl(['kickstart', `${domain}/${label}`]);
  return code === 0 || code === 37
    ? done
    : notDone(`${domain}/${label} was not started (launchctl: ${code ?? 'no answer'})`);
};
