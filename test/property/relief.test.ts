import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Config, PolicyEntry, SeatConfig } from '../../helper/config/config.ts';
import { processKey } from '../../helper/host/reading.ts';
import type { KeeperEvent } from '../../helper/keeper/state.ts';
import { processReading } from '../fakes/readings.ts';
import {
  actsOf,
  freezeEntry,
  GB,
  harmless,
  killEntry,
  liveConfig,
  MB,
  rowsOf,
  runRelief,
  type VirtualProcess,
  type VirtualRun,
  type VirtualWorld,
} from '../fakes/relief-world.ts';

/** Whatever happens on the machine and whatever the operator does: what relief may never do. */

const untilMs = 400_000;
const programs = [
  '/opt/hog --run',
  '/opt/vm -m 8192',
  '/sbin/launchd',
  '/usr/sbin/sshd -D',
  '/opt/mlx serve',
  '/bin/other',
] as const;

/** Footprint that starts somewhere, grows or shrinks, and turns at some time. */
const footprint = fc
  .tuple(
    fc.integer({ min: 0, max: 30 }),
    fc.integer({ min: -200, max: 3000 }),
    fc.integer({ min: 0, max: untilMs }),
    fc.integer({ min: 0, max: 60_000 }),
  )
  .map(([startGb, mbPerSecond, fromMs, forMs]) => (nowMs: number): number => {
    const growsMs = Math.min(Math.max(nowMs - fromMs, 0), forMs);
    return startGb * GB + (mbPerSecond * MB * growsMs) / 1000;
  });

const process = (pid: number): fc.Arbitrary<VirtualProcess> =>
  fc
    .record({
      command: fc.constantFrom(...programs),
      uid: fc.constantFrom(0, 501, 501, 501, 65_534),
      ppid: fc.constantFrom(1, 10, 11),
      state: fc.constantFrom('running' as const, 'sleeping' as const, 'stopped' as const),
      listens: fc.boolean(),
      traced: fc.constantFrom(false, false, true, null),
      platform: fc.constantFrom(false, false, true),
      footprint,
    })
    .map(({ command, uid, ppid, state, listens, traced, platform, footprint: bytes }) => ({
      reading: processReading(pid, {
        name: command.split(' ')[0] ?? '',
        command,
        uid,
        ppid: ppid === pid ? 1 : ppid,
        state,
      }),
      footprint: bytes,
      inspection: { ...harmless, listening: listens ? ['127.0.0.1:1'] : [], isTraced: traced, isPlatform: platform },
    }));

/** Available memory as a walk of a few corners, with the kernel's level beside it. */
const available = fc
  .array(fc.tuple(fc.integer({ min: 0, max: untilMs }), fc.integer({ min: 0, max: 24_000 })), {
    minLength: 2,
    maxLength: 12,
  })
  .map((corners) => {
    const sorted = [[0, 20_000] as const, ...corners].sort((a, b) => a[0] - b[0]);
    return (nowMs: number): number => {
      const next = sorted.findIndex(([atMs]) => atMs > nowMs);
      const [fromMs, from] = sorted[next < 0 ? sorted.length - 1 : next - 1] ?? [0, 20_000];
      const [toMs, to] = sorted[next] ?? [fromMs + 1, from];
      return (from + ((to - from) * (nowMs - fromMs)) / Math.max(1, toMs - fromMs)) * MB;
    };
  });

const entries: fc.Arbitrary<readonly PolicyEntry[]> = fc
  .record({
    group: fc.constantFrom('none' as const, 'tree' as const),
    withoutAsking: fc.boolean(),
    ownerUid: fc.constantFrom(null, 0),
    oracle: fc.constantFrom(null, 'hosts the council gateway'),
    preAuthorised: fc.boolean(),
    pattern: fc.constantFrom('/hog', '/', 'launchd|hog|sshd', 'mlx'),
  })
  .map(({ group, withoutAsking, ownerUid, oracle, preAuthorised, pattern }) => [
    freezeEntry({ group, withoutAsking, ownerUid, pattern }),
    killEntry({ oracle, preAuthorised, withoutAsking, killFloorBytes: 2 * GB }),
  ]);

