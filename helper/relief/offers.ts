import { ask } from './ask.ts';
import { fallbackOptions, isDead } from './fallback-options.ts';
import { type Found, isDenied, type Option } from './option.ts';
import { askText, episodeOf, isOfferEpisode, offerEpisode } from './plan-identity.ts';
import { recoveryOptions } from './recovery-options.ts';
import type { ReliefState } from './state.ts';
import type { Orders, World } from './world.ts';

/**
 * What is put to the operator because of a seat's health and not of memory: to recover one that does no work, or to let another
 * service stand in for one that is dead. Whatever the level is, and beside what is asked because of it.
 */

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
      ...(seat.health?.verdict === 'zombie' ? [offerEpisode('recover', seat.label)] : []),
      ...(seat.fallback !== null && isDead(seat) ? [offerEpisode('fallback', seat.fallback.label)] : []),
    ]),
  );
  const denied = relief.approvals.denied.filter((episode) => !isOfferEpisode(episode) || wanted.has(episode));
  return denied.length === relief.approvals.denied.length
    ? relief
    : { ...relief, approvals: { ...relief.approvals, denied } };
};

export const judgeOffers = (before: ReliefState, world: World, orders: Orders): ReliefState => {
  if (world.mode === 'observe_only') return before;
  const { options, passedOver } = offersOf(before, world);
  const known = forgetDenied(before, world);
  const fresh = options.filter((option) => !isDenied(known, option) && !isOpen(known, option));
  const asked = fresh.reduce((relief, option) => ask(relief, option, world, orders), known);
  if (passedOver.length === 0 && fresh.length === 0) return asked;
  const { explanation } = asked;
  const [first] = fresh;
  const said = first === undefined ? null : `${askText(world.mode, first.act)}. ${first.reason}`;
  return {
    ...asked,
    explanation: {
      chosen: explanation.chosen ?? said,
      noop: explanation.chosen === null && said === null ? explanation.noop : '',
      passedOver: [...explanation.passedOver, ...passedOver],
    },
  };
};
