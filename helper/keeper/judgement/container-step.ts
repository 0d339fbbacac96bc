import type { Config } from '../../config/config.ts';
import { type ContainerTurn, type Heard, newContainerTurn } from '../../containers/orders.ts';
import type { ContainersState } from '../../containers/state.ts';
import { heardOfContainers, lostOrder, stepContainers } from '../../containers/step.ts';
import { pauseLeftMs } from '../../relief/pause.ts';
import { cooldownMs } from '../../relief/planner.ts';
import { isRemedy } from '../../relief/plans.ts';
import type { Orders } from '../../relief/world.ts';
import type { Wish } from './effect.ts';
import { modeOf } from './mode.ts';
import type { KeeperState } from './state.ts';

/** Containers as part of the keeper's step. Stopping one is a remedy among the others: one in 120 s, counted from its end. */

interface Collected {
  readonly effects: Wish[];
  readonly orders: Orders;
}

const collect = (
  state: KeeperState,
  containers: ContainersState,
  turn: ContainerTurn,
  nowMs: number,
  collected: Collected,
): KeeperState => {
  collected.effects.push(...turn.orders.map((order): Wish => ({ kind: 'container', order })));
  collected.orders.rows.push(...turn.rows);
  collected.orders.alerts.push(...turn.alerts);
  collected.orders.said.push(...turn.said);
  if (containers === state.containers) return state;
  const { relief } = state;
  const isRemedyNow = turn.orders.some(({ op }) => op === 'stop');
  const isPlanned = turn.rows.some(({ kind }) => kind === 'plan');
  return {
    ...state,
    containers,
    relief:
      isRemedyNow || isPlanned
        ? {
            ...relief,
            nextPlanId: isPlanned ? relief.nextPlanId + 1 : relief.nextPlanId,
            lastRemedyMs: isRemedyNow ? nowMs : relief.lastRemedyMs,
          }
        : relief,
  };
};

const isCalm = ({ relief }: KeeperState, nowMs: number): boolean =>
  !relief.inFlight.some(({ plan }) => isRemedy(plan.act)) &&
  (relief.lastRemedyMs === null || nowMs - relief.lastRemedyMs >= cooldownMs);

export const stepKeeperContainers = (
  state: KeeperState,
  nowMs: number,
  config: Config,
  collected: Collected,
): KeeperState => {
  if (config.containers === null && state.containers.engine.state === 'unknown') return state;
  const turn = newContainerTurn();
  const containers = stepContainers(
    state.containers,
    {
      nowMs,
      config: config.containers,
      mode: modeOf(state, config).name,
      isCalm: isCalm(state, nowMs) && state.relief.auditWritable,
      isPaused: pauseLeftMs(state.relief, nowMs) !== null,
      nextPlan: state.relief.nextPlanId,
    },
    turn,
  );
  return collect(state, containers, turn, nowMs, collected);
};

export const hearContainers = (
  state: KeeperState,
  heard: Heard,
  nowMs: number,
  config: Config,
  collected: Collected,
): KeeperState => {
  const turn = newContainerTurn();
  const containers = heardOfContainers(state.containers, heard, config.containers, nowMs, turn);
  const after = collect(state, containers, turn, nowMs, collected);
  return heard.op === 'stop' ? { ...after, relief: { ...after.relief, lastRemedyMs: nowMs } } : after;
};

/** Its answer has been heard before, or will not come. */
export const completeContainer = (state: KeeperState, outcome: string, nowMs: number): KeeperState =>
  outcome === 'ok' ? state : { ...state, containers: lostOrder(state.containers, nowMs) };
