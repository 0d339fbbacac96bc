import { type ProcessReading, processKey } from '../host/reading.ts';
import { levelNames } from '../memory/level.ts';
import { countdown, size } from '../protocol/figures.ts';
import type { PassedOver } from '../protocol/index.ts';
import type { Act, Target } from './acts.ts';
import { ask } from './ask.ts';
import { beginFreeze } from './freezes.ts';
import { planned } from './gate.ts';
import { measureBefore } from './measure.ts';
import { isDenied, type Option } from './option.ts';
import { type Options, optionsOf } from './options.ts';
import { pausedWords } from './pause.ts';
import { actText, askText, episodeOf, isOffer, targetKeyOf } from './plan-identity.ts';
import { isRemedy, makePlan, order, rehearse, targetsOf } from './plans.ts';
import { tell } from './standing.ts';
import type { ReliefState } from './state.ts';
import { isEnding } from './stops.ts';
import type { Orders, World } from './world.ts';

/**
 * The level path, once a slot: one remedy, or one question to the operator, or nothing, always with the reason and the
 * reasons of everything passed over.
 */

/** Between the end of a remedy and the next. */
export const cooldownMs = 120_000;

/** Carries out what was chosen, or only says it in a dry run. */
export const act = (relief: ReliefState, option: Option, world: World, orders: Orders): ReliefState => {
  const plan = makePlan(relief, option, world.nowMs);
  const counted = { ...relief, gate: planned(relief.gate) };
  if (world.mode !== 'live') return rehearse(counted, plan, episodeOf(plan.act), orders);
  return beginFreeze(order(counted, plan, 'automatic', orders, measureBefore(plan, relief, world)), plan, world.nowMs);
};

interface Block {
  readonly why: string;
  /** As the reason of each thing that waits. */
  readonly code: string;
  readonly text: string;
}

const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
const itsTurnComes = { code: 'cooling_down', text: 'one remedy in two minutes: its turn comes later' };

/** Why nothing automatic may be done at this moment, whatever there is; null: it may. */
const blocked = (relief: ReliefState, nowMs: number): Block | null => {
  const paused = pausedWords(relief, nowMs);
  if (paused !== null) return { why: sentence(paused), code: 'paused', text: paused };
  const underWay = relief.inFlight.find(({ plan }) => isRemedy(plan.act));
  if (underWay !== undefined) return { why: `Under way: to ${actText(underWay.plan.act)}.`, ...itsTurnComes };
  const leftMs = relief.lastRemedyMs === null ? 0 : relief.lastRemedyMs + cooldownMs - nowMs;
  return leftMs > 0
    ? { why: `Cooling down after the last action: ${countdown(leftMs / 1000)} left.`, ...itsTurnComes }
    : null;
};

/** Processes that an act is aimed at by itself, and not by the label of their job. */
const ownTargets = (act: Act): readonly Target[] =>
  act.verb === 'freeze' || act.verb === 'terminate' || act.verb === 'kill' ? targetsOf(act) : [];

/** A group is known by one of its processes, and each of them is acted upon. */
const sharesTarget = (under: Act, act: Act): boolean => {
  const keys = new Set(ownTargets(under).map(({ id }) => processKey(id)));
  return ownTargets(act).some(({ id }) => keys.has(processKey(id)));
};

/** Acted upon, told to end, or waiting for its receipt. A job that ends has no label any more: its processes are known. */
const isUnderWay = (relief: ReliefState, act: Act): boolean => {
  const { inFlight, stopping, receipts } = relief;
  const key = targetKeyOf(act);
  return (
    relief.recovery?.plan.act.label === key ||
    inFlight.some(({ plan }) => targetKeyOf(plan.act) === key || sharesTarget(plan.act, act)) ||
    receipts.open.some(({ plan }) => targetKeyOf(plan.act) === key) ||
    stopping.some(({ label }) => label === key) ||
    isEnding(ownTargets(act), relief)
  );
};

const not = ({ name, act: { verb } }: Option, code: string, text: string): PassedOver => ({
  target: name,
  act: verb,
  code,
  text,
});

/** Options that are open, and why the others are not. */
const sift = (
  relief: ReliefState,
  options: readonly Option[],
  world: World,
): { readonly open: readonly Option[]; readonly passedOver: readonly PassedOver[] } => {
  const passedOver: PassedOver[] = [];
  const open = options.filter((option) => {
    const episode = episodeOf(option.act);
    if (world.mode !== 'live' && relief.rehearsed.includes(episode))
      passedOver.push(not(option, 'rehearsed', 'the dry run has said it once in this episode'));
    else if (isDenied(relief, option)) passedOver.push(not(option, 'denied', 'the operator said no in this episode'));
    else if (isUnderWay(relief, option.act))
      passedOver.push(not(option, 'under_way', 'what was done to it last is not measured yet'));
    else if (relief.approvals.open.some((each) => each.episode === episode))
      passedOver.push(not(option, 'waits', 'it waits for the operator'));
    else return true;
    return false;
  });
  return { open, passedOver };
};

