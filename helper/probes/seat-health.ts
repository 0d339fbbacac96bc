import type { Verdict } from '../protocol/health.ts';
import type { SeatHealth } from '../seats/seat-world.ts';
import type { SeatProbes } from './probing.ts';
import { verdictWords } from './words.ts';

/** What the life of a seat, and who asks for it, must know of its health. */

/** Verdicts with which a seat does no work, whatever answers at its port. What is frozen or hollow is a state of its own. */
const dead: readonly Verdict[] = ['zombie', 'unreachable'];

export const deadWords = ({ judged: { verdict } }: SeatProbes): string | null =>
  verdict !== null && dead.includes(verdict) ? verdictWords[verdict] : null;

/** @param sinceMs when the seat was looked at before */
export const seatHealth = (probes: SeatProbes, sinceMs: number): SeatHealth => {
  const { cheap, inference, integrity } = probes.tracks;
  return {
    isProbed: [cheap, inference].some(
      ({ asking, endedMs }) => asking !== null || (endedMs !== null && endedMs >= sinceMs),
    ),
    fault: probes.judged.isDoomed ? (integrity.found?.detail ?? '') : null,
    dead: deadWords(probes),
  };
};
