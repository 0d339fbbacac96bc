import type { ContainerLook } from '../adapters/docker-wire.ts';
import type { ContainersConfig } from '../config/config.ts';
import type { Idleness } from './idleness.ts';

/** Whether a container may be stopped for idling. Nobody is who was not offered: by the label, or in castellan.toml. */

/** So long a look may be old for something to be done by it; looks are 5 min apart. */
export const staleMs = 360_000;

const plain = (text: string): string => `-${text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`;

/** A word of the list, or several, at the start of a word of its name or its image: `redis` keeps `app_redis_1` and `redis:7`. */
export const keptBy = (
  { name, image }: Pick<ContainerLook, 'name' | 'image'>,
  keep: readonly string[],
): string | null =>
  keep.find((each) => {
    const word = plain(each);
    return plain(name).includes(word) || plain(image).includes(word);
  }) ?? null;

export interface Known {
  readonly look: ContainerLook;
  readonly idleness: Idleness;
  readonly seenMs: number;
}

/** By its label, or in castellan.toml. */
export const isOffered = ({ look }: Known, { stop }: ContainersConfig): boolean =>
  look.isOffered || stop.includes(look.name);

/** Null: it may be stopped now. */
export const whyNotStopped = (
  known: Known,
  config: ContainersConfig,
  { nowMs, isSuppressed }: { readonly nowMs: number; readonly isSuppressed: boolean },
): string | null => {
  const { look, idleness, seenMs } = known;
  if (!isOffered(known, config)) return 'it is not offered';
  const kept = keptBy(look, config.keep);
  if (kept !== null) return `"${kept}" is on the list of those that stay`;
  if (look.isPaused) return 'somebody has paused it';
  if (look.health === 'starting') return 'it starts';
  if (isSuppressed) return 'stopping it did not help twice';
  if (nowMs - seenMs > staleMs) return 'it has not been looked at lately';
  if (idleness.sample === null)
    return 'whether it works cannot be told: its counters of CPU time and network are not known';
  if (idleness.sinceMs === null) return idleness.last === 'working' ? 'it works' : 'it has been looked at once';
  return nowMs - idleness.sinceMs < config.idleSeconds * 1_000 ? 'it has not idled for long enough' : null;
};
