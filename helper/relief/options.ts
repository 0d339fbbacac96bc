import type { PassedOver } from '../protocol/index.ts';
import type { ActVerb } from './acts.ts';
import { bootoutOptions, terminateOptions } from './end-options.ts';
import { freezeOptions } from './freeze-options.ts';
import { isDenied, type Option, pass } from './option.ts';
import { episodeOf } from './plan-identity.ts';
import { purgeOptions } from './purge-options.ts';
import { shedOptions } from './service-options.ts';
import type { ReliefState } from './state.ts';
import { unloadOptions } from './unload-options.ts';
import type { World } from './world.ts';

/** Everything relief could do now, in the order in which it would, and everything it passes over, with the reason. */
export interface Options {
  readonly automatic: readonly Option[];
  readonly asked: readonly Option[];
  readonly passedOver: readonly PassedOver[];
}

/** A protected seat's end is proposed only after red has lasted this long, and when nothing else is left. */
const protectedAfterRedMs = 60_000;

const isAsked = ({ ask }: Option): boolean => ask !== null;
const isAutomatic = ({ ask }: Option): boolean => ask === null;

/** What answers for the judgement of trouble. */
const isOracle = ({ act }: Option): boolean =>
  (act.verb === 'freeze' || act.verb === 'terminate') && act.entry.oracle !== null;

/** Neither refused by the operator nor said already in a dry run: it counts as left. */
const isLeft = (relief: ReliefState, option: Option): boolean =>
  !isDenied(relief, option) && !relief.rehearsed.includes(episodeOf(option.act));

const of = (act: ActVerb, passedOver: readonly PassedOver[]): readonly PassedOver[] =>
  passedOver.map((each) => ({ ...each, act }));

/** All there is, judged at the end of a slot. */
export const optionsOf = (relief: ReliefState, world: World): Options => {
  const { level, nowMs } = world;
  const freezes = freezeOptions(relief, world);
  const sheds = shedOptions(relief, world);
  const ends = level === 3 ? terminateOptions(relief, world) : { options: [], passedOver: [] };
  const unloads = unloadOptions(relief, world);
  const purges = purgeOptions(relief, world);
  const isBackground = ({ act }: Option): boolean => act.verb === 'shed' && act.at === 'ladder_1';

  const automatic = [
    ...(level >= 2 ? freezes.growing : []),
    // As the ladder has it: background services, large models, services of ours, caches.
    ...sheds.options.filter(isBackground),
    ...unloads.options.filter(isAutomatic),
    ...sheds.options.filter((option) => !isBackground(option)),
    ...purges.options.filter(isAutomatic),
    ...ends.options.filter(isAutomatic),
  ];
  // What can be undone first; what would free nothing after what would.
  const inOrder = [
    ...freezes.asked,
    ...unloads.options.filter(isAsked),
    ...(level === 3 ? [...bootoutOptions(relief, world, 'on_call'), ...freezes.still] : []),
    ...purges.options.filter(isAsked),
    ...ends.options.filter(isAsked),
  ];
  // What the ladder calls for is asked on its step, whatever the level is.
  const due = inOrder.filter(({ cause }) => level >= 2 || cause.kind === 'ladder');
  const asked = [...due.filter((option) => !isOracle(option)), ...due.filter(isOracle)];

  const redForMs = relief.redSinceMs === null ? 0 : nowMs - relief.redSinceMs;
  const last = level === 3 ? bootoutOptions(relief, world, 'protected') : [];
  const isLast = redForMs >= protectedAfterRedMs && ![...automatic, ...asked].some((option) => isLeft(relief, option));
  const kept = isLast
    ? []
    : last.map(({ name }) =>
        pass(name, 'protected_seat', 'a protected seat is proposed only when nothing else is left'),
      );
  return {
    automatic,
    asked: isLast ? [...asked, ...last] : asked,
    passedOver: [
      ...of('freeze', freezes.passedOver),
      ...of('shed', sheds.passedOver),
      ...of('terminate', ends.passedOver),
      ...of('unload', unloads.passedOver),
      ...of('purge', purges.passedOver),
      ...of('bootout', kept),
    ],
  };
};
