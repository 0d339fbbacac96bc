import { type Channel, channels } from './channels.ts';
import { everyChannel, type Probing } from './seat-probes.ts';

/** What is remembered of failures beyond the end of the keeper. */

/** Failures in a row, as they outlive the keeper. */
export interface StrikeMemory extends Readonly<Record<Channel, number>> {
  readonly seat: string;
}

/** What the next start of the keeper should know. Who has not been looked at yet is not forgotten. */
export const strikeMemories = ({ seats, recalled }: Probing): readonly StrikeMemory[] => {
  const now = seats.map(({ name, tracks }) => ({
    seat: name,
    ...everyChannel((channel) => tracks[channel].strikes),
  }));
  return [...recalled, ...now].filter((each) => channels.some((channel) => each[channel] > 0));
};

export const sameStrikes = (a: readonly StrikeMemory[], b: readonly StrikeMemory[]): boolean =>
  a.length === b.length &&
  a.every((each, at) => each.seat === b[at]?.seat && channels.every((channel) => each[channel] === b[at]?.[channel]));
