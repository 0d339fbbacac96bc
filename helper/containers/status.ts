import type { ContainersConfig } from '../config/config.ts';
import { type ContainerRow, type ContainersStatus, listedContainers } from '../protocol/containers.ts';
import { isClosed } from './ports.ts';
import type { ContainersState } from './state.ts';
import { isOffered, type Known, keptBy, whyNotStopped } from './stoppable.ts';
import { isSuppressed } from './stopping.ts';

/** What is known of containers, as clients are told. Nobody is listed who neither may be stopped nor has a port that is closed. */

const mostWhy = 160;
const mostDetail = 256;

const seconds = (sinceMs: number, nowMs: number): number => Math.max(0, nowMs - sinceMs) / 1_000;

const closedPortsOf = ({ ports }: ContainersState, name: string): readonly number[] =>
  ports.filter((port) => port.container === name && isClosed(port)).map(({ port }) => port);

const standing = (
  known: Known,
  state: ContainersState,
  config: ContainersConfig,
  nowMs: number,
): Pick<ContainerRow, 'state' | 'forSeconds'> => {
  const { look, idleness } = known;
  if (state.stop?.id === look.id) return { state: 'stopping', forSeconds: null };
  if (keptBy(look, config.keep) !== null) return { state: 'kept', forSeconds: null };
  if (idleness.sinceMs !== null) return { state: 'idle', forSeconds: seconds(idleness.sinceMs, nowMs) };
  return { state: idleness.last === 'working' ? 'working' : 'unknown', forSeconds: null };
};

const rowOf = (known: Known, state: ContainersState, config: ContainersConfig, nowMs: number): ContainerRow => {
  const { look } = known;
  const offered = isOffered(known, config);
  const why = whyNotStopped(known, config, { nowMs, isSuppressed: isSuppressed(state, look.name, nowMs) });
  return {
    name: look.name,
    ...standing(known, state, config, nowMs),
    why: offered ? (why ?? '').slice(0, mostWhy) : '',
    isOffered: offered,
    closedPorts: [...closedPortsOf(state, look.name)],
    memoryBytes: look.memoryBytes,
  };
};

const stoppedRows = ({ stopped, known }: ContainersState, nowMs: number): readonly ContainerRow[] =>
  stopped
    .filter(({ name }) => !known.some(({ look }) => look.name === name))
    .map(({ name, atMs }) => ({
      name,
      state: 'stopped',
      forSeconds: seconds(atMs, nowMs),
      why: '',
      isOffered: true,
      closedPorts: [],
      memoryBytes: null,
    }));

/** Null: castellan.toml has no [containers]. What needs somebody first, then by name. */
export const containersStatus = (
  state: ContainersState,
  config: ContainersConfig | null,
  nowMs: number,
): ContainersStatus | null => {
  if (config === null) return null;
  const { engine, known } = state;
  const rows = [...known.map((each) => rowOf(each, state, config, nowMs)), ...stoppedRows(state, nowMs)]
    .filter((row) => row.isOffered || row.closedPorts.length > 0)
    .sort((a, b) => b.closedPorts.length - a.closedPorts.length || (a.name < b.name ? -1 : 1));
  return {
    engine: {
      state: engine.state,
      socket: engine.socket?.slice(0, mostDetail) ?? null,
      detail: engine.state === 'unreachable' ? engine.detail.slice(0, mostDetail) : '',
    },
    running: known.length,
    idleSeconds: config.idleSeconds,
    list: rows.slice(0, listedContainers),
    omitted: Math.max(0, rows.length - listedContainers),
  };
};
