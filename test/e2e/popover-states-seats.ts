import type { AdmissionAnswer, Preview } from '../../helper/protocol/seats.ts';
import type { SeatStatus, Status } from '../../helper/protocol/status.ts';
import { sampleSeat } from '../fakes/sample-seat.ts';
import { GB, MB, type PopoverState, seats, snapshot, status } from './popover-fixtures.ts';
import { calmHistory, connected } from './popover-states-pressure.ts';

/** Seats in every state, the sheet that says what would fit, and the rows of what they were doing. */

export const onCall = (change: Partial<SeatStatus> = {}): SeatStatus =>
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
    ...change,
  });

/** It does not run. */
const cold: Partial<SeatStatus> = { footprintBytes: 0, rssBytes: 0, wiredBytes: 0, pids: [], band: null };

const [cilghal = sampleSeat()] = seats;

export const servingSeats: readonly SeatStatus[] = [
  cilghal,
  onCall({ state: 'idle', forSeconds: 48, stopsInSeconds: 252 }),
  onCall({ name: 'Qwen3-Coder-30B-4bit', state: 'busy', inFlight: 2, footprintBytes: 17.4 * GB, peakBytes: 20 * GB }),
];

export const comingSeats: readonly SeatStatus[] = [
  onCall({ ...cold, state: 'absent', proxy: '127.0.0.1:1340', lastExit: 0 }),
  onCall({ ...cold, name: 'Devstral', state: 'admitting', forSeconds: 4, why: 'Codestral is unloaded first.' }),
  onCall({ name: 'Phi-4', state: 'starting', forSeconds: 2, footprintBytes: 40 * MB, wiredBytes: 0 }),
  onCall({ name: 'Gemma-3-27B', state: 'loading', forSeconds: 41, footprintBytes: 8.2 * GB, peakBytes: 18 * GB }),
  onCall({ name: 'Mistral', state: 'draining', forSeconds: 12, inFlight: 1, why: 'Idle for 5 min.' }),
];

export const troubledSeats: readonly SeatStatus[] = [
  onCall({
    ...cold,
    state: 'failed',
    lastExit: 78,
    starts: 3,
    why: 'It ended three times within a minute; it is not started again by itself.',
  }),
  onCall({
    name: 'Qwen3-Coder-30B-4bit',
    state: 'hollow',
    footprintBytes: 180 * MB,
    peakBytes: 20 * GB,
    why: 'Its footprint fell from 17.4 GB to 180 MB: the model is gone from memory.',
  }),
  onCall({
    name: 'Devstral',
    state: 'doomed',
    why: 'Its executable file is gone; what runs goes on, and cannot be started again.',
    pendingRestart: true,
    declaredWiredBytes: 6 * GB,
  }),
  onCall({ name: 'Phi-4', state: 'frozen', forSeconds: 23, why: 'It was stopped with SIGSTOP.' }),
  onCall({
    name: 'Gemma-3-27B',
    state: 'ready',
    footprintBytes: 19.1 * GB,
    peakBytes: 18 * GB,
    proposedPeakBytes: 21.2 * GB,
    band: { wanted: 'IDLE', found: null, state: 'refused', detail: 'needs CAP_SYS_RESOURCE' },
  }),
];

const withSeats = (nowMs: number, shown: readonly SeatStatus[], change: Partial<Status> = {}): PopoverState => ({
  snapshot: snapshot(
    nowMs,
    connected,
    status(nowMs, { seats: [...shown], mode: { name: 'live', reasons: [] }, ...change }),
  ),
  history: calmHistory(nowMs),
});

