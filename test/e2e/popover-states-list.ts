import type { Connection } from '../../app/ipc/contract.ts';
import { failure } from '../../helper/protocol/errors.ts';
import {
  GB,
  type HistoryScript,
  type Keyframe,
  MB,
  type PopoverState,
  row,
  rows,
  seats,
  snapshot,
  status,
} from './popover-fixtures.ts';

/** Every state of the popover, by name. */

const calm: readonly Keyframe[] = [
  {
    agoSeconds: 86_400,
    wired: 8 * GB,
    compressed: 1 * GB,
    app: 14 * GB,
    cached: 22 * GB,
    swapUsed: 0.2 * GB,
    level: 0,
    kernelLevel: 1,
  },
  {
    agoSeconds: 40_000,
    wired: 18 * GB,
    compressed: 1.6 * GB,
    app: 17 * GB,
    cached: 12 * GB,
    swapUsed: 0.6 * GB,
    level: 0,
    kernelLevel: 1,
    reserveLine: 41 * GB,
  },
  {
    agoSeconds: 3_000,
    wired: 20 * GB,
    compressed: 3.4 * GB,
    app: 24 * GB,
    cached: 8 * GB,
    swapUsed: 1.1 * GB,
    level: 1,
    kernelLevel: 1,
    reserveLine: 43 * GB,
  },
  {
    agoSeconds: 2_400,
    wired: 20 * GB,
    compressed: 2 * GB,
    app: 18 * GB,
    cached: 9 * GB,
    swapUsed: 0.9 * GB,
    level: 0,
    kernelLevel: 1,
    reserveLine: 43 * GB,
  },
  {
    agoSeconds: 300,
    wired: 20.1 * GB,
    compressed: 2.1 * GB,
    app: 18.5 * GB,
    cached: 9.4 * GB,
    swapUsed: 0.8 * GB,
    level: 0,
    kernelLevel: 1,
    reserveLine: 44 * GB,
  },
  {
    agoSeconds: 0,
    wired: 20.2 * GB,
    compressed: 2.1 * GB,
    app: 19 * GB,
    cached: 9 * GB,
    swapUsed: 0.8 * GB,
    level: 0,
    kernelLevel: 1,
    reserveLine: 44 * GB,
  },
];

const calmHistory = (nowMs: number): HistoryScript => ({
  totalBytes: 64 * GB,
  nowMs,
  keyframes: calm,
  gaps: [{ from: 520, to: 410 }],
});

const growing = (
  nowMs: number,
  end: Partial<Keyframe>,
  levels: readonly [ago: number, level: number, kernel: number][],
): HistoryScript => {
  const start = calm.at(-2) as Keyframe;
  const last = { ...start, ...end, agoSeconds: 0 };
  const at = (ago: number, level: number, kernelLevel: number): Keyframe => {
    const share = 1 - ago / 300;
    const mix = (a: number, b: number): number => a + (b - a) * share;
    return {
      agoSeconds: ago,
      wired: mix(start.wired, last.wired),
      compressed: mix(start.compressed, last.compressed),
      app: mix(start.app, last.app),
      cached: mix(start.cached, last.cached),
      swapUsed: mix(start.swapUsed ?? 0, last.swapUsed ?? 0),
      reserveLine: 44 * GB,
      level,
      kernelLevel,
    };
  };
  return {
    totalBytes: 64 * GB,
    nowMs,
    keyframes: [...calm.slice(0, -1), ...levels.map(([ago, level, kernel]) => at(ago, level, kernel))],
    gaps: [],
  };
};

const connected: Connection = { kind: 'connected', tier: 'console' };
const lmStudio = row({
  pid: 45_013,
  name: 'LM Studio Helper',
  footprintBytes: 8.6 * GB,
  rssBytes: 310 * MB,
  growthBytesPerSecond: 72 * MB,
});

