import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { findElectron } from '../../build/fetch/electron-runtime.ts';
import { bundle } from '../../build/outputs/bundle.ts';
import { end, eventually, kept, missing, openWorld, root, type World } from './surroundings.ts';

const nobody = 65_534;

/**
 * Where user namespaces are not to be had (in a chroot), Chromium takes its helper, which must be root's with the set-user-ID
 * bit (docs/linux/suid_sandbox.md of Chromium). A copy of its own: the runtime's is linked.
 */
const giveSandboxHelper = (runtime: string, folder: string): void => {
  const helper = path.join(folder, 'chrome-sandbox');
  rmSync(helper, { force: true });
  copyFileSync(path.join(runtime, 'chrome-sandbox'), helper);
  chownSync(helper, 0, 0);
  chmodSync(helper, 0o4755);
};

/**
 * The app as packed, beside an Electron that keeps its name: by that Electron takes it for a checkout, as it would a copy of
 * the real one that somebody calls so. The app knows better.
 */
const pack = async (world: World): Promise<string> => {
  const runtime = findElectron(root);
  if (runtime.kind === 'missing') throw new Error(runtime.reason);
  // Not in the checkout, whose path may have a space in it: Chromium starts its helper by words.
  const folder = mkdtempSync(path.join(tmpdir(), 'packaged-'));
  world.defer(() => rmSync(folder, { recursive: true, force: true }));
  const take = (how: string) => spawnSync('cp', [how, `${runtime.folder}/.`, folder]);
  // Linked where both lie on one file system.
  const copied = take('-rl').status === 0 ? null : take('-rf');
  assert.ok(copied === null || copied.status === 0, copied?.stderr.toString() ?? '');
  // What `cp` takes over of the folder's mode would keep another user out.
  chmodSync(folder, 0o755);
  rmSync(path.join(folder, 'resources/default_app.asar'), { force: true });
  if (process.getuid?.() === 0) giveSandboxHelper(runtime.folder, folder);
  const app = path.join(folder, 'resources/app');
  mkdirSync(app, { recursive: true });
  cpSync(path.join(root, 'package.json'), path.join(app, 'package.json'));
  await bundle({ into: path.relative(root, path.join(app, 'dist')), packaged: { stamp: null } });
  return path.join(folder, 'electron');
};

interface Started {
  readonly child: ChildProcess;
  /** Both streams together. */
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

describe('a packaged app', { skip: missing, timeout: 60_000 }, () => {
  test('has no standard streams, writes nothing to them, and does not repeat what another was started with', async (t) => {
    const world = await openWorld(t);
    const program = await pack(world);
    const home = path.join(world.folder, 'home');
    mkdirSync(home);
    const isRoot = process.getuid?.() === 0;
    // As root, Chromium's own sandbox would not let a packaged app start.
    if (isRoot) chownSync(home, nobody, nobody);
    const account = isRoot ? { uid: nobody, gid: nobody } : {};
    const start = (...args: readonly string[]): Started => {
      const env = {
        ...world.env,
        HOME: home,
        XDG_CONFIG_HOME: path.join(home, 'config'),
        ELECTRON_ENABLE_LOGGING: '1',
      };
      const child = kept(spawn(program, [...args], { ...account, cwd: '/', env, stdio: 'pipe' }));
      world.defer(() => end(child));
      let text = '';
      for (const stream of [child.stdout, child.stderr])
        stream?.on('data', (bytes: Buffer) => {
          text += bytes.toString();
        });
      const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
      return { child, output: () => text, ended };
    };
    const log = (): string => {
      const file = path.join(home, 'config/Castellan/logs/app.log');
      return existsSync(file) ? readFileSync(file, 'utf8') : '';
    };

    const first = start();
    await eventually(
      () => log().includes(' on Electron '),
      () => `the app starts\n${first.output()}\n${log()}`,
    );
    const streams = [0, 1, 2].map((fd) => readlinkSync(`/proc/${first.child.pid}/fd/${fd}`));
    assert.deepEqual(streams, ['/dev/null', '/dev/null', '/dev/null']);

    const second = start('/some/file');
    assert.equal(await second.ended, 0);
    const steered = start('--remote-debugging-port=0', '--word-of-a-stranger');
    assert.equal(await steered.ended, 1);
    assert.equal(first.child.exitCode, null);

    // What Chromium says before it lets the app's first line run, this cannot take back.
    const ours = [first, second, steered].map(({ output }) =>
      output()
        .split('\n')
        .filter((line) => line !== '' && !/^\[\d*:?\d{4}\/\d{6}\.\d+:(ERROR|WARNING|INFO|VERBOSE\d):/.test(line)),
    );
    assert.deepEqual(ours, [[], [], []]);
    for (const { output } of [first, second, steered]) assert.doesNotMatch(output(), /DevTools|stranger/);
    assert.doesNotMatch(log(), /some\/file|stranger/);
    assert.match(log(), /does not take/);
  });
});
