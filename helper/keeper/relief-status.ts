import type { Config } from '../config/config.ts';
import type { ReliefStatus } from '../protocol/index.ts';
import type { KeeperState } from './state.ts';
import type { ShellFacts } from './status.ts';

/** What is told of relief, out of what `decide` remembers of it. */
export const reliefStatus = (state: KeeperState, _config: Config, _shell: ShellFacts): ReliefStatus => ({
  gate: { state: 'counting', observedSeconds: 0, neededSeconds: 21_600, plans: 0, wrong: 0 },
  deadman: state.relief.deadman.state,
  why: state.relief.explanation.noop,
  pending: [],
  frozen: [],
  shed: [],
  suppressed: [],
  activity: [],
  envelope: null,
  conflict: null,
  wiredLeak: null,
  missingEnforcers: [],
});
