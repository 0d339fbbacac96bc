import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, linkSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { versionChecks } from '../../helper/cli/doctor/local.ts';
import { doctorOutputSchema } from '../../helper/cli/doctor/output.ts';
import { run } from '../../helper/cli/main.ts';
import { failure } from '../../helper/protocol/errors.ts';
import type { Status } from '../../helper/protocol/status.ts';
import { productVersion } from '../../helper/protocol/version.ts';
import { capturedIo } from '../fakes/captured-io.ts';
import { listenAsDeadman } from '../fakes/deadman-listener.ts';
import { sampleStatus } from '../fakes/sample-status.ts';
import { sampleHandlers, startSocketKeeper, testRunDirectory } from '../fakes/socket-keeper.ts';

/** Answers `/healthz` on a port of the test's own. Gives its address. */
const listening = async (t: TestContext, body: string): Promise<string> => {
  const server = createHttpServer(({ url }, response) => response.end(url === '/healthz' ? body : 'no'));
  t.after(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
};
const health = (version = productVersion): string =>
  JSON.stringify({ status: 'ok', version, keeper: 'present', more: 1 });

interface GatewayChange {
  readonly state?: Status['gateway']['state'];
  readonly listen: string;
  readonly problems?: readonly string[];
}
const withGateway = ({ state = 'present', listen, problems = [] }: GatewayChange) => {
  const result = sampleStatus({ gateway: { state, listen, problems: [...problems] } });
  return sampleHandlers({ 'read.status': () => ({ ok: true, result }) });
};

/** A keeper whose gateway answers. */
const startWhole = async (t: TestContext) =>
  startSocketKeeper(t, { handlers: withGateway({ listen: await listening(t, health()) }) });

const cli = async (...argv: string[]) => {
  const io = capturedIo();
  return { code: await run(argv, io), ...io.text };
};

const doctor = async (runDirectory: string) => {
  const { code, out } = await cli('doctor', '--json', '--run-dir', runDirectory);
  const { checks } = doctorOutputSchema.parse(JSON.parse(out));
  return { code, checks, stateOf: (name: string) => checks.find((check) => check.name === name)?.state };
};

const beat = (runDirectory: string, agoSeconds: number): void => {
  const path = join(runDirectory, 'heartbeat');
  writeFileSync(path, '{}');
  const at = Date.now() / 1000 - agoSeconds;
  utimesSync(path, at, at);
};

describe('castellan doctor', () => {
  test('with everything in order: exit 0, the local checks and those of the keeper', async (t) => {
    const { runDirectory } = await startWhole(t);
    await listenAsDeadman(t, runDirectory);
    beat(runDirectory, 1);
    const { code, checks } = await doctor(runDirectory);
    assert.equal(code, 0, JSON.stringify(checks));
    assert.deepEqual(
      checks.map(({ name, from, state }) => `${from} ${name} ${state}`),
      [
        'local run directory ok',
        'local socket ok',
        'local heartbeat ok',
        'local deadman socket ok',
        'local configuration ok',
        'local gateway ok',
        'local keeper ok',
        'local versions ok',
        'keeper sensors ok',
      ],
    );
  });

  test('without a keeper it works and says what to do', async (t) => {
    const runDirectory = testRunDirectory(t);
    const { code, checks, stateOf } = await doctor(runDirectory);
    assert.equal(code, 1);
    assert.equal(stateOf('run directory'), 'ok');
    for (const name of ['socket', 'heartbeat', 'deadman socket', 'keeper']) assert.equal(stateOf(name), 'fail', name);
    for (const { state, todo } of checks) assert.equal(todo !== '', state !== 'ok');
    const plain = await cli('doctor', '--run-dir', join(runDirectory, 'nowhere'));
    assert.equal(plain.code, 1);
    assert.match(plain.out, /FAIL {2}run directory: .*does not exist\n {6}→ Start the keeper: `npm start`/);
  });

  test('judges the heartbeat by its age alone', async (t) => {
    const { runDirectory } = await startWhole(t);
    await listenAsDeadman(t, runDirectory);
    for (const [agoSeconds, state, code] of [
      [5, 'ok', 0],
      [20, 'warn', 0],
      [40, 'fail', 1],
    ] as const) {
      beat(runDirectory, agoSeconds);
      const seen = await doctor(runDirectory);
      assert.equal(seen.stateOf('heartbeat'), state);
      assert.equal(seen.code, code);
    }
  });

  test('the gateway: old, missing, of another keeper, silent, without its address, and somebody else in its place', async (t) => {
    const gone = await listening(t, health());
    const old = await listening(t, health('0.0.9'));
    const stranger = await listening(t, '<html>');
    const mute = createServer(() => {}).listen(0, '127.0.0.1');
    t.after(() => mute.close());
    await once(mute, 'listening');
    const silent = `127.0.0.1:${(mute.address() as AddressInfo).port}`;
    const taken = 'the proxy of B: 127.0.0.1:1340 is taken by pid 12, node';
    for (const [gateway, state, found] of [
      [{ listen: gone }, 'ok', /^answers at http:\/\/127\.0\.0\.1:\d+ in /],
      [{ listen: old }, 'warn', /version 0\.0\.9 beside /],
      [{ listen: gone, problems: [taken] }, 'fail', /taken by pid 12/],
      [{ listen: '', problems: ['127.0.0.1:2189 is taken by pid 12, node'] }, 'fail', /listens nowhere\n127/],
      // Who has its address is known to it, though the keeper believes that it listens there.
      [{ listen: stranger, problems: [taken] }, 'fail', /^the proxy of B: 127\.0\.0\.1:1340 is taken by pid 12, node$/],
      [{ listen: stranger }, 'fail', /something else answers there \(HTTP 200\)/],
      [{ listen: silent }, 'fail', /does not answer within 1 s/],
      [{ state: 'missing', listen: '' }, 'fail', /a gateway answers at 127\.0\.0\.1:\d+, and it is not this keeper's/],
    ] as const) {
      const { runDirectory } = await startSocketKeeper(t, { handlers: withGateway(gateway) });
      writeFileSync(join(runDirectory, 'castellan.toml'), `[api]\nlisten = "${gone}"\n`, { mode: 0o644 });
      const { checks } = await doctor(runDirectory);
      const check = checks.find(({ name }) => name === 'gateway');
      assert.equal(check?.state, state, JSON.stringify(check));
      assert.match(check?.found ?? '', found);
    }
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const nobody = `127.0.0.1:${(closed.address() as AddressInfo).port}`;
    await new Promise((resolve) => closed.close(resolve));
    for (const [gateway, found] of [
      [{ listen: nobody }, /is connected to the keeper, and nobody answers/],
      [{ state: 'missing', listen: '' }, /is not there: no HTTP API/],
    ] as const) {
      const { runDirectory } = await startSocketKeeper(t, { handlers: withGateway(gateway) });
      writeFileSync(join(runDirectory, 'castellan.toml'), `[api]\nlisten = "${nobody}"\n`, { mode: 0o644 });
      const { checks } = await doctor(runDirectory);
      const check = checks.find(({ name }) => name === 'gateway');
      assert.equal(check?.state, 'fail');
      assert.match(check?.found ?? '', found);
    }
  });

  test('fails without the deadman, whatever else is in order', async (t) => {
    const { runDirectory } = await startWhole(t);
    beat(runDirectory, 1);
    const none = await doctor(runDirectory);
    assert.equal(none.code, 1);
    assert.deepEqual(
      none.checks.filter(({ state }) => state !== 'ok').map(({ name, state }) => `${name} ${state}`),
      ['deadman socket fail'],
    );
    writeFileSync(join(runDirectory, 'deadman.sock'), '');
    assert.match(
      (await doctor(runDirectory)).checks.find(({ name }) => name === 'deadman socket')?.found ?? '',
      /not a socket/,
    );
  });

  test('a deadman that listens and says nothing fails, and so does a socket nobody listens on', async (t) => {
    const { runDirectory } = await startSocketKeeper(t);
    beat(runDirectory, 1);
    const path = join(runDirectory, 'deadman.sock');
    const mute = createServer(() => {}).listen(path);
    t.after(() => mute.close());
    await once(mute, 'listening');
    assert.match(
      (await doctor(runDirectory)).checks.find(({ name }) => name === 'deadman socket')?.found ?? '',
      /does not answer/,
    );
    // Closing removes the file; a killed deadman leaves it.
    linkSync(path, `${path}.kept`);
    await new Promise((resolve) => mute.close(resolve));
    renameSync(`${path}.kept`, path);
    const { code, checks } = await doctor(runDirectory);
    assert.equal(code, 1);
    assert.match(checks.find(({ name }) => name === 'deadman socket')?.found ?? '', /nobody listens/);
  });

  test('a folder others can write to fails, and the keeper in it is not talked to', async (t) => {
    const { runDirectory } = await startSocketKeeper(t);
    beat(runDirectory, 1);
    chmodSync(runDirectory, 0o775);
    const { code, checks, stateOf } = await doctor(runDirectory);
    assert.equal(code, 1);
    assert.deepEqual([stateOf('run directory'), stateOf('socket'), stateOf('keeper')], ['fail', 'fail', 'fail']);
    assert.match(checks.find(({ name }) => name === 'keeper')?.found ?? '', /untrusted_server/);
  });

  test('an invalid configuration fails with its lines', async (t) => {
    const { runDirectory } = await startSocketKeeper(t);
    beat(runDirectory, 1);
    writeFileSync(join(runDirectory, 'castellan.toml'), '\nnonsense = 1\n', { mode: 0o644 });
    const { code, checks } = await doctor(runDirectory);
    assert.equal(code, 1);
    const check = checks.find(({ name }) => name === 'configuration');
    assert.equal(check?.state, 'fail');
    assert.match(check?.found ?? '', /castellan\.toml:2: /);
  });

  test('a file that both find wrong is told once, with its place', async (t) => {
    const told = (found: string) =>
      sampleHandlers({
        'read.doctor': () => ({
          ok: true,
          result: { checks: [{ name: 'configuration', state: 'fail', found, todo: 'Correct it.' }] },
        }),
      });
    const known = 'There is no key "nonsense" here.';
    for (const [found, from] of [
      [`castellan.toml:2: ${known}`, ['local']],
      ['castellan.toml: Something else.', ['local', 'keeper']],
    ] as const) {
      const { runDirectory } = await startSocketKeeper(t, { handlers: told(found) });
      writeFileSync(join(runDirectory, 'castellan.toml'), '\nnonsense = 1\n', { mode: 0o644 });
      const { checks } = await doctor(runDirectory);
      const said = checks.filter(({ name }) => name === 'configuration').map((check) => check.from);
      assert.deepEqual(said, from);
    }
  });

  test('a keeper that fails to answer its part is a failed check, not a failed doctor', async (t) => {
    const handlers = sampleHandlers({ 'read.doctor': () => ({ ok: false, failure: failure('internal') }) });
    const { runDirectory } = await startSocketKeeper(t, { handlers });
    const { code, stateOf } = await doctor(runDirectory);
    assert.equal(code, 1);
    assert.equal(stateOf('keeper'), 'fail');
    assert.equal(stateOf('versions'), 'ok');
  });

  test('says which side is older', async (t) => {
    const { runDirectory } = await startSocketKeeper(t, { protocol: { oldest: 7, newest: 8 } });
    const { checks } = await doctor(runDirectory);
    const check = checks.find(({ name }) => name === 'versions');
    assert.equal(check?.state, 'fail');
    assert.match(check?.found ?? '', /this program is too old/);
    const older = {
      ok: false,
      failure: failure('client_too_new'),
      helper: { version: '0.0.1', skew: 'older' },
    } as const;
    assert.match(versionChecks(older)[0]?.found ?? '', /keeper 0\.0\.1.*the keeper is too old/);
    assert.deepEqual(versionChecks({ ok: false, failure: failure('not_running'), helper: null }), []);
  });
});

describe('castellan config check', () => {
  test('a valid file: exit 0; errors with their lines: exit 1, nothing but the file is touched', async (t) => {
    const directory = testRunDirectory(t);
    const path = join(directory, 'castellan.toml');
    writeFileSync(path, '', { mode: 0o644 });
    const good = await cli('config', 'check', path);
    assert.equal(good.code, 0, good.out + good.err);
    assert.match(good.out, /valid\.$/m);
    writeFileSync(path, '# one\n# two\nnonsense = 1\n');
    const bad = await cli('config', 'check', path);
    assert.equal(bad.code, 1);
    assert.match(bad.out, /^error: .*castellan\.toml:3: .*nonsense/);
    const json = JSON.parse((await cli('config', 'check', '--json', path)).out);
    assert.deepEqual([json.state, json.problems[0].line, json.path], ['invalid', 3, path]);
  });

  test('without a file the one of the run directory is meant, and that there is none is no error', async (t) => {
    const directory = testRunDirectory(t);
    const none = await cli('config', 'check', '--run-dir', directory);
    assert.equal(none.code, 0);
    assert.match(none.out, /no such file; the compiled defaults hold/);
    writeFileSync(join(directory, 'castellan.toml'), 'nonsense = 1', { mode: 0o644 });
    assert.equal((await cli('config', 'check', '--run-dir', directory)).code, 1);
  });

  test('a keeper that simulates its machine is not taken for this one', async (t) => {
    const status = sampleStatus();
    const simulated = sampleHandlers({
      'read.status': () => ({ ok: true, result: { ...status, keeper: { ...status.keeper, host: 'sim' } } }),
    });
    const { runDirectory } = await startSocketKeeper(t, { handlers: simulated });
    const none = await cli('config', 'check', '--run-dir', runDirectory);
    assert.match(none.out, /no such file; the simulated machine's own policy holds/);
    const { checks } = await doctor(runDirectory);
    assert.match(checks.find(({ name }) => name === 'configuration')?.found ?? '', /simulated machine's own policy/);
    writeFileSync(join(runDirectory, 'castellan.toml'), '', { mode: 0o644 });
    const note = /^This is the real machine; the keeper in this run directory simulates one\.$/m;
    assert.match((await cli('config', 'check', '--run-dir', runDirectory)).err, note);
    assert.match((await cli('match', 'node', '--json', '--run-dir', runDirectory)).err, note);
    const real = sampleHandlers({
      'read.status': () => ({ ok: true, result: { ...status, keeper: { ...status.keeper, host: 'linux' } } }),
    });
    const other = await startSocketKeeper(t, { handlers: real });
    writeFileSync(join(other.runDirectory, 'castellan.toml'), '', { mode: 0o644 });
    assert.doesNotMatch((await cli('config', 'check', '--run-dir', other.runDirectory)).err, note);
  });

  test('a file that is named and is not there, or is not to be trusted, is an error', async (t) => {
    const directory = testRunDirectory(t);
    const missing = await cli('config', 'check', join(directory, 'none.toml'));
    assert.equal(missing.code, 1);
    assert.match(missing.err, /^config_unreadable: /);
    const path = join(directory, 'castellan.toml');
    writeFileSync(path, '');
    chmodSync(path, 0o666);
    const open = await cli('config', 'check', path);
    assert.notEqual(open.code, 0);
    assert.match(open.err, /castellan\.toml/);
  });
});
