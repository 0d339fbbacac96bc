import { type Topic, topics } from '../../protocol/requests.ts';

/** How many connections look at each topic; a topic nobody looks at need not be measured. */
export type LookerCounts = Readonly<Record<Topic, number>>;

export const countLookers = (subscriptions: Iterable<ReadonlySet<Topic>>): LookerCounts => {
  const all = [...subscriptions];
  const count = (topic: Topic): number => all.filter((one) => one.has(topic)).length;
  return Object.fromEntries(topics.map((topic) => [topic, count(topic)])) as Record<Topic, number>;
};

export const sameCounts = (a: LookerCounts, b: LookerCounts): boolean => topics.every((topic) => a[topic] === b[topic]);
