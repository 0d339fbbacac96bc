import type { Activity, ActVerbName } from '../../helper/protocol/relief.ts';
import type { ProcessList } from '../../helper/protocol/verbs.ts';
import { GB, type HistoryScript, MB, type PopoverState, row, rows } from './popover-fixtures.ts';
import { states } from './popover-states-list.ts';

/** States in which the window is looked at, by name: those of the popover, and an hour in which much happened. */

const act = (
  atMs: number,
  plan: number,
  verb: ActVerbName,
  name: string,
  part: Partial<Activity> & { readonly bytes?: number },
): Activity => {
  const { bytes = 0, ...rest } = part;
  return {
    plan,
    atMs,
    verb,
    target: { kind: 'process', name, pid: 45_013, start: '45013.1', footprintBytes: bytes, count: 1 },
    reason: 'Memory is short.',
    expected: '',
    got: '',
    outcome: 'effective',
    markedWrong: false,
    ...rest,
  };
};

const minute = 60_000;

const story = (nowMs: number): HistoryScript => {
  const at = (
    minutesAgo: number,
    [wired, compressed, app, cached, swapUsed]: readonly [number, number, number, number, number],
    level: number,
    kernelLevel: number,
    growthMb = 0,
  ) => ({
    agoSeconds: minutesAgo * 60,
    wired: wired * GB,
    compressed: compressed * GB,
    app: app * GB,
    cached: cached * GB,
    swapUsed: swapUsed * GB,
    growth: growthMb * MB,
    reserveLine: 44 * GB,
    level,
    kernelLevel,
  });
  return {
    totalBytes: 64 * GB,
    nowMs,
    keyframes: [
      at(1440, [9, 1, 14, 20, 0.2], 0, 1),
      at(300, [18, 1.4, 16, 14, 0.4], 0, 1),
      at(14, [20, 2, 18, 12, 0.8], 0, 1),
      at(10, [20, 2.2, 26, 9, 0.9], 0, 1, 12),
      at(8, [20.2, 4.6, 29, 5, 2.6], 1, 1, 90),
      at(6.5, [20.3, 8.8, 30, 2.2, 5.9], 2, 2, 340),
      at(5.6, [20.4, 11.8, 29, 1.4, 7.2], 3, 4, 850),
      at(5, [20.4, 11.6, 28.6, 1.4, 7.4], 2, 2, 20),
      at(3.5, [20.2, 9.6, 25, 3.2, 6.6], 2, 2, 0),
      at(2, [20.2, 7, 22, 6, 5.2], 1, 1, 0),
      at(1, [20.2, 6.7, 20.6, 7.2, 4.8], 0, 1, 0),
      at(0, [20.2, 6.4, 19.2, 8.4, 4.4], 0, 1, 0),
    ],
    gaps: [{ from: 12.4 * 60, to: 11.6 * 60 }],
    seats: {
      Cilghal: [
        { agoSeconds: 86_400, state: 'ready', footprintBytes: 20 * GB },
        { agoSeconds: 560, state: 'busy', footprintBytes: 24 * GB },
        { agoSeconds: 400, state: 'busy', footprintBytes: 38 * GB },
        { agoSeconds: 260, state: 'ready', footprintBytes: 21 * GB },
      ],
      Codestral: [
        { agoSeconds: 86_400, state: 'absent', footprintBytes: 0 },
        { agoSeconds: 840, state: 'loading', footprintBytes: 6 * GB },
        { agoSeconds: 740, state: 'ready', footprintBytes: 12.6 * GB },
        { agoSeconds: 620, state: 'busy', footprintBytes: 13.2 * GB },
        { agoSeconds: 470, state: 'idle', footprintBytes: 13 * GB },
        { agoSeconds: 350, state: 'draining', footprintBytes: 9 * GB },
        { agoSeconds: 310, state: 'absent', footprintBytes: 0 },
        { agoSeconds: 150, state: 'frozen', footprintBytes: 13 * GB },
        { agoSeconds: 60, state: 'ready', footprintBytes: 13 * GB },
      ],
    },
  };
};

