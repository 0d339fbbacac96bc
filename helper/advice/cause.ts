import type { AdviceCause } from '../protocol/advice.ts';
import type { LevelName } from '../protocol/status.ts';

/** Whether this is a time at which one would look for advice. */

export interface CauseFacts {
  readonly level: LevelName;
  /** How long the level has been what it is. */
  readonly forSeconds: number;
  /** Targets that are left alone because acting on them did not help. */
  readonly useless: number;
}

/** Red that lasts is the graver one. On green nobody needs to do anything, whatever was of no use before. */
export const causeOf = ({ level, forSeconds, useless }: CauseFacts, afterSeconds: number): AdviceCause | null => {
  if (level === 'red' && forSeconds >= afterSeconds) return 'red';
  return useless > 0 && level !== 'green' ? 'useless' : null;
};
