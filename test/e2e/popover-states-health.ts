import { signatureWords } from '../../helper/probes/signature-words.ts';
import type { ChannelStatus, FindingCode, HealthStatus, Verdict } from '../../helper/protocol/health.ts';
import type { SeatStatus, Status } from '../../helper/protocol/status.ts';
import { GB, MB, type PopoverState, seats, snapshot, status } from './popover-fixtures.ts';
import { calmHistory, connected } from './popover-states-pressure.ts';
import { onCall } from './popover-states-seats.ts';

/** The health of seats: each verdict, what was not asked, and what is known no more. */

const limits = { cheap: 3, inference: 2, integrity: 1 } as const;

type ChannelName = ChannelStatus['channel'];

export const passing = (
  channel: ChannelName,
  agoSeconds: number,
  change: Partial<ChannelStatus> = {},
): ChannelStatus => ({
  channel,
  state: 'pass',
  strikes: 0,
  limit: limits[channel],
  last: { ok: true, code: 'ok', detail: '', ms: channel === 'integrity' ? null : 41, agoSeconds },
  okAgoSeconds: agoSeconds,
  waits: null,
  ...change,
});

export const failing = (
  channel: ChannelName,
  code: FindingCode,
  detail: string,
  change: Partial<ChannelStatus> = {},
): ChannelStatus => ({
  ...passing(channel, 1_500),
  state: 'fail',
  strikes: limits[channel],
  last: { ok: false, code, detail, ms: channel === 'inference' ? 60_000 : null, agoSeconds: 130 },
  ...change,
});

export const silent = (channel: ChannelName, state: 'unknown' | 'off'): ChannelStatus => ({
  ...passing(channel, 0),
  state,
  last: null,
  okAgoSeconds: null,
});

export const well: HealthStatus = {
  verdict: 'healthy',
  forSeconds: 7_300,
  said: 'It answers, does its work, and can be started again.',
  channels: [passing('cheap', 12), passing('inference', 250), passing('integrity', 64)],
};

export const ill = (
  verdict: Verdict,
  said: string,
  channels: readonly ChannelStatus[],
  forSeconds = 1_240,
): HealthStatus => ({
  verdict,
  forSeconds,
  said,
  channels: [...channels],
});

export const zombie = ill('zombie', 'It accepts connections and does no work.', [
  passing('cheap', 12),
  failing('inference', 'timeout', 'http://127.0.0.1:1337/v1/chat/completions did not answer within 60 s'),
  passing('integrity', 64),
]);

export const doomed = ill('doomed', 'It works, and its next start will fail.', [
  passing('cheap', 12, {
    strikes: 1,
    last: { ok: false, code: 'timeout', detail: 'no answer', ms: null, agoSeconds: 12 },
  }),
  passing('inference', 700, { waits: 'busy' }),
  failing('integrity', 'beside_missing', 'mlx.metallib does not lie beside /opt/sanctum/bin/sanctum-mlx.'),
]);

export const unknown: HealthStatus = {
  verdict: null,
  forSeconds: 3,
  said: 'Nothing is known of its health yet.',
  channels: [silent('cheap', 'unknown'), silent('inference', 'unknown'), silent('integrity', 'off')],
};

export const listOnly: HealthStatus = {
  ...well,
  said: 'What was asked is well; it was not asked to work, its files were not looked at.',
  channels: [passing('cheap', 12), silent('inference', 'off'), silent('integrity', 'off')],
};

const [cilghal] = seats.map((seat) => ({ ...seat, health: well }));
const first: SeatStatus = cilghal ?? onCall();

const withHealth = (nowMs: number, shown: readonly SeatStatus[], change: Partial<Status> = {}): PopoverState => ({
  snapshot: snapshot(
    nowMs,
    connected,
    status(nowMs, { seats: [...shown], mode: { name: 'live', reasons: [] }, ...change }),
  ),
  history: calmHistory(nowMs),
});

