import { setTimeout as sleep } from 'node:timers/promises';
import { readBoot } from '../deadman/boot.ts';
import { type Entry, listResuming } from '../deadman/directory.ts';
import type { Places } from '../deadman/places.ts';
import { createResumer } from '../deadman/resumer.ts';
import { startsReader } from '../deadman/starts.ts';
import { deadmanTimes } from '../deadman/times.ts';

/** What other runs of the keeper left frozen. Nobody takes over a freeze: it is resumed, as the deadman would. */

export interface LeftoversOptions {
  readonly places: Places;
  readonly instance: string;
  readonly warn: (text: string) => void;
  readonly notice: (text: string) => void;
  readonly claimMs?: number;
}

/** Resolves when nothing of another instance is left, or what is left has been reported. */
export const resumeLeftovers = async (options: LeftoversOptions): Promise<void> => {
  const { places, instance } = options;
  const { platform } = process;
  const resumer = createResumer({
    places,
    resumer: instance,
    // Of the machine itself, also under a simulated host: a keeper before this one may have frozen real processes.
    surroundings: {
      boot: await readBoot(platform),
      host: platform === 'darwin' ? 'darwin' : 'linux',
      self: process.pid,
    },
    readStarts: startsReader(platform),
    times: deadmanTimes,
    continue: (pid) => {
      process.kill(pid, 'SIGCONT');
    },
    onDone: ({ pid, command }, why) => options.notice(`freeze: pid ${pid} (${command}): ${why}`),
    onFailed: (pid, detail) => options.warn(`freeze: pid ${pid}, resuming: ${detail}`),
    onRetired: (subject, detail) => options.warn(`freeze: ${subject}: ${detail}`),
  });
  const isForeign = (entry: Entry): boolean => entry.tombstone?.instance !== instance;
  const others = (entry: Entry): boolean => entry.resumer !== null && entry.resumer !== instance;
  const claimed = new Set(listResuming(places).flatMap((entry) => (others(entry) ? [entry.path] : [])));
  await resumer.resume((entry) =>
    entry.resumer === null && isForeign(entry) ? 'left by an earlier run of the keeper' : null,
  );
  if (claimed.size === 0) return;
  // Somebody may be at it this moment; after this long nobody is.
  await sleep(options.claimMs ?? deadmanTimes.claimMs);
  await resumer.resume((entry) =>
    others(entry) && claimed.has(entry.path) ? 'whoever was resuming it did not finish' : null,
  );
};
