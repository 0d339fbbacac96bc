import { adviceStatus } from '../../advice/shown.ts';
import { bandStatus, gpuStatus } from '../../arbiter/arbiter.ts';
import { runsWithOtherWired } from '../../arbiter/wired-argument.ts';
import { addressText } from '../../config/addresses.ts';
import type { Config } from '../../config/config.ts';
import { containersStatus } from '../../containers/status.ts';
import type { ProcessId } from '../../host/reading.ts';
import { forecastStatus } from '../../memory/forecast.ts';
import { fillRate, growthWindowMs, windowGrowth } from '../../memory/growth.ts';
import { levelNames, pendingLevel } from '../../memory/level.ts';
import { healthStatus } from '../../probes/words.ts';
import type {
  AdviceReport,
  ConfigProblem,
  LevelName,
  ProcessRow,
  SeatState,
  SeatStatus,
  Status,
} from '../../protocol/index.ts';
import { shortened } from '../../protocol/shortened.ts';
import { commandCharacters, nameCharacters } from '../../protocol/values.ts';
import { progressWords } from '../../relief/recovery-words.ts';
import { requestsUnderWay, stopsAtMs } from '../../seats/activity.ts';
import { againAtMs } from '../../seats/again.ts';
import { seatNamed } from '../../seats/seat-world.ts';
import type { Seat } from '../../seats/seating.ts';
import { usedBy } from '../../seats/used-by.ts';
import { modeOf } from './mode.ts';
import { nextVictim } from './next-victim.ts';
import { reliefStatus } from './relief-status.ts';
import type { KeeperState, ProcessView, SeatView } from './state.ts';

/** What only the shell around `decide` knows: who it is, what its stores say, and the wall clock. */
export interface ShellFacts {
  readonly nowMs: number;
  readonly wallMs: number;
  readonly keeper: Omit<Status['keeper'], 'footprintBytes' | 'uptimeSeconds'>;
  readonly telemetry: Omit<Status['telemetry'], 'heartbeat'>;
  readonly wentDown: Status['wentDown'];
  /** What the gateway told of the advisor; null: nothing. */
  readonly advice: AdviceReport | null;
  readonly configPath: string;
  readonly configProblems: readonly ConfigProblem[];
  /** Castellan's own processes, marked as such in every list. */
  readonly ownPids: ReadonlySet<number>;
}

const topCount = 8;

const arm = (value: number | 'unknown'): LevelName | 'unknown' =>
  value === 'unknown' ? 'unknown' : (levelNames[value] ?? 'unknown');

export const processRow = (view: ProcessView, ownPids: ReadonlySet<number>): ProcessRow => {
  const { process } = view;
  return {
    pid: process.id.pid,
    start: process.id.start,
    name: shortened(process.name, nameCharacters),
    command: shortened(process.command, commandCharacters),
    uid: process.uid,
    state: process.state,
    rssBytes: process.rssBytes,
    footprintBytes: process.footprintBytes,
    peakFootprintBytes: process.peakFootprintBytes,
    compressedBytes: process.compressedBytes,
    growthBytesPerSecond: view.growthBytesPerSecond,
    seat: view.seat,
    own: ownPids.has(process.id.pid),
  };
};

/** The largest by footprint, largest first; equal ones by pid, so that the list does not dance. */
export const largest = (views: readonly ProcessView[], count: number, atLeastBytes = 0): readonly ProcessView[] =>
  views
    .filter((view) => view.process.footprintBytes >= atLeastBytes)
    .sort((a, b) => b.process.footprintBytes - a.process.footprintBytes || a.process.id.pid - b.process.id.pid)
    .slice(0, count);

/** Absent until it was looked at. */
export const seatStateOf = ({ seating }: Pick<KeeperState, 'seating'>, name: string): SeatState =>
  seatNamed(seating, name)?.state ?? 'absent';

