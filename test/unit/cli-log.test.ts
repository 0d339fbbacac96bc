import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { auditRowOf, knownKinds } from '../../helper/cli/log/rows.ts';
import { lineOf, sentenceOf } from '../../helper/cli/log/sentence.ts';
import { kindsOf, sinceOf, wantedOf } from '../../helper/cli/log/wanted.ts';
import { run } from '../../helper/cli/main.ts';
import {
  type Audit,
  type AuditEntry,
  type AuditFacts,
  type AuditRow,
  actOutcomes,
  createAudit,
  observations,
} from '../../helper/journal/audit.ts';
import { readAudit } from '../../helper/journal/audit-read.ts';
import type { Handlers } from '../../helper/keeper/server/dispatch.ts';
import { startServer } from '../../helper/keeper/server/server.ts';
import { capturedIo } from '../fakes/captured-io.ts';
import { ownUid, peerAs, sampleHandlers, startSocketKeeper, testRunDirectory } from '../fakes/socket-keeper.ts';
import { until } from './journal-support.ts';

const of = (facts: AuditFacts, wallMs = 0): AuditEntry => ({ ...facts, wallMs, instance: 'i' }) as AuditEntry;
const GB = 2 ** 30;

/** One of each kind and each of its words, and how it is told. */
const told: readonly (readonly [AuditRow, string])[] = [
  [of({ kind: 'keeper_started', pid: 12, version: '0.1.0', host: 'sim' }), 'Keeper 0.1.0 started on sim, pid 12.'],
  [of({ kind: 'keeper_stopped', reason: 'SIGTERM' }), 'The keeper stopped: SIGTERM.'],
  [
    of({ kind: 'config_reloaded', path: '/etc/c.toml', diff: ['a: 1 → 2', 'b: 3 → 4'], byUid: 0 }),
    'uid 0 reloaded /etc/c.toml: a: 1 → 2; b: 3 → 4.',
  ],
  [
    of({ kind: 'config_reloaded', path: '/etc/c.toml', diff: [], byUid: 0 }),
    'uid 0 reloaded /etc/c.toml: nothing changed.',
  ],
  [of({ kind: 'mode_changed', from: '', to: 'dry_run', reasons: [] }), 'The mode is dry run.'],
  [
    of({ kind: 'mode_changed', from: 'live', to: 'observe_only', reasons: ['A sensor fails.', 'No root.'] }),
    'The mode is observe only, before it was live: A sensor fails. No root.',
  ],
  [
    of({
      kind: 'plan',
      plan: 3,
      verb: 'freeze',
      target: 'node (pid 45)',
      hash: 'h',
      reason: 'It grows',
      expected: { counter: 'growth', bytes: 0, bytesPerSecond: 850 * 2 ** 20 },
      mode: 'live',
    }),
    'Plan 3, to freeze node (pid 45), is carried out. It grows. Expected to stop growth of 850 MB/s.',
  ],
  [
    of({
      kind: 'plan',
      plan: 4,
      verb: 'shed',
      target: 'com.a',
      hash: 'h',
      reason: 'Memory is orange.',
      expected: { counter: 'footprint', bytes: GB, bytesPerSecond: 0 },
      mode: 'would_ask',
    }),
    'Plan 4, to shed com.a, would be asked for (dry run). Memory is orange. Expected to give back 1.0 GB (footprint).',
  ],
  [
    of({ kind: 'intent', plan: 3, verb: 'freeze', target: 'node', pids: [4, 5], by: 'automatic' }),
    'Plan 3 begins: freeze node (pids 4, 5), by itself.',
  ],
  [
    of({ kind: 'intent', plan: 5, verb: 'freeze', target: 'node (pid 4)', pids: [4], by: 'automatic' }),
    'Plan 5 begins: freeze node (pid 4), by itself.',
  ],
  [
    of({ kind: 'intent', plan: 4, verb: 'shed', target: 'com.a', pids: [], by: { uid: 501, client: 'app' } }),
    'Plan 4 begins: shed com.a, as uid 501 decided (app).',
  ],
  [of({ kind: 'result', plan: 3, outcome: 'ok', detail: '' }), 'Plan 3 was carried out.'],
  [of({ kind: 'result', plan: 3, outcome: 'failed', detail: 'vanished' }), 'Plan 3 failed: vanished.'],
  [of({ kind: 'result', plan: 3, outcome: 'timed_out', detail: '' }), 'Plan 3 was not heard of in time.'],
  [of({ kind: 'result', plan: 3, outcome: 'withdrawn', detail: '' }), 'Plan 3 was withdrawn: its target had ended.'],
  [
    of({
      kind: 'receipt',
      plan: 3,
      verb: 'freeze',
      target: 'node',
      counter: 'growth',
      expected: 2 ** 20,
      actual: 2 ** 20,
      effective: true,
      afterMs: 2_000,
      text: 'Its growth of 1 MB/s ended within 2 s',
    }),
    'Plan 3 (freeze node) helped. Its growth of 1 MB/s ended within 2 s.',
  ],
  [
    of({
      kind: 'receipt',
      plan: 3,
      verb: 'shed',
      target: 'com.a',
      counter: 'footprint',
      expected: GB,
      actual: 0,
      effective: false,
      afterMs: 120_000,
      // Of a keeper that wrote none yet.
      text: '',
    }),
    'Plan 3 (shed com.a) did not help: 0 MB of footprint, 1.0 GB expected, after 2 min.',
  ],
  ...(
    [
      ['proposed', null, 'is proposed'],
      ['reissued', null, 'is proposed again'],
      ['approved', 501, 'was approved, by uid 501'],
      ['denied', 501, 'was denied, by uid 501'],
      ['expired', null, 'expired without an answer'],
      ['withdrawn', null, 'was withdrawn, its cause is gone'],
      ['changed', null, 'was withdrawn, its target is not what was shown any more'],
    ] as const
  ).map(
    ([how, byUid, text]) =>
      [of({ kind: 'approval', proposal: 7, plan: 3, hash: 'h', how, byUid }), `Proposal 7 (plan 3) ${text}.`] as const,
  ),
  [
    of({ kind: 'refusal', verb: 'approve', code: 'approval_used', detail: 'proposal 7', byUid: 501 }),
    'approve was refused to uid 501: approval_used (proposal 7).',
  ],
  [of({ kind: 'mutation', verb: 'deny', detail: 'proposal 7', byUid: 501 }), 'uid 501 used deny: proposal 7.'],
  [
    of({ kind: 'setting', what: 'band', target: 'Cilghal (pid 45)', to: 'CRITICAL', outcome: 'ok', detail: '' }),
    'Band CRITICAL of Cilghal (pid 45) was set.',
  ],
  [
    of({ kind: 'setting', what: 'band', target: 'qemu (pid 4)', to: 'HOME', outcome: 'failed', detail: 'EPERM' }),
    'Band HOME of qemu (pid 4) could not be set: EPERM.',
  ],
  [
    of({ kind: 'setting', what: 'gpu_limit', target: 'gpu', to: String(48 * GB), outcome: 'timed_out', detail: '' }),
    'A wired limit of the GPU, 48.0 GB, may have been set: nothing was heard of it.',
  ],
  [
    of({ kind: 'setting', what: 'gpu_limit', target: 'gpu', to: '0', outcome: 'withdrawn', detail: '' }),
    "A wired limit of the GPU, the system's own, was not set: its target is gone.",
  ],
  [
    of({
      kind: 'admission',
      seat: 'Codestral',
      verdict: 'refuse',
      reason: 'needs_shedding',
      totalBytes: 64 * GB,
      claimedBytes: 41 * GB,
      otherBytes: 10 * GB,
      peakBytes: 14 * GB,
      slackBytes: 13 * GB,
      text: 'Codestral needs 14.0 GB and 13.0 GB are left: 1.0 GB are missing.',
    }),
    'Codestral was refused. Codestral needs 14.0 GB and 13.0 GB are left: 1.0 GB are missing.',
  ],
  [of({ kind: 'observed', what: 'not_restored', target: 'Gemma', detail: '' }), 'Gemma was not brought back.'],
  [
    of({ kind: 'observed', what: 'thawed', target: 'node', detail: 'its 600 s are over' }),
    'node runs again: its 600 s are over.',
  ],
  [
    of({ kind: 'observed', what: 'pause_over', target: 'Automatic relief', detail: 'its time is over' }),
    'Automatic relief is no longer paused: its time is over.',
  ],
  [of({ kind: 'observed', what: 'ended', target: 'node', detail: '' }), 'node has ended.'],
  [
    of({ kind: 'observed', what: 'recovery', target: 'Gemma', detail: 'first step' }),
    'Gemma is being recovered: first step.',
  ],
  [
    of({
      kind: 'digest',
      seat: 'Cilghal',
      verdict: 'healthy',
      channels: [
        { channel: 'cheap', state: 'pass', strikes: 0, okAgoSeconds: 12 },
        { channel: 'inference', state: 'fail', strikes: 2, okAgoSeconds: null },
        { channel: 'integrity', state: 'pass', strikes: 0, okAgoSeconds: 240 },
      ],
      files: {
        program: '/opt/mlx/server',
        sha256: '0123456789abcdef'.repeat(4),
        signed: 'ad_hoc',
        version: '7-143654912-1763800000',
        isChanged: true,
        detail: '',
      },
    }),
    'Cilghal is healthy: list ok (passed 12 s ago), chat fails (never passed, 2 in a row failed), files ok (passed 4 min ago). ' +
      '/opt/mlx/server: file 7-143654912-1763800000, another than in the digest before, signed ad hoc, pinned 0123456789ab.',
  ],
  [
    of({
      kind: 'digest',
      seat: 'Codestral',
      verdict: null,
      channels: [{ channel: 'cheap', state: 'off', strikes: 0, okAgoSeconds: null }],
      files: null,
    }),
    'Codestral is not known to be well or ill: list not asked.',
  ],
  [{ kind: 'gap', lostRows: 1 }, 'One row is missing here.'],
  [{ kind: 'gap', lostRows: 4 }, '4 rows are missing here.'],
];