const yellow = (nowMs: number): PopoverState => ({
  snapshot: snapshot(
    nowMs,
    connected,
    status(nowMs, {
      level: {
        name: 'yellow',
        forSeconds: 130,
        arms: { available: 'yellow', swap: 'green', kernel: 'green' },
        growthEscalated: false,
        pending: null,
      },
      machine: {
        totalBytes: 64 * GB,
        availableBytes: 6.2 * GB,
        tiers: { wired: 20.4 * GB, compressed: 6.1 * GB, app: 31.3 * GB, cached: 4.4 * GB, free: 1.8 * GB },
        swap: { totalBytes: 5 * GB, usedBytes: 2.9 * GB, inBytesPerSecond: 1 * MB, outBytesPerSecond: 13 * MB },
        kernelLevel: 1,
        fillBytesPerSecond: 12 * MB,
        compressorGrowthBytesPerSecond: 22 * MB,
      },
      forecast: {
        kind: 'evaluated',
        ratio: 0.81,
        distanceBytes: 11.4 * GB,
        rateBytesPerSecond: 53 * MB,
        secondsToWarn: 220,
        segmentShare: 0.2,
        lastScore: null,
      },
    }),
  ),
  history: growing(
    nowMs,
    { wired: 20.4 * GB, compressed: 6.1 * GB, app: 31.3 * GB, cached: 4.4 * GB, swapUsed: 2.9 * GB },
    [
      [300, 0, 1],
      [130, 1, 1],
      [0, 1, 1],
    ],
  ),
});

const orange = (nowMs: number): PopoverState => ({
  snapshot: snapshot(
    nowMs,
    connected,
    status(nowMs, {
      level: {
        name: 'orange',
        forSeconds: 64,
        arms: { available: 'orange', swap: 'green', kernel: 'yellow' },
        growthEscalated: false,
        pending: null,
      },
      machine: {
        totalBytes: 64 * GB,
        availableBytes: 3.1 * GB,
        tiers: { wired: 20.4 * GB, compressed: 9.2 * GB, app: 31.2 * GB, cached: 2.4 * GB, free: 0.8 * GB },
        swap: { totalBytes: 8 * GB, usedBytes: 4.4 * GB, inBytesPerSecond: 4 * MB, outBytesPerSecond: 61 * MB },
        kernelLevel: 2,
        fillBytesPerSecond: 70 * MB,
        compressorGrowthBytesPerSecond: 64 * MB,
      },
      forecast: {
        kind: 'evaluated',
        ratio: 0.62,
        distanceBytes: 5.2 * GB,
        rateBytesPerSecond: 130 * MB,
        secondsToWarn: 41,
        segmentShare: 0.3,
        lastScore: null,
      },
      top: [rows[0], lmStudio, ...rows.slice(1, 7)].filter((each) => each !== undefined),
    }),
  ),
  history: growing(
    nowMs,
    { wired: 20.4 * GB, compressed: 9.2 * GB, app: 31.2 * GB, cached: 2.4 * GB, swapUsed: 4.4 * GB },
    [
      [300, 0, 1],
      [170, 1, 1],
      [64, 2, 2],
      [0, 2, 2],
    ],
  ),
});

const red = (nowMs: number): PopoverState => ({
  snapshot: snapshot(
    nowMs,
    connected,
    status(nowMs, {
      level: {
        name: 'red',
        forSeconds: 40,
        arms: { available: 'red', swap: 'red', kernel: 'red' },
        growthEscalated: true,
        pending: null,
      },
      machine: {
        totalBytes: 64 * GB,
        availableBytes: 1.2 * GB,
        tiers: { wired: 20.4 * GB, compressed: 14.8 * GB, app: 27.6 * GB, cached: 0.9 * GB, free: 0.3 * GB },
        swap: { totalBytes: 20 * GB, usedBytes: 19.2 * GB, inBytesPerSecond: 40 * MB, outBytesPerSecond: 850 * MB },
        kernelLevel: 4,
        fillBytesPerSecond: 310 * MB,
        compressorGrowthBytesPerSecond: 240 * MB,
      },
      forecast: {
        kind: 'evaluated',
        ratio: 0.41,
        distanceBytes: -4.1 * GB,
        rateBytesPerSecond: 240 * MB,
        secondsToWarn: null,
        segmentShare: 0.7,
        lastScore: null,
      },
      top: [rows[0], { ...lmStudio, growthBytesPerSecond: 310 * MB }, ...rows.slice(1, 7)].filter(
        (each) => each !== undefined,
      ),
    }),
  ),
  history: growing(
    nowMs,
    { wired: 20.4 * GB, compressed: 14.8 * GB, app: 27.6 * GB, cached: 0.9 * GB, swapUsed: 19.2 * GB },
    [
      [300, 0, 1],
      [200, 1, 1],
      [120, 2, 2],
      [40, 3, 4],
      [0, 3, 4],
    ],
  ),
});