const listed: ProcessList['processes'] = [
  ...rows,
  row({
    pid: 45_013,
    name: 'LM Studio Helper',
    command: '/Applications/LM Studio.app/Contents/Frameworks/LM Studio Helper.app/Contents/MacOS/LM Studio Helper',
    footprintBytes: 8.6 * GB,
    rssBytes: 310 * MB,
    peakFootprintBytes: 9.1 * GB,
    compressedBytes: 4.1 * GB,
    growthBytesPerSecond: 72 * MB,
    state: 'stopped',
  }),
  row({
    pid: 45_002,
    name: 'LM Studio',
    command: '/Applications/LM Studio.app/Contents/MacOS/LM Studio',
    footprintBytes: 420 * MB,
    rssBytes: 380 * MB,
  }),
  ...[1, 2, 3, 4, 5].map((nth) =>
    row({
      pid: 2300 + nth,
      name: 'Google Chrome Helper (Renderer)',
      command:
        '/Applications/Google Chrome.app/Contents/Frameworks/Google Chrome Framework.framework/Helpers/Google Chrome Helper (Renderer).app/Contents/MacOS/Google Chrome Helper (Renderer)',
      footprintBytes: (700 - nth * 90) * MB,
      rssBytes: (520 - nth * 60) * MB,
      compressedBytes: nth * 20 * MB,
    }),
  ),
  row({
    pid: 2299,
    name: 'Google Chrome',
    command: '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    footprintBytes: 610 * MB,
    rssBytes: 700 * MB,
  }),
];

/** An hour in which much happened, and the keeper's list of processes. */
const eventful = (nowMs: number): PopoverState => {
  const { snapshot } = states.green(nowMs);
  const status = snapshot.status;
  if (status === null) throw new Error('the green state has a status');
  return {
    snapshot: {
      ...snapshot,
      status: {
        ...status,
        level: { ...status.level, forSeconds: 60 },
        machine: {
          ...status.machine,
          availableBytes: 17 * GB,
          tiers: { wired: 20.2 * GB, compressed: 6.4 * GB, app: 19.2 * GB, cached: 8.4 * GB, free: 9.8 * GB },
          swap: { totalBytes: 8 * GB, usedBytes: 4.4 * GB, inBytesPerSecond: 3 * MB, outBytesPerSecond: 0 },
        },
        forecast: {
          kind: 'evaluated',
          ratio: 0.8,
          distanceBytes: 9.7 * GB,
          rateBytesPerSecond: 40 * MB,
          secondsToWarn: 248,
          segmentShare: 0.3,
          lastScore: null,
          nextVictim: { pid: 45_013, name: 'LM Studio Helper', compressedBytes: 4.1 * GB, share: 0.64 },
        },
        relief: {
          ...status.relief,
          activity: [
            act(nowMs - 1.2 * minute, 9, 'resume', 'LM Studio Helper', { got: 'runs again' }),
            act(nowMs - 4.6 * minute, 8, 'shed', 'memory-vault', {
              outcome: 'useless',
              expected: 'Frees about 400 MB.',
              got: '50 MB in 120 s',
            }),
            act(nowMs - 5.5 * minute, 7, 'freeze', 'LM Studio Helper', {
              bytes: 8.6 * GB,
              expected: 'Stops growth of 850 MB/s.',
              got: 'growth is 0',
            }),
            act(nowMs - 5.8 * minute, 6, 'unload', 'Codestral', {
              bytes: 13 * GB,
              expected: 'Frees about 13.0 GB.',
              got: '12.8 GB in 31 s',
            }),
          ],
        },
      },
    },
    history: story(nowMs),
    answers: {
      processes: { atMs: nowMs, processes: [...listed].sort((a, b) => b.footprintBytes - a.footprintBytes) },
      reads: {
        'read.log': {
          ok: true,
          result: {
            rows: [
              {
                kind: 'plan',
                wallMs: nowMs - 7 * minute,
                plan: 5,
                verb: 'freeze',
                target: 'LM Studio Helper',
                mode: 'ask',
              },
              { kind: 'approval', wallMs: nowMs - 7 * minute, plan: 5, how: 'proposed' },
              { kind: 'approval', wallMs: nowMs - 6.2 * minute, plan: 5, how: 'approved' },
              ...[3, 6, 9, 13].flatMap((ago) =>
                ['Cilghal', 'Codestral'].map((seat) => ({
                  kind: 'digest',
                  wallMs: nowMs - ago * minute,
                  seat,
                  channels: [
                    { channel: 'cheap', state: 'pass' },
                    { channel: 'inference', state: ago === 6 && seat === 'Cilghal' ? 'fail' : 'pass' },
                  ],
                })),
              ),
              { kind: 'mode_changed', wallMs: nowMs - 13 * minute, from: 'dry_run', to: 'live' },
            ],
            cursor: 'x',
          },
        },
      },
    },
  };
};

/** macOS shows no icon, before and after the helper answers. */
const unseen = (of: PopoverState): PopoverState => ({
  ...of,
  snapshot: {
    ...of.snapshot,
    iconHidden: true,
    settings: { ...of.snapshot.settings, shortcut: 'Control+Alt+M' },
  },
});

export const windowStates = {
  ...states,
  eventful,
  'icon-hidden': (nowMs: number) => unseen(states.green(nowMs)),
  'icon-hidden-missing': (nowMs: number) => unseen(states.missing(nowMs)),
} as const;
export type WindowStateName = keyof typeof windowStates;