describe('a row of the log as a sentence', () => {
  test('every kind has one, and every row that is written is known again', () => {
    for (const [row, sentence] of told) {
      assert.equal(sentenceOf(row), sentence);
      assert.deepEqual(auditRowOf(JSON.parse(JSON.stringify(row))), row);
    }
    assert.deepEqual(new Set(told.map(([{ kind }]) => kind)), new Set(knownKinds));
    const words = [
      ...observations.map((what) => of({ kind: 'observed', what, target: 'node', detail: '' })),
      ...actOutcomes.map((outcome) => of({ kind: 'result', plan: 3, outcome, detail: '' })),
    ];
    for (const row of words) assert.doesNotMatch(lineOf({ ...row }), /[{}]/, JSON.stringify(row));
  });

  test('what this version does not know is shown as it is, and nothing steers the terminal', () => {
    assert.match(lineOf({ kind: 'seat_loaded', wallMs: 0, seat: 'big' }), /seat_loaded {6}.*"seat":"big"/);
    assert.match(lineOf({ kind: 'result', wallMs: 0, plan: 'x' }), /"plan":"x"/);
    assert.match(lineOf({ kind: 'constructor' }), /^- +constructor {6}\{"kind":"constructor"\}$/);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), fc.double(), (kind, text, wallMs) => {
        const rows = [{ kind, wallMs, text }, { ...of({ kind: 'keeper_stopped', reason: text }, wallMs) }];
        for (const row of rows) assert.doesNotMatch(lineOf(row), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});

describe('what castellan log is asked for', () => {
  test('spans and times', () => {
    const now = Date.parse('2026-11-22T12:00:00Z');
    assert.deepEqual(
      ['90s', '30m', '2h', '1d'].map((text) => now - (sinceOf(text, now) ?? 0)),
      [90_000, 1_800_000, 7_200_000, 86_400_000],
    );
    assert.equal(sinceOf('2026-11-22T11:00:00Z', now), now - 3_600_000);
    assert.equal(sinceOf('2026-11-22 11:00Z', now), now - 3_600_000);
    assert.equal(sinceOf('2026-11-22', now), new Date(2026, 10, 22).getTime());
    for (const wrong of ['', '2', 'h', '2w', 'yesterday', '-2h', '2026-13-01', '1e3s', '22.11.2026'])
      assert.equal(sinceOf(wrong, now), null, wrong);
  });

  test('kinds by comma and repeated; an unknown one is said, with what may be meant', () => {
    assert.deepEqual(kindsOf(['plan, receipt', 'plan', ',']), ['plan', 'receipt']);
    const wanted = wantedOf({ kinds: ['plan', 'recipt'], since: null, limit: null, follow: false }, 0);
    assert.match(String(wanted), /"recipt" \(did you mean "receipt"\?\); kinds are: /);
  });

  test('how many', () => {
    const base = { kinds: [], since: null, limit: null, follow: false };
    const limitOf = (change: object): unknown => {
      const wanted = wantedOf({ ...base, ...change }, 0);
      return typeof wanted === 'string' ? wanted : wanted.limit;
    };
    assert.deepEqual([limitOf({}), limitOf({ follow: true }), limitOf({ since: '2h' })], [100, 10, null]);
    assert.equal(limitOf({ since: '2h', limit: '7' }), 7);
    for (const limit of ['0', '-1', '1.5', 'x', '100001', ''])
      assert.match(String(limitOf({ limit })), /^--limit takes/);
    assert.match(String(limitOf({ since: 'x' })), /^--since takes/);
    assert.match(String(limitOf({ kinds: ['x'.repeat(65)] })), /^--kind takes/);
  });
});

const stopped = (number: number): AuditEntry => of({ kind: 'keeper_stopped', reason: `number ${number}` }, Date.now());
const started = (pid: number): AuditEntry => of({ kind: 'keeper_started', pid, version: '1', host: 'sim' }, Date.now());

const reading = (runDirectory: () => string): Partial<Handlers> => ({
  'read.log': async (wanted) => {
    const page = await readAudit({ directory: join(runDirectory(), 'state'), ...wanted });
    return { ok: true, result: { ...page, rows: [...page.rows] } };
  },
});

/** A run directory with rows in it. */
const filled = (t: TestContext, rows: readonly AuditEntry[], options: { readonly maxBytes?: number } = {}) => {
  const runDirectory = testRunDirectory(t);
  mkdirSync(join(runDirectory, 'state'), { mode: 0o700 });
  const audit: Audit = createAudit({ directory: join(runDirectory, 'state'), kept: 100, ...options });
  t.after(audit.close);
  for (const row of rows) audit.append(row);
  return { runDirectory, audit };
};

const lines = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');
const reasons = (text: string): readonly unknown[] => lines(text).map((line) => JSON.parse(line).reason);
const numbered = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `number ${from + index}`);

describe('castellan log', () => {
  test('digests of seats, which come by the hour, are shown to who asks for them by their kind', async (t) => {
    const channels = [{ channel: 'cheap', state: 'pass', strikes: 0, okAgoSeconds: 12 }] as const;
    const digest = of({ kind: 'digest', seat: 'Cilghal', verdict: 'healthy', channels, files: null }, Date.now());
    const { runDirectory } = filled(t, [stopped(1), digest, stopped(2), digest]);
    const log = async (...args: readonly string[]): Promise<string> => {
      const io = capturedIo();
      assert.equal(await run(['log', '--run-dir', runDirectory, ...args], io), 0);
      return io.text.out;
    };
    assert.deepEqual(reasons(await log('--json')), ['number 1', 'number 2']);
    const asked = await log('--kind', 'digest');
    assert.equal(lines(asked).length, 2);
    assert.match(asked, /digest +Cilghal is healthy: list ok \(passed 12 s ago\)\./);
  });

  test('through the keeper: the last rows, of the kinds that are wanted, more than one answer has', async (t) => {
    const keeper = await startSocketKeeper(t, {
      handlers: sampleHandlers(reading(() => keeper.runDirectory)),
    });
    const state = join(keeper.runDirectory, 'state');
    mkdirSync(state, { mode: 0o700 });
    const audit = createAudit({ directory: state, maxBytes: 20_000, kept: 100 });
    t.after(audit.close);
    for (let number = 1; number <= 1_200; number++) {
      audit.append(stopped(number));
      if (number % 400 === 0) audit.append(started(number));
    }
    const log = async (...args: readonly string[]) => {
      const io = capturedIo();
      const code = await run(['log', '--run-dir', keeper.runDirectory, ...args], io);
      return { code, ...io.text };
    };
    const last = await log();
    assert.deepEqual([last.code, last.err], [0, '']);
    assert.equal(lines(last.out).length, 100);
    assert.match(
      lines(last.out).at(-2) ?? '',
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}keeper_stopped {3}The keeper stopped: number 1200\.$/,
    );
    assert.deepEqual(
      reasons((await log('--json', '--limit', '3', '--kind', 'keeper_stopped')).out),
      numbered(1198, 1200),
    );
    assert.deepEqual(
      reasons((await log('--json', '--limit', '900', '--kind', 'keeper_stopped')).out),
      numbered(301, 1200),
    );
    assert.deepEqual(
      reasons((await log('--json', '--since', '1h', '--kind', 'keeper_stopped')).out),
      numbered(1, 1200),
    );
    const both = await log('--json', '--since', '1h', '--kind', 'keeper_started', '--kind', 'plan,receipt');
    assert.deepEqual(
      lines(both.out).map((line) => JSON.parse(line).pid),
      [400, 800, 1200],
    );
    assert.deepEqual(lines((await log('--since', '2001-01-01', '--limit', '2')).out).length, 2);
    const unknown = await log('--kind', 'plans');
    assert.deepEqual([unknown.code, unknown.out], [2, '']);
    assert.match(unknown.err, /did you mean "plan"/);
    const none = await log('--kind', 'wired', '--kind', 'gap');
    assert.equal(none.code, 2);
    assert.deepEqual(await log('--kind', 'gap'), { code: 0, out: '', err: 'No such rows.\n' });
    assert.equal((await log('--limit', 'x')).code, 2);
  });

  test('without a keeper its files are read, and that is said', async (t) => {
    const { runDirectory } = filled(t, [stopped(1), stopped(2)]);
    const io = capturedIo();
    assert.equal(await run(['log', '--run-dir', runDirectory, '--json'], io), 0);
    assert.deepEqual(reasons(io.text.out), numbered(1, 2));
    assert.match(io.text.err, /No keeper answers; these rows are from its files/);
    rmSync(join(runDirectory, 'state'), { recursive: true });
    const gone = capturedIo();
    assert.equal(await run(['log', '--run-dir', runDirectory], gone), 3);
    assert.match(gone.text.err, /^not_running/);
  });

  test('files that others can write are not believed', async (t) => {
    const { runDirectory } = filled(t, [stopped(1)]);
    chmodSync(join(runDirectory, 'state'), 0o777);
    const io = capturedIo();
    assert.equal(await run(['log', '--run-dir', runDirectory], io), 4);
    assert.deepEqual([io.text.out, io.text.err.split(':')[0]], ['', 'untrusted_path']);
  });

  test('followed across rotation and a restart of the keeper, each row once, until Ctrl-C', {
    timeout: 60_000,
  }, async (t) => {
    const { runDirectory, audit } = filled(t, [], { maxBytes: 1_000 });
    let number = 0;
    const write = (count: number): void => {
      for (let each = 0; each < count; each++) audit.append(stopped(++number));
    };
    write(15);
    const io = capturedIo();
    const following = run(['log', '--follow', '--json', '--run-dir', runDirectory], io);
    const seen = (): number => lines(io.text.out).length;
    await until('the last ten', () => seen() === 10);
    write(40);
    await until('forty more', () => seen() === 50);
    const started = await startServer({
      path: join(runDirectory, 'castellan.sock'),
      peerOf: peerAs(ownUid),
      handlers: sampleHandlers(reading(() => runDirectory)),
      consoleUid: ownUid,
      keeperUid: 0,
      instance: 'i',
      hostKind: 'sim',
      log: () => {},
      onLookers: () => {},
    });
    assert.ok(started.ok);
    write(700);
    await until('seven hundred more', () => seen() === 750, 20_000);
    await started.server.close();
    write(5);
    await until('five more, out of the files', () => seen() === 755, 20_000);
    io.interrupt();
    assert.equal(await following, 0);
    assert.deepEqual(reasons(io.text.out), numbered(6, 760));
    assert.equal(io.listening(), 0);
  });
});
