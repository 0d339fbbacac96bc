import type { ContainersConfig } from '../config/config.ts';
import { heardLook, missesTold } from './looking.ts';
import type { ContainerTurn, Heard } from './orders.ts';
import { isClosed } from './ports.ts';
import { mostUseless, whyNoRestart } from './restarts.ts';
import { type ContainersState, initialContainers, runOf } from './state.ts';
import { heardStop, reasonOf, stopOrder, stoppable } from './stopping.ts';

/** The judgement of containers: when to look, whom to stop, when to start the whole machine of theirs anew. */

export interface ContainerMoment {
  readonly nowMs: number;
  /** Null: castellan.toml has no [containers]. */
  readonly config: ContainersConfig | null;
  readonly mode: 'observe_only' | 'dry_run' | 'live';
  /** No other remedy is under way or has just ended. */
  readonly isCalm: boolean;
  /** The operator paused automatic actions: containers are looked at, and nothing is done to them. */
  readonly isPaused: boolean;
  readonly nextPlan: number;
}

const planRow = (
  { mode, nextPlan: plan }: ContainerMoment,
  verb: 'stop container' | 'run',
  { target, run, reason }: { readonly target: string; readonly run: string; readonly reason: string },
): ContainerTurn['rows'][number] => ({
  kind: 'plan',
  plan,
  verb,
  target,
  hash: run,
  reason,
  // What a virtual machine gives back is nothing to count on.
  expected: { counter: 'container', bytes: 0, bytesPerSecond: 0 },
  mode: mode === 'live' ? 'live' : 'dry_run',
});

const look = (
  state: ContainersState,
  config: ContainersConfig,
  nowMs: number,
  turn: ContainerTurn,
): ContainersState => {
  if (state.underWay !== null || nowMs < state.nextLookMs) return state;
  turn.orders.push({
    op: 'look',
    socket: config.socket,
    knownPorts: config.checksPorts ? state.ports.map(({ host, port }) => ({ host, port })) : [],
  });
  return { ...state, underWay: 'look' };
};

const stop = (
  state: ContainersState,
  config: ContainersConfig,
  moment: ContainerMoment,
  turn: ContainerTurn,
): ContainersState => {
  const { nowMs, mode, isCalm, nextPlan } = moment;
  if (mode === 'observe_only' || state.underWay !== null || state.stop !== null) return state;
  if (state.engine.state !== 'reachable') return state;
  const candidates = stoppable(state, config, nowMs);
  if (mode === 'dry_run') {
    const fresh = candidates.find(({ known }) => !state.rehearsed.includes(runOf(known.look)));
    if (fresh === undefined) return state;
    const { look: container } = fresh.known;
    const [target, run, reason] = [container.name, runOf(container), reasonOf(fresh)];
    turn.rows.push(planRow(moment, 'stop container', { target, run, reason }));
    turn.said.push(`dry run: would stop the container ${target}. ${reason}`);
    return { ...state, rehearsed: [...state.rehearsed, run] };
  }
  const [first] = candidates;
  if (first === undefined || !isCalm) return state;
  const order = stopOrder(first, state.engine.socket, nextPlan, nowMs);
  if (order === null) return state;
  const { id, name, startedAt, reason } = order;
  turn.rows.push(planRow(moment, 'stop container', { target: name, run: runOf(order), reason }));
  turn.orders.push(order);
  return {
    ...state,
    underWay: 'stop',
    stop: { plan: nextPlan, id, name, startedAt, orderedMs: nowMs, isAwaited: false },
  };
};

const closedWords = ({ ports }: ContainersState): string =>
  ports
    .filter(({ isTold }) => isTold)
    .map(({ container, port }) => `${container} ${port}`)
    .join(', ');

