import { GB, MB } from '../config/config.ts';
import { size } from '../protocol/figures.ts';
import type { Recovery } from './recovery-life.ts';
import type { World } from './world.ts';

/** Whether what a recovered seat held has come back: what is started before that has no room. */

/** Unmapping takes the longer the more was held; wired memory is given up to a minute and a half. */
const memoryMs = 30_000;
const memoryMsPerGB = 500;
const wiredMs = 120_000;
const leastBytes = 64 * MB;
const leastWiredBytes = 2 * GB;
const backShare = 0.5;

export const usedBytes = ({ machine }: World): number =>
  machine.availableBytes === null ? 0 : machine.totalBytes - machine.availableBytes;

/** What has not come back of what it held, one clause; null: it is back. */
export const missingMemory = (
  { before, sinceMs }: Recovery,
  world: World,
): { readonly text: string; readonly late: boolean } | null => {
  const forMs = world.nowMs - sinceMs;
  const back = Math.max(0, before.used - usedBytes(world));
  if (before.held >= leastBytes && back < backShare * before.held)
    return {
      text: `${size(back)} of the ${size(before.held)} it held came back`,
      late: forMs >= memoryMs + (memoryMsPerGB * before.held) / GB,
    };
  const wired = Math.max(0, before.wired - world.machine.wiredBytes);
  return before.heldWired >= leastWiredBytes && wired < backShare * before.heldWired
    ? { text: `${size(wired)} of the ${size(before.heldWired)} it held wired came back`, late: forMs >= wiredMs }
    : null;
};
