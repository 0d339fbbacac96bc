import type { RunLaunchctl } from '../../helper/host/darwin/services.ts';
import type { ServiceResult } from '../../helper/host/port.ts';
import type { SimHost } from '../../helper/host/sim/host.ts';
import { isListed, type Job } from '../../helper/host/sim/launchd.ts';

/** launchctl's exit codes for what the simulated launchd answers. */
const codeOf = (result: ServiceResult): number => {
  if (result.ok) return 0;
  return result.problem === 'absent' ? 113 : result.problem === 'already' ? 5 : 37;
};

const printed = (job: Job): string =>
  [
    `system/${job.service.label} = {`,
    `\tstate = ${job.pid === null ? 'not running' : 'running'}`,
    `\texit timeout = ${job.service.exitTimeoutSeconds ?? 5}`,
    ...(job.pid === null ? [] : [`\tpid = ${job.pid}`]),
    `\tlast exit code = ${job.lastExit?.code ?? '(never exited)'}`,
    '}\n',
  ].join('\n');

/** A launchctl over the launchd of a simulated Mac. */
export const createLaunchctlOn =
  (sim: SimHost): RunLaunchctl =>
  ([verb = '', ...rest], done) => {
    const target = rest.at(-1) ?? '';
    const label = target.slice(target.lastIndexOf('/') + 1).replace(/\.plist$/, '');
    const tell = (result: ServiceResult): void => {
      const code = codeOf(result);
      done(code === 0 ? '' : null, code);
    };
    sim.clock.nowMs();
    switch (verb) {
      case 'list': {
        const rows = [...(sim.services.pids() ?? [])].map(([name, pid]) => `${pid ?? '-'}\t0\t${name}\n`);
        return done(`PID\tStatus\tLabel\n${rows.join('')}`, 0);
      }
      case 'print': {
        const job = sim.world.jobs.get(label);
        return job !== undefined && isListed(job) ? done(printed(job), 0) : done(null, 113);
      }
      case 'bootstrap':
        return tell(sim.world.bootstrap(label));
      case 'bootout':
        return tell(sim.world.bootout(label));
      default:
        return done(null, 64);
    }
  };
