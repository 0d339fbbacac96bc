import { retiredReason } from '../../helper/install/cutover/retired.ts';
import { failure } from '../../helper/protocol/errors.ts';
import { GB, MB, type PopoverState, rows, seats, snapshot, status } from './popover-fixtures.ts';
import { adviceStates } from './popover-states-advice.ts';
import { containerStates } from './popover-states-containers.ts';
import { calmHistory, connected, orange, red, yellow } from './popover-states-pressure.ts';
import { registrationStates } from './popover-states-registration.ts';
import { reliefStates } from './popover-states-relief.ts';
import { seatStates } from './popover-states-seats.ts';

/** Every state of the popover, by name. */

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

/** Names as long as operators make them: shown whole in the sentence and on the cards. */
const fullNames = ['Qwen3-Coder-30B-4bit', 'DeepSeek-R1-32B-4bit'] as const;
const namedInFull = (nowMs: number): PopoverState => {
  const { snapshot: shown, history } = orange(nowMs);
  const seen = shown.status ?? status(nowMs);
  const named = seats.map((seat, index) => ({ ...seat, name: fullNames[index] ?? seat.name }));
  const top = seen.top.map((each) => ({
    ...each,
    seat: named[seats.findIndex((seat) => seat.name === each.seat)]?.name ?? null,
  }));
  const reserve = { lineBytes: 44 * GB, keptBytes: 20 * GB, for: [fullNames[0]] };
  return { snapshot: { ...shown, status: { ...seen, seats: named, top, reserve } }, history };
};

/** Name → state. `nowMs` is the wall time the page will see. */
export const states = {
  green: (nowMs) => ({ snapshot: snapshot(nowMs, connected, status(nowMs)), history: calmHistory(nowMs) }),
  yellow,
  orange,
  'long-names': namedInFull,
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
  'went-down': (nowMs) => ({
    snapshot: snapshot(
      nowMs,
      connected,
      status(nowMs, {
        wentDown: {
          last: {
            atMs: nowMs - 9 * 60_000,
            level: 'red',
            availableBytes: 0.4 * GB,
            compressedBytes: 27 * GB,
            swapUsedBytes: 61 * GB,
          },
          report: {
            path: '/Library/Logs/DiagnosticReports/panic-full-2026-04-20-001408.0002.panic',
            sentence:
              'The kernel gave up because watchdogd had not answered for 90 seconds, with 100 % of the compressor’s segments and 44 % of its pages in use, 69 swap files.',
          },
        },
      }),
    ),
    history: calmHistory(nowMs),
  }),
  'sensor-failing': (nowMs) => ({
    snapshot: snapshot(
      nowMs,
      connected,
      status(nowMs, {
        mode: {
          name: 'observe_only',
          reasons: ['The swap sensor cannot be trusted (implausible): vm.swapusage reports 4.2 GB used of 1.0 GB.'],
        },
        facts: [{ sensor: 'swap', problem: 'implausible', detail: 'vm.swapusage reports 4.2 GB used of 1.0 GB' }],
        machine: { ...status(nowMs).machine, swap: null },
        level: { ...status(nowMs).level, arms: { available: 'green', swap: 'unknown', kernel: 'green' } },
      }),
    ),
    history: calmHistory(nowMs),
  }),
  'old-daemons': (nowMs) => ({
    snapshot: snapshot(
      nowMs,
      connected,
      status(nowMs, {
        mode: { name: 'observe_only', reasons: [retiredReason(['com.sanctum.ram-sentinel', 'com.sanctum.sleeper'])] },
      }),
    ),
    history: calmHistory(nowMs),
  }),
  'port-taken': (nowMs) => ({
    snapshot: snapshot(
      nowMs,
      connected,
      status(nowMs, {
        gateway: { state: 'present', listen: '', problems: ['127.0.0.1:2189 is taken by pid 512, node'] },
      }),
    ),
    history: calmHistory(nowMs),
  }),
  'config-invalid': (nowMs) => ({
    snapshot: snapshot(
      nowMs,
      connected,
      status(nowMs, {
        mode: { name: 'observe_only', reasons: ['castellan.toml has errors; compiled defaults are in force.'] },
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
  ...reliefStates,
  ...seatStates,
  ...containerStates,
  ...adviceStates,
  ...registrationStates,
} as const satisfies Readonly<Record<string, (nowMs: number) => PopoverState>>;

export type StateName = keyof typeof states;
export const stateNames = Object.keys(states) as readonly StateName[];
