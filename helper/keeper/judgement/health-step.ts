import type { Config } from '../../config/config.ts';
import { findingOf } from '../../probes/integrity-finding.ts';
import { heardFinding, stepProbing } from '../../probes/probing.ts';
import type { Owed, Wish } from './effect.ts';
import type { Ended } from './seat-step.ts';
import { unseenSince } from './seat-step.ts';
import type { KeeperState } from './state.ts';

/** What seats are asked about their health as part of the keeper's step. */

/** @param before as it was before this step's reading: when somebody looked last */
export const stepHealth = (
  before: KeeperState,
  state: KeeperState,
  nowMs: number,
  config: Config,
  collected: { readonly effects: Wish[] },
): KeeperState => {
  if (config.seats.every(({ health }) => health === null) && state.probing.seats.length === 0) return state;
  const { probing, wishes } = stepProbing(state.probing, {
    nowMs,
    config,
    seats: state.seating.seats,
    unseenMs: unseenSince(before, nowMs),
    hasGateway: state.seating.gateway.state === 'present',
  });
  collected.effects.push(...wishes.map((wish) => ({ kind: 'integrity' as const, ...wish })));
  return { ...state, probing };
};

export const completeIntegrity = (
  state: KeeperState,
  { question }: Pick<Owed, 'question'>,
  ended: Ended,
  nowMs: number,
): KeeperState =>
  question === null
    ? state
    : {
        ...state,
        probing: heardFinding(
          state.probing,
          { ...question, channel: 'integrity', finding: findingOf(ended) },
          state.seating.seats,
          nowMs,
        ),
      };
