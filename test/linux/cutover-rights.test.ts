import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { createPortOwner } from '../../helper/host/linux/port-owner.ts';
import { runCommand } from '../../helper/install/command-runner.ts';
import { accountOf } from '../../helper/install/console-account.ts';
import { prepare } from '../../helper/install/cutover/cutover.ts';
import { homeFilesAs } from '../../helper/install/cutover/files.ts';
import { digest } from '../../helper/install/cutover/home-files.ts';
import { runPlan } from '../../helper/install/cutover/run.ts';
import { findInstallFacts, planInstall } from '../../helper/install/installation.ts';
import { installPlaces } from '../../helper/install/places.ts';
import { carryOut } from '../../helper/install/steps.ts';
import { findStopped } from '../../helper/install/stopped-processes.ts';
import { gatewayAccountName } from '../../helper/keeper/server/gateway-account.ts';
import { executable, furnish, openMac, scratchFolder } from '../fakes/cutover-mac.ts';
import { until } from '../fakes/relief-look.ts';

const nobody = { uid: 65_534, gid: 65_534 };
const notRoot = process.getuid?.() === 0 ? false : 'only root can give a child the rights of somebody else';

/** Of an account without rights, whose parts below belong to it. */
const newHome = (t: TestContext): { readonly home: string; readonly agents: string } => {
  const home = mkdtempSync(join(tmpdir(), 'castellan-nobody-'));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const agents = join(home, 'Library/LaunchAgents');
  mkdirSync(agents, { recursive: true });
  writeFileSync(join(agents, 'a.plist'), 'the list');
  for (const path of [home, join(home, 'Library'), agents, join(agents, 'a.plist')])
    chownSync(path, nobody.uid, nobody.gid);
  return { home, agents };
};

const sha256 = digest(Buffer.from('the list'));
const backup = 'castellan-cutover-20261122-141500';

describe('files in a home, by a child with the rights of its owner', { skip: notRoot }, () => {
  test('are made, renamed and put back as its own', async (t) => {
    const { home, agents } = newHome(t);
    const files = homeFilesAs(nobody);
    const looked = await files({ op: 'look', home, names: ['a.plist'] });
    assert.deepEqual(looked, { problem: null, files: [{ name: 'a.plist', state: 'file', sha256, mode: 0o644 }] });
    const kept = { name: 'a.plist', sha256 };
    assert.deepEqual(await files({ op: 'back_up', home, backup, files: [kept], texts: [] }), { problem: null });
    const copy = join(home, '.sanctum/backups', backup, 'a.plist');
    assert.deepEqual([statSync(copy).uid, statSync(copy).gid], [nobody.uid, nobody.gid]);
    assert.equal(readFileSync(copy, 'utf8'), 'the list');
    const retired = 'a.plist.retired-20261122';
    await files({ op: 'rename', home, from: 'a.plist', to: retired, sha256 });
    assert.deepEqual(readdirSync(agents), [retired]);
    rmSync(join(agents, retired));
    const back = await files({ op: 'put_back', home, backup, file: { ...kept, retired, mode: 0o644 } });
    assert.deepEqual(back, { problem: null, put: 'from_backup' });
    assert.equal(statSync(join(agents, 'a.plist')).uid, nobody.uid);
  });

  test('do not keep root waiting: not for a child that hangs, nor for one whose own children hold its output', async () => {
    const module = new URL('../../helper/install/cutover/files.ts', import.meta.url).href;
    for (const hangs of ['sleep 20', 'sleep 20 & exit 0', 'sleep 20 & echo "{\\"problem\\":null}"']) {
      const script = `import { homeFilesAs } from ${JSON.stringify(module)};
        const files = homeFilesAs(${JSON.stringify(nobody)}, ['/bin/sh', '-c', ${JSON.stringify(hangs)}], 300);
        console.log(JSON.stringify(await files({ op: 'look', home: '/', names: [] })));`;
      const run = ['--no-warnings', '--input-type=module', '-e', script];
      const { stdout, signal } = spawnSync(process.execPath, run, { encoding: 'utf8', timeout: 10_000 });
      assert.equal(signal, null, `the process did not end after: ${hangs}`);
      assert.match(stdout, /no answer within 0\.3 s/);
    }
  });

  test('are no way to what only root can reach', async (t) => {
    const { home, agents } = newHome(t);
    const secret = mkdtempSync(join(tmpdir(), 'castellan-secret-'));
    t.after(() => rmSync(secret, { recursive: true, force: true }));
    writeFileSync(join(secret, 'key'), 'secret', { mode: 0o600 });
    chmodSync(secret, 0o700);
    const files = homeFilesAs(nobody);
    symlinkSync(join(secret, 'key'), join(agents, 'b.plist'));
    const looked = await files({ op: 'look', home, names: ['b.plist'] });
    assert.deepEqual(
      looked.files?.map(({ state }) => state),
      ['refused'],
    );
    // A folder of root's in the way is not written into, and neither is one behind a link.
    mkdirSync(join(home, '.sanctum'));
    const texts = [{ name: 'x', text: 'x' }];
    const inRoots = await files({ op: 'back_up', home, backup, files: [], texts });
    assert.match(inRoots.problem ?? '', /belongs to uid 0, not to uid 65534/);
    rmSync(join(home, '.sanctum'), { recursive: true });
    symlinkSync(secret, join(home, '.sanctum'));
    assert.match((await files({ op: 'back_up', home, backup, files: [], texts })).problem ?? '', /is a link/);
    assert.deepEqual(readdirSync(secret), ['key']);
    assert.ok(!existsSync(join(secret, 'backups')));
  });

  test('a child that cannot be started, or says nonsense, is a sentence', async () => {
    const home = '/nowhere';
    const look = { op: 'look', home, names: [] } as const;
    const missing = await homeFilesAs(nobody, ['/no/such/program'])(look);
    assert.match(missing.problem ?? '', /^files of uid 65534 could not be handled: .*ENOENT/);
    const babbling = await homeFilesAs(nobody, ['/bin/echo', '{"problem":1}'])(look);
    assert.match(babbling.problem ?? '', /could not be handled: its answer is not/);
    assert.match((await homeFilesAs(nobody, ['/bin/false'])(look)).problem ?? '', /ended with code 1/);
  });

  test('the account of a uid is found, and the rights of root are back afterwards', () => {
    assert.equal(accountOf(0)?.home, '/root');
    assert.equal(accountOf(nobody.uid)?.gid, nobody.gid);
    assert.equal(accountOf(4_000_000_000), null);
    assert.equal(process.geteuid?.(), 0);
  });
});

