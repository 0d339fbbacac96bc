import type { Deviation } from './deviation.ts';
import type { Expectations } from './expectations.ts';
import type { TargetName } from './happenings.ts';
import type { DecisionMoment, Moment } from './moments.ts';
import type { Scenario } from './scenario.ts';
import { isNamed } from './targets.ts';
import { clockText, targetText } from './words.ts';

/** Expectations of what is decided, in what order and how often. */

/** Slots are two seconds long, so that much is nobody's fault. */
const usualToleranceMs = 2_000;
const returning: readonly string[] = ['resume', 'restore'];

interface Match {
  readonly verb?: string | undefined;
  readonly target?: TargetName | undefined;
  readonly mode?: string | undefined;
}

const fits = (decision: DecisionMoment, { verb, target, mode }: Match): boolean =>
  (verb === undefined || decision.verb === verb) &&
  (mode === undefined || decision.mode === mode) &&
  (target === undefined || isNamed(decision, target));

const matchText = ({ verb, target, mode }: Match): string =>
  `${verb ?? 'any act'} of ${targetText(target)}${mode === undefined ? '' : ` (${mode.replace('_', ' ')})`}`;

const decisionText = (decision: DecisionMoment): string =>
  `${decision.verb} ${decision.target} (${decision.mode.replace('_', ' ')}) at ${clockText(decision.atMs)}`;

type Expected = NonNullable<Expectations['timeline']>[number];

const timing = (expected: Expected, decision: DecisionMoment): readonly Deviation[] => {
  const within = expected.within ?? usualToleranceMs;
  const deviations: Deviation[] = [];
  if (Math.abs(decision.atMs - expected.at) > within)
    deviations.push({
      atMs: Math.min(decision.atMs, expected.at + within),
      text: `expected ${matchText(expected)} at ${clockText(expected.at)} ± ${within / 1000} s; it came at ${clockText(decision.atMs)}.`,
    });
  if (expected.reasonContains !== undefined && !decision.reason.includes(expected.reasonContains))
    deviations.push({
      atMs: decision.atMs,
      text: `the reason of ${decisionText(decision)} should contain "${expected.reasonContains}"; it is "${decision.reason}"`,
    });
  return deviations;
};

const checkTimeline = (expect: Expectations, decisions: readonly DecisionMoment[]): readonly Deviation[] => {
  const deviations: Deviation[] = [];
  const met = new Set<DecisionMoment>();
  let from = 0;
  for (const expected of expect.timeline ?? []) {
    const found = decisions.findIndex((decision, index) => index >= from && fits(decision, expected));
    const decision = decisions[found];
    if (decision === undefined) {
      const next = decisions[from];
      deviations.push({
        atMs: expected.at + (expected.within ?? usualToleranceMs),
        text: `expected ${matchText(expected)} at ${clockText(expected.at)}; ${next === undefined ? 'nothing is decided after what came before' : `what comes next is ${decisionText(next)}`}.`,
      });
      continue;
    }
    met.add(decision);
    from = found + 1;
    deviations.push(...timing(expected, decision));
  }
  if (expect.nothingElse === true)
    for (const decision of decisions)
      if (!met.has(decision) && !returning.includes(decision.verb))
        deviations.push({ atMs: decision.atMs, text: `nothing like this is expected: ${decisionText(decision)}.` });
  return deviations;
};

const checkNever = (expect: Expectations, decisions: readonly DecisionMoment[]): readonly Deviation[] =>
  (expect.never ?? []).flatMap((match) =>
    decisions
      .filter((decision) => fits(decision, match))
      .slice(0, 1)
      .map((decision) => ({
        atMs: decision.atMs,
        text: `there should never be ${matchText(match)}; there is ${decisionText(decision)}.`,
      })),
  );

type Count = NonNullable<Expectations['counts']>[number];

/** The decision with which there are more than `max` in a span; null: there never are. */
const tooMany = (fitting: readonly DecisionMoment[], max: number, spanMs: number): DecisionMoment | null =>
  fitting.find((decision, at) => {
    const first = fitting[at - max];
    return at >= max && (max === 0 || (first !== undefined && decision.atMs - first.atMs < spanMs));
  }) ?? null;

const checkCount = (count: Count, decisions: readonly DecisionMoment[], endMs: number): readonly Deviation[] => {
  const fitting = decisions.filter((decision) => fits(decision, count));
  const deviations: Deviation[] = [];
  const over = count.max === undefined ? null : tooMany(fitting, count.max, count.inAny ?? Number.POSITIVE_INFINITY);
  if (over !== null)
    deviations.push({
      atMs: over.atMs,
      text: `expected at most ${count.max} × ${matchText(count)}${count.inAny === undefined ? '' : ` in any ${count.inAny / 1000} s`}; ${decisionText(over)} is one more.`,
    });
  if (count.min !== undefined && fitting.length < count.min)
    deviations.push({
      atMs: endMs,
      text: `expected at least ${count.min} × ${matchText(count)}; there ${fitting.length === 1 ? 'is' : 'are'} ${fitting.length}.`,
    });
  return deviations;
};

export const checkDecisions = ({ expect, duration }: Scenario, moments: readonly Moment[]): readonly Deviation[] => {
  const decisions = moments.filter((moment) => moment.kind === 'decision');
  return [
    ...checkTimeline(expect, decisions),
    ...checkNever(expect, decisions),
    ...(expect.counts ?? []).flatMap((count) => checkCount(count, decisions, duration)),
  ];
};
