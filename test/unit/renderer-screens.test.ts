import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Connection } from '../../app/ipc/contract.ts';
import { retiredReason } from '../../helper/install/cutover/retired.ts';
import { failure } from '../../helper/protocol/errors.ts';
import type { Status } from '../../helper/protocol/status.ts';
import { bannersFor } from '../../renderer/data/screens/banners.ts';
import { codeParts, screenFor } from '../../renderer/data/screens/screen.ts';
import { telemetryNote } from '../../renderer/data/screens/telemetry.ts';
import { status } from '../e2e/popover-fixtures.ts';

const now = 1_700_000_000_000;

describe('screens of the connection', () => {
  test('connected has none', () => assert.equal(screenFor({ kind: 'connected', tier: 'read' }, now), null));

  const bad: readonly Connection[] = [
    { kind: 'silent', sinceMs: now - 12_000, tier: 'console' },
    { kind: 'lost', sinceMs: now - 42_000, failure: failure('connection_lost') },
    { kind: 'missing', failure: failure('not_running', '/run/castellan/castellan.sock') },
    { kind: 'helper_older', helper: '0.0.9', app: '0.1.0' },
    { kind: 'helper_newer', helper: '0.2.0', app: '0.1.0' },
    { kind: 'refused', failure: failure('untrusted_server', 'mode 0777') },
  ];
  for (const connection of bad) {
    test(`${connection.kind} says cause and consequence and has one button`, () => {
      const screen = screenFor(connection, now);
      assert.equal(screen?.kind, connection.kind);
      assert.notEqual(screen?.title, '');
      assert.ok((screen?.lines.length ?? 0) >= 2);
      assert.notEqual(screen?.button, null);
    });
  }

  test('how long it has been is counted from the connection’s own time', () => {
    assert.equal(
      screenFor({ kind: 'silent', sinceMs: now - 12_000, tier: 'console' }, now)?.title,
      'No new reading for 0:12',
    );
    const lost: Connection = { kind: 'lost', sinceMs: now - 42_000, failure: failure('connection_lost') };
    assert.equal(screenFor(lost, now)?.title, 'Castellan is not answering for 0:42');
  });

  test('updates are explained in the manual, everything else is tried again', () => {
    assert.deepEqual(
      bad.map((connection) => screenFor(connection, now)?.button?.action),
      ['retry', 'retry', 'retry', 'manual', 'manual', 'retry'],
    );
  });

  test('commands in a sentence become code', () => {
    assert.deepEqual(codeParts('Start it with `npm start` now.'), [
      { text: 'Start it with ', code: false },
      { text: 'npm start', code: true },
      { text: ' now.', code: false },
    ]);
  });
});

