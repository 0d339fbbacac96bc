import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createIncidentsCommand } from '../../helper/cli/commands/incidents.ts';
import { sampleBefore } from '../../helper/cli/incidents/around.ts';
import { incidentOutputSchema, incidentsOutputSchema } from '../../helper/cli/incidents/output.ts';
import { run } from '../../helper/cli/main.ts';
import { failureText } from '../../helper/protocol/errors.ts';
import { capturedIo } from '../fakes/captured-io.ts';

const fixtures = fileURLToPath(new URL('../fixtures/incidents', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'castellan-reports-'));
after(() => rmSync(root, { recursive: true, force: true }));

/** Far enough behind the newest fixture for every time zone: the time in a name is local. */
const now = Date.UTC(2026, 9, 4);

/** A folder of its own, with these fixtures in it. */
const folderOf = (...names: readonly string[]): string => {
  const folder = mkdtempSync(join(root, 'folder-'));
  for (const name of names) copyFileSync(join(fixtures, name), join(folder, name));
  return folder;
};

const incidents = async (
  values: Readonly<Record<string, string | boolean>>,
  file?: string,
  change: { readonly platform?: string; readonly home?: string; readonly leaveRoot?: () => string | null } = {},
) => {
  const command = createIncidentsCommand({
    platform: change.platform ?? 'linux',
    home: change.home ?? root,
    leaveRoot: change.leaveRoot ?? (() => null),
    now: () => now,
  });
  const io = capturedIo();
  const outcome = await command.run(
    { values: { 'run-dir': join(root, 'nobody'), ...values }, positionals: file === undefined ? [] : [file] },
    io,
  );
  const said = outcome.kind === 'failed' ? failureText(outcome.failure) : '';
  return { outcome, said, ...io.text };
};

const cascade = 'JetsamEvent-2026-04-20-001132.ips';
const panic = 'panic-full-2026-04-20-001408.0002.panic';
const swarm = 'JetsamEvent-2026-08-24-195524.ips';

