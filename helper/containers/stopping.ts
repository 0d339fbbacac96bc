import type { ContainerLook } from '../adapters/docker-wire.ts';
import type { ContainersConfig } from '../config/config.ts';
import { idleLimits } from './idleness.ts';
import type { ContainerOrder, ContainerTurn, Heard } from './orders.ts';
import type { ContainersState, Stop, Tries } from './state.ts';
import { type Known, whyNotStopped } from './stoppable.ts';

/**
 * Stops of idle containers: ordered one at a time, verified by what the engine says afterwards, and told honestly. Nothing of
 * them counts as memory that came back: what a container held goes back to its virtual machine, and that keeps it.
 */

/** Back within so long: something starts it again, and stopping it is of no use. */
const returnMs = 1_800_000;
/** Useless so often, it is left alone for a day. */
const mostUseless = 2;
const suppressMs = 86_400_000;
/** What failed, or was at work after all, is not tried again at once. */
const failedMs = 1_800_000;
/** A container that does not hear is killed by the engine after 10 s. */
const verifyMs = 15_000;

const triesOf = ({ tries }: ContainersState, name: string): Tries =>
  tries.find((each) => each.name === name) ?? { name, useless: 0, atMs: 0, againMs: 0 };

/** Containers may have another name each time: what holds nobody back any more is forgotten. */
const withTries = (state: ContainersState, tries: Tries, nowMs: number): ContainersState => ({
  ...state,
  tries: [
    ...state.tries.filter(
      ({ name, atMs, againMs }) => name !== tries.name && (nowMs < againMs || nowMs - atMs < suppressMs),
    ),
    tries,
  ],
});

export const isSuppressed = (state: ContainersState, name: string, nowMs: number): boolean => {
  const { useless, atMs, againMs } = triesOf(state, name);
  return (useless >= mostUseless && nowMs - atMs < suppressMs) || nowMs < againMs;
};

export interface Candidate {
  readonly known: Known;
  readonly idleMs: number;
}

/** Who may be stopped now, the longest idle first. */
export const stoppable = (state: ContainersState, config: ContainersConfig, nowMs: number): readonly Candidate[] =>
  state.known
    .filter(
      (known) =>
        whyNotStopped(known, config, { nowMs, isSuppressed: isSuppressed(state, known.look.name, nowMs) }) === null,
    )
    .map((known) => ({ known, idleMs: nowMs - (known.idleness.sinceMs ?? nowMs) }))
    .sort((a, b) => b.idleMs - a.idleMs || (a.known.look.name < b.known.look.name ? -1 : 1));

export const reasonOf = ({ known, idleMs }: Candidate): string =>
  `${known.look.name} has used next to no CPU and network for ${Math.floor(idleMs / 60_000)} min and is offered for stopping when idle.`;

/** Null: its counters are not known, so that nobody could tell whether it still idles. */
export const stopOrder = (
  candidate: Candidate,
  socket: string | null,
  plan: number,
  nowMs: number,
): Extract<ContainerOrder, { op: 'stop' }> | null => {
  const { look, idleness } = candidate.known;
  if (idleness.sample === null) return null;
  const limits = idleLimits(idleness.sample, nowMs);
  return {
    op: 'stop',
    plan,
    socket,
    id: look.id,
    name: look.name,
    startedAt: look.startedAt,
    // Being looked at costs it a little itself.
    mostCpuMs: limits.cpuMs + 200,
    mostNetworkBytes: limits.networkBytes + 16_384,
    reason: reasonOf(candidate),
  };
};

const receipt = (stop: Stop, isStopped: boolean, text: string, nowMs: number): ContainerTurn['rows'][number] => ({
  kind: 'receipt',
  plan: stop.plan,
  verb: 'stop container',
  target: stop.name,
  counter: 'container',
  expected: 0,
  actual: 0,
  effective: isStopped,
  afterMs: Math.max(0, Math.round(nowMs - stop.orderedMs)),
  text,
});

