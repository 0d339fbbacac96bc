import { type Config, defaultConfig, GB, type SeatConfig, seatDefaults } from '../../helper/config/config.ts';
import type { PortTraffic } from '../../helper/host/port.ts';
import type { AuditFacts } from '../../helper/journal/audit.ts';
import { type Decision, decide } from '../../helper/keeper/judgement/decide.ts';
import type { Effect } from '../../helper/keeper/judgement/effect.ts';
import type { KeeperEvent } from '../../helper/keeper/judgement/events.ts';
import type { Reading } from '../../helper/keeper/judgement/reading.ts';
import { depthAt } from '../../helper/keeper/judgement/sampling.ts';
import { initialState, type KeeperState } from '../../helper/keeper/judgement/state.ts';
import type { SeatAnswer } from '../../helper/seats/events.ts';
import type { Seat } from '../../helper/seats/seating.ts';
import { machineReading, processReading } from './readings.ts';

/**
 * `decide` with one on-call seat in virtual time: its process starts and ends as ordered, and the test says what is seen of
 * it. The gateway is there unless it is said to be missing.
 */

export const seatName = 'Codestral';
const label = 'com.sanctum.codestral';
const firstPid = 2200;

export const onCallSeat = (change: Partial<SeatConfig> = {}): SeatConfig => ({
  ...seatDefaults,
  name: seatName,
  class: 'on_call',
  label,
  peakBytes: 14 * GB,
  port: 1337,
  ready: { kind: 'http', url: 'http://127.0.0.1:1337/health' },
  ...change,
});

export interface SeatKeeper {
  readonly state: () => KeeperState;
  readonly seat: () => Seat;
  readonly nowMs: () => number;
  readonly post: (event: KeeperEvent) => Decision;
  /** Takes every sample that is due until then. */
  readonly runUntil: (ms: number) => void;
  /** Nobody gets any time until then. */
  readonly sleepUntil: (ms: number) => void;
  readonly answers: () => readonly SeatAnswer[];
  readonly orders: () => readonly { readonly atMs: number; readonly verb: 'start' | 'stop'; readonly why: string }[];
  readonly alerts: () => readonly string[];
  /** When files of seats were looked at. */
  readonly fileLooks: () => readonly number[];
  /** What was written into the log. */
  readonly rows: () => readonly { readonly atMs: number; readonly row: AuditFacts }[];
  /** What is seen of the seat from now on. */
  readonly see: (change: Partial<Seen>) => void;
  /** Another main process in the place of the one that ran. */
  readonly respawn: () => void;
  /** castellan.toml says something else of it from now on. */
  readonly configure: (change: Partial<SeatConfig>) => void;
}

interface Seen {
  /** Null: the host does not tell. */
  readonly mark: number | null;
  readonly connections: number;
  /** Share of a core. */
  readonly cpuShare: number;
  readonly footprintBytes: number;
  readonly runs: boolean;
  readonly availableBytes: number | null;
  /** Its process runs, and its row cannot be read. */
  readonly isUnreadable: boolean;
  /** By a signal. */
  readonly isStopped: boolean;
  /** What is wrong with the files of its next start, code first; null: nothing. */
  readonly filesFault: string | null;
  /** What is said of them when nothing is wrong, code first. */
  readonly filesSaid: string;
  /** A start that is ordered shows no process. */
  readonly startsNothing: boolean;
  /** Outcome of the next orders. */
  readonly orderOutcome: 'ok' | 'failed' | 'timed_out';
  /** It takes so long to end. */
  readonly drainMs: number;
}

export interface SeatKeeperOptions {
  readonly seat?: Partial<SeatConfig>;
  readonly others?: readonly SeatConfig[];
  readonly seen?: Partial<Seen>;
  readonly gateway?: 'present' | 'missing';
}