const restart = (
  state: ContainersState,
  { restart: argv }: ContainersConfig,
  moment: ContainerMoment,
  turn: ContainerTurn,
): ContainersState => {
  const { nowMs, mode, nextPlan } = moment;
  if (!state.ports.some(isClosed)) return state.isRestartRehearsed ? { ...state, isRestartRehearsed: false } : state;
  if (argv === null || mode === 'observe_only' || state.underWay !== null || state.stop !== null) return state;
  if (whyNoRestart(state.restarts, state.ports, { startedMs: state.startedMs, nowMs }) !== null) return state;
  const reason = `Ports of this machine are closed although their containers run: ${closedWords(state)}.`;
  const row = planRow(moment, 'run', { target: argv[0], run: '', reason });
  if (mode === 'dry_run') {
    if (state.isRestartRehearsed) return state;
    turn.rows.push(row);
    turn.said.push(`dry run: would run ${argv.join(' ')}. ${reason}`);
    return { ...state, isRestartRehearsed: true };
  }
  turn.rows.push(row);
  turn.orders.push({ op: 'restart', plan: nextPlan, argv, reason });
  return {
    ...state,
    restarts: { ...state.restarts, lastMs: nowMs, isJudged: false, isRunning: true },
    // What was refused before it says nothing of what it did.
    ports: state.ports.map((port) => ({ ...port, refusals: 0 })),
  };
};

/** At each look of the keeper at its machine but the fast ones. */
export const stepContainers = (
  state: ContainersState,
  moment: ContainerMoment,
  turn: ContainerTurn,
): ContainersState => {
  const { config, nowMs } = moment;
  if (config === null) return state.engine.state === 'unknown' ? state : initialContainers(nowMs);
  // While the machine of the containers starts anew there is nothing to look at.
  if (state.restarts.isRunning) return state;
  // One thing at a time, under one number.
  const looked = look(state, config, nowMs, turn);
  if (moment.isPaused) return looked;
  const stopped = turn.orders.length > 0 ? looked : stop(looked, config, moment, turn);
  return turn.orders.length > 0 || turn.rows.length > 0 ? stopped : restart(stopped, config, moment, turn);
};

/** Containers have their time after the restart to come up. */
const afterRestartMs = 60_000;

export const heardOfContainers = (
  state: ContainersState,
  heard: Heard,
  config: ContainersConfig | null,
  nowMs: number,
  turn: ContainerTurn,
): ContainersState => {
  if (config === null) return initialContainers(nowMs);
  switch (heard.op) {
    case 'look': {
      const seen = heardLook({ ...state, underWay: null }, heard.reply, nowMs, turn);
      return config.checksPorts ? seen : { ...seen, ports: [] };
    }
    case 'stop':
      return heardStop({ ...state, underWay: null }, heard, nowMs, turn);
    case 'restart': {
      turn.said.push(`the restart of the containers' machine ${heard.ok ? 'has ended' : 'failed'}: ${heard.detail}`);
      return {
        ...state,
        restarts: { ...state.restarts, isRunning: false },
        nextLookMs: nowMs + afterRestartMs,
      };
    }
  }
};

/** An order whose answer did not come. What had been asked for may have happened. */
export const lostOrder = (state: ContainersState, nowMs: number): ContainersState => {
  if (state.underWay === null) return { ...state, restarts: { ...state.restarts, isRunning: false } };
  const { stop: waiting } = state;
  return {
    ...state,
    underWay: null,
    stop: waiting === null || state.underWay !== 'stop' ? waiting : { ...waiting, isAwaited: true },
    nextLookMs: Math.max(state.nextLookMs, nowMs + 30_000),
  };
};

export interface ContainerCause {
  readonly alert: 'docker_unreachable' | 'container_port_closed' | 'container_restart_useless';
  readonly subject: string;
  readonly detail: string;
}

/** What lasts and is worth an alert: told when it begins, and again when it has been away. */
export const containerCauses = (state: ContainersState): readonly ContainerCause[] => {
  const causes: ContainerCause[] = [];
  if (state.engine.state === 'unreachable' && state.engine.misses >= missesTold)
    causes.push({ alert: 'docker_unreachable', subject: 'docker', detail: state.engine.detail });
  const closed = closedWords(state);
  for (const { container, port, isHealthy } of state.ports.filter(({ isTold }) => isTold))
    causes.push({
      alert: 'container_port_closed',
      subject: `${container} ${port}`,
      detail: `${container} ${isHealthy ? 'says it is healthy' : 'runs'} and port ${port} of this machine is closed${state.note === '' ? '' : `; ${state.note}`}`,
    });
  if (state.restarts.useless >= mostUseless && closed !== '')
    causes.push({
      alert: 'container_restart_useless',
      subject: 'docker',
      detail: `${state.restarts.useless} restarts did not keep them open: ${closed}`,
    });
  return causes;
};
