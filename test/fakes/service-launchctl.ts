import type { RunLaunchctl } from '../../helper/host/darwin/services.ts';
import type { ServiceResult } from '../../helper/host/service-manager.ts';
import type { SimHost } from '../../helper/host/sim/host.ts';
import { defaultExitTimeoutSeconds, exitStatus, isListed, type Job } from '../../helper/host/sim/launchd.ts';

/** A launchctl over the launchd of a simulated Mac, with what can be wrong with a job. */
export interface LaunchctlStandIn {
  readonly run: RunLaunchctl;
  /** Labels that somebody disabled: 119 at bootstrap, until they are enabled. */
  readonly disabled: Set<string>;
  /** Labels whose property list is not root:wheel, or that others can write: 122. */
  readonly open: Set<string>;
  /** Labels whose domain does not support the action: 125. */
  readonly unsupported: Set<string>;
  /** Labels that live in the domain of a user: label → uid. */
  readonly agents: Map<string, number>;
  /** Nobody is logged in at the screen: 112 for every domain but the system's. */
  isLoggedOut: boolean;
  /** What it was asked, in order. */
  readonly asked: (readonly string[])[];
  /** Some releases wait in a bootout and answer 36 while the job drains; others answer 0 at once. */
  isSlow: boolean;
  /** Some releases answer 5 where others say what it is: 37, 119. */
  isTerse: boolean;
  /** It does not answer at all. */
  isDead: boolean;
}

/** launchctl's exit codes for what the simulated launchd answers. */
const codeOf = (result: ServiceResult): number => {
  if (result.ok) return 0;
  return result.problem === 'absent' ? 113 : 37;
};

const signalText = { SIGKILL: 'Killed: 9', SIGTERM: 'Terminated: 15' } as const;

const lastExit = ({ lastExit: how }: Job): string => {
  if (how === null) return '\tlast exit code = (never exited)';
  if (how.signal !== null) return `\tlast terminating signal = ${signalText[how.signal]}`;
  return `\tlast exit code = ${how.code}${how.code === 78 ? ': EX_CONFIG' : ''}`;
};

const stateOf = (job: Job): string => {
  if (job.pid === null) return 'not running';
  return job.isLoaded ? 'running' : 'SIGTERMed';
};

/** As macOS prints it; a job without a process has no pid line. */
const printed = (job: Job): string =>
  [
    `system/${job.service.label} = {`,
    `\tpath = /Library/LaunchDaemons/${job.service.label}.plist`,
    `\tstate = ${stateOf(job)}`,
    `\texit timeout = ${job.service.exitTimeoutSeconds ?? defaultExitTimeoutSeconds}`,
    ...(job.pid === null ? [] : [`\tpid = ${job.pid}`]),
    lastExit(job),
    '}\n',
  ].join('\n');

/** One row of `launchctl list`: a job that is loaded and does not run has a dash in place of the pid. */
const row = (label: string, job: Job): string =>
  `${job.pid ?? '-'}\t${job.lastExit === null ? 0 : exitStatus(job.lastExit)}\t${label}\n`;

export const createLaunchctlStandIn = (sim: SimHost): LaunchctlStandIn => {
  /** @param uid of the user whose domain it is; null: the system's */
  const list = (uid: number | null): string => {
    const here = [...sim.world.jobs].filter(
      ([label, job]) => isListed(job) && (stand.agents.get(label) ?? null) === uid,
    );
    return `PID\tStatus\tLabel\n${here.map(([label, job]) => row(label, job)).join('')}`;
  };

  const answer = (args: readonly string[]): { readonly output?: string; readonly code: number | null } => {
    const [verb = '', ...rest] = args;
    const target = rest.at(-1) ?? '';
    const label = target.slice(target.lastIndexOf('/') + 1).replace(/\.plist$/, '');
    // Brings the machine to the present.
    sim.services.pids();
    const job = sim.world.jobs.get(label);
    if (stand.isDead) return { code: null };
    const uid = stand.agents.get(label);
    const domain = uid === undefined ? 'system' : `gui/${uid}`;
    if (verb !== 'list' && verb !== 'asuser') {
      if (stand.isLoggedOut && rest[0]?.startsWith('gui/') === true) return { code: 112 };
      // Of a label in another domain nothing is known in this one.
      if (rest[0] !== domain && rest[0] !== `${domain}/${label}`) return { code: verb === 'bootout' ? 3 : 113 };
    }
    switch (verb) {
      case 'list':
        return { output: list(null), code: 0 };
      case 'asuser':
        return stand.isLoggedOut ? { code: 112 } : { output: list(Number(rest[0])), code: 0 };
      case 'print':
        return job !== undefined && isListed(job) ? { output: printed(job), code: 0 } : { code: 113 };
      case 'bootstrap': {
        if (stand.unsupported.has(label)) return { code: 125 };
        if (stand.open.has(label)) return { code: 122 };
        if (stand.disabled.has(label)) return { code: stand.isTerse ? 5 : 119 };
        // A property list that is not there is an input/output error.
        if (job === undefined) return { code: 5 };
        if (job.isLoaded) return { code: 5 };
        const code = codeOf(sim.world.load(label));
        return { code: code === 37 && stand.isTerse ? 5 : code };
      }
      case 'kickstart':
        if (stand.unsupported.has(label)) return { code: 125 };
        if (stand.disabled.has(label)) return { code: 119 };
        return { code: codeOf(sim.world.kickstart(label)) };
      case 'bootout': {
        if (stand.unsupported.has(label)) return { code: 125 };
        // 3, no such process, is what an unloaded label gives.
        if (job === undefined || !isListed(job)) return { code: 3 };
        const isEnding = !job.isLoaded;
        const result = sim.world.bootout(label);
        if (isEnding) return { code: 37 };
        return { code: result.ok ? (stand.isSlow && job.pid !== null ? 36 : 0) : codeOf(result) };
      }
      default:
        return { code: 64 };
    }
  };

  const stand: LaunchctlStandIn = {
    run: (args, done) => {
      stand.asked.push([...args]);
      const { output, code } = answer(args);
      done(code === 0 ? (output ?? '') : null, code);
    },
    disabled: new Set(),
    open: new Set(),
    unsupported: new Set(),
    agents: new Map(),
    isLoggedOut: false,
    asked: [],
    isSlow: false,
    isTerse: false,
    isDead: false,
  };
  return stand;
};

/** Without anything wrong. */
export const createLaunchctlOn = (sim: SimHost): RunLaunchctl => createLaunchctlStandIn(sim).run;