const seats: readonly SeatConfig[] = [
  {
    name: 'Cilghal',
    class: 'protected',
    label: 'com.mlx',
    peakBytes: 41 * GB,
    wiredBytes: 0,
    oracle: null,
    drainSeconds: 30,
  },
  {
    name: 'Codestral',
    class: 'on_call',
    label: 'com.code',
    peakBytes: 14 * GB,
    wiredBytes: 0,
    oracle: null,
    drainSeconds: 30,
  },
];

interface Case {
  readonly config: Config;
  readonly world: VirtualWorld;
  readonly events: readonly {
    readonly atMs: number;
    readonly event: (state: VirtualRun['state']) => KeeperEvent | null;
  }[];
  readonly failing: readonly number[];
}

const by = { uid: 501, client: 'cli' } as const;

/** Approves, refuses, resumes and switches, whatever is there at the time. */
const operator = fc
  .tuple(fc.integer({ min: 0, max: untilMs }), fc.constantFrom('approve', 'deny', 'thaw', 'lost', 'back', 'dry'))
  .map(([atMs, what]): Case['events'][number] => ({
    atMs,
    event: (state): KeeperEvent | null => {
      const open = state.relief.approvals.open[0];
      switch (what) {
        case 'approve':
          return open === undefined
            ? null
            : { type: 'approve', request: atMs, id: open.id, hash: open.plan.hash, confirmed: true, by };
        case 'deny':
          return open === undefined ? null : { type: 'deny', request: atMs, id: open.id, hash: open.plan.hash, by };
        case 'thaw':
          return { type: 'thaw', request: atMs, freeze: null, by };
        case 'lost':
          return { type: 'deadman', state: 'missing', foreignTombstones: 0 };
        case 'back':
          return { type: 'deadman', state: 'present', foreignTombstones: 0 };
        default:
          return { type: 'set_mode', request: atMs, to: 'dry_run', by };
      }
    },
  }));

const cases: fc.Arbitrary<Case> = fc
  .record({
    processes: fc.tuple(...[10, 11, 12, 13, 14, 15].map(process)),
    available,
    entries,
    kernelLevel: fc.constantFrom(1, 2, 4),
    events: fc.array(operator, { maxLength: 8 }),
    failing: fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 3 }),
    mode: fc.constantFrom('live' as const, 'live' as const, 'live' as const, 'dry_run' as const),
  })
  .map(({ processes, available: availableAt, entries: policy, kernelLevel, events, failing, mode }) => ({
    config: liveConfig({ entries: policy, mode, services: [{ label: 'com.agent', at: 'orange' }] }, { seats }),
    world: {
      processes,
      services: [
        ['com.mlx', 12],
        ['com.code', 13],
        ['com.agent', 14],
      ],
      available: availableAt,
      kernelLevel: (nowMs: number) => (nowMs > 100_000 && nowMs < 250_000 ? kernelLevel : 1),
    },
    events,
    failing,
  }));

const run = ({ config, world, events, failing }: Case): VirtualRun =>
  runRelief(world, {
    config,
    events,
    untilMs,
    outcome: (effect) => (effect.kind === 'act' && failing.includes(effect.plan.id) ? 'failed' : 'ok'),
  });

const holds = (check: (ran: VirtualRun, given: Case) => void, runs: number): void => {
  fc.assert(
    fc.property(cases, (given) => check(run(given), given)),
    { numRuns: runs },
  );
};

const targetsOf = (plan: ReturnType<typeof actsOf>[number]['plan']) => {
  const { act } = plan;
  if (act.verb === 'freeze') return act.targets;
  return act.verb === 'terminate' || act.verb === 'kill' ? [act.target] : [];
};

