import assert from 'node:assert/strict';
import { chmodSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { run } from '../../helper/cli/main.ts';
import { statusOutputSchema } from '../../helper/cli/status/output.ts';
import { simKeys } from '../../helper/host/sim/keys.ts';
import { failure } from '../../helper/protocol/errors.ts';
import type { SeatStatus } from '../../helper/protocol/seats.ts';
import { capturedIo } from '../fakes/captured-io.ts';
import { sampleSeat } from '../fakes/sample-seat.ts';
import { sampleRow, sampleStatus } from '../fakes/sample-status.ts';
import { sampleHandlers, startSocketKeeper, testRunDirectory } from '../fakes/socket-keeper.ts';

const cli = async (argv: readonly string[], io = capturedIo()) => ({ code: await run(argv, io), ...io.text });

const GB = 2 ** 30;

/** What could steer a terminal or reorder what is read on it. */
const steers = /[\p{Cc}\p{Cf}]/u;

const withStatus = (status: ReturnType<typeof sampleStatus>) =>
  sampleHandlers({ 'read.status': () => ({ ok: true, result: status }) });

describe('castellan status', () => {
  test('says level and headroom first, then tiers, swap, kernel, forecast, seats and the largest processes', async (t) => {
    const { runDirectory } = await startSocketKeeper(t);
    const { code, out, err } = await cli(['status', '--run-dir', runDirectory]);
    assert.equal(code, 0);
    assert.equal(err, '');
    const lines = out.split('\n');
    assert.equal(lines[0], '● Normal  22.7 GB available of 64.0 GB  for 12 min  DRY RUN, gate opens in 5 h');
    assert.match(lines[2] ?? '', /wired 20\.0 .*compressed 2\.0 .*app 19\.0 .*cached 9\.0 .*free 14\.0 {2}GB/);
    assert.match(out, /swap +1\.0 GB of 4\.0 GB in use/);
    assert.match(out, /kernel +pressure level 1 \(normal\)/);
    assert.match(out, /forecast +18\.0 GB left until the kernel warns/);
    assert.match(out, /reserve +20\.0 GB more kept for Cilghal/);
    assert.match(out, /seat +Cilghal \(protected\): ready, 21\.0 GB of 41\.0 GB peak, band CRITICAL$/m);
    assert.match(out, /gateway +http:\/\/127\.0\.0\.1:2189$/m);
    assert.match(out, /dry run: relief is only shown; seats and bands are live/);
    // The footprint first, and that whoever looks at RSS does not see it.
    assert.match(out, /4711 +21\.0 GB +45 MB .*mlx_lm\.server .*RSS sees 0\.2 %/);
    assert.match(out, /12 +2\.4 GB +2\.4 GB +qemu$/m);
    assert.ok(!out.includes('\u001b'));
    assert.ok(lines.every((line) => line === line.trimEnd()));
  });

  test('says whom macOS would end first, and when nobody holds enough for that', async (t) => {
    const { forecast } = sampleStatus();
    assert.ok(forecast.kind === 'evaluated');
    for (const [share, words] of [
      [0.62, /^ +LM Studio \(pid 9\) holds 62 % of what is compressed, 30\.0 GB: macOS would end it first$/m],
      [0.5, /^ +LM Studio \(pid 9\) holds 50 % of what is compressed, 30\.0 GB: too little for macOS to end it$/m],
    ] as const) {
      const nextVictim = { pid: 9, name: 'LM Studio', compressedBytes: 30 * 2 ** 30, share };
      const handlers = withStatus(sampleStatus({ forecast: { ...forecast, nextVictim } }));
      const { runDirectory } = await startSocketKeeper(t, { handlers });
      const { out } = await cli(['status', '--run-dir', runDirectory]);
      assert.match(out, words);
    }
  });

  test('the bar has a column for every share and is as long as it should be', async (t) => {
    const { runDirectory } = await startSocketKeeper(t);
    const { out } = await cli(['status', '--run-dir', runDirectory]);
    const bar = (out.split('\n')[1] ?? '').trim();
    assert.equal([...bar].length, 60);
    assert.equal([...bar].filter((fill) => fill === '█').length, 19);
  });

  test('what is not as it should be is named: sensors, gaps, lost rows, configuration', async (t) => {
    const status = sampleStatus({
      level: {
        name: 'orange',
        forSeconds: 185,
        arms: { available: 'orange', swap: 'green', kernel: 'unknown' },
        growthEscalated: false,
        pending: { name: 'red', inSeconds: 3 },
      },
      mode: { name: 'observe_only', reasons: ['the memory sensor fails'] },
      facts: [{ sensor: 'kernel_level', problem: 'refused', detail: 'EPERM' }],
      gaps: { count: 2, last: { agoSeconds: 60, lengthSeconds: 9 } },
      wentDown: {
        last: {
          atMs: new Date(2026, 3, 20, 23, 58, 12).getTime(),
          level: 'red',
          availableBytes: 2 ** 29,
          compressedBytes: null,
          swapUsedBytes: null,
        },
        report: { path: '/p', sentence: 'The kernel gave up.' },
      },
      telemetry: { history: 'degraded', droppedRows: 7, journal: 'ok', lostRows: 0, heartbeat: 'failing' },
      config: {
        path: '/c.toml',
        state: 'invalid',
        problems: [{ line: 3, key: 'pressure', message: 'No such key.', fix: 'Remove it.' }],
      },
    });
    status.machine.availableBytes = null;
    status.machine.tiers = null;
    status.machine.swap = null;
    const { runDirectory } = await startSocketKeeper(t, { handlers: withStatus(status) });
    const { code, out } = await cli(['status', '--run-dir', runDirectory]);
    assert.equal(code, 0);
    for (const said of [
      /^◆ High {2}available memory unknown, 64\.0 GB installed {2}for 3 min/,
      /memory +unknown: the sensor fails/,
      /swap +unknown/,
      /observe only \(the memory sensor fails\)/,
      /! red is being confirmed: 3 s to go/,
      /! sensor kernel_level refused: EPERM/,
      /! 2 missed samples, the last 1 min ago for 9 s/,
      /! the machine went down without a word; seen last at 23:58:12, red, 512 MB available\. The kernel gave up\./,
      /! history degraded, 7 rows dropped/,
      /! the heartbeat file cannot be written/,
      /! \/c\.toml is invalid and not in force/,
      /! config line 3: No such key\. Remove it\./,
    ])
      assert.match(out, said);
  });

  test('each state of a seat is said, with its countdown, its band and what it waits for', async (t) => {
    const call = (name: string, change: Partial<SeatStatus>) =>
      sampleSeat({
        name,
        class: 'on_call',
        band: null,
        note: '',
        peakBytes: 14 * GB,
        footprintBytes: 13 * GB,
        ...change,
      });
    const seats = [
      call('A', { state: 'idle', stopsInSeconds: 100, inFlight: 0 }),
      call('B', { state: 'busy', inFlight: 2, band: { wanted: 'IDLE', found: 'IDLE', state: 'held', detail: '' } }),
      call('C', { state: 'absent', pids: [], footprintBytes: 0 }),
      call('D', { state: 'failed', pids: [], footprintBytes: 0, why: 'It ended with 78.' }),
      call('E', { state: 'doomed', why: 'Its program is gone.', pendingRestart: true }),
      call('F', { state: 'ready', proposedPeakBytes: 15.01 * GB }),
      call('G', { band: { wanted: 'CRITICAL', found: null, state: 'refused', detail: 'no CAP_SYS_RESOURCE' } }),
      call('H', { band: { wanted: 'IDLE', found: 'HOME', state: 'contested', detail: '' } }),
      call('I', { state: 'draining' }),
      call('J', { state: 'hollow', why: 'It holds 1.0 GB of 13.0 GB.' }),
    ];
    const gateway = {
      state: 'missing',
      listen: '',
      problems: ['127.0.0.1:2189 is taken by pid 12, no\u001bde'],
    } as const;
    const status = sampleStatus({ seats, gateway: { ...gateway, problems: [...gateway.problems] } });
    const { runDirectory } = await startSocketKeeper(t, { handlers: withStatus(status) });
    const { out } = await cli(['status', '--run-dir', runDirectory]);
    for (const said of [
      /A \(on call\): idle, unloaded in 1:40, 13\.0 GB of 14\.0 GB peak$/m,
      /B \(on call\): busy, 13\.0 GB of 14\.0 GB peak, band IDLE, 2 requests under way$/m,
      /C \(on call\): cold$/m,
      /D \(on call\): failed$/m,
      /! D is failed: It ended with 78\.$/m,
      /! E is doomed: Its program is gone\.$/m,
      /! E runs with another wired limit than castellan\.toml says/,
      /! F has reached more than its declared peak of 14\.0 GB: peak = "15\.1 GB" would hold it$/m,
      /G .*band CRITICAL is refused: no CAP_SYS_RESOURCE$/m,
      /H .*band IDLE, but others keep changing it, so it is left at HOME$/m,
      /I \(on call\): draining, 13\.0 GB/,
      /! J is hollow: It holds 1\.0 GB of 13\.0 GB\.$/m,
      /gateway +does not answer: no HTTP API/,
      /! gateway: 127\.0\.0\.1:2189 is taken by pid 12, no\ufffdde$/m,
    ])
      assert.match(out, said);
  });

  test('a process that names itself in control characters is shown harmless', async (t) => {
    const status = sampleStatus({ top: [sampleRow({ name: '\u001b[2J\u202Egnp.exe\n' })] });
    const { runDirectory } = await startSocketKeeper(t, { handlers: withStatus(status) });
    const plain = await cli(['status', '--run-dir', runDirectory]);
    assert.doesNotMatch(plain.out.replaceAll('\n', ''), steers);
    const json = await cli(['status', '--json', '--run-dir', runDirectory]);
    assert.doesNotMatch(json.out.replaceAll('\n', ''), steers);
    assert.equal(JSON.parse(json.out).top[0].name, '\u001b[2J\u202Egnp.exe\n');
  });

  test('says how many processes the keeper left out of a list that was too long', async (t) => {
    const handlers = sampleHandlers({
      'read.processes': () => ({ ok: true, result: { atMs: 1, processes: [sampleRow()], omitted: 312 } }),
    });
    const { runDirectory } = await startSocketKeeper(t, { handlers });
    for (const form of [[], ['--json']]) {
      const { code, err } = await cli(['status', '--all', ...form, '--run-dir', runDirectory]);
      assert.equal(code, 0);
      assert.equal(err, '312 smaller processes are not listed: too many for one answer.\n');
    }
  });

  test('--json is the status and the processes, of the published form, largest first', async (t) => {
    const rows = [sampleRow({ pid: 5, footprintBytes: 60 * 2 ** 20 }), sampleRow({ pid: 6 })];
    const small = sampleRow({ pid: 7, footprintBytes: 5 });
    const handlers = sampleHandlers({
      'read.processes': ({ all }) => ({ ok: true, result: { atMs: 1, processes: all ? [small, ...rows] : rows } }),
    });
    const { runDirectory } = await startSocketKeeper(t, { handlers });
    const listed = statusOutputSchema.parse(
      JSON.parse((await cli(['status', '--json', '--run-dir', runDirectory])).out),
    );
    assert.deepEqual(
      listed.processes.map(({ pid }) => pid),
      [6, 5],
    );
    assert.equal(listed.keeper.instance, 'i1');
    const all = JSON.parse((await cli(['status', '--json', '--all', '--run-dir', runDirectory])).out);
    assert.deepEqual(
      all.processes.map(({ pid }: { pid: number }) => pid),
      [6, 5, 7],
    );
    const table = await cli(['status', '--all', '--run-dir', runDirectory]);
    assert.match(table.out, /^ +7 +0 KB/m);
  });

  test('colours only on a terminal, and lines no wider than it', async (t) => {
    const { runDirectory } = await startSocketKeeper(t);
    const io = capturedIo({ isTty: true, colours: true, columns: 40 });
    await cli(['status', '--run-dir', runDirectory], io);
    assert.ok(io.text.out.includes('\u001b[32m● Normal'));
    for (const line of io.text.out.split('\n')) assert.ok([...stripVTControlCharacters(line)].length <= 40, line);
  });

  test('without a keeper: exit 3, and what to do', async (t) => {
    const directory = testRunDirectory(t);
    for (const runDirectory of [directory, join(directory, 'nowhere')]) {
      const { code, out, err } = await cli(['status', '--run-dir', runDirectory]);
      assert.equal(code, 3);
      assert.equal(out, '');
      assert.match(err, /^not_running: No keeper is answering\. .*npm start/);
    }
  });

  test('a socket in a folder that others can change is not talked to: exit 4', async (t) => {
    const { runDirectory } = await startSocketKeeper(t);
    chmodSync(runDirectory, 0o777);
    const { code, err } = await cli(['status', '--run-dir', runDirectory]);
    assert.equal(code, 4);
    assert.match(err, /^untrusted_server: .*mode 0777/);
  });

  test('what the keeper refuses ends in exit 4, its own fault and "not yet" in exit 3', async (t) => {
    for (const [code, exit] of [
      ['not_allowed', 4],
      ['internal', 3],
      ['not_ready', 3],
    ] as const) {
      const handlers = sampleHandlers({ 'read.status': () => ({ ok: false, failure: failure(code) }) });
      const { runDirectory } = await startSocketKeeper(t, { handlers });
      const answer = await cli(['status', '--run-dir', runDirectory]);
      assert.equal(answer.code, exit);
      assert.match(answer.err, new RegExp(`^${code}: `));
    }
  });

  test('a keeper of another protocol is named older or newer: exit 4', async (t) => {
    const older = await startSocketKeeper(t, { protocol: { oldest: 0, newest: 0 } });
    const toOlder = await cli(['status', '--run-dir', older.runDirectory]);
    assert.equal(toOlder.code, 4);
    assert.match(toOlder.err, /client_too_new: .*Update the helper/);
    const newer = await startSocketKeeper(t, { protocol: { oldest: 7, newest: 8 } });
    const toNewer = await cli(['status', '--run-dir', newer.runDirectory]);
    assert.equal(toNewer.code, 4);
    assert.match(toNewer.err, /client_too_old: .*Update the app or the command line tool/);
  });
});

describe('castellan sim', () => {
  test('set hands key and value over and prints what holds now', async (t) => {
    const { runDirectory } = await startSocketKeeper(t);
    const { code, out } = await cli(['sim', 'set', 'footprint', 'Cilghal', '41', 'GB', '--run-dir', runDirectory]);
    assert.equal(code, 0);
    assert.equal(out, 'footprint Cilghal 41 GB\n');
  });

  test('help lists every key with its form, and the scenarios the keeper knows', async (t) => {
    const handlers = sampleHandlers({
      'sim.set': ({ key }) => ({ ok: true, result: { now: key === 'help' ? 'keys. Scenarios: still, leak.' : '' } }),
    });
    const { runDirectory } = await startSocketKeeper(t, { handlers });
    const { code, out } = await cli(['sim', 'help', '--run-dir', runDirectory]);
    assert.equal(code, 0);
    const lines = out.split('\n').map((line) => line.trim().replace(/ {2,}/, ' – '));
    for (const [key, { form, does }] of Object.entries(simKeys))
      if (form !== '') assert.ok(lines.includes(`${key} ${form} – ${does}`), key);
    assert.match(out, /\n\nScenarios: still, leak\.\n$/);
  });

  test('on a real machine there is nothing to set: exit 4', async (t) => {
    const { runDirectory } = await startSocketKeeper(t, { hostKind: 'linux' });
    const { code, err } = await cli(['sim', 'set', 'available', '2 GB', '--run-dir', runDirectory]);
    assert.equal(code, 4);
    assert.match(err, /^only_on_sim: .*--host sim/);
  });
});

describe('trust of the command line', () => {
  test('a run directory that is a link is refused', async (t) => {
    const { runDirectory } = await startSocketKeeper(t);
    const holder = testRunDirectory(t);
    symlinkSync(runDirectory, join(holder, 'link'));
    const { code, err } = await cli(['status', '--run-dir', join(holder, 'link')]);
    assert.equal(code, 4);
    assert.match(err, /is a link/);
  });
});
