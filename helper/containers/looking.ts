import { type ContainerLook, mostKnownPorts } from '../adapters/docker-wire.ts';
import { observeIdleness } from './idleness.ts';
import type { ContainerTurn, Heard } from './orders.ts';
import { isDoubtful, observeKnownPorts, observePorts } from './ports.ts';
import { judgeRestarts } from './restarts.ts';
import { type ContainersState, nothingKnown, runOf } from './state.ts';
import type { Known } from './stoppable.ts';
import { judgeStops } from './stopping.ts';

/** What a look at the engine changes. */

export const lookEveryMs = 300_000;
/** What one look leaves in doubt, the next decides: an engine that was missed, a port that was refused. */
const doubtMs = 30_000;
/** Docker being away is told from the second look on that misses it: it may be starting. */
export const missesTold = 2;

type Look = Extract<Heard, { op: 'look' }>['reply'];

const knownOf = (before: readonly Known[], look: ContainerLook, nowMs: number): Known => {
  const same = before.find((each) => runOf(each.look) === runOf(look));
  return { look, idleness: observeIdleness(same?.idleness ?? null, look, nowMs), seenMs: nowMs };
};

const next = (state: ContainersState, nowMs: number): ContainersState => {
  const { engine, ports } = state;
  const isInDoubt = ports.some(isDoubtful) || (engine.state === 'unreachable' && engine.misses < missesTold);
  return { ...state, nextLookMs: nowMs + (isInDoubt ? doubtMs : lookEveryMs) };
};

const missed = (state: ContainersState, detail: string, turn: ContainerTurn): ContainersState => {
  const { engine } = state;
  if (engine.state !== 'unreachable') turn.said.push(`Docker is unreachable: ${detail}`);
  return {
    ...state,
    engine: { ...engine, state: 'unreachable', detail, misses: Math.min(missesTold, engine.misses + 1) },
    // What was between is not known: nobody has idled through it.
    known: state.known.map((each) => ({ ...each, idleness: nothingKnown })),
    note: '',
  };
};

const unreachable = (state: ContainersState, reply: Look, nowMs: number, turn: ContainerTurn): ContainersState => {
  const away = missed(state, reply.note, turn);
  if (!reply.ok || reply.engine !== null) return away;
  // Without a socket the engine has been ended, and its ports with it: nobody expects them.
  const ports = reply.why === 'missing' ? [] : observeKnownPorts(state.ports, reply.ports, nowMs);
  return { ...away, known: reply.why === 'missing' ? [] : away.known, ports };
};

export const heardLook = (state: ContainersState, reply: Look, nowMs: number, turn: ContainerTurn): ContainersState => {
  if (!reply.ok || reply.engine === null) {
    const away = unreachable(state, reply, nowMs, turn);
    return next({ ...away, restarts: judgeRestarts(away.restarts, away.ports, nowMs) }, nowMs);
  }
  const { engine, containers, left, note } = reply;
  if (state.engine.state !== 'reachable')
    turn.said.push(`Docker answers at ${engine.socket}: version ${engine.version}, API ${engine.api}`);
  const known = containers.map((look) => knownOf(state.known, look, nowMs));
  const looks = containers.map((look) => ({
    look,
    wasThere: state.known.some((each) => runOf(each.look) === runOf(look)),
  }));
  // Who is left out, for want of time or room, has not ended for that.
  const unseen =
    left === 0 ? [] : state.ports.filter((port) => !containers.some(({ name }) => name === port.container));
  const ports = [...observePorts(state.ports, looks, nowMs), ...unseen].slice(0, mostKnownPorts);
  const seen: ContainersState = {
    ...state,
    engine: { state: 'reachable', detail: '', misses: 0, socket: engine.socket },
    known,
    ports,
    note,
    restarts: judgeRestarts(state.restarts, ports, nowMs),
    rehearsed: state.rehearsed.filter((key) => known.some(({ look }) => key === runOf(look))),
  };
  return next(judgeStops(seen, { containers, isWhole: left === 0 }, nowMs, turn), nowMs);
};