describe('the list of reports', () => {
  test('has the newest first, each with its sentence', async () => {
    const { out, outcome } = await incidents({ dir: fixtures });
    assert.deepEqual(outcome, { kind: 'exit', code: 0 });
    const names = [...out.matchAll(/^\d{4}-\d{2}-\d{2} [\d:]{8} {2}(?:memory|panic ) {2}(.*)$/gm)].map(
      ([, name]) => name,
    );
    assert.deepEqual(names.slice(0, 2), [
      'panic-full-2026-10-02-120000.0002.panic',
      'panic-full-2026-10-01-120000.0002.ips',
    ]);
    assert.equal(names.length, readdirSync(fixtures).length - 1);
    // The panic came first and was written down last.
    assert.ok(names.indexOf(cascade) < names.indexOf(panic));
    assert.match(out, /^ {2}macOS ended 46 processes, the largest of them node/m);
    assert.match(out, /^ {2}The kernel gave up because watchdogd had not answered for 90 seconds/m);
  });

  test('with --json is what its schema says', async () => {
    const output = incidentsOutputSchema.parse(JSON.parse((await incidents({ dir: fixtures, json: true })).out));
    assert.deepEqual(output.folders, [fixtures]);
    assert.ok(output.reports.every(({ verdict, problem }) => verdict !== null && problem === null));
  });

  test('with --since has only what was written since then', async () => {
    const named = async (since: string) =>
      [...(await incidents({ dir: fixtures, since })).out.matchAll(/^.{29}(\S+)$/gm)].map(([, name]) => name);
    assert.equal((await named('2026-08-01')).length, 4);
    assert.equal((await named('7d')).length, 2);
    assert.match((await incidents({ dir: fixtures, since: '1s' })).out, /^There are no reports .* from that time\.$/m);
    assert.equal((await incidents({ dir: fixtures, since: 'lately' })).outcome.kind, 'usage');
  });

  test('looks into Retired, too, and at nothing that has another name', async () => {
    const folder = folderOf(cascade);
    mkdirSync(join(folder, 'Retired'));
    copyFileSync(join(fixtures, panic), join(folder, 'Retired', panic));
    writeFileSync(join(folder, 'Safari-2026-04-20-001132.ips'), '{"bug_type":"309"}\n{}');
    mkdirSync(join(folder, 'JetsamEvent-folder.ips'));
    const { out } = await incidents({ dir: folder });
    assert.match(out, new RegExp(panic));
    assert.doesNotMatch(out, /Safari|JetsamEvent-folder/);
  });

  test('follows no link, and waits for no FIFO', async () => {
    const elsewhere = folderOf(swarm);
    const folder = folderOf(cascade);
    symlinkSync(join(elsewhere, swarm), join(folder, 'JetsamEvent-2026-09-01-000000.ips'));
    symlinkSync(elsewhere, join(folder, 'Retired'));
    execFileSync('mkfifo', [join(folder, 'panic-full-2026-09-01-000000.panic')]);
    const { out } = await incidents({ dir: folder });
    assert.equal(out.match(/^\d{4}-/gm)?.length, 1);
    assert.match(out, new RegExp(cascade));
  });

  test('tells of a file that cannot be read, and goes on with the others', async () => {
    const folder = folderOf(cascade);
    writeFileSync(join(folder, 'JetsamEvent-2026-09-01-000000.ips'), 'no report');
    writeFileSync(join(folder, 'panic-full-2026-09-02-000000.panic'), '');
    truncateSync(join(folder, 'panic-full-2026-09-02-000000.panic'), 17 * 2 ** 20);
    const { out, outcome } = await incidents({ dir: folder });
    assert.deepEqual(outcome, { kind: 'exit', code: 0 });
    assert.match(out, /Not read: .*JetsamEvent-2026-09-01-000000\.ips: it is not JSON/);
    assert.match(out, /Not read: .*panic-full-2026-09-02-000000\.panic has 17 MB, and at most 16 are read/);
    assert.match(out, /macOS ended 3 processes/);
  });

  test('shows fifty and counts the older ones', async () => {
    const folder = folderOf();
    for (let day = 1; day <= 28; day += 1)
      for (const month of ['01', '02'])
        copyFileSync(
          join(fixtures, 'JetsamEvent-2026-05-02-101500.ips'),
          join(folder, `JetsamEvent-2026-${month}-${String(day).padStart(2, '0')}-000000.ips`),
        );
    const { out } = await incidents({ dir: folder });
    assert.equal(out.match(/^\d{4}-/gm)?.length, 50);
    assert.match(out, /^6 older reports are not shown\.$/m);
  });

  test('of a name without a time goes by the file', async () => {
    const folder = folderOf();
    const path = join(folder, 'JetsamEvent-copy.ips');
    writeFileSync(path, '{"bug_type":"298"}\n{"processes":[]}');
    utimesSync(path, new Date(now), new Date(now));
    const { out } = await incidents({ dir: folder, json: true });
    assert.equal(incidentsOutputSchema.parse(JSON.parse(out)).reports[0]?.writtenAtMs, now);
  });

  test('cannot be steered by a name in a report', async () => {
    const folder = folderOf();
    const processes = [{ name: '\u001b[2J\u202egnp.exe\n\u0007', pid: 1, rpages: 64, reason: '\u001b]0;x\u0007' }];
    writeFileSync(
      join(folder, 'JetsamEvent-2026-09-01-000000.ips'),
      `{"bug_type":"298"}\n${JSON.stringify({ memoryStatus: { pageSize: 16384 }, processes })}`,
    );
    for (const { out } of [
      await incidents({ dir: folder }),
      await incidents({ dir: folder, json: true }),
      await incidents({ dir: folder }, 'JetsamEvent-2026-09-01-000000.ips'),
    ])
      for (const steering of ['\u001b', '\u0007', '\u202e']) assert.ok(!out.includes(steering));
  });
});

describe('where there are none', () => {
  test('an empty folder says so', async () => {
    const folder = folderOf();
    const { out, outcome } = await incidents({ dir: folder });
    assert.equal(out, `There are no reports of memory or panics in ${folder}.\n`);
    assert.deepEqual(outcome, { kind: 'exit', code: 0 });
  });

  test('another system says that only macOS writes them', async () => {
    const { out, outcome } = await incidents({});
    assert.match(out, /^Only macOS writes such reports\. Name a folder .* --dir/);
    assert.deepEqual(outcome, { kind: 'exit', code: 0 });
    const { out: json } = await incidents({ json: true });
    assert.deepEqual(incidentsOutputSchema.parse(JSON.parse(json)).folders, []);
  });

  test("a Mac without any says which folders were looked into, one's own among them", async () => {
    const home = mkdtempSync(join(root, 'home-'));
    const { out } = await incidents({}, undefined, { platform: 'darwin', home });
    assert.match(out, new RegExp(`/Library/Logs/DiagnosticReports or ${home}/Library/Logs/DiagnosticReports\\.$`, 'm'));
    const own = join(home, 'Library/Logs/DiagnosticReports');
    mkdirSync(own, { recursive: true });
    copyFileSync(join(fixtures, cascade), join(own, cascade));
    assert.match((await incidents({}, undefined, { platform: 'darwin', home })).out, new RegExp(cascade));
  });

  test('a folder that is missing or no folder is an error with its code', async () => {
    const missing = await incidents({ dir: join(root, 'not-there') });
    assert.match(missing.said, /^report_unreadable: .*not-there does not exist/);
    assert.match((await incidents({ dir: join(fixtures, cascade) })).said, /^report_unreadable: .* is no folder/);
  });
});