const isTrouble = (world: World, relief: ReliefState): boolean => world.level > 0 || relief.ladder.step > 1;

const isLarger = (a: ProcessReading, b: ProcessReading): boolean =>
  a.footprintBytes > b.footprintBytes || (a.footprintBytes === b.footprintBytes && a.id.pid < b.id.pid);

const largestText = (world: World): string => {
  const largest = world.processes.reduce<World['processes'][number] | null>(
    (most, each) => (most === null || isLarger(each, most) ? each : most),
    null,
  );
  return largest === null
    ? 'no process is known'
    : `the largest footprint is ${largest.name} with ${size(largest.footprintBytes)}`;
};

/** What waits for the operator because of memory; what is offered for a seat's health stands beside it. */
const askedOfMemory = ({ approvals }: ReliefState) => approvals.open.filter(({ plan }) => !isOffer(plan.act));

/** Memory is short and there is nothing left that may be done, or asked. */
const exhausted = (relief: ReliefState, world: World, { automatic, asked }: Options, orders: Orders): ReliefState => {
  const isWaiting =
    askedOfMemory(relief).length > 0 ||
    relief.inFlight.length > 0 ||
    relief.receipts.open.length > 0 ||
    relief.freezes.length > 0;
  const isOpen = [...automatic, ...asked].some((option) => !isDenied(relief, option));
  if (world.level < 2 || isWaiting || isOpen) return relief;
  const tried = relief.tries.some(({ useless }) => useless > 0);
  const detail = `${tried ? 'what was tried did not help' : 'nothing may be done by itself'}; ${largestText(world)}`;
  return tell(relief, { alert: 'relief_exhausted', subject: 'relief', detail }, orders);
};

const nothing = (relief: ReliefState, noop: string, passedOver: readonly PassedOver[]): ReliefState => ({
  ...relief,
  explanation: { chosen: null, noop, passedOver },
});

export const judgeSlot = (before: ReliefState, world: World, orders: Orders): ReliefState => {
  if (world.mode === 'observe_only') return nothing(before, 'Only observing: nothing is planned.', []);
  if (!isTrouble(world, before)) return nothing(before, 'Nothing needs doing: memory is green.', []);
  const options = optionsOf(before, world);
  const automatic = sift(before, options.automatic, world);
  const asked = sift(before, options.asked, world);
  const passedOver = [...options.passedOver, ...automatic.passedOver, ...asked.passedOver];
  const others = (chosen: Option): readonly PassedOver[] => [
    ...passedOver,
    ...[...automatic.open, ...asked.open]
      .filter((option) => option !== chosen)
      .map((option) => not(option, 'one_at_a_time', 'one action at a time')),
  ];
  const chosen = (relief: ReliefState, option: Option, said: string): ReliefState => ({
    ...relief,
    explanation: {
      chosen: `${said}. ${option.reason}`,
      noop: '',
      passedOver: others(option),
    },
  });

  const block = blocked(before, world.nowMs);
  const [first] = automatic.open;
  if (block === null && first !== undefined)
    return chosen(
      act(before, first, world, orders),
      first,
      `${world.mode === 'live' ? '' : 'Would '}${first.act.verb}: ${actText(first.act)}`,
    );
  const [question] = asked.open;
  if (question !== undefined && askedOfMemory(before).length === 0)
    return chosen(
      ask({ ...before, gate: planned(before.gate) }, question, world, orders),
      question,
      askText(world.mode, question.act),
    );

  const told = exhausted(before, world, options, orders);
  const [waiting] = askedOfMemory(before);
  const noop =
    first !== undefined && block !== null
      ? block.why
      : waiting !== undefined
        ? `${world.mode === 'live' ? 'Waits for the operator' : 'Would wait for the operator'}: whether to ${actText(waiting.plan.act)}.`
        : (block?.why ??
          (world.level === 0
            ? 'Memory is green; the ladder of gentle actions has nothing to do.'
            : `Memory is ${levelNames[world.level]}, and nothing that may be done is left: ${largestText(world)}.`));
  const later = (options: readonly Option[], code: string, text: string): readonly PassedOver[] =>
    options.map((option) => not(option, code, text));
  return nothing(told, noop, [
    ...passedOver,
    ...(block === null ? [] : later(automatic.open, block.code, block.text)),
    ...later(asked.open, 'one_at_a_time', 'one question at a time'),
  ]);
};
