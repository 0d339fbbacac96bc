import type { Orders } from '../../relief/world.ts';
import type { Effect, Owed, Wish } from './effect.ts';
import type { OperatorAnswer } from './events.ts';
import type { KeeperState } from './state.ts';

/** Out of wishes come effects: each with its number, and owed exactly one completion. */

/** Gives every wish its id and remembers that its completion is owed. */
export const issue = (
  state: KeeperState,
  wishes: readonly Wish[],
): { readonly state: KeeperState; readonly effects: readonly Effect[] } => {
  if (wishes.length === 0) return { state, effects: [] };
  const effects = wishes.map((wish, index): Effect => ({ id: state.nextEffectId + index, ...wish }));
  const beating = effects.find((effect) => effect.kind === 'heartbeat');
  const owed = effects.map(
    (effect): Owed => ({
      id: effect.id,
      kind: effect.kind,
      plan: effect.kind === 'act' ? effect.plan.id : null,
      probe: effect.kind === 'probe' ? { seat: effect.seat, run: effect.run } : null,
      order: effect.kind === 'seat' ? effect.order : null,
      question:
        effect.kind === 'integrity' || effect.kind === 'port' ? { seat: effect.seat, number: effect.number } : null,
      target: effect.kind === 'band' ? effect.target : null,
    }),
  );
  return {
    state: {
      ...state,
      nextEffectId: state.nextEffectId + effects.length,
      outstanding: [...state.outstanding, ...owed],
      heartbeat: beating === undefined ? state.heartbeat : { ...state.heartbeat, outstanding: beating.id },
    },
    effects,
  };
};

export const wishesOf = (orders: Orders): readonly Wish[] => [
  ...orders.acts.map((act): Wish => ({ kind: 'act', ...act })),
  ...orders.alerts.map((alert): Wish => ({ kind: 'alert', ...alert })),
  ...(orders.remember === null ? [] : [{ kind: 'remember' as const, memory: orders.remember }]),
];

export const withEffects = (
  answers: readonly OperatorAnswer[],
  effects: readonly Effect[],
): readonly OperatorAnswer[] =>
  answers.map((answer) => {
    if (!answer.ok || answer.plan === null) return answer;
    const effect = effects.find((each) => each.kind === 'act' && each.plan.id === answer.plan);
    return { ...answer, effect: effect?.id ?? null };
  });
