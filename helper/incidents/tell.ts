import type { Decision } from '../keeper/judgement/decide.ts';
import { type Level, levelNames } from '../memory/level.ts';
import { rate, size } from '../protocol/figures.ts';
import type { Plan } from '../relief/acts.ts';
import type { ReliefState } from '../relief/state.ts';
import type { DecisionMoment, Moment } from './moments.ts';
import { namesOf } from './targets.ts';

/** Turns what `decide` said into moments. Remembers the plans, because rows name them by number only. */

const decisionOf = (atMs: number, plan: Plan, mode: DecisionMoment['mode'], target: string): DecisionMoment => ({
  kind: 'decision',
  atMs,
  plan: plan.id,
  verb: plan.act.verb,
  mode,
  target,
  reason: plan.reason,
  isBrake: plan.act.verb === 'freeze' && plan.act.path === 'brake',
  ...namesOf(plan.act),
});

const nameText = (plan: Plan): string => {
  const { names, pids } = namesOf(plan.act);
  return [...names, ...pids.map((pid) => `pid ${pid}`)].join(' ');
};

const learn = (plans: Map<number, Plan>, before: ReliefState | null, { state, effects }: Decision): void => {
  for (const effect of effects) if (effect.kind === 'act') plans.set(effect.plan.id, effect.plan);
  if (state.relief.deeds !== before?.deeds) for (const { plan } of state.relief.deeds) plans.set(plan.id, plan);
  if (state.relief.approvals !== before?.approvals)
    for (const { plan } of state.relief.approvals.open) plans.set(plan.id, plan);
};

export const tellDecision = (
  tell: (moment: Moment) => void,
  plans: Map<number, Plan> = new Map(),
): ((atMs: number, decision: Decision) => void) => {
  const planned = new Set<number>();
  let level: Level | null = null;
  let relief: ReliefState | null = null;

  const tellRow = (atMs: number, row: Decision['rows'][number], approved: ReadonlySet<number>): void => {
    switch (row.kind) {
      case 'plan': {
        // Told with its effect, which knows who wanted it.
        if (approved.has(row.plan)) return;
        const plan = plans.get(row.plan);
        planned.add(row.plan);
        // Only an operator's word begins a recovery; what it orders then are its steps.
        const mode = row.verb === 'recover' && row.mode === 'live' ? 'approved' : row.mode;
        const unknown = {
          ...row,
          mode,
          kind: 'decision',
          atMs,
          isBrake: false,
          pids: [],
          names: [row.target],
        } as const;
        tell(plan === undefined ? unknown : decisionOf(atMs, plan, mode, row.target));
        return;
      }
      case 'receipt': {
        const { plan, verb, target, counter } = row;
        const helped = row.effective ? 'helped' : 'did not help';
        const figure = counter === 'growth' ? rate : size;
        const measured = row.text === '' ? `${counter}: ${figure(row.actual)} of ${figure(row.expected)}.` : row.text;
        tell({
          kind: 'receipt',
          atMs,
          plan,
          text: `receipt of plan ${plan}: ${verb} ${target} ${helped}. ${measured}`,
        });
        return;
      }
      case 'observed':
        tell({ kind: 'world', atMs, text: `${row.what} ${row.target}: ${row.detail}` });
        return;
      case 'approval':
        if (row.how !== 'proposed') tell({ kind: 'world', atMs, text: `proposal ${row.proposal} ${row.how}` });
        return;
      default:
        return;
    }
  };

  return (atMs, decision) => {
    const { state, effects, rows } = decision;
    learn(plans, relief, decision);
    relief = state.relief;
    const from = level ?? 0;
    level = state.level.level;
    if (level !== from) tell({ kind: 'level', atMs, level: levelNames[level], from: levelNames[from] });
    const approved = new Set(
      effects.flatMap((effect) =>
        effect.kind === 'act' && effect.by !== 'automatic' && effect.step === undefined ? [effect.plan.id] : [],
      ),
    );
    for (const row of rows) tellRow(atMs, row, approved);
    for (const effect of effects) {
      if (effect.kind === 'alert')
        tell({ kind: 'alert', atMs, alert: effect.alert, subject: effect.subject, detail: effect.detail });
      if (effect.kind === 'seat') {
        const { verb, seat, why } = effect.order;
        tell({ kind: 'order', atMs, verb, seat, why });
      }
      if (effect.kind !== 'act' || effect.step !== undefined) continue;
      const { plan, by } = effect;
      if (by !== 'automatic') tell(decisionOf(atMs, plan, 'approved', nameText(plan)));
      else if (!planned.has(plan.id)) tell(decisionOf(atMs, plan, 'live', nameText(plan)));
    }
  };
};