const useless = (
  state: ContainersState,
  name: string,
  why: string,
  nowMs: number,
  turn: ContainerTurn,
): ContainersState => {
  const tries = triesOf(state, name);
  const count = nowMs - tries.atMs < suppressMs ? tries.useless + 1 : 1;
  if (count === mostUseless) turn.alerts.push({ alert: 'action_useless', subject: `container ${name}`, detail: why });
  return withTries(state, { ...tries, useless: count, atMs: nowMs }, nowMs);
};

const hasExited = (state: ContainersState, stop: Stop, nowMs: number, turn: ContainerTurn): ContainersState => {
  const text = `${stop.name} has exited; its virtual machine keeps the memory, so nothing is counted as returned`;
  turn.rows.push(receipt(stop, true, text, nowMs));
  return {
    ...state,
    stop: null,
    known: state.known.filter(({ look }) => look.id !== stop.id),
    ports: state.ports.filter(({ container }) => container !== stop.name),
    stopped: [...state.stopped, { name: stop.name, startedAt: stop.startedAt, atMs: nowMs }],
  };
};

/** What the adapter saw of it. */
export const heardStop = (
  state: ContainersState,
  { plan, reply }: Extract<Heard, { op: 'stop' }>,
  nowMs: number,
  turn: ContainerTurn,
): ContainersState => {
  const { stop } = state;
  if (stop === null || stop.plan !== plan) return state;
  const later = (): ContainersState =>
    withTries({ ...state, stop: null }, { ...triesOf(state, stop.name), againMs: nowMs + failedMs }, nowMs);
  const awaited = { ...state, stop: { ...stop, isAwaited: true }, nextLookMs: nowMs + verifyMs };
  if (!reply.ok) return reply.code === 'too_late' ? awaited : later();
  switch (reply.seen) {
    case 'exited':
      return hasExited(state, stop, nowMs, turn);
    case 'running':
    case 'unknown':
      return awaited;
    case 'absent':
    case 'changed':
      return { ...state, stop: null, known: state.known.filter(({ look }) => look.id !== stop.id) };
    case 'busy':
      return later();
  }
};

/** What a look says of stops: of one that is awaited, and of containers that came back. */
export const judgeStops = (
  before: ContainersState,
  /** `isWhole`: nobody who runs was left out. */
  { containers, isWhole }: { readonly containers: readonly ContainerLook[]; readonly isWhole: boolean },
  nowMs: number,
  turn: ContainerTurn,
): ContainersState => {
  let state: ContainersState = { ...before, stopped: before.stopped.filter(({ atMs }) => nowMs - atMs < returnMs) };
  const { stop } = state;
  if (stop?.isAwaited === true) {
    const still = containers.find(({ id }) => id === stop.id);
    if (still === undefined && isWhole) state = hasExited(state, stop, nowMs, turn);
    // Of so many containers that it is left out each time: others are not to wait for ever.
    if (still === undefined && !isWhole && nowMs - stop.orderedMs > failedMs) {
      turn.rows.push(receipt(stop, false, `${stop.name}: what came of it is not known`, nowMs));
      state = { ...state, stop: null };
    }
    if (still !== undefined) {
      const why =
        still.startedAt === stop.startedAt ? 'it was told to stop and still runs' : 'something has started it again';
      turn.rows.push(receipt(stop, false, `${stop.name}: ${why}`, nowMs));
      state = useless({ ...state, stop: null }, stop.name, why, nowMs, turn);
    }
  }
  for (const { name, startedAt } of state.stopped) {
    if (!containers.some((each) => each.name === name && each.startedAt !== startedAt)) continue;
    state = { ...state, stopped: state.stopped.filter((each) => each.name !== name) };
    state = useless(state, name, 'something starts it again after each stop', nowMs, turn);
  }
  return state;
};
