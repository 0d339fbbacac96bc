import { labelPattern, notALabel } from '../label.ts';
import type { ServiceManager, ServiceResult } from '../service-manager.ts';
import { decodeJob, isEnding } from './decode.ts';
import { createDomains, type Domains, domainText } from './domains.ts';
import { type RunLaunchctl, runLaunchctl } from './services.ts';

type Refusal = Extract<ServiceResult, { ok: false }>;

/** Where launchd itself looks for daemons; a file that is not root's is refused by it (122). */
const daemons = '/Library/LaunchDaemons';
/** And for a user's own agents, in the home (launchd.plist(5), FILES). */
const agents = 'Library/LaunchAgents';
/** What belongs to macOS lies on the sealed volume, for each user the same; each list there has the name of its label. */
const ofTheSystem = 'com.apple.';
const systemFolders = { system: '/System/Library/LaunchDaemons', gui: '/System/Library/LaunchAgents' } as const;

const detailOf = (label: string, code: number | null, text: string): string =>
  `${label} ${text} (launchctl: ${code ?? 'no answer'})`;

const failed = (label: string, code: number | null, text: string): Refusal => ({
  ok: false,
  problem: 'failed',
  detail: detailOf(label, code, text),
});

/**
 * What launchctl's exit codes mean (`launchctl error CODE` names them). 36 and 37, operation in progress: it is on its way to
 * its end, or to its start. 113 is the only proof of absence; 3 is what a
 * bootout of an unloaded label gives. 5 is given for a job that is loaded, one that is ending and one that is disabled.
 */
const refusalOf = (label: string, code: number | null, otherwise = 'was not changed'): Refusal => {
  const detail = (text: string): string => detailOf(label, code, text);
  switch (code) {
    case 112:
      return {
        ok: false,
        problem: 'failed',
        detail: detail('lives in a domain that is not there; is its user logged in?'),
      };
    case 3:
    case 113:
      return { ok: false, problem: 'absent', detail: detail('is not known to launchd') };
    case 5:
      return { ok: false, problem: 'failed', detail: detail('is loaded already, still ending, or disabled') };
    case 36:
    case 37:
      return { ok: false, problem: 'ending', detail: detail('is still ending; try again once it is gone') };
    case 119:
      return { ok: false, problem: 'refused', detail: detail('is disabled; launchctl enable comes first') };
    case 122:
      return {
        ok: false,
        problem: 'refused',
        detail: detail('has a property list that is not root:wheel, or others can write it'),
      };
    case 125:
      return { ok: false, problem: 'unsupported', detail: detail('cannot be changed in this domain') };
    case 150:
      // "Operation not permitted while System Integrity Protection is engaged"; not seen here.
      return { ok: false, problem: 'refused', detail: detail('belongs to macOS, which does not let it be changed') };
    default:
      return failed(label, code, otherwise);
  }
};

/** A bootout waits for the job on some releases; with the look after it, it must end before the act counts as timed out. */
const bootoutLimitMs = 8_000;
const lookLimitMs = 1_500;
/** A start is two calls and a look, which must end before it counts as timed out, too. */
const startLimitMs = 3_000;

/** Home of a user by uid; null: there is no such user. May reject. */
export type FindHome = (uid: number) => Promise<string | null>;

