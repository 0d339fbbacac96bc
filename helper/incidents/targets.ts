import type { Act, Target } from '../relief/acts.ts';
import type { TargetName } from './happenings.ts';

/** Whom an act concerns, under every name by which a scenario may call it. */
export interface Named {
  readonly pids: readonly number[];
  readonly names: readonly string[];
}

const processes = (targets: readonly Target[], entry: string | null): Named => ({
  pids: targets.map(({ id }) => id.pid),
  names: [...targets.map(({ name }) => name), ...(entry === null ? [] : [entry])],
});

export const namesOf = (act: Act): Named => {
  switch (act.verb) {
    case 'freeze':
      return processes(act.targets, act.entry.name);
    case 'resume':
      return processes(act.targets, null);
    case 'terminate':
    case 'kill':
      return processes([act.target], act.entry.name);
    case 'shed':
    case 'restore':
      return { pids: [], names: [act.label] };
    case 'fallback':
    case 'fallback_end':
      return { pids: [], names: [act.seat, act.label] };
    case 'recover':
    case 'bootout':
      return { pids: [], names: [act.seat, act.label] };
    case 'unload':
      return { pids: [], names: [act.runtime, act.model] };
    case 'purge':
      return { pids: [], names: ['purge'] };
  }
};

export const isNamed = ({ pids, names }: Named, target: TargetName): boolean =>
  typeof target === 'number' ? pids.includes(target) : names.includes(target);

export const actMatches = (act: Act, target: TargetName): boolean => isNamed(namesOf(act), target);
