import type { ActTarget } from '../../protocol/index.ts';
import { shortened } from '../../protocol/shortened.ts';
import type { Act, Target } from '../../relief/acts.ts';
import type { KeeperState } from '../judgement/state.ts';

/** What an act is aimed at, as it is told: names that somebody else chose have their bound. */

const named = (name: string): string => shortened(name, 128);

const processTarget = (targets: readonly Target[]): ActTarget => {
  const [first] = targets;
  return {
    kind: 'process',
    name: named(first?.name ?? ''),
    pid: first?.id.pid ?? null,
    start: first?.id.start ?? null,
    footprintBytes: targets.reduce((sum, { footprintBytes }) => sum + footprintBytes, 0),
    count: targets.length,
  };
};

const footprintOfPid = (state: KeeperState, pid: number): number =>
  state.processes?.views.find((view) => view.process.id.pid === pid)?.process.footprintBytes ?? 0;

/** A service that does not run, or that nobody has measured, holds nothing that is known. */
const serviceTarget = (label: string, state: KeeperState): ActTarget => {
  const pid = state.services?.find(([each]) => each === label)?.[1] ?? null;
  return {
    kind: 'service',
    name: named(label),
    pid,
    start: null,
    footprintBytes: pid === null ? 0 : footprintOfPid(state, pid),
    count: 1,
  };
};

export const actTarget = (act: Act, state: KeeperState): ActTarget => {
  switch (act.verb) {
    case 'freeze':
    case 'resume':
      return processTarget(act.targets);
    case 'terminate':
    case 'kill':
      return processTarget([act.target]);
    case 'shed':
    case 'restore':
      return serviceTarget(act.label, state);
    case 'fallback':
    case 'fallback_end':
      return serviceTarget(act.label, state);
    case 'recover':
    case 'bootout': {
      const view = state.seats.find(({ name }) => name === act.seat);
      return {
        ...serviceTarget(act.label, state),
        kind: 'seat',
        name: named(act.seat),
        footprintBytes: view?.footprintBytes ?? 0,
      };
    }
    case 'purge':
      return { kind: 'machine', name: 'disk caches', pid: null, start: null, footprintBytes: 0, count: 1 };
    case 'unload':
      return {
        kind: 'service',
        name: named(`${act.model} (${act.runtime})`),
        pid: null,
        start: null,
        footprintBytes: act.footprintBytes,
        count: 1,
      };
  }
};
