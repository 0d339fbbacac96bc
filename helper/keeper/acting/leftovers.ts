import { setTimeout as sleep } from 'node:timers/promises';
import { readBoot } from '../../deadman/boot.ts';
import { type Entry, listResuming } from '../../deadman/directory.ts';
import type { Places } from '../../deadman/places.ts';
import { createResumer, type Resumer } from '../../deadman/resumer.ts';
import { startsReader } from '../../deadman/starts.ts';
import { deadmanTimes } from '../../deadman/times.ts';

/** What other runs of the keeper left frozen. Nobody takes over a freeze: it is resumed, as the deadman would. */

export interface LeftoversOptions {
  readonly places: Places;
  readonly instance: string;
  readonly warn: (text: string) => void;
  readonly notice: (text: string) => void;
  readonly claimMs?: number;
}

const resumerOf = async (options: LeftoversOptions): Promise<Resumer> => {
  const { places, instance } = options;
  const { platform } = process;
  return createResumer({
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
};

const takeOver = async (resumer: Resumer, { places, instance, claimMs }: LeftoversOptions): Promise<void> => {
  const others = (entry: Entry): boolean => entry.resumer !== null && entry.resumer !== instance;
  const claimed = new Set(listResuming(places).flatMap((entry) => (others(entry) ? [entry.path] : [])));
  if (claimed.size === 0) return;
  // Somebody may be at it this moment; after this long nobody is.
  await sleep(claimMs ?? deadmanTimes.claimMs);
  await resumer.resume((entry) =>
    others(entry) && claimed.has(entry.path) ? 'whoever was resuming it did not finish' : null,
  );
};

/** Claims whose resumer died are the deadman's to take over. Where it is gone for good nobody else is left to do it. */
export const takeOverClaims = async (options: LeftoversOptions): Promise<void> =>
  takeOver(await resumerOf(options), options);

/** Resolves when nothing of another instance is left, or what is left has been reported. */
export const resumeLeftovers = async (options: LeftoversOptions): Promise<void> => {
  const resumer = await resumerOf(options);
  const isForeign = (entry: Entry): boolean => entry.tombstone?.instance !== options.instance;
  // Claims that lie there before we begin are old when we are done.
  const abandoned = takeOver(resumer, options);
  await resumer.resume((entry) =>
    entry.resumer === null && isForeign(entry) ? 'left by an earlier run of the keeper' : null,
  );
  await abandoned;
};