const verdicts: readonly SeatStatus[] = [
  { ...first, health: zombie },
  onCall({ state: 'doomed', why: 'mlx.metallib does not lie beside /opt/sanctum/bin/sanctum-mlx.', health: doomed }),
  onCall({
    name: 'Qwen3-Coder-30B-4bit',
    state: 'hollow',
    footprintBytes: 180 * MB,
    peakBytes: 20 * GB,
    health: ill('hollow', 'It runs, and its model is gone from memory.', well.channels),
  }),
  onCall({
    name: 'Phi-4',
    state: 'frozen',
    why: 'It was stopped with SIGSTOP.',
    health: ill('frozen', 'Its process is stopped.', well.channels),
  }),
  onCall({
    name: 'Devstral',
    state: 'absent',
    footprintBytes: 0,
    band: null,
    lastExit: 78,
    health: ill(
      'config_error',
      'launchd cannot start it (exit 78): its program or its property list is wrong.',
      unknown.channels,
    ),
  }),
  onCall({
    name: 'Mistral',
    health: ill('unreachable', 'It runs, and nobody answers at its address.', [
      failing('cheap', 'refused', 'http://127.0.0.1:1341/v1/models: nobody accepts connections there'),
      failing('inference', 'refused', 'http://127.0.0.1:1341/v1/chat/completions: nobody accepts connections there'),
      passing('integrity', 64),
    ]),
  }),
  onCall({
    name: 'Gemma-3-27B',
    state: 'absent',
    footprintBytes: 0,
    band: null,
    health: {
      ...unknown,
      channels: [
        ...unknown.channels.slice(0, 2),
        failing('integrity', 'missing', '/opt/sanctum/bin/sanctum-mlx is gone.', { okAgoSeconds: null }),
      ],
    },
  }),
];

/** As much as may be said, and as badly as it can be written. */
const longName = 'شركة النماذج الكبيرة 🦙🏴‍☠️ mit einem sehr langen Namen, den niemand abkürzt 長い名前';
const longDetail =
  `http://127.0.0.1:1337/v1/chat/completions answers as "${'מודל־ארוך-👩‍👩‍👧‍👦-'.repeat(8)}\u202e${'x'.repeat(120)}`
    .slice(0, 255)
    .replace(/[\ud800-\udbff]$/, '');

const many = (count: number): readonly SeatStatus[] =>
  Array.from({ length: count }, (_, at) => {
    const named = { name: at === 0 ? longName : `Model ${at} of ${count}`, label: `com.example.model-${at}` };
    if (at % 4 === 0)
      return onCall({
        ...named,
        health: ill('zombie', 'It accepts connections and does no work.', [
          passing('cheap', 12),
          failing('inference', 'wrong_model', longDetail, { strikes: 9_999 }),
          passing('integrity', 64),
        ]),
      });
    return onCall({ ...named, health: at % 4 === 1 ? well : at % 4 === 2 ? unknown : null });
  });

/** Built on the machine while the keychain was locked. */
const adHoc: HealthStatus = {
  ...well,
  said: 'It answers, does its work, and can be started again. Its program is signed ad hoc.',
  channels: [
    ...well.channels.slice(0, 2),
    passing('integrity', 64, {
      last: { ok: true, code: 'ok', detail: signatureWords.ad_hoc, ms: null, agoSeconds: 64, signed: 'ad_hoc' },
    }),
  ],
};

const mixed = (nowMs: number): PopoverState =>
  withHealth(nowMs, [
    { ...first, health: adHoc },
    onCall({ health: unknown }),
    onCall({ name: 'Qwen3-Coder-30B-4bit', health: listOnly }),
    onCall({
      name: 'Phi-4',
      state: 'busy',
      inFlight: 1,
      health: { ...well, verdict: 'busy', said: 'It is at work; it is asked again when it rests.' },
    }),
    onCall({ name: 'Gemma-3-27B' }),
  ]);

/** Each is looked at twice: as cards, and as the page. */
export const healthStates = {
  'health-well': (nowMs) => withHealth(nowMs, [{ ...first, health: well }, onCall({ health: well })]),
  'health-verdicts': (nowMs) =>
    withHealth(nowMs, verdicts, {
      gateway: { state: 'present', listen: '127.0.0.1:2189', problems: ['127.0.0.1:1340 is taken by pid 12, node'] },
      facts: [{ sensor: 'swap', problem: 'implausible', detail: 'vm.swapusage reports 4.2 GB used of 1.0 GB' }],
    }),
  'health-mixed': mixed,
  'health-none': (nowMs) => withHealth(nowMs, seats),
  'health-lost': (nowMs) => {
    const { snapshot: shown, history } = mixed(nowMs - 42_000);
    const failure = {
      code: 'connection_lost',
      message: 'The connection was lost.',
      todo: '',
      detail: 'ECONNREFUSED',
    } as const;
    return {
      snapshot: {
        ...shown,
        receivedAtMs: nowMs - 42_000,
        connection: { kind: 'lost', sinceMs: nowMs - 41_000, failure },
      },
      history,
    };
  },
  'health-many': (nowMs) =>
    withHealth(nowMs, many(64), {
      gateway: { state: 'missing', listen: '127.0.0.1:2189', problems: [] },
      relief: { ...status(nowMs).relief, deadman: 'missing' },
    }),
} as const satisfies Readonly<Record<string, (nowMs: number) => PopoverState>>;
