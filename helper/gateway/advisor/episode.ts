import type { AdviceCause } from '../../protocol/advice.ts';

/** When the advisor is asked: once an episode at most, and once in so long. Pure. */

export interface Episode {
  /** What it began with; null: none is under way. */
  readonly cause: AdviceCause | null;
  /** Monotonic ms at which its cause was seen last. */
  readonly seenMs: number;
  readonly isAnswered: boolean;
}

export const noEpisode: Episode = { cause: null, seenMs: 0, isAnswered: false };

/** As relief counts it: calm for so long, and the next trouble is another one. */
export const calmMs = 600_000;

export interface EpisodeStep {
  readonly episode: Episode;
  readonly isNew: boolean;
}

/** @param cause as the keeper says now; null: no need */
export const stepEpisode = (before: Episode, cause: AdviceCause | null, nowMs: number): EpisodeStep => {
  if (cause === null) {
    const isOver = before.cause !== null && nowMs - before.seenMs >= calmMs;
    return { episode: isOver ? noEpisode : before, isNew: false };
  }
  const isNew = before.cause === null || nowMs - before.seenMs >= calmMs;
  return { episode: { cause, seenMs: nowMs, isAnswered: isNew ? false : before.isAnswered }, isNew };
};

/** @param askedWallMs the last time it was asked, whatever came of it; null: never. A clock that was set back keeps nobody waiting. */
export const mayAsk = (
  { cause, isAnswered }: Episode,
  askedWallMs: number | null,
  wallMs: number,
  everySeconds: number,
): boolean =>
  cause !== null &&
  !isAnswered &&
  (askedWallMs === null || wallMs < askedWallMs || wallMs - askedWallMs >= everySeconds * 1000);
