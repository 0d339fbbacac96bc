import type { Config } from '../config/config.ts';
import type { KeeperState } from '../keeper/judgement/state.ts';
import { type ShellFacts, statusOf } from '../keeper/judgement/status.ts';
import type { Status } from '../protocol/index.ts';

/** The machine and the judgement at one time. */
export interface Snapshot {
  readonly atMs: number;
  readonly state: KeeperState;
  /** Pids that stand still on the machine. */
  readonly stopped: readonly number[];
}

const shellAt = (atMs: number): ShellFacts => ({
  nowMs: atMs,
  wallMs: atMs,
  keeper: { version: '0.0.0', pid: 0, instance: 'replay', host: 'sim', os: 'replay', cpuPercent: 0 },
  telemetry: { history: 'ok', droppedRows: 0, journal: 'ok', lostRows: 0 },
  wentDown: null,
  advice: null,
  configPath: 'castellan.toml',
  configProblems: [],
  ownPids: new Set(),
});

/** What the operator would be shown then; null before the first sample. */
export const statusAt = ({ atMs, state }: Snapshot, config: Config): Status | null =>
  statusOf(state, config, shellAt(atMs));
