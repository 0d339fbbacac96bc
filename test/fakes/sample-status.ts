import { GB, MB } from '../../helper/config/config.ts';
import type { ReliefStatus } from '../../helper/protocol/relief.ts';
import type { ProcessRow, Status } from '../../helper/protocol/status.ts';
import { sampleSeat } from './sample-seat.ts';

/** One row of a process table; override what a test is about. */
export const sampleRow = (change: Partial<ProcessRow> = {}): ProcessRow => ({
  pid: 4711,
  start: '100',
  name: 'mlx_lm.server',
  command: '/opt/mlx/bin/mlx_lm.server --model cilghal',
  uid: 501,
  state: 'sleeping',
  rssBytes: 45 * MB,
  footprintBytes: 21 * GB,
  peakFootprintBytes: 41 * GB,
  compressedBytes: 0,
  growthBytesPerSecond: 0,
  seat: 'Cilghal',
  own: false,
  ...change,
});

/** Nothing waits, nothing is frozen, nothing was ever done. */
export const calmRelief: ReliefStatus = {
  gate: { state: 'counting', observedSeconds: 3600, neededSeconds: 21_600, plans: 0, wrong: 0 },
  paused: null,
  deadman: 'present',
  why: 'Nothing needs doing: memory is green.',
  pending: [],
  frozen: [],
  shed: [],
  suppressed: [],
  activity: [],
  envelope: null,
  conflict: null,
  wiredLeak: null,
  missingEnforcers: [],
};

/** No need for advice, and nobody to ask. */
export const noAdvice: Status['advice'] = {
  cause: null,
  advisor: { state: 'off', host: null, model: null, detail: '' },
  answer: null,
  runbook: [],
};

/** A calm 64 GB Mac as its keeper tells it. */
export const sampleStatus = (change: Partial<Status> = {}): Status => ({
  atMs: 1_700_000_000_000,
  keeper: {
    version: '0.1.0',
    pid: 99,
    instance: 'i1',
    uptimeSeconds: 3600,
    host: 'sim',
    os: 'macOS 15.5 (simulated)',
    footprintBytes: 15 * MB,
    cpuPercent: 0.02,
  },
  mode: { name: 'dry_run', reasons: [] },
  machine: {
    totalBytes: 64 * GB,
    availableBytes: 22.7 * GB,
    tiers: { wired: 20 * GB, compressed: 2 * GB, app: 19 * GB, cached: 9 * GB, free: 14 * GB },
    swap: { totalBytes: 4 * GB, usedBytes: 1 * GB, inBytesPerSecond: 0, outBytesPerSecond: null },
    kernelLevel: 1,
    fillBytesPerSecond: 0,
    compressorGrowthBytesPerSecond: null,
  },
  level: {
    name: 'green',
    forSeconds: 720,
    arms: { available: 'green', swap: 'green', kernel: 'green' },
    growthEscalated: false,
    pending: null,
  },
  thresholds: {
    yellow: 8 * GB,
    orange: 4 * GB,
    red: 2 * GB,
    swapPercent: { yellow: 70, orange: 85, red: 95 },
  },
  forecast: {
    kind: 'evaluated',
    ratio: 0.9,
    distanceBytes: 18 * GB,
    rateBytesPerSecond: null,
    secondsToWarn: null,
    segmentShare: null,
    lastScore: null,
    nextVictim: null,
  },
  reserve: { lineBytes: 44 * GB, keptBytes: 20 * GB, for: ['Cilghal'] },
  seats: [sampleSeat()],
  gpu: null,
  gateway: { state: 'present', listen: '127.0.0.1:2189', problems: [] },
  top: [sampleRow(), sampleRow({ pid: 12, name: 'qemu', footprintBytes: 2.4 * GB, rssBytes: 2.4 * GB, seat: null })],
  processCount: 412,
  facts: [],
  containers: null,
  relief: calmRelief,
  advice: noAdvice,
  gaps: { count: 0, last: null },
  wentDown: null,
  telemetry: { history: 'ok', droppedRows: 0, journal: 'ok', lostRows: 0, heartbeat: 'ok' },
  config: { path: '/run/castellan/castellan.toml', state: 'defaults', problems: [] },
  ...change,
});