describe('relief, whatever happens', () => {
  test('no protected, system, traced, platform or foreign process is ever a target', { timeout: 120_000 }, () => {
    holds((ran, { world }) => {
      for (const { plan } of [...actsOf(ran), ...ran.state.relief.approvals.open.map((each) => ({ plan: each.plan }))])
        for (const target of targetsOf(plan)) {
          const process = world.processes.find(({ reading }) => processKey(reading.id) === processKey(target.id));
          assert.ok(process !== undefined);
          assert.notEqual(target.id.pid, 12, 'a process of the protected seat');
          assert.doesNotMatch(process.reading.command, /launchd|sshd/);
          assert.notEqual(process.inspection?.isTraced, true);
          assert.notEqual(process.inspection?.isPlatform, true);
          assert.notEqual(process.reading.uid, 65_534);
          if (process.reading.uid === 0) assert.equal('entry' in plan.act && plan.act.entry.ownerUid, 0);
        }
    }, 50);
  });

  test('a verb is always one that its class allows, and nothing irreversible happens by itself', {
    timeout: 120_000,
  }, () => {
    holds((ran) => {
      for (const { plan, by: who } of actsOf(ran)) {
        const { act } = plan;
        if (act.verb === 'terminate' || act.verb === 'kill') assert.equal(act.entry.class, 'kill_allowed');
        if (act.verb === 'kill') assert.notEqual(who, 'automatic');
        if (act.verb === 'bootout') assert.notEqual(who, 'automatic');
        if (act.verb === 'terminate' && who === 'automatic') assert.ok(act.entry.preAuthorised);
      }
    }, 50);
  });

  test('one remediation and three brake freezes in any two minutes at most', { timeout: 120_000 }, () => {
    holds((ran) => {
      const automatic = actsOf(ran).filter(({ by: who }) => who === 'automatic');
      const remedies = automatic.filter(
        ({ plan }) => plan.cause.kind !== 'brake' && plan.act.verb !== 'resume' && plan.act.verb !== 'restore',
      );
      const braked = automatic.filter(({ plan }) => plan.cause.kind === 'brake');
      for (const { nowMs } of automatic) {
        const within = (list: typeof automatic) =>
          list.filter((each) => each.nowMs >= nowMs && each.nowMs < nowMs + 120_000);
        assert.ok(within(remedies).length <= 1, `${within(remedies).length} remedies`);
        assert.ok(within(braked).length <= 3, `${within(braked).length} by the brake`);
      }
      for (const [index, { nowMs }] of braked.entries())
        if (index > 0) assert.ok(nowMs - (braked[index - 1]?.nowMs ?? 0) >= 500);
    }, 50);
  });

  test('a dry run carries nothing out', { timeout: 120_000 }, () => {
    holds((ran, given) => {
      if (given.config.relief.mode === 'dry_run') assert.deepEqual(actsOf(ran), []);
    }, 50);
  });

  test('nothing is frozen while the deadman is not there, and never more than eight at a time', {
    timeout: 120_000,
  }, () => {
    holds((ran) => {
      for (const { decision } of ran.steps) {
        assert.ok(decision.state.relief.freezes.length <= 8);
        if (decision.state.relief.deadman.state !== 'present')
          assert.ok(!decision.effects.some((effect) => effect.kind === 'act' && effect.plan.act.verb === 'freeze'));
      }
    }, 50);
  });

  test('each plan has one row before it is carried out, and one receipt at most', { timeout: 120_000 }, () => {
    holds((ran) => {
      const rows = rowsOf(ran);
      const receipts = rows.flatMap(({ row }) => (row.kind === 'receipt' ? [row] : []));
      assert.equal(new Set(receipts.map(({ plan }) => plan)).size, receipts.length);
      for (const receipt of receipts) {
        assert.ok(Number.isFinite(receipt.actual) && receipt.actual >= 0);
        assert.ok(Number.isFinite(receipt.expected));
      }
      for (const { plan } of actsOf(ran))
        assert.equal(
          rows.filter(({ row }) => row.kind === 'plan' && row.plan === plan.id && row.mode === 'live').length,
          1,
        );
    }, 50);
  });

  test('the same input gives the same decisions, byte for byte', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(cases, (given) => {
        const text = (ran: VirtualRun) =>
          JSON.stringify(ran.steps.map(({ decision }) => [decision.effects, decision.rows]));
        assert.equal(text(run(given)), text(run(given)));
      }),
      { numRuns: 20 },
    );
  });
});
