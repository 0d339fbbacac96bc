import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GB, MB } from '../../helper/config/config.ts';
import type { Answer, ReliefCase } from '../fakes/relief-case.ts';
import { chronicle } from '../fakes/relief-chronicle.ts';
import type { ProcessSpec } from '../fakes/relief-machine.ts';
import { freezeEntry, harmless, killEntry, liveConfig } from '../fakes/relief-world.ts';

/** A day of troubles that never leave ten minutes of peace: what is remembered of them must not grow with them. */

const dayMs = 24 * 3_600_000;
const everyMs = 300_000;
const troubleMs = 14_000;
const count = Math.floor(dayMs / everyMs);

const processOf = (pid: number, change: Partial<ProcessSpec>): ProcessSpec => ({
  pid,
  ppid: 1,
  pgid: null,
  uid: 501,
  command: `/opt/hog --number ${pid}`,
  baseMb: 1_300,
  growths: [],
  inspection: harmless,
  isStopped: false,
  bornMs: -1,
  diesMs: null,
  endsAfterMs: 500,
  isReused: false,
  ...change,
});

/** Each trouble has a hog of its own, under a pid that another had before; every other one listens. */
const hogs = Array.from({ length: count }, (_, at): ProcessSpec => {
  const atMs = 20_000 + at * everyMs;
  return processOf(1_000 + (at % 50), {
    bornMs: atMs - 10_000,
    diesMs: atMs + 120_000,
    growths: [{ atMs, mbPerSecond: at % 4 === 0 ? 900 : 80, forMs: 12_000, backAfterMs: 20_000 }],
    inspection: at % 2 === 0 ? harmless : { ...harmless, listening: ['127.0.0.1:8080'] },
    command: at % 3 === 0 ? '/opt/vm -m 8192' : `/opt/hog --number ${at}`,
    baseMb: at % 3 === 0 ? 9_000 : 1_300,
  });
});

const dayOf = (mode: 'live' | 'dry_run', answers: readonly Answer[]): ReliefCase => ({
  machine: {
    processes: [processOf(400, { command: '/opt/agent' }), ...hogs],
    services: [{ label: 'com.agent', life: [{ atMs: -1, pid: 400 }] }],
    calm: hogs.flatMap((_, at) => {
      const atMs = 20_000 + at * everyMs;
      const mb = at % 3 === 0 ? 10_500 : 4_600;
      return [
        { atMs: atMs - 5_000, mb: 24_000 },
        { atMs, mb },
        { atMs: atMs + troubleMs, mb },
        { atMs: atMs + troubleMs + 2_000, mb: 24_000 },
      ];
    }),
    listless: [],
  },
  config: liveConfig({
    mode,
    entries: [freezeEntry(), killEntry({ killFloorBytes: 8 * GB })],
    services: [{ label: 'com.agent', at: 'yellow' }],
  }),
  own: [],
  happenings: hogs.flatMap((_, at) =>
    at % 7 === 3 ? [{ atMs: 26_000 + at * everyMs, kind: 'foreign_resume' as const }] : [],
  ),
  outcomes: hogs.map((_, at) => ({ outcome: at % 5 === 4 ? 'failed' : 'ok', afterMs: 0 })),
  answers,
  untilMs: dayMs,
});

describe('a day of troubles', () => {
  const remembered = (mode: 'live' | 'dry_run', answers: readonly Answer[]) => {
    const ran = chronicle(dayOf(mode, answers));
    assert.ok(ran.steps > 40_000);
    assert.ok(ran.largestBytes < 256 * 1024, `${Math.round(ran.largestBytes / 1024)} KiB`);
    assert.ok(JSON.stringify(ran.state).length < MB);
    return ran;
  };

  test('what relief remembers stays within 256 KiB while it acts, and the operator says no', (t) => {
    const ran = remembered('live', [{ what: 'deny', afterMs: 2_000 }]);
    t.diagnostic(`${ran.acts.length} acts, ${ran.asked.length} questions, ${Math.round(ran.largestBytes / 1024)} KiB`);
    assert.ok(ran.acts.length > 50);
    assert.ok(ran.asked.length > 20);
    assert.deepEqual(ran.stoppedAtEnd, []);
  });

  test('and so it does in the dry run', (t) => {
    const ran = remembered('dry_run', []);
    const rehearsed = ran.rows.filter(({ row }) => row.kind === 'plan' && row.mode === 'dry_run').length;
    t.diagnostic(`${rehearsed} rehearsed, ${Math.round(ran.largestBytes / 1024)} KiB`);
    assert.deepEqual(ran.acts, []);
    assert.ok(rehearsed > 20);
  });
});
