import type { OperatorAnswer, OperatorEvent } from '../keeper/judgement/events.ts';
import type { Happening, TargetName } from './happenings.ts';
import type { VirtualKeeper } from './keeper.ts';
import { actMatches } from './targets.ts';
import { targetText } from './words.ts';

/** The operator of a scenario: answers what was proposed, and expects an answer to it. */

const by = { uid: 501, client: 'cli' } as const;

export type OperatorHappening = Extract<
  Happening,
  { do: 'approve' | 'deny' | 'mark_wrong' | 'mode' | 'pause' | 'resume_all' | 'restore' | 'fallback' }
>;

export const isOperator = (event: Happening): event is OperatorHappening => 'answer' in event;

const latest = <T>(list: readonly T[], fits: (each: T) => boolean): T | null => list.filter(fits).at(-1) ?? null;

/** What is sent to the keeper; null: there is nothing that could be answered. */
export const requestOf = (event: OperatorHappening, request: number, keeper: VirtualKeeper): OperatorEvent | null => {
  const proposal = (verb: string, target: TargetName) =>
    latest(keeper.proposals(), ({ plan }) => plan.act.verb === verb && actMatches(plan.act, target));
  switch (event.do) {
    case 'approve': {
      const known = proposal(event.verb, event.target);
      if (known === null) return null;
      const hash = event.stale ? `${known.hash}0` : known.hash;
      return { type: 'approve', request, id: known.id, hash, confirmed: event.confirmed, by };
    }
    case 'deny': {
      const known = proposal(event.verb, event.target);
      return known === null ? null : { type: 'deny', request, id: known.id, hash: known.hash, by };
    }
    case 'mark_wrong': {
      const plan = latest(
        [...keeper.plans.values()],
        ({ act }) => act.verb === event.verb && actMatches(act, event.target),
      );
      return plan === null ? null : { type: 'mark_wrong', request, plan: plan.id, by };
    }
    case 'mode':
      return { type: 'set_mode', request, to: event.to, by };
    case 'pause':
      return { type: 'pause', request, minutes: event.minutes, by };
    case 'resume_all':
      return { type: 'thaw', request, freeze: null, by };
    case 'restore':
      return { type: 'restore', request, label: event.label, by };
    case 'fallback':
      return { type: 'fallback', request, seat: event.seat, to: event.to, by };
  }
};

export const operatorText = (event: OperatorHappening): string => {
  switch (event.do) {
    case 'approve':
    case 'deny':
    case 'mark_wrong':
      return `${event.do.replace('_', ' ')} ${event.verb} of ${targetText(event.target)}`;
    case 'mode':
      return `${event.to.replace('_', ' ')}`;
    case 'pause':
      return event.minutes === 0 ? 'end the pause' : `pause for ${event.minutes} min`;
    case 'resume_all':
      return 'resume all';
    case 'restore':
      return `restore ${event.label}`;
    case 'fallback':
      return `${event.to} the fallback of ${event.seat}`;
  }
};

/** Why the answer is not the expected one; null: it is. */
export const wrongAnswer = (event: OperatorHappening, answer: OperatorAnswer | undefined): string | null => {
  const got = answer === undefined ? 'no answer' : answer.ok ? 'ok' : answer.code;
  const said = answer === undefined ? '' : answer.ok ? answer.said : answer.detail;
  if (got !== event.answer)
    return `the operator's "${operatorText(event)}" should be answered ${event.answer}; the answer was ${got}.`;
  return event.do !== 'fallback' || event.says === undefined || said.includes(event.says)
    ? null
    : `the answer to "${operatorText(event)}" should say "${event.says}"; it says "${said}".`;
};
