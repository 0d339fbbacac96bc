import type { AppSnapshot, Connection } from '../../app/ipc/contract.ts';
import { noRegistration } from '../../app/state.ts';
import type { SeatState } from '../../helper/protocol/seats.ts';
import type { ProcessRow, SeatStatus, Status } from '../../helper/protocol/status.ts';
import { sampleSeat } from '../fakes/sample-seat.ts';
import { calmRelief, noAdvice } from '../fakes/sample-status.ts';

/** Parts of the popover's states, as the app would hand them over: a 64 GB machine that serves two models. */

export const GB = 2 ** 30;
export const MB = 2 ** 20;

export interface Keyframe {
  readonly agoSeconds: number;
  readonly wired: number;
  readonly compressed: number;
  readonly app: number;
  readonly cached: number;
  readonly swapUsed?: number;
  readonly level: number;
  readonly kernelLevel?: number;
  readonly reserveLine?: number;
}

export interface SeatStep {
  readonly agoSeconds: number;
  readonly state: SeatState;
  readonly footprintBytes?: number;
}

export interface HistoryScript {
  readonly totalBytes: number;
  readonly nowMs: number;
  readonly keyframes: readonly Keyframe[];
  readonly gaps: readonly { readonly from: number; readonly to: number }[];
  /** Of each seat its states, oldest first, each from so many seconds ago on. */
  readonly seats?: Readonly<Record<string, readonly SeatStep[]>>;
}

export interface PopoverState {
  readonly snapshot: AppSnapshot;
  readonly history: HistoryScript | null;
  /** Kind of the screen that is shown; left out: that of the connection. Null: none. */
  readonly screen?: string | null;
  /** What main answers to each call that asks the keeper for something. */
  readonly answers?: Readonly<Record<string, unknown>>;
}

type RowPart = Partial<ProcessRow> & Pick<ProcessRow, 'pid' | 'name' | 'footprintBytes' | 'rssBytes'>;

export const row = (part: RowPart): ProcessRow => ({
  start: `${part.pid}.1`,
  command: `/usr/local/bin/${part.name}`,
  uid: 501,
  state: 'running',
  peakFootprintBytes: part.footprintBytes,
  compressedBytes: null,
  growthBytesPerSecond: 0,
  seat: null,
  own: false,
  ...part,
});

export const rows: readonly ProcessRow[] = [
  row({ pid: 412, name: 'sanctum-mlx', seat: 'Cilghal', footprintBytes: 21 * GB, rssBytes: 45 * MB }),
  row({ pid: 733, name: 'mlx_lm.server', seat: 'Codestral', footprintBytes: 13 * GB, rssBytes: 17 * MB }),
  row({ pid: 1204, name: 'qemu-system-aarch64', footprintBytes: 2.4 * GB, rssBytes: 2.4 * GB }),
  row({ pid: 1310, name: 'OrbStack Helper', footprintBytes: 1.9 * GB, rssBytes: 1.9 * GB }),
  row({ pid: 2201, name: 'Google Chrome Helper (Renderer)', footprintBytes: 1.1 * GB, rssBytes: 0.9 * GB }),
  row({ pid: 2290, name: 'Xcode', footprintBytes: 0.9 * GB, rssBytes: 1.3 * GB }),
  row({ pid: 155, name: 'WindowServer', footprintBytes: 610 * MB, rssBytes: 240 * MB }),
  row({ pid: 90, name: 'castellan', own: true, footprintBytes: 18 * MB, rssBytes: 52 * MB }),
];

export const seats: readonly SeatStatus[] = [
  sampleSeat({ lifetimePeakBytes: 38 * GB, pids: [412] }),
  sampleSeat({
    name: 'Codestral',
    class: 'on_call',
    label: 'com.sanctum.mlx-codestral',
    peakBytes: 14 * GB,
    note: '',
    footprintBytes: 13 * GB,
    lifetimePeakBytes: 13.2 * GB,
    rssBytes: 17 * MB,
    wiredBytes: 2 * GB,
    declaredWiredBytes: 2 * GB,
    band: { wanted: 'IDLE', found: 'IDLE', state: 'held', detail: '' },
    pids: [733],
  }),
];

export const status = (nowMs: number, over: Partial<Status> = {}): Status => ({
  atMs: nowMs,
  keeper: {
    version: '0.1.0',
    pid: 90,
    instance: 'a1',
    uptimeSeconds: 7_300,
    host: 'darwin',
    os: 'macOS 15.6',
    footprintBytes: 18 * MB,
    cpuPercent: 0.02,
  },
  mode: { name: 'dry_run', reasons: [] },
  machine: {
    totalBytes: 64 * GB,
    availableBytes: 22.7 * GB,
    tiers: { wired: 20.2 * GB, compressed: 2.1 * GB, app: 19 * GB, cached: 9 * GB, free: 13.7 * GB },
    swap: { totalBytes: 2 * GB, usedBytes: 0.8 * GB, inBytesPerSecond: 0, outBytesPerSecond: 0 },
    kernelLevel: 1,
    fillBytesPerSecond: 0,
    compressorGrowthBytesPerSecond: 0,
  },
  level: {
    name: 'green',
    forSeconds: 7_300,
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
    ratio: 0.94,
    distanceBytes: 19.8 * GB,
    rateBytesPerSecond: null,
    secondsToWarn: null,
    segmentShare: 0.1,
    lastScore: null,
    nextVictim: null,
  },
  reserve: { lineBytes: 44 * GB, keptBytes: 20 * GB, for: ['Cilghal'] },
  seats: [...seats],
  gpu: null,
  gateway: { state: 'present', listen: '127.0.0.1:2189', problems: [] },
  top: [...rows],
  processCount: 612,
  facts: [],
  containers: null,
  relief: calmRelief,
  wentDown: null,
  advice: noAdvice,
  gaps: { count: 0, last: null },
  telemetry: { history: 'ok', droppedRows: 0, journal: 'ok', lostRows: 0, heartbeat: 'ok' },
  config: { path: '/Library/Application Support/Sanctum/Castellan/castellan.toml', state: 'file', problems: [] },
  ...over,
});

export const snapshot = (nowMs: number, connection: Connection, seen: Status | null): AppSnapshot => ({
  connection,
  registration: noRegistration,
  status: seen,
  receivedAtMs: seen === null ? null : nowMs - 1000,
  own: { version: '0.1.0', pids: [300, 301, 302], memoryBytes: 190 * MB },
  settings: { numbersInTray: false, colourInTray: true, shortcut: null, openAtLogin: true },
  pinned: false,
  attention: null,
  notificationFault: null,
  shortcutFault: null,
  iconHidden: false,
  windowGoal: null,
});
