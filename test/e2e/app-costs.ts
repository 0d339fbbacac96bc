import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PlainApp } from './plain-app.ts';
import { eventually } from './surroundings.ts';

/** What the app costs, as the kernel counts it, and what makes it cost something: the popover, opened and hidden. */

export const readOr = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // The process ended meanwhile.
    return '';
  }
};

/** A process and all it started, in turn. */
export const treeOf = (pid: number): readonly number[] => {
  const parents = new Map<number, number>();
  for (const entry of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    const parent = /^PPid:\s+(\d+)$/m.exec(readOr(`/proc/${entry}/status`))?.[1];
    parents.set(Number(entry), Number(parent));
  }
  const tree = [pid];
  for (const each of tree) for (const [child, parent] of parents) if (parent === each) tree.push(child);
  return tree;
};

/** CPU of all threads since they started, ms. */
export const cpuMs = (pid: number): number => {
  let ns = 0;
  for (const process of treeOf(pid)) {
    const tasks = `/proc/${process}/task`;
    for (const thread of readdirSync(tasks)) ns += Number(readOr(`${tasks}/${thread}/schedstat`).split(' ')[0]);
  }
  return ns / 1e6;
};

const memoryMb = (pid: number, field: RegExp): number => {
  let kilobytes = 0;
  for (const process of treeOf(pid))
    for (const [, value] of readOr(`/proc/${process}/smaps_rollup`).matchAll(field)) kilobytes += Number(value);
  return kilobytes / 1024;
};

/** Of all its processes, each shared page in parts: the less, the more other Electrons run. */
export const pssMb = (pid: number): number => memoryMb(pid, /^Pss:\s+(\d+)/gm);

/** Of all its processes, what nobody shares. */
export const privateMb = (pid: number): number => memoryMb(pid, /^Private_(?:Clean|Dirty):\s+(\d+)/gm);

export interface Opening {
  readonly kind: 'cold' | 'warm';
  /** From the click to the frame with data. */
  readonly ms: number;
}

/** A click soon after the popover was hidden does not open it: it may have been the one that hid it. */
const betweenClicksMs = 300;

/** The app keeps the last hundred. */
const latest = (app: PlainApp): Promise<readonly [number, Opening | undefined]> =>
  app.main('[hook.openings().length, hook.openings().at(-1)]');

/** Opens the popover by a click on the tray, waits until it is painted, and hides it by another. */
export const openAndHide = async (app: PlainApp): Promise<Opening> => {
  const [count, before] = await latest(app);
  await app.tray.activate();
  const opening = await eventually(async () => {
    const [now, last] = await latest(app);
    return now > count || last?.ms !== before?.ms ? last : undefined;
  }, 'the popover is painted');
  await sleep(betweenClicksMs);
  await app.tray.activate();
  await eventually(() => app.main<boolean>('!hook.isOpen()'), 'the popover is hidden');
  await sleep(betweenClicksMs);
  return opening;
};
