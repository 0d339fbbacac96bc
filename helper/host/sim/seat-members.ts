import type { GpuLimit, GpuLimitResult, Host, ProbeResult } from '../port.ts';
import type { ProcessId } from '../reading.ts';
import type { SimProcess } from './process.ts';
import { portTrafficOf, probeAnswer } from './server.ts';
import type { SimWorld } from './world.ts';

/** What the port asks for seats, of the simulated Mac. */

export interface SeatMembersOptions {
  /** As it is now. */
  readonly world: () => SimWorld;
  readonly clock: Host['clock'];
  readonly find: (id: ProcessId) => SimProcess | null;
}

const MB = 2 ** 20;

/** What a Mac itself shows: 0 says that the system decides, and not how. */
const gpuLimitOf = ({ gpuLimitBytes }: SimWorld): GpuLimit =>
  gpuLimitBytes === 0
    ? {
        kind: 'not_evaluated',
        why: 'macOS decides what the GPU may hold wired, and does not show it.',
        isSystemPolicy: true,
      }
    : { kind: 'limit', bytes: gpuLimitBytes, isSystemPolicy: false };

/** The sysctl counts in MB and takes what it is given, however large. */
const setGpuLimit = (world: SimWorld, bytes: number): GpuLimitResult => {
  if (!Number.isFinite(bytes) || bytes < 0) return { ok: false, problem: 'failed', detail: `${bytes} is no size` };
  world.gpuLimitBytes = Math.floor(bytes / MB) * MB;
  return { ok: true, bytes: world.gpuLimitBytes };
};

export const createSeatMembers = ({
  world,
  clock,
  find,
}: SeatMembersOptions): Pick<
  Host,
  'portTraffic' | 'portOwner' | 'probe' | 'isExecutableGone' | 'gpuLimit' | 'setGpuLimit'
> => ({
  portTraffic: (ports) => {
    const { processes, nowMs, showsTraffic } = world();
    return showsTraffic ? ports.map((port) => portTrafficOf(processes, port, nowMs)) : null;
  },
  portOwner: async (address) => {
    const [port] = /:\d+$/.exec(address) ?? [];
    if (port === undefined) return null;
    const owner = [...world().processes.values()].find((p) => p.spec.listens?.some((at) => at.endsWith(port)) === true);
    return owner === undefined ? null : { pid: owner.pid, command: owner.spec.command };
  },
  probe: ({ label, timeoutMs }) => {
    const { jobs, processes, nowMs } = world();
    const job = jobs.get(label);
    const p = job === undefined || job.pid === null ? undefined : processes.get(job.pid);
    const answer = probeAnswer(job, p, nowMs);
    if (answer !== null) return Promise.resolve(answer);
    const late: ProbeResult = { ok: false, detail: `no answer within ${timeoutMs / 1000} s` };
    return new Promise((resolve) => clock.at(clock.nowMs() + timeoutMs, () => resolve(late)));
  },
  isExecutableGone: (id) => {
    const p = find(id);
    if (p === null) return null;
    const { service } = p.spec;
    return service !== undefined && world().jobs.get(service.label)?.mode.kind === 'no_executable';
  },
  gpuLimit: () => gpuLimitOf(world()),
  setGpuLimit: (bytes) => setGpuLimit(world(), bytes),
});