describe('one report', () => {
  test('is shown with its processes by footprint, and with what would have helped', async () => {
    const { out, outcome } = await incidents({}, join(fixtures, cascade));
    assert.deepEqual(outcome, { kind: 'exit', code: 0 });
    assert.match(out, /^Ended +2 × vm-compressor-space-shortage, 1 × idle-exit$/m);
    assert.match(out, /^ +PID +FOOTPRINT +PEAK +COMPRESSED +BAND +NAME$/m);
    const names = [...out.matchAll(/^ +\d+ .*? {2}(\S+)(?: {2}ended: .*)?$/gm)].map(([, name]) => name);
    assert.deepEqual(names.slice(0, 3), ['sanctum-mlx', 'talagentd', 'qemu-system-aarch64']);
    assert.match(out, /photoanalysisd {2}ended: vm-compressor-space-shortage$/m);
    assert.match(out, /^What would have helped\n {2}sanctum-mlx held 64\.3 GB/m);
    assert.match(out, /^Castellan at that time\n {2}No keeper answers/m);
  });

  test('is found by its name alone in the folder, also in Retired', async () => {
    const folder = folderOf();
    mkdirSync(join(folder, 'Retired'));
    copyFileSync(join(fixtures, panic), join(folder, 'Retired', panic));
    assert.match(
      (await incidents({ dir: folder }, panic)).out,
      /^Compressor +100 % of its segments in use \(too many\)/m,
    );
  });

  test('with --json is what its schema says', async () => {
    const { out } = await incidents({ json: true }, join(fixtures, panic));
    const output = incidentOutputSchema.parse(JSON.parse(out));
    assert.equal(output.verdict.kind, 'panic');
    assert.equal(output.castellan, null);
  });

  test('that is missing, a link, a folder or something else is refused with its code', async () => {
    const folder = folderOf(cascade);
    symlinkSync(join(folder, cascade), join(folder, 'link.ips'));
    writeFileSync(join(folder, 'text.ips'), 'hello');
    const cases: readonly (readonly [string, RegExp])[] = [
      ['not-there.ips', /^report_unreadable: .*not-there\.ips does not exist/],
      ['link.ips', /^report_unreadable: .*link\.ips is a link/],
      ['.', /^report_unreadable: .* is a folder: name it with --dir/],
      ['text.ips', /^report_invalid: .*text\.ips: it is not JSON/],
    ];
    for (const [name, said] of cases) assert.match((await incidents({}, join(folder, name))).said, said);
    assert.match((await incidents({}, '/dev/null')).said, /^report_unreadable: .*is not a regular file/);
    assert.equal((await incidents({ since: '7d' }, cascade)).outcome.kind, 'usage');
  });

  test('has rows of Castellan’s log from a quarter of an hour before until five minutes after', async () => {
    const runDirectory = mkdtempSync(join(root, 'run-'));
    const state = join(runDirectory, 'state');
    mkdirSync(state, { mode: 0o700 });
    const at = Date.UTC(2026, 3, 20, 3, 58, 12);
    const row = (minutes: number, detail: string): string =>
      JSON.stringify({ kind: 'mutation', wallMs: at + minutes * 60_000, instance: 'i', verb: 'v', detail, byUid: 1 });
    const rows = [
      row(-20, 'long before'),
      row(-10, 'before'),
      row(-1, 'just before'),
      row(3, 'after'),
      row(9, 'later'),
    ];
    writeFileSync(join(state, 'audit.jsonl'), `${rows.join('\n')}\n`, { mode: 0o600 });
    const { out } = await incidents({ json: true, 'run-dir': runDirectory }, join(fixtures, panic));
    const { castellan } = incidentOutputSchema.parse(JSON.parse(out));
    assert.deepEqual(
      castellan?.rows?.map(({ detail }) => detail),
      ['before', 'just before', 'after'],
    );
    const { out: text } = await incidents({ 'run-dir': runDirectory }, join(fixtures, panic));
    assert.match(text, /^Castellan at that time\n {2}\S+ \S+ {2}mutation .*uid 1 used v: before\.$/m);
  });

  test('takes from the history the last column that was measured before it', () => {
    const column = (...values: (number | null)[]) => values;
    const history = {
      range: '1h' as const,
      fromMs: 1_000_000,
      columnMs: 1000,
      totalBytes: 100,
      tiers: {
        wired: column(1, 2, null, null),
        compressed: column(3, 4, null, null),
        app: column(5, 5, null, null),
        cached: column(6, 6, null, null),
        free: column(7, 8, null, null),
      },
      swapUsedBytes: column(9, 10, null, null),
      level: column(0, 3, null, 1),
      kernelLevel: column(1, 4, null, null),
      compressorGrowthBytesPerSecond: column(0, 0, null, null),
      reserveLineBytes: column(0, 0, null, null),
      seats: [],
    };
    assert.deepEqual(sampleBefore(history, 1_002_500), {
      atMs: 1_001_000,
      level: 3,
      freeBytes: 8,
      compressedBytes: 4,
      wiredBytes: 2,
      swapUsedBytes: 10,
    });
    assert.equal(sampleBefore(history, 999_000), null);
    assert.equal(sampleBefore(history, 9_000_000)?.level, 1);
  });
});