const seatStatus = (state: KeeperState, config: Config, nowMs: number): readonly SeatStatus[] =>
  config.seats.flatMap((each): readonly SeatStatus[] => {
    const seat = seatNamed(state.seating, each.name);
    const view = state.seats.find(({ name }) => name === each.name);
    const probes = state.probing.seats.find(({ name }) => name === each.name);
    // Nobody has looked at it yet.
    if (seat === undefined || view === undefined) return [];
    const stopsAt = stopsAtMs(seat, each, nowMs);
    const againAt = againAtMs(seat);
    const commands = mainFirst(view.processes, seat.run?.main ?? null).map(({ command }) => command);
    return [
      {
        name: each.name,
        class: each.class,
        label: each.label,
        state: seat.state,
        forSeconds: Math.max(0, nowMs - seat.sinceMs) / 1000,
        why: whyOf(state, seat, view),
        note: each.note ?? '',
        peakBytes: each.peakBytes,
        proposedPeakBytes: seat.peakBytes > each.peakBytes ? seat.peakBytes : null,
        footprintBytes: view.footprintBytes,
        lifetimePeakBytes: view.lifetimePeakBytes,
        rssBytes: view.rssBytes,
        wiredBytes: view.wiredBytes,
        declaredWiredBytes: each.wiredBytes,
        pendingRestart: seat.run !== null && runsWithOtherWired(each, commands),
        band: bandStatus(state.arbiter, 'seat', each.name),
        pids: view.processes.map(({ id }) => id.pid),
        inFlight: requestsUnderWay(seat.activity, nowMs),
        usedBy: [...usedBy(seat, nowMs)],
        stopsInSeconds: stopsAt === null ? null : Math.max(0, stopsAt - nowMs) / 1000,
        lastExit: seat.lastExit,
        retryInSeconds: againAt === null ? null : Math.max(0, againAt - nowMs) / 1000,
        starts: seat.startsMs.length,
        proxy: each.proxy === null ? null : addressText(each.proxy.listen),
        oracle: each.oracle,
        health:
          each.health === null || probes === undefined
            ? null
            : saidOfRecovery(state, healthStatus(probes, each, nowMs), each.name),
      },
    ];
  });

const saidOfRecovery = (
  { relief: { recovery } }: KeeperState,
  health: NonNullable<SeatStatus['health']>,
  name: string,
): NonNullable<SeatStatus['health']> =>
  recovery?.plan.act.seat === name ? { ...health, said: progressWords(recovery) } : health;

/** What is done about it says more than how it came to be so. */
const whyOf = ({ relief: { recovery } }: KeeperState, { name, why }: Seat, { standIn }: SeatView): string => {
  if (recovery?.plan.act.seat === name) return progressWords(recovery);
  if (standIn === null || standIn === undefined) return why;
  return `${standIn.label} (pid ${standIn.pid}) stands in for it.`;
};

const mainFirst = (processes: SeatView['processes'], main: ProcessId | null): SeatView['processes'] =>
  [...processes].sort((a, b) => Number(b.id.pid === main?.pid) - Number(a.id.pid === main?.pid));

const gatewayStatus = ({ seating: { gateway } }: KeeperState): Status['gateway'] => ({
  state: gateway.state,
  listen: gateway.listen,
  problems: [...gateway.problems],
});

/** Where there is no such limit, and none is asked for, there is nothing to say. */
const gpuLimit = ({ arbiter }: KeeperState): Status['gpu'] => {
  const status = gpuStatus(arbiter);
  const { wantedBytes, foundBytes, isSystemPolicy } = status;
  return wantedBytes === null && foundBytes === null && !isSystemPolicy ? null : status;
};

