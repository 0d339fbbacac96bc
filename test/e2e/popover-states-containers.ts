import type { ContainerRow, ContainersStatus } from '../../helper/protocol/containers.ts';
import { GB, MB, type PopoverState, snapshot, status } from './popover-fixtures.ts';
import { calmHistory, connected } from './popover-states-pressure.ts';

/** Containers: idle, at work, kept, stopped, one whose port is closed, and an engine that does not answer. */

const row = (name: string, change: Partial<ContainerRow>): ContainerRow => ({
  name,
  state: 'working',
  forSeconds: null,
  why: 'it works',
  isOffered: true,
  closedPorts: [],
  memoryBytes: 300 * MB,
  ...change,
});

const engine = { state: 'reachable', socket: '/Users/neo/.orbstack/run/docker.sock', detail: '' } as const;

const mixed: ContainersStatus = {
  engine,
  running: 9,
  idleSeconds: 1_800,
  list: [
    row('immich-server', { closedPorts: [2_283], isOffered: false, why: '' }),
    row('jellyfin', {
      state: 'idle',
      forSeconds: 1_500,
      why: 'it has not idled for long enough',
      memoryBytes: 1.2 * GB,
    }),
    row('outline-redis', { state: 'kept', why: '"redis" is on the list of those that stay' }),
    row('paperless-ngx', {}),
    row('stirling-pdf', { state: 'stopped', forSeconds: 340, why: '', memoryBytes: null }),
    row('tika', { state: 'unknown', why: 'it has been looked at once' }),
  ],
  omitted: 0,
};

const away: ContainersStatus = {
  engine: { state: 'unreachable', socket: null, detail: 'There is no socket of Docker, OrbStack or Colima.' },
  running: 0,
  idleSeconds: 1_800,
  list: [],
  omitted: 0,
};

const withContainers =
  (containers: ContainersStatus) =>
  (nowMs: number): PopoverState => ({
    snapshot: snapshot(nowMs, connected, status(nowMs, { containers })),
    history: calmHistory(nowMs),
  });

export const containerStates = {
  containers: withContainers(mixed),
  'containers-away': withContainers(away),
  'containers-none-offered': withContainers({ ...mixed, running: 3, list: [] }),
  'containers-long': withContainers({
    ...mixed,
    running: 40,
    list: Array.from({ length: 16 }, (_, at) =>
      row(`a-very-long-name-of-a-container-that-compose-made-${'x'.repeat(70)}-${at}`, {
        state: 'idle',
        forSeconds: 90_000,
        closedPorts: at < 2 ? [8_080, 8_081, 8_082, 50_051, 50_052] : [],
      }),
    ),
    omitted: 12,
  }),
} as const satisfies Readonly<Record<string, (nowMs: number) => PopoverState>>;
