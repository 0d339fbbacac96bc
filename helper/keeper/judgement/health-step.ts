import type { Config } from '../../config/config.ts';
import { stepDigests } from '../../probes/digest.ts';
import { heardFinding, heardHolder } from '../../probes/hearing.ts';
import { findingOf } from '../../probes/integrity-finding.ts';
import { holderOf } from '../../probes/port-holder.ts';
import { type RecoveryWish, stepProbing } from '../../probes/probing.ts';
import type { Orders } from '../../relief/world.ts';
import type { Owed, Wish } from './effect.ts';
import type { Ended } from './seat-step.ts';
import { unseenSince } from './seat-step.ts';
import type { KeeperState } from './state.ts';

/** What seats are asked about their health as part of the keeper's step. */

/** What a recovery that is under way wants to know. */
const recoveryWish = ({ relief: { recovery } }: KeeperState): RecoveryWish | null => {
  if (recovery === null) return null;
  const { plan, step, sinceMs } = recovery;
  const wants = step === 'files' || step === 'smoke' ? step : 'nothing';
  return { seat: plan.act.seat, plan: plan.id, wants, sinceMs };
};

/** @param before as it was before this step's reading: when somebody looked last */
export const stepHealth = (
  before: KeeperState,
  state: KeeperState,
  nowMs: number,
  config: Config,
  collected: { readonly effects: Wish[]; readonly orders: Pick<Orders, 'rows'> },
): KeeperState => {
  const isAsked = config.seats.some(({ health, fallback }) => health !== null || fallback !== null);
  if (!isAsked && state.probing.seats.length === 0) return state;
  const { probing, wishes, ports } = stepProbing(state.probing, {
    nowMs,
    config,
    seats: state.seating.seats,
    unseenMs: unseenSince(before, nowMs),
    hasGateway: state.seating.gateway.state === 'present',
    processesOf: (name) => state.seats.find((view) => view.name === name)?.processes.map(({ id }) => id) ?? [],
    recovery: recoveryWish(state),
  });
  collected.effects.push(...wishes.map((wish) => ({ kind: 'integrity' as const, ...wish })));
  collected.effects.push(...ports.map((wish) => ({ kind: 'port' as const, ...wish })));
  const { digests, rows } = stepDigests(state.digests, probing.seats, config, nowMs);
  collected.orders.rows.push(...rows);
  return { ...state, probing, digests };
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

/** Who has the port of a seat, as it was looked for. */
export const completePort = (
  state: KeeperState,
  { question }: Pick<Owed, 'question'>,
  { outcome, detail }: Ended,
  nowMs: number,
): KeeperState => {
  if (question === null) return state;
  const own = new Set(state.seats.find(({ name }) => name === question.seat)?.processes.map(({ id }) => id.pid));
  const holder = outcome === 'ok' ? holderOf(detail) : null;
  return {
    ...state,
    probing: heardHolder(state.probing, { ...question, holder }, own, state.seating.seats, nowMs),
  };
};
