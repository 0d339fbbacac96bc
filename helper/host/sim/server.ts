import { size } from '../../protocol/figures.ts';
import type { PortTraffic, ProbeResult } from '../port.ts';
import { type Job, type ServerMode, servesAnyway } from './launchd.ts';
import { accountCpu, footprintOf, isStopped, type SimProcess } from './process.ts';

/** What a simulated model server says to those who ask whether it serves, and what moves at its port. */

/** Null: it does not answer at all. */
export const probeAnswer = (job: Job | undefined, p: SimProcess | undefined, nowMs: number): ProbeResult | null => {
  if (job === undefined || p === undefined) return { ok: false, detail: 'exit 7: nothing listens there' };
  if (isStopped(p) || job.mode.kind === 'hangs') return null;
  if (p.loadedAtMs === null)
    return { ok: false, detail: `exit 1: loading, ${size(footprintOf(p))} of ${size(p.restBytes)}` };
  if (job.mode.kind === 'never_ready' || nowMs < p.loadedAtMs + (p.spec.warmUpMs ?? 0))
    return { ok: false, detail: 'exit 1: the model is not ready' };
  return servesAnyway;
};

/** Weights that are gone leave the runtime: the port answers, nothing is behind it. */
const hollowBytes = 60 * 2 ** 20;

export const loseModel = (p: SimProcess): void => {
  p.isHollow = true;
  p.rampBytesPerSecond = null;
  p.leakBytesPerSecond = 0;
  p.restBytes = Math.min(hollowBytes, footprintOf(p));
  p.isSettled = false;
};

/** Loads again what was lost. */
export const regainModel = (p: SimProcess): void => {
  if (!p.isHollow) return;
  p.isHollow = false;
  p.loadedAtMs = null;
  p.restBytes = p.spec.footprintBytes;
  p.rampBytesPerSecond = p.spec.loadBytesPerSecond ?? 2 ** 30;
};

/** Bytes that have moved at its port so far. A stopped process moves none. */
const movedBytes = (p: SimProcess, nowMs: number): number =>
  p.clients.movedBytes +
  (isStopped(p) ? 0 : Math.floor((p.clients.bytesPerSecond * (nowMs - p.clients.sinceMs)) / 1000));

/** Counts what has moved until now, before something changes how much does. */
export const countMoved = (p: SimProcess, nowMs: number): void => {
  p.clients.movedBytes = movedBytes(p, nowMs);
  p.clients.sinceMs = nowMs;
};

export const setClients = (p: SimProcess, nowMs: number, connections: number, bytesPerSecond: number): void => {
  countMoved(p, nowMs);
  accountCpu(p, nowMs, 0, false);
  p.clients.connections = connections;
  p.clients.bytesPerSecond = bytesPerSecond;
};

export const portTrafficOf = (table: ReadonlyMap<number, SimProcess>, port: number, nowMs: number): PortTraffic => {
  let connections = 0;
  let mark = 0;
  for (const p of table.values()) {
    if (p.clients.connections === 0 || p.spec.listens?.some((address) => address.endsWith(`:${port}`)) !== true)
      continue;
    connections += p.clients.connections;
    mark += movedBytes(p, nowMs);
  }
  return { port, connections, mark };
};

export const modeText = (mode: ServerMode): string => {
  switch (mode.kind) {
    case 'ok':
      return 'as it should be';
    case 'hangs':
      return 'never answers';
    case 'never_ready':
      return 'never becomes ready';
    case 'exits':
      return `exits with ${mode.code} at its next start`;
    case 'no_executable':
      return 'lost its executable';
  }
};