test('what is installed while old services are loaded is started by the cutover alone', {
  skip: notRoot,
}, async (t) => {
  const root = scratchFolder();
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const mac = openMac(root, furnish(root));
  rmSync(join(root, 'Library/LaunchDaemons'), { recursive: true });
  mkdirSync(join(root, 'Library/LaunchDaemons'));
  const given = {
    launchd: mac.ports.launchd,
    // The account of the gateway is there.
    run: async () => ({ code: 0, output: `${gatewayAccountName} 450\n` }),
    places: installPlaces(false, root),
    executable,
    isDevelopment: false,
    isHeld: true,
    greets: async () => 'nobody is asked',
  };
  const install = async () => planInstall(given, await findInstallFacts(given));
  const was = mac.launchd.listing();
  assert.equal((await carryOut(await install(), () => {})).failed, null);
  assert.deepEqual(mac.launchd.listing(), was);
  assert.equal(mac.launchd.state().disabled.length, 3);
  assert.deepEqual(await install(), []);
  const choices = { account: mac.account, live: true, leaveUnprotected: false, also: [], chosen: null };
  const { plan, preflight } = await prepare(mac.ports, choices);
  assert.deepEqual(preflight.problems, []);
  assert.equal((await runPlan(plan, mac.ports, () => {})).kind, 'complete');
  assert.equal(mac.launchd.listing().length, 3);
  assert.deepEqual(mac.launchd.state().disabled, []);
  assert.deepEqual(mac.launchd.together, []);
});

test('a process that is stopped is found, and nobody else', async (t) => {
  const children = [0, 1].map(() => spawn('/bin/sleep', ['60'], { stdio: 'ignore' }));
  t.after(() => {
    for (const child of children) child.kill('SIGKILL');
  });
  const [stopped, running] = children;
  stopped?.kill('SIGSTOP');
  const pids = async (): Promise<readonly number[]> => (await findStopped(runCommand)).map(({ pid }) => pid);
  await until('it is stopped', async () => (await pids()).includes(stopped?.pid ?? 0));
  assert.ok(!(await pids()).includes(running?.pid ?? 0));
  const found = (await findStopped(runCommand)).find(({ pid }) => pid === stopped?.pid);
  assert.match(found?.command ?? '', /sleep$/);
});

test('a port that a real stranger holds undoes the cutover, and the stranger is named', async (t) => {
  const root = scratchFolder();
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => server.close());
  const at = server.address();
  assert.ok(at !== null && typeof at === 'object');
  const mac = openMac(root, furnish(root));
  writeFileSync(mac.config, `[api]\nlisten = "127.0.0.1:${at.port}"\n`);
  const was = mac.snapshot();
  const ports = { ...mac.ports, portOwner: createPortOwner('/proc') };
  const choices = { account: mac.account, live: true, leaveUnprotected: false, also: [], chosen: null };
  const { plan, preflight } = await prepare(ports, choices);
  assert.match(preflight.warnings.join(), new RegExp(`127\\.0\\.0\\.1:${at.port} is held by .*pid ${process.pid}`));
  const end = await runPlan(plan, ports, () => {});
  assert.ok(end.kind === 'undone' && end.why.includes(`pid ${process.pid}`));
  assert.deepEqual(mac.snapshot(), was);
  assert.ok(server.listening);
});
