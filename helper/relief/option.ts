import type { PassedOver } from '../protocol/index.ts';
import type { Act, Cause, Expectation } from './acts.ts';
import { episodeOf } from './plan-identity.ts';
import type { ReliefState } from './state.ts';

/** One thing that relief could do now. */
export interface Option {
  readonly act: Act;
  readonly reason: string;
  readonly cause: Cause;
  readonly expected: Expectation;
  /** What would be orphaned or go silent. */
  readonly impact: readonly string[];
  /** Why the operator decides; null: Castellan does. */
  readonly ask: string | null;
  readonly name: string;
}

/** Some of them, and what was passed over on the way. */
export interface Found {
  readonly options: readonly Option[];
  readonly passedOver: readonly PassedOver[];
}

/** Two useless tries, and a target is left alone for the episode. */
const usefulTries = 2;

export const triesOf = (relief: ReliefState, key: string): number =>
  relief.tries.find((each) => each.key === key)?.useless ?? 0;

export const isSuppressed = (relief: ReliefState, key: string): boolean => triesOf(relief, key) >= usefulTries;

/** What is left alone for the episode, because acting on it did not help. */
export const leftAlone = ({ tries }: ReliefState): ReliefState['tries'] =>
  tries.filter(({ useless }) => useless >= usefulTries);

export const pass = (target: string, code: string, text: string): PassedOver => ({ target, code, text });

export const suppressed = (name: string): PassedOver =>
  pass(name, 'suppressed', 'acting on it did not help twice in this episode; it is left alone');

/** The operator said no to it in this episode. */
export const isDenied = (relief: ReliefState, option: Option): boolean =>
  relief.approvals.denied.includes(episodeOf(option.act));
