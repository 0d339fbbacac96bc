import type { Connection } from '../../app/ipc/contract.ts';
import type { ReliefStatus } from '../../helper/protocol/relief.ts';
import { calmRelief } from '../fakes/sample-status.ts';
import {
  GB,
  type HistoryScript,
  type Keyframe,
  MB,
  type PopoverState,
  row,
  rows,
  snapshot,
  status,
} from './popover-fixtures.ts';

/** The machine under growing pressure, and the day before it. */

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

export const calmHistory = (nowMs: number): HistoryScript => ({
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

export const connected: Connection = { kind: 'connected', tier: 'console' };
const lmStudio = row({
  pid: 45_013,
  name: 'LM Studio Helper',
  footprintBytes: 8.6 * GB,
  rssBytes: 310 * MB,
  growthBytesPerSecond: 72 * MB,
});

/** What the keeper says when it is worse than green and nothing is chosen. */
const leftAlone = (level: string): ReliefStatus => ({
  ...calmRelief,
  why: `Memory is ${level}, and nothing that may be done is left: the largest footprint is mlx_lm.server with 21.0 GB.`,
});

export const yellow = (nowMs: number): PopoverState => ({
  snapshot: snapshot(
    nowMs,
    connected,
    status(nowMs, {
      relief: leftAlone('yellow'),
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
        nextVictim: null,
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

export const orange = (nowMs: number): PopoverState => ({
  snapshot: snapshot(
    nowMs,
    connected,
    status(nowMs, {
      relief: leftAlone('orange'),
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
        nextVictim: null,
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

export const red = (nowMs: number): PopoverState => ({
  snapshot: snapshot(
    nowMs,
    connected,
    status(nowMs, {
      relief: leftAlone('red'),
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
        nextVictim: null,
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
