import * as z from 'zod/mini';
import { type Message, messageSchema } from './message.ts';

/** What waits to be sent, as a value: bounded in number and in bytes. When there is no more room the oldest goes, and is counted. */

export const mostItems = 200;
export const mostBytes = 192 * 1024;

const itemSchema = z.strictObject({ target: z.string(), message: messageSchema });
export type Item = z.infer<typeof itemSchema>;

const countsSchema = z.strictObject({
  delivered: z.int().check(z.minimum(0)),
  dropped: z.int().check(z.minimum(0)),
  refused: z.int().check(z.minimum(0)),
  deliveredMs: z.nullable(z.number()),
});
export type Counts = z.infer<typeof countsSchema>;

/** As it is kept. */
export const queueSchema = z.strictObject({
  version: z.literal(1),
  items: z.array(itemSchema).check(z.maxLength(mostItems)),
  /** By target. */
  counts: z.record(z.string(), countsSchema),
  /** What has been queued of the alerts that are listed now, by their ids. */
  heard: z.record(z.string(), z.enum(['raised', 'over'])),
});
export type Queue = z.infer<typeof queueSchema>;

export const emptyQueue: Queue = { version: 1, items: [], counts: {}, heard: {} };
const noCounts: Counts = { delivered: 0, dropped: 0, refused: 0, deliveredMs: null };

/** A target may be called "constructor". */
const keyOf = (target: string): string => `to ${target}`;

export const countsOf = ({ counts }: Queue, target: string): Counts => counts[keyOf(target)] ?? noCounts;

export const counted = (queue: Queue, target: string, change: (before: Counts) => Partial<Counts>): Queue => {
  const before = countsOf(queue, target);
  return { ...queue, counts: { ...queue.counts, [keyOf(target)]: { ...before, ...change(before) } } };
};

const bytesOf = (item: Item): number => Buffer.byteLength(JSON.stringify(item));

const bounded = (queue: Queue): Queue => {
  let bytes = queue.items.reduce((sum, item) => sum + bytesOf(item), 0);
  let now = queue;
  while (now.items.length > mostItems || bytes > mostBytes) {
    const [oldest, ...rest] = now.items;
    if (oldest === undefined) break;
    bytes -= bytesOf(oldest);
    now = counted({ ...now, items: rest }, oldest.target, ({ dropped }) => ({ dropped: dropped + 1 }));
  }
  return now;
};

export const added = (queue: Queue, message: Message, targets: readonly string[]): Queue =>
  bounded({ ...queue, items: [...queue.items, ...targets.map((target) => ({ target, message }))] });

/** Without what targets that are gone were to get. */
export const onlyFor = (queue: Queue, targets: readonly string[]): Queue => {
  const names = new Set(targets);
  const keys = new Set(targets.map(keyOf));
  const items = queue.items.filter(({ target }) => names.has(target));
  const counts = Object.entries(queue.counts).filter(([key]) => keys.has(key));
  const isSame = items.length === queue.items.length && counts.length === Object.keys(queue.counts).length;
  return isSame ? queue : { ...queue, items, counts: Object.fromEntries(counts) };
};

/** A test is not made to wait behind what cannot be sent. */
export const nextFor = ({ items }: Queue, target: string): Item | undefined =>
  items.find((item) => item.target === target && item.message.event === 'test') ??
  items.find((item) => item.target === target);

export const without = (queue: Queue, { target, message }: Item): Queue => ({
  ...queue,
  items: queue.items.filter((item) => item.target !== target || item.message.id !== message.id),
});