const sum = (change: Partial<AdmissionAnswer> = {}, otherBytes = 9.5 * GB): AdmissionAnswer => {
  const slackBytes = 64 * GB - 41 * GB - otherBytes;
  const shortfallBytes = Math.max(0, 14 * GB - slackBytes);
  return {
    verdict: shortfallBytes > 0 ? 'refuse' : 'admit',
    reason: shortfallBytes > 0 ? 'needs_shedding' : 'fits',
    terms: {
      totalBytes: 64 * GB,
      claims: [{ seat: 'Cilghal', bytes: 41 * GB, declaredBytes: 41 * GB, measuredBytes: 21 * GB }],
      claimedBytes: 41 * GB,
      otherBytes,
      peakBytes: 14 * GB,
      wired: { sumBytes: 20 * GB, limitBytes: 48 * GB },
      forecast: null,
    },
    slackBytes,
    shortfallBytes,
    clauses: [
      { name: 'known', outcome: 'holds', text: 'Every term is known.' },
      { name: 'leak', outcome: 'holds', text: 'Codestral left no wired memory behind.' },
      {
        name: 'memory',
        outcome: shortfallBytes > 0 ? 'fails' : 'holds',
        text: `${(slackBytes / GB).toFixed(1)} GB are left beside what is claimed and in use; Codestral needs 14.0 GB.`,
      },
      { name: 'wired', outcome: 'holds', text: 'The seats would hold 20.0 GB wired; the limit is 48.0 GB.' },
      { name: 'forecast', outcome: 'not_evaluated', text: 'This machine shows no compressor queues.' },
    ],
    ...change,
  };
};

export const refusedSum = sum();

export const previews: Readonly<Record<string, Preview>> = {
  Codestral: {
    seat: 'Codestral',
    state: 'absent',
    admission: refusedSum,
    wouldUnload: [],
    wouldFitIf: ['OrbStack Helper stops (1.9 GB).', 'com.sanctum.memory-vault is shed (0.6 GB).'],
    said: 'A request now gets 503 and goes to the next upstream.',
  },
  Cilghal: {
    seat: 'Cilghal',
    state: 'ready',
    admission: sum({}, 4.3 * GB),
    wouldUnload: ['Codestral'],
    wouldFitIf: [],
    said: 'It serves; a request is answered at once.',
  },
};

/** What the two seats did in the last quarter of an hour. */
export const seatPast = {
  Cilghal: [
    { agoSeconds: 86_400, state: 'ready' },
    { agoSeconds: 420, state: 'busy' },
    { agoSeconds: 260, state: 'ready' },
  ],
  Codestral: [
    { agoSeconds: 86_400, state: 'absent' },
    { agoSeconds: 700, state: 'loading' },
    { agoSeconds: 640, state: 'ready' },
    { agoSeconds: 380, state: 'busy' },
    { agoSeconds: 200, state: 'idle' },
    { agoSeconds: 90, state: 'draining' },
    { agoSeconds: 76, state: 'absent' },
    { agoSeconds: 30, state: 'failed' },
  ],
  Devstral: [
    { agoSeconds: 86_400, state: 'frozen' },
    { agoSeconds: 600, state: 'hollow' },
    { agoSeconds: 300, state: 'starting' },
    { agoSeconds: 180, state: 'admitting' },
    { agoSeconds: 80, state: 'doomed' },
  ],
} as const;

const past = (nowMs: number) => ({ ...calmHistory(nowMs), seats: seatPast });

export const seatStates = {
  'seats-serving': (nowMs) => ({ ...withSeats(nowMs, servingSeats), answers: { previews } }),
  'seats-coming': (nowMs) => withSeats(nowMs, comingSeats),
  'seats-troubled': (nowMs) =>
    withSeats(nowMs, troubledSeats, {
      gateway: {
        state: 'present',
        listen: '127.0.0.1:2189',
        problems: ['127.0.0.1:1340 is taken by pid 12, node: connections there start nothing.'],
      },
    }),
  'seats-past': (nowMs) => ({
    ...withSeats(nowMs, [cilghal, onCall({ ...cold, state: 'failed', why: 'It was not ready within 120 s.' })]),
    history: past(nowMs),
  }),
} as const satisfies Readonly<Record<string, (nowMs: number) => PopoverState>>;
