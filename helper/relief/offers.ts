import type { Act } from './acts.ts';
import { propose } from './approvals.ts';
import { fallbackOptions, isDead } from './fallback-options.ts';
import { type Found, isDenied, type Option } from './option.ts';
import { episodeOf, targetNameOf } from './plan-identity.ts';
import { makePlan, putForward } from './plans.ts';
import { recoveryOptions } from './recovery-options.ts';
import type { ReliefState } from './state.ts';
import type { Orders, World } from './world.ts';

/**
 * What is put to the operator because of a seat's health and not of memory: to recover one that does no work, or to let another
 * service stand in for one that is dead. Whatever the level is, and beside what is asked because of it.
 */

export const isOffer = ({ verb }: Act): boolean => verb === 'recover' || verb === 'fallback';

export const offersOf = (relief: ReliefState, world: World): Found => {
  const recoveries = recoveryOptions(relief, world);
  const fallbacks = fallbackOptions(relief, world);
  return {
    options: [...recoveries.options, ...fallbacks.options],
    passedOver: [...recoveries.passedOver, ...fallbacks.passedOver],
  };
};

const isOpen = ({ approvals, inFlight }: ReliefState, { act }: Option): boolean =>
  approvals.open.some(({ episode }) => episode === episodeOf(act)) ||
  inFlight.some(({ plan }) => episodeOf(plan.act) === episodeOf(act));

/** What was refused may be asked again when its cause has been away. */
const forgetDenied = (relief: ReliefState, { seats }: World): ReliefState => {
  const wanted = new Set(
    seats.flatMap((seat) => [
      ...(seat.health?.verdict === 'zombie' ? [`recover ${seat.label}`] : []),
      ...(seat.fallback !== null && isDead(seat) ? [`fallback ${seat.fallback.label}`] : []),
    ]),
  );
  const denied = relief.approvals.denied.filter((episode) => !isOfferEpisode(episode) || wanted.has(episode));
  return denied.length === relief.approvals.denied.length
    ? relief
    : { ...relief, approvals: { ...relief.approvals, denied } };
};

/** They are not of an episode of memory: its end says nothing of them. */
export const isOfferEpisode = (episode: string): boolean => /^(?:recover|fallback) /.test(episode);

export const judgeOffers = (before: ReliefState, world: World, orders: Orders): ReliefState => {
  if (world.mode === 'observe_only') return before;
  const { options, passedOver } = offersOf(before, world);
  const known = forgetDenied(before, world);
  const fresh = options.filter((option) => !isDenied(known, option) && !isOpen(known, option));
  let asked = known;
  for (const option of fresh) {
    const plan = makePlan(asked, option, world.nowMs);
    const { state: approvals, rows } = propose(asked.approvals, plan, option.impact, world.nowMs);
    orders.rows.push(...rows);
    asked = putForward({ ...asked, approvals }, plan, world.mode === 'live' ? 'ask' : 'would_ask', orders);
  }
  if (passedOver.length === 0 && fresh.length === 0) return asked;
  const { explanation } = asked;
  const [first] = fresh;
  const said =
    first === undefined ? null : `Asks whether to ${first.act.verb} ${targetNameOf(first.act)}. ${first.reason}`;
  return {
    ...asked,
    explanation: {
      chosen: explanation.chosen ?? said,
      noop: explanation.chosen === null && said === null ? explanation.noop : '',
      passedOver: [...explanation.passedOver, ...passedOver],
    },
  };
};