describe('the rights of root', () => {
  test('are given up after all is opened and before anything is read; if they cannot be, nothing is', async () => {
    const folder = folderOf(cascade);
    const replaced = `{"bug_type":"210"}\n{"panicString":"panic(cpu 0): replaced"}`;
    // What is renamed into place meanwhile is another file than the one that was opened.
    const { out } = await incidents({ dir: folder }, undefined, {
      leaveRoot: () => {
        rmSync(join(folder, cascade));
        writeFileSync(join(folder, cascade), replaced);
        return null;
      },
    });
    assert.match(out, /photoanalysisd/);
    for (const file of [undefined, join(folder, cascade)]) {
      const refused = await incidents({ dir: folder }, file, { leaveRoot: () => 'they stay' });
      assert.match(refused.said, /^report_unreadable: .*not read with the rights of root, and they stay/);
      assert.equal(refused.out, '');
    }
  });

  const notRoot = process.getuid?.() === 0 ? false : 'only root has rights to give up';

  test('are gone for good in the real program', { skip: notRoot }, (t: TestContext) => {
    const secret = join(root, 'secret');
    writeFileSync(secret, 'x', { mode: 0o600 });
    const script = `
      import { readFileSync } from 'node:fs';
      import { leaveRoot } from ${JSON.stringify(new URL('../../helper/cli/incidents/rights.ts', import.meta.url).href)};
      const env = JSON.parse(process.argv[1]);
      const why = leaveRoot({ uid: 0, env });
      const tried = (act) => { try { act(); return true; } catch { return false; } };
      process.stdout.write(JSON.stringify({ why, uid: process.getuid(), gid: process.getgid(), groups: process.getgroups(),
        back: tried(() => process.setuid(0)), reads: tried(() => readFileSync(${JSON.stringify(secret)})) }));`;
    for (const [env, id] of [
      [{ SUDO_UID: '1234', SUDO_GID: '1234' }, 1234],
      [{}, 65534],
      [{ SUDO_UID: '0', SUDO_GID: '0' }, 65534],
    ] as const) {
      const { stdout, stderr } = spawnSync(
        process.execPath,
        ['--input-type=module', '-e', script, JSON.stringify(env)],
        { encoding: 'utf8', timeout: 30_000 },
      );
      t.diagnostic(stderr);
      assert.deepEqual(JSON.parse(stdout), { why: null, uid: id, gid: id, groups: [id], back: false, reads: false });
    }
  });

  test('are not needed for a report that only root may open: it is opened before', { skip: notRoot }, () => {
    const folder = folderOf(cascade);
    chmodSync(join(folder, cascade), 0o600);
    const main = fileURLToPath(new URL('../../helper/main.ts', import.meta.url));
    const { stdout, status } = spawnSync(process.execPath, [main, 'incidents', '--dir', folder], {
      encoding: 'utf8',
      timeout: 60_000,
      env: { ...process.env, SUDO_UID: '1234', SUDO_GID: '1234' },
    });
    assert.equal(status, 0);
    assert.match(stdout, /photoanalysisd/);
  });
});

describe('exit codes of castellan incidents', () => {
  test('are 1 for what is no report or cannot be read, and 2 for wrong usage', async () => {
    // Errors that come before any right would be given up.
    const code = async (...argv: string[]): Promise<number> => run(['incidents', ...argv], capturedIo());
    assert.equal(await code(join(root, 'not-there.ips')), 1);
    assert.equal(await code('--since', 'lately'), 2);
    assert.equal(await code('a', 'b'), 2);
  });

  test('its two schemas are published', async () => {
    for (const [name, key] of [
      ['incidents', 'reports'],
      ['incident', 'verdict'],
    ] as const) {
      const io = capturedIo();
      assert.equal(await run(['schema', name], io), 0);
      assert.ok(Object.hasOwn(JSON.parse(io.text.out).properties, key));
    }
  });
});

test('the fixtures say that they were made by hand', () => {
  assert.match(readFileSync(join(fixtures, 'README.md'), 'utf8'), /made by hand .* None is copied from a Mac/s);
});