describe('banners', () => {
  const base = status(now);
  test('none when all is well, and none for a fact about a single process', () => {
    assert.deepEqual(bannersFor(base), []);
    const fact = { sensor: 'processes', problem: 'vanished', detail: 'pid 7', pid: 7 };
    assert.deepEqual(bannersFor({ ...base, facts: [fact] }), []);
  });

  test('a machine that went down is told of with what was seen last and what macOS says of it', () => {
    const atMs = new Date(2026, 3, 20, 23, 58, 12).getTime();
    const last = {
      atMs,
      level: 'red' as const,
      availableBytes: 0.4 * 2 ** 30,
      compressedBytes: null,
      swapUsedBytes: null,
    };
    const told = (wentDown: Status['wentDown']) => bannersFor({ ...base, wentDown })[0];
    assert.deepEqual(told({ last, report: { path: '/p', sentence: 'The kernel gave up.' } }), {
      kind: 'machine',
      title: 'The machine went down without a word',
      text: 'Seen last at 23:58:12: critical, 0.4 GB available. The kernel gave up.',
      fix: '`castellan incidents` has all that is known.',
    });
    assert.equal(told({ last: null, report: null })?.text, 'macOS has reported nothing of it yet.');
    const long = told({ last: null, report: { path: '/p', sentence: 'x'.repeat(1_024) } });
    assert.ok((long?.text.length ?? 0) <= 301);
  });

  test('a configuration with errors names the line, the fix, and how many more there are', () => {
    const problem = { line: 14, key: 'seats.peak', message: '"41" has no unit', fix: 'Write "41 GB"' };
    const [banner] = bannersFor({
      ...base,
      config: { ...base.config, state: 'invalid', problems: [problem, problem] },
    });
    assert.deepEqual(banner, {
      kind: 'config',
      title: 'castellan.toml, line 14',
      text: 'seats.peak: "41" has no unit. And 1 more.',
      fix: 'Write "41 GB". `sudo castellan config edit` opens the file; `castellan config check` names all.',
    });
  });

  test('a failing sensor is named, with what was read and what follows', () => {
    const fact = { sensor: 'swap', problem: 'refused', detail: 'sysctl vm.swapusage: not permitted' };
    const [banner] = bannersFor({ ...base, mode: { name: 'observe_only', reasons: [] }, facts: [fact] });
    assert.equal(banner?.title, 'Swap may not be read');
    assert.equal(banner?.text, 'sysctl vm.swapusage: not permitted. Observing only.');
    assert.match(banner?.fix ?? '', /castellan doctor/);
  });

  test('why nothing is carried out is said with the way out, once', () => {
    const old = retiredReason(['com.sanctum.ram-sentinel']);
    const fact = { sensor: 'swap', problem: 'refused', detail: 'not permitted' };
    const sensor = 'The swap sensor cannot be trusted (refused): not permitted.';
    const observing = (...reasons: string[]) => ({ ...base, mode: { name: 'observe_only' as const, reasons } });
    const [banner, ...rest] = bannersFor(observing(old));
    assert.deepEqual([banner?.kind, banner?.title, rest.length], ['mode', 'Castellan only observes', 0]);
    assert.match(banner?.text ?? '', /com\.sanctum\.ram-sentinel .* `sudo castellan cutover`/);
    assert.deepEqual(
      bannersFor({ ...observing(old, sensor), facts: [fact] }).map(({ kind }) => kind),
      ['mode', 'sensor'],
    );
    assert.deepEqual(
      bannersFor({ ...observing(sensor), facts: [fact] }).map(({ kind }) => kind),
      ['sensor'],
    );
    const forced = { ...base, mode: { name: 'dry_run' as const, reasons: ['CASTELLAN_DRY_RUN is set.'] } };
    assert.deepEqual(bannersFor(forced), [], 'the operator set it, and the badge says so');
  });

  test('a gateway that is gone, or whose port is taken, is said with the way out', () => {
    const told = (gateway: Partial<Status['gateway']>) =>
      bannersFor({
        ...base,
        gateway: { state: 'present', listen: '127.0.0.1:2189', problems: [], ...gateway },
      }).map(({ title, text, fix }) => [title, text, fix]);
    assert.deepEqual(told({}), []);
    assert.deepEqual(told({ state: 'missing', listen: '' }), [], 'there never was one');
    assert.deepEqual(told({ listen: '', problems: ['127.0.0.1:2189 is taken by pid 12, node'] }), [
      [
        'A port of the gateway is taken',
        '127.0.0.1:2189 is taken by pid 12, node.',
        'End that program, or choose another port: `sudo castellan config edit`.',
      ],
    ]);
    assert.equal(told({ state: 'missing' })[0]?.[0], 'The gateway is gone');
  });

  test('an unknown sensor of a newer keeper is still shown', () => {
    const [banner] = bannersFor({ ...base, facts: [{ sensor: 'gpu', problem: 'odd', detail: '' }] });
    assert.equal(banner?.title, 'gpu cannot be read');
  });

  test('lost records are counted in the footer', () => {
    assert.equal(telemetryNote(base), null);
    const telemetry = { ...base.telemetry, history: 'degraded', droppedRows: 12, lostRows: 1 } as const;
    assert.deepEqual(telemetryNote({ ...base, telemetry }), {
      brief: '13 rows lost',
      full: 'history degraded, 13 rows not kept',
    });
  });
});