const long = 'A very long service name that nobody would choose but somebody will have';
const longest = (nowMs: number): PopoverState => ({
  snapshot: snapshot(
    nowMs,
    connected,
    status(nowMs, {
      top: rows.map((each, index) => ({
        ...each,
        name: `${long} ${index}`.slice(0, 64),
        seat: index < 2 ? `Seat ${long}` : null,
        growthBytesPerSecond: 999 * MB,
        footprintBytes: 128.8 * GB - index,
        rssBytes: index % 2 === 0 ? 9.4 * GB : 128.8 * GB,
      })),
      seats: seats.map((seat) => ({
        ...seat,
        name: `Seat ${long}`,
        footprintBytes: 141.4 * GB,
        peakBytes: 128.8 * GB,
        rssBytes: 900 * MB,
      })),
      reserve: { lineBytes: 44 * GB, keptBytes: 20 * GB, for: [`Seat ${long}`, `Seat ${long}`] },
      level: {
        name: 'yellow',
        forSeconds: 100_000,
        arms: { available: 'yellow', swap: 'yellow', kernel: 'yellow' },
        growthEscalated: false,
        pending: null,
      },
      machine: {
        totalBytes: 512 * GB,
        availableBytes: 122.7 * GB,
        tiers: { wired: 220.2 * GB, compressed: 102.1 * GB, app: 60 * GB, cached: 60 * GB, free: 69.7 * GB },
        swap: { totalBytes: 200 * GB, usedBytes: 188.8 * GB, inBytesPerSecond: 900 * MB, outBytesPerSecond: 999 * MB },
        kernelLevel: 4,
        fillBytesPerSecond: 1990 * MB,
        compressorGrowthBytesPerSecond: 1990 * MB,
      },
      telemetry: { history: 'degraded', droppedRows: 12_345, journal: 'off', lostRows: 3, heartbeat: 'failing' },
    }),
  ),
  history: null,
});