export const startSeatKeeper = (options: SeatKeeperOptions = {}): SeatKeeper => {
  let config: Config = { ...defaultConfig, seats: [onCallSeat(options.seat), ...(options.others ?? [])] };
  let state = initialState(0);
  let nowMs = 0;
  let pid = firstPid;
  let seen: Seen = {
    mark: 1,
    connections: 0,
    cpuShare: 0,
    footprintBytes: 13 * GB,
    runs: true,
    availableBytes: 40 * GB,
    isUnreadable: false,
    isStopped: false,
    filesFault: null,
    filesSaid: '',
    startsNothing: false,
    orderOutcome: 'ok',
    drainMs: 0,
    ...options.seen,
  };
  let cpuMs = 0;
  let cpuAtMs = 0;
  const answers: SeatAnswer[] = [];
  const orders: { atMs: number; verb: 'start' | 'stop'; why: string }[] = [];
  const alerts: string[] = [];
  const fileLooks: number[] = [];
  const rows: { readonly atMs: number; readonly row: AuditFacts }[] = [];
  const later: { readonly atMs: number; readonly call: () => void }[] = [];

  const process = () => {
    cpuMs += seen.cpuShare * (nowMs - cpuAtMs);
    cpuAtMs = nowMs;
    return processReading(pid, {
      name: 'mlx',
      command: '/opt/mlx codestral',
      footprintBytes: seen.footprintBytes,
      cpuMs,
      ...(seen.isStopped ? { state: 'stopped' as const } : {}),
    });
  };

  const readingAt = (): Reading => {
    const depth = depthAt(state, nowMs);
    const isThere = seen.runs && !seen.isUnreadable;
    const table = { atMs: nowMs, processes: isThere ? [process()] : [], facts: [] };
    const traffic: PortTraffic[] = [{ port: 1337, connections: seen.connections, mark: seen.mark }];
    return {
      depth,
      machine: machineReading({ atMs: nowMs, availableBytes: seen.availableBytes }),
      services: depth === 'fast' ? [] : seen.runs ? [[label, pid]] : [],
      table: depth === 'full' ? table : null,
      chosen: depth === 'slot' && seen.runs ? table.processes : [],
      vanished: seen.runs ? [] : [{ sensor: 'processes', problem: 'vanished', detail: 'gone', pid }],
      inspections: [],
      signs:
        depth === 'fast'
          ? null
          : {
              lastExits: [],
              traffic,
              executableGone: [],
              bands: [],
              gpuLimit: { kind: 'not_evaluated', why: 'a test' },
            },
    };
  };

  const carryOut = (effect: Effect): void => {
    if (effect.kind === 'alert') alerts.push(`${effect.alert} ${effect.subject}`);
    const complete = (outcome: 'ok' | 'failed' | 'timed_out'): void => {
      post({ type: 'effect', id: effect.id, outcome, detail: outcome === 'ok' ? '' : 'as the test wants' });
    };
    if (effect.kind === 'integrity') {
      fileLooks.push(nowMs);
      const { filesFault, filesSaid } = seen;
      const outcome = filesFault === null ? 'ok' : 'failed';
      const detail = filesFault ?? filesSaid;
      later.push({ atMs: nowMs, call: () => post({ type: 'effect', id: effect.id, outcome, detail }) });
      return;
    }
    if (effect.kind !== 'seat') {
      later.push({ atMs: nowMs, call: () => complete('ok') });
      return;
    }
    const { verb, why } = effect.order;
    orders.push({ atMs: nowMs, verb, why });
    const { orderOutcome } = seen;
    later.push({ atMs: nowMs + 20, call: () => complete(orderOutcome) });
    if (orderOutcome === 'failed') return;
    later.push({
      atMs: nowMs + (verb === 'start' ? 20 : seen.drainMs),
      call: () => {
        if (verb === 'start') pid += 1;
        seen = { ...seen, runs: verb === 'start' && !seen.startsNothing };
      },
    });
  };

  const step = (reading: Reading | null, events: readonly KeeperEvent[]): Decision => {
    const decision = decide(state, { nowMs, reading, events }, config);
    state = decision.state;
    answers.push(...decision.seatAnswers);
    rows.push(...decision.rows.map((row) => ({ atMs: nowMs, row })));
    for (const effect of decision.effects) carryOut(effect);
    return decision;
  };
  const post = (event: KeeperEvent): Decision => step(null, [event]);

  const runUntil = (untilMs: number): void => {
    for (;;) {
      later.sort((a, b) => a.atMs - b.atMs);
      const nextMs = Math.min(state.next.atMs, later[0]?.atMs ?? Number.POSITIVE_INFINITY);
      if (nextMs > untilMs) break;
      nowMs = Math.max(nowMs, nextMs);
      const due = later[0] !== undefined && later[0].atMs <= nowMs ? later.shift() : undefined;
      if (due === undefined) step(readingAt(), []);
      else due.call();
    }
    nowMs = untilMs;
  };

  post({ type: 'config', state: 'file' });
  post({ type: 'audit', writable: true });
  if (options.gateway !== 'missing') post({ type: 'gateway', state: 'present', listen: '', problems: [] });
  return {
    state: () => state,
    seat: () => {
      const found = state.seating.seats.find(({ name }) => name === seatName);
      if (found === undefined) throw new Error('the seat has not been looked at yet');
      return found;
    },
    nowMs: () => nowMs,
    post,
    runUntil,
    sleepUntil: (ms) => {
      nowMs = ms;
    },
    answers: () => answers,
    orders: () => orders,
    alerts: () => alerts,
    fileLooks: () => fileLooks,
    rows: () => rows,
    see: (change) => {
      process();
      seen = { ...seen, ...change };
    },
    respawn: () => {
      pid += 1;
    },
    configure: (change) => {
      config = { ...config, seats: [onCallSeat({ ...options.seat, ...change }), ...(options.others ?? [])] };
    },
  };
};

/** The gateway has found it ready. */
export const isReady = { type: 'probe_report', seat: seatName, result: { ok: true, detail: '' } } as const;

export const ask = (request: number, change: { readonly ask?: 'ensure' | 'load'; readonly waitMs?: number } = {}) =>
  ({
    type: 'seat_ask',
    request,
    seat: seatName,
    ask: 'ensure',
    waitMs: 0,
    by: { uid: 501, client: 'gateway' },
    ...change,
  }) as const;

export const release = (request: number, cut = false) =>
  ({ type: 'seat_release', request, seat: seatName, cut, by: { uid: 501, client: 'app' } }) as const;