/** Changes of services, each in the domain it lives in. Never run on a Mac so far. */
export const createLaunchctl = (
  run: RunLaunchctl = runLaunchctl,
  domains: Domains = createDomains(),
  findHome: FindHome = async () => null,
  /** Told of every job that was started. */
  onStarted: (label: string) => void = () => {},
): Pick<ServiceManager, 'bootstrap' | 'bootout' | 'print'> => {
  const target = (label: string): string => `${domainText(domains.of(label))}/${label}`;

  /** Null: the user whose agent it is does not exist. */
  const plistPath = async (label: string): Promise<string | null> => {
    const domain = domains.of(label);
    if (label.startsWith(ofTheSystem)) return `${systemFolders[domain.kind]}/${label}.plist`;
    if (domain.kind === 'system') return `${daemons}/${label}.plist`;
    const home = await findHome(domain.uid).catch(() => null);
    return home === null ? null : `${home}/${agents}/${label}.plist`;
  };

  const ask = (
    args: readonly string[],
    limitMs?: number,
  ): Promise<{ readonly output: string | null; readonly code: number | null }> =>
    new Promise((resolve) =>
      run(args, (output, code) => resolve({ output, code: code ?? (output === null ? null : 0) }), limitMs),
    );

  /** What became of a job that may have been told to end. */
  const look = async (label: string): Promise<'absent' | 'ending' | 'runs' | 'idle' | 'unknown'> => {
    const { output, code } = await ask(['print', target(label)], lookLimitMs);
    if (output === null) return code === 113 ? 'absent' : 'unknown';
    if (isEnding(output)) return 'ending';
    return decodeJob(label, output).pid === null ? 'idle' : 'runs';
  };

  /** A bootout that did not answer, or found another one under way: whether the job is on its way is asked of launchd. */
  const verified = async (label: string, code: number | null): Promise<ServiceResult> => {
    const how = code === null ? `launchctl did not answer within ${bootoutLimitMs / 1000} s` : `launchctl: ${code}`;
    const found = await look(label);
    if (found === 'absent' || found === 'ending') return { ok: true };
    const text =
      found === 'unknown'
        ? 'may have been told to end: launchd does not say'
        : 'was not told to end: launchd still runs it';
    return { ok: false, problem: 'failed', detail: `${label} ${text} (${how})` };
  };

  /**
   * Starts what is loaded. Without `-k` launchctl leaves alone what runs or is being started; some releases say so by 37.
   */
  const kickstart = async (label: string): Promise<ServiceResult> => {
    const { code } = await ask(['kickstart', target(label)], startLimitMs);
    if (code === 0) return { ok: true };
    if (code !== null && code !== 36 && code !== 37) return refusalOf(label, code, 'is loaded, and was not started');
    const found = await look(label);
    if (found === 'runs' || (found === 'idle' && code !== null)) return { ok: true };
    if (found === 'absent') return refusalOf(label, 113);
    return found === 'ending' ? refusalOf(label, 37) : failed(label, code, 'is loaded, and may not have been started');
  };

  /** @param isAgain it was told before that launchd does not know the job */
  const load = async (label: string, domain: string, path: string, isAgain = false): Promise<ServiceResult> => {
    const { code } = await ask(['bootstrap', domain, path], startLimitMs);
    // Loaded is not running: the property list of a seat on call does not start it.
    if (code === 0) return kickstart(label);
    if (code !== null && code !== 5 && code !== 36 && code !== 37) return refusalOf(label, code);
    // These say too little; what launchd says of the job tells what they meant.
    switch (await look(label)) {
      case 'runs':
        return { ok: false, problem: 'already', detail: detailOf(label, code, 'runs already') };
      case 'idle':
        return kickstart(label);
      case 'ending':
        return refusalOf(label, 37);
      case 'absent':
        // It may have been on its way, and be gone by now.
        return code === 5 && !isAgain ? load(label, domain, path, true) : refusalOf(label, code);
      case 'unknown':
        return refusalOf(label, code);
    }
  };

  const print: ServiceManager['print'] = async (label) => {
    if (!labelPattern.test(label)) return notALabel(label);
    const { output, code } = await ask(['print', target(label)]);
    return output === null ? refusalOf(label, code) : { ok: true, job: decodeJob(label, output) };
  };

  return {
    print,
    bootstrap: async (label) => {
      if (!labelPattern.test(label)) return notALabel(label);
      const domain = domainText(domains.of(label));
      const path = await plistPath(label);
      if (path === null)
        return {
          ok: false,
          problem: 'failed',
          detail: `${label} is to run in ${domain}, whose user is not known here`,
        };
      const result = await load(label, domain, path);
      if (result.ok) onStarted(label);
      return result;
    },
    bootout: async (label) => {
      if (!labelPattern.test(label)) return notALabel(label);
      const { code } = await ask(['bootout', target(label)], bootoutLimitMs);
      if (code === null || code === 37) return verified(label, code);
      // 36, operation now in progress: it has been told to end and is on its way.
      return code === 0 || code === 36 ? { ok: true } : refusalOf(label, code);
    },
  };
};
