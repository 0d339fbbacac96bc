import { labelPattern, notALabel } from '../label.ts';
import type { ServiceManager, ServiceResult } from '../port.ts';
import { decodeJob, isEnding } from './decode.ts';
import { createDomains, type Domains, domainText } from './domains.ts';
import { type RunLaunchctl, runLaunchctl } from './services.ts';

type Refusal = Extract<ServiceResult, { ok: false }>;

/** Where launchd itself looks for daemons; a file that is not root's is refused by it (122). */
const daemons = '/Library/LaunchDaemons';
/** And for a user's own agents, in the home (launchd.plist(5), FILES). */
const agents = 'Library/LaunchAgents';

/**
 * What launchctl's exit codes mean (`launchctl error CODE` names them). 113 is the only proof of absence; 3 is what a
 * bootout of an unloaded label gives. 5 is given for a job that is loaded, one that is ending and one that is disabled.
 */
const refusalOf = (label: string, code: number | null): Refusal => {
  const detail = (text: string): string => `${label} ${text} (launchctl: ${code ?? 'no answer'})`;
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
    case 37:
      return { ok: false, problem: 'failed', detail: detail('is still ending; try again once it is gone') };
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
    default:
      return { ok: false, problem: 'failed', detail: detail('was not changed') };
  }
};

/** A bootout waits for the job on some releases; with the look after it, it must end before the act counts as timed out. */
const bootoutLimitMs = 8_000;
const lookLimitMs = 1_500;

/** Home of a user by uid; null: there is no such user. May reject. */
export type FindHome = (uid: number) => Promise<string | null>;

/** Changes of services, each in the domain it lives in. Never run on a Mac so far. */
export const createLaunchctl = (
  run: RunLaunchctl = runLaunchctl,
  domains: Domains = createDomains(),
  findHome: FindHome = async () => null,
): Pick<ServiceManager, 'bootstrap' | 'bootout' | 'print'> => {
  const target = (label: string): string => `${domainText(domains.of(label))}/${label}`;

  /** Null: the user whose agent it is does not exist. */
  const plistPath = async (label: string): Promise<string | null> => {
    const domain = domains.of(label);
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
  const look = async (label: string): Promise<'absent' | 'ending' | 'stays' | 'unknown'> => {
    const { output, code } = await ask(['print', target(label)], lookLimitMs);
    if (output === null) return code === 113 ? 'absent' : 'unknown';
    return isEnding(output) ? 'ending' : 'stays';
  };

  /** A bootout that did not answer, or found another one under way: whether the job is on its way is asked of launchd. */
  const verified = async (label: string, code: number | null): Promise<ServiceResult> => {
    const how = code === null ? `launchctl did not answer within ${bootoutLimitMs / 1000} s` : `launchctl: ${code}`;
    const found = await look(label);
    if (found === 'absent' || found === 'ending') return { ok: true };
    const text =
      found === 'stays'
        ? 'was not told to end: launchd still runs it'
        : 'may have been told to end: launchd does not say';
    return { ok: false, problem: 'failed', detail: `${label} ${text} (${how})` };
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
      const { code } = await ask(['bootstrap', domain, path]);
      if (code === 0) return { ok: true };
      if (code !== 5) return refusalOf(label, code);
      // 5 says too little; what launchd says of the job tells what it meant.
      const found = await look(label);
      if (found === 'stays')
        return { ok: false, problem: 'already', detail: `${label} is loaded already (launchctl: 5)` };
      return refusalOf(label, found === 'ending' ? 37 : code);
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
