import type { SeatStatus } from '../../helper/protocol/index.ts';

const GB = 2 ** 30;
const MB = 2 ** 20;

/** A protected seat that serves, with whatever else the test wants. */
export const sampleSeat = (change: Partial<SeatStatus> = {}): SeatStatus => ({
  name: 'Cilghal',
  class: 'protected',
  label: 'com.sanctum.mlx',
  state: 'ready',
  forSeconds: 3_600,
  why: '',
  peakBytes: 41 * GB,
  note: 'at 32K tokens of context',
  footprintBytes: 21 * GB,
  lifetimePeakBytes: 41 * GB,
  proposedPeakBytes: null,
  rssBytes: 45 * MB,
  wiredBytes: 18 * GB,
  declaredWiredBytes: 18 * GB,
  pendingRestart: false,
  band: { wanted: 'CRITICAL', found: 'CRITICAL', state: 'held', detail: '' },
  pids: [4711],
  inFlight: 0,
  usedBy: [],
  stopsInSeconds: null,
  lastExit: null,
  retryInSeconds: null,
  starts: 1,
  proxy: null,
  oracle: null,
  health: null,
  ...change,
});
