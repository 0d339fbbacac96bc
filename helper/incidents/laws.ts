import type { Deviation } from './deviation.ts';
import type { DecisionMoment, Moment } from './moments.ts';
import type { Scenario } from './scenario.ts';
import { clockText } from './words.ts';

/** What holds in every scenario, whatever else it expects. */

const cooldownMs = 120_000;
const remedies: readonly string[] = ['freeze', 'shed', 'bootout', 'terminate', 'kill', 'unload', 'purge'];
/** Never without the operator. */
const askedVerbs: readonly string[] = ['terminate', 'kill', 'bootout', 'recover', 'fallback', 'fallback_end'];

const isLiveRemedy = (moment: Moment): moment is DecisionMoment =>
  moment.kind === 'decision' && moment.mode === 'live' && remedies.includes(moment.verb);

/** One remedy at a time, 120 s from the end of one to the next; the brake keeps its own limits. */
const spacing = (moments: readonly Moment[]): readonly Deviation[] => {
  const deviations: Deviation[] = [];
  let before: { readonly decision: DecisionMoment; endMs: number } | null = null;
  for (const moment of moments) {
    if (moment.kind === 'result' && before !== null && moment.plan === before.decision.plan) before.endMs = moment.atMs;
    if (!isLiveRemedy(moment)) continue;
    if (before !== null && !moment.isBrake && moment.atMs - before.endMs < cooldownMs)
      deviations.push({
        atMs: moment.atMs,
        text: `${moment.verb} ${moment.target} comes ${((moment.atMs - before.endMs) / 1000).toFixed(1)} s after ${before.decision.verb} ${before.decision.target} ended; at least 120 s lie between two.`,
      });
    before = { decision: moment, endMs: moment.atMs };
  }
  return deviations;
};

const brakeLimit = (moments: readonly Moment[]): readonly Deviation[] => {
  const fired = moments.filter(isLiveRemedy).filter(({ isBrake }) => isBrake);
  return fired.flatMap((moment, at) => {
    const third = fired[at - 3];
    return third !== undefined && moment.atMs - third.atMs < cooldownMs
      ? [{ atMs: moment.atMs, text: `the brake freezes for the fourth time since ${clockText(third.atMs)}.` }]
      : [];
  });
};

export const checkLaws = (scenario: Scenario, moments: readonly Moment[]): readonly Deviation[] => [
  ...spacing(moments),
  ...brakeLimit(moments),
  ...moments.filter(isLiveRemedy).flatMap((moment): readonly Deviation[] => {
    const said = `${moment.verb} ${moment.target}`;
    if (askedVerbs.includes(moment.verb)) return [{ atMs: moment.atMs, text: `${said} is done without asking.` }];
    return scenario.config.relief.mode === 'dry_run' && !scenario.events.some((event) => event.do === 'mode')
      ? [{ atMs: moment.atMs, text: `${said} is done in dry run.` }]
      : [];
  }),
  ...moments.flatMap((moment): readonly Deviation[] =>
    moment.kind === 'result' && moment.verb === 'freeze' && moment.detail.includes('stands still already')
      ? [{ atMs: moment.atMs, text: `plan ${moment.plan} freezes what stands still already.` }]
      : [],
  ),
];
