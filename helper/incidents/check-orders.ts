import type { Deviation } from './deviation.ts';
import type { Moment } from './moments.ts';
import type { Scenario } from './scenario.ts';
import { clockText } from './words.ts';

/** Expectations of what is done to seats: every start and stop stands in the list, in its order. */

/** Slots are two seconds long, so that much is nobody's fault. */
const usualToleranceMs = 2_000;

export const checkOrders = ({ expect }: Scenario, moments: readonly Moment[]): readonly Deviation[] => {
  if (expect.orders === undefined) return [];
  const got = moments.filter((moment) => moment.kind === 'order');
  const text = ({ verb, seat, atMs }: { verb: string; seat: string; atMs: number }): string =>
    `${verb} ${seat} at ${clockText(atMs)}`;
  const expected = expect.orders.map(({ verb, seat, at, within }) => ({
    verb,
    seat,
    atMs: at,
    withinMs: within ?? usualToleranceMs,
  }));
  const wrong = expected.flatMap((each, index): readonly Deviation[] => {
    const order = got[index];
    if (order === undefined) return [{ atMs: each.atMs, text: `expected ${text(each)}; nothing of the kind follows.` }];
    const isRight =
      order.verb === each.verb && order.seat === each.seat && Math.abs(order.atMs - each.atMs) <= each.withinMs;
    return isRight ? [] : [{ atMs: order.atMs, text: `expected ${text(each)}; it is ${text(order)}.` }];
  });
  const more = got.slice(expected.length).map((order) => ({
    atMs: order.atMs,
    text: `nothing like this is expected: ${text(order)}.`,
  }));
  return [...wrong, ...more];
};