/** RAM less what protected seats may still grow by; null without protected seats. */
export const reserveOf = (state: KeeperState, config: Config): Status['reserve'] => {
  const seats = config.seats.filter((seat) => seat.class === 'protected');
  if (seats.length === 0 || state.machine === null) return null;
  let keptBytes = 0;
  for (const seat of seats) {
    const footprint = state.seats.find((view) => view.name === seat.name)?.footprintBytes ?? 0;
    keptBytes += Math.max(seat.peakBytes - footprint, 0);
  }
  return { lineBytes: state.machine.totalBytes - keptBytes, keptBytes, for: seats.map((seat) => seat.name) };
};

const levelStatus = (state: KeeperState, nowMs: number): Status['level'] => {
  const pending = pendingLevel(state.level);
  return {
    name: levelNames[state.level.level],
    forSeconds: Math.max(0, nowMs - state.level.sinceMs) / 1000,
    arms: { available: arm(state.arms.available), swap: arm(state.arms.swap), kernel: arm(state.arms.kernel) },
    growthEscalated: state.escalated,
    pending:
      pending === null
        ? null
        : { name: levelNames[pending.level], inSeconds: Math.max(0, pending.atMs - nowMs) / 1000 },
  };
};

/** The status of a keeper that has read the machine at least once; null before that. */
export const statusOf = (state: KeeperState, config: Config, shell: ShellFacts): Status | null => {
  const { machine } = state;
  if (machine === null) return null;
  const views = state.processes?.views ?? [];
  const own = views.find((view) => view.process.id.pid === shell.keeper.pid);
  const shown: Omit<Status, 'advice'> = {
    atMs: shell.wallMs,
    keeper: {
      ...shell.keeper,
      uptimeSeconds: Math.max(0, shell.nowMs - state.startedMs) / 1000,
      footprintBytes: own?.process.footprintBytes ?? 0,
    },
    mode: modeOf(state, config),
    machine: {
      totalBytes: machine.totalBytes,
      availableBytes: machine.availableBytes,
      tiers: state.tiers,
      swap:
        machine.swap === null
          ? null
          : { totalBytes: machine.swap.totalBytes, usedBytes: machine.swap.usedBytes, ...state.swapRates },
      kernelLevel: machine.kernelLevel,
      fillBytesPerSecond: fillRate(state.recent),
      compressorGrowthBytesPerSecond: windowGrowth(state.compressor, growthWindowMs),
    },
    level: levelStatus(state, shell.nowMs),
    thresholds: {
      yellow: config.pressure.yellow.availableBytes,
      orange: config.pressure.orange.availableBytes,
      red: config.pressure.red.availableBytes,
      swapPercent: {
        yellow: config.pressure.yellow.swapPercent,
        orange: config.pressure.orange.swapPercent,
        red: config.pressure.red.swapPercent,
      },
    },
    forecast: forecastStatus(state.forecast, nextVictim(state, shell.nowMs)),
    reserve: reserveOf(state, config),
    seats: [...seatStatus(state, config, shell.nowMs)],
    gpu: gpuLimit(state),
    gateway: gatewayStatus(state),
    top: largest(views, topCount).map((view) => processRow(view, shell.ownPids)),
    processCount: state.processes?.views.length ?? null,
    facts: state.facts.map((fact) => ({ sensor: fact.sensor, problem: fact.problem, detail: fact.detail })),
    containers: containersStatus(state.containers, config.containers, shell.nowMs),
    relief: reliefStatus(state, config, shell),
    gaps: {
      count: state.gaps.count,
      last:
        state.gaps.last === null
          ? null
          : {
              agoSeconds: Math.max(0, shell.nowMs - state.gaps.last.endedMs) / 1000,
              lengthSeconds: state.gaps.last.lengthMs / 1000,
            },
    },
    wentDown: shell.wentDown,
    telemetry: { ...shell.telemetry, heartbeat: state.heartbeat.failing ? 'failing' : 'ok' },
    config: { path: shell.configPath, state: state.configState, problems: [...shell.configProblems] },
  };
  return { ...shown, advice: adviceStatus(shown, config, shell.advice, shell.wallMs) };
};
