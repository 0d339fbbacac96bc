import type { ServiceManager } from '../service-manager.ts';
import { absent, exitStatus, isExitKnown, isListed, printJob } from './launchd.ts';
import type { SimWorld } from './world.ts';

/** The simulated launchd, as the port shows it. */
export const createServices = ({
  world,
  isHidden,
}: {
  /** As it is now. */
  readonly world: () => SimWorld;
  /** The sensor has been made to fail. */
  readonly isHidden: () => boolean;
}): ServiceManager => ({
  pids: () => {
    const { jobs } = world();
    if (isHidden()) return null;
    const pids = new Map<string, number | null>();
    for (const [label, job] of jobs) if (isListed(job)) pids.set(label, job.pid);
    return pids;
  },
  lastExits: () => {
    const exits = new Map<string, number>();
    const { jobs, nowMs } = world();
    if (isHidden()) return exits;
    for (const [label, job] of jobs)
      if (isExitKnown(job, nowMs) && job.lastExit !== null) exits.set(label, exitStatus(job.lastExit));
    return exits;
  },
  bootstrap: async (label) => world().bootstrap(label),
  bootout: async (label) => world().bootout(label),
  print: async (label) => {
    const job = world().jobs.get(label);
    return job === undefined || !isListed(job) ? absent(label) : { ok: true, job: printJob(job) };
  },
});