/** Name → state. `nowMs` is the wall time the page will see. */
export const states = {
  green: (nowMs) => ({ snapshot: snapshot(nowMs, connected, status(nowMs)), history: calmHistory(nowMs) }),
  yellow,
  orange,
  red,
  silent: (nowMs) => ({
    snapshot: {
      ...snapshot(nowMs, { kind: 'silent', sinceMs: nowMs - 12_000, tier: 'console' }, status(nowMs - 12_000)),
      receivedAtMs: nowMs - 12_000,
    },
    history: calmHistory(nowMs - 12_000),
  }),
  lost: (nowMs) => ({
    snapshot: {
      ...snapshot(
        nowMs,
        { kind: 'lost', sinceMs: nowMs - 42_000, failure: failure('connection_lost', 'ECONNREFUSED') },
        status(nowMs - 42_000),
      ),
      receivedAtMs: nowMs - 42_000,
    },
    history: calmHistory(nowMs - 42_000),
  }),
  connecting: (nowMs) => ({ snapshot: snapshot(nowMs, { kind: 'connecting' }, null), history: null }),
  missing: (nowMs) => ({
    snapshot: snapshot(
      nowMs,
      { kind: 'missing', failure: failure('not_running', '/run/castellan/castellan.sock') },
      null,
    ),
    history: null,
  }),
  older: (nowMs) => ({
    snapshot: snapshot(nowMs, { kind: 'helper_older', helper: '0.0.9', app: '0.1.0' }, null),
    history: null,
  }),
  newer: (nowMs) => ({
    snapshot: snapshot(nowMs, { kind: 'helper_newer', helper: '0.3.0', app: '0.1.0' }, null),
    history: null,
  }),
  refused: (nowMs) => ({
    snapshot: snapshot(
      nowMs,
      {
        kind: 'refused',
        failure: failure(
          'untrusted_server',
          '/tmp/castellan-dev/run is owned by uid 1004 and writable by others (mode 0777)',
        ),
      },
      null,
    ),
    history: null,
  }),
  'sensor-failing': (nowMs) => ({
    snapshot: snapshot(
      nowMs,
      connected,
      status(nowMs, {
        mode: { name: 'observe_only', reasons: ['The swap sensor fails.'] },
        facts: [{ sensor: 'swap', problem: 'implausible', detail: 'vm.swapusage reports 4.2 GB used of 1.0 GB' }],
        machine: { ...status(nowMs).machine, swap: null },
        level: { ...status(nowMs).level, arms: { available: 'green', swap: 'unknown', kernel: 'green' } },
      }),
    ),
    history: calmHistory(nowMs),
  }),
  'config-invalid': (nowMs) => ({
    snapshot: snapshot(
      nowMs,
      connected,
      status(nowMs, {
        mode: { name: 'observe_only', reasons: ['The configuration has errors.'] },
        config: {
          path: '/Library/Application Support/Sanctum/Castellan/castellan.toml',
          state: 'invalid',
          problems: [
            {
              line: 14,
              key: 'seats.peak',
              message: '"41" has no unit',
              fix: 'Write a size with its unit, for example peak = "41 GB"',
            },
            { line: 22, key: 'pressure.red', message: 'is above orange', fix: 'Put it below orange' },
          ],
        },
        seats: [],
        reserve: null,
      }),
    ),
    history: calmHistory(nowMs),
  }),
  // What a newcomer on Linux sees in the first minute: no seats, no swap, no forecast, little history.
  'no-seats': (nowMs) => ({
    snapshot: snapshot(
      nowMs,
      connected,
      status(nowMs, {
        keeper: { ...status(nowMs).keeper, host: 'linux', os: 'Debian GNU/Linux 12', footprintBytes: 31 * MB },
        seats: [],
        reserve: null,
        forecast: { kind: 'not_evaluated', reason: 'this host has no compressor queues' },
        machine: {
          totalBytes: 23.4 * GB,
          availableBytes: 18.3 * GB,
          tiers: { wired: 0.9 * GB, compressed: 0, app: 3.9 * GB, cached: 7.2 * GB, free: 11.4 * GB },
          swap: { totalBytes: 0, usedBytes: 0, inBytesPerSecond: null, outBytesPerSecond: null },
          kernelLevel: null,
          fillBytesPerSecond: -3 * MB,
          compressorGrowthBytesPerSecond: null,
        },
        level: { ...status(nowMs).level, forSeconds: 190 },
        top: rows.slice(2),
      }),
    ),
    history: {
      totalBytes: 23.4 * GB,
      nowMs,
      keyframes: [
        { agoSeconds: 190, wired: 0.9 * GB, compressed: 0, app: 3.1 * GB, cached: 6.2 * GB, level: 0 },
        { agoSeconds: 0, wired: 0.9 * GB, compressed: 0, app: 3.9 * GB, cached: 7.2 * GB, level: 0 },
      ],
      gaps: [],
    },
  }),
  longest,
} as const satisfies Readonly<Record<string, (nowMs: number) => PopoverState>>;

export type StateName = keyof typeof states;
export const stateNames = Object.keys(states) as readonly StateName[];
