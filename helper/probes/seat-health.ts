import type { Verdict } from '../protocol/health.ts';
import type { SeatHealth } from '../seats/seat-world.ts';
import type { SeatProbes } from './seat-probes.ts';
import { verdictSaid } from './words.ts';

/** What the life of a seat, and who asks for it, must know of its health. */

/** Verdicts with which a seat does no work, whatever answers at its port. What is frozen or hollow is a state of its own. */
const dead: readonly Verdict[] = ['zombie', 'unreachable'];

export const deadWords = (probes: SeatProbes): string | null => {
  const { verdict } = probes.judged;
  return verdict !== null && dead.includes(verdict) ? verdictSaid(verdict, probes) : null;
};

/** @param sinceMs when the seat was looked at before */
export const seatHealth = (probes: SeatProbes, sinceMs: number): SeatHealth => {
  const { cheap, inference, integrity } = probes.tracks;
  const isSmoking = probes.smoke !== null && probes.smoke.asking !== null;
  return {
    isProbed:
      isSmoking ||
      [cheap, inference].some(({ asking, endedMs }) => asking !== null || (endedMs !== null && endedMs >= sinceMs)),
    fault: probes.judged.isDoomed ? (integrity.found?.detail ?? '') : null,
    dead: deadWords(probes),
  };
};
