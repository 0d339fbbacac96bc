import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { ask } from '../../helper/cli/ask.ts';
import { createLinuxHost } from '../../helper/host/linux/host.ts';
import { goneForMs, watchOwnExecutable } from '../../helper/keeper/life/removal-watch.ts';
import { type Hog, openReliefWorld, type ReliefWorld, skip } from '../fakes/relief-keeper.ts';
import { isStopped, until } from '../fakes/relief-look.ts';

/** How Castellan goes: for the next version, for good, and when its file is gone. Real processes throughout. */

const MB = 2 ** 20;
const main = join(import.meta.dirname, '../../helper/main.ts');
const uid = process.geteuid?.() ?? 0;

interface Frozen {
  readonly world: ReliefWorld;
  readonly hog: Hog;
  readonly keeper: ChildProcess;
  readonly deadman: ChildProcess;
}

const frozen = async (t: TestContext): Promise<Frozen> => {
  const world = openReliefWorld(t, 400);
  const entry = world.entry('runaway', { class: 'freeze_only', freeze_floor: '256 MB' });
  const pattern = /pattern = (.*)/.exec(entry)?.[1];
  world.configure([
    entry,
    '[[band]]',
    'name = "hogs"',
    `pattern = ${pattern}`,
    'band = "IDLE"',
    '[api]',
    'listen = "127.0.0.1:0"',
  ]);
  const hog = await world.hog('runaway', '--hold', '280');
  const deadman = await world.deadman();
  const keeper = await world.keeper();
  await world.able();
  await until('its band is set', () => adjustmentOf(hog.pid) > 0);
  world.memory.set(world.memory.orangeBytes + 30 * MB);
  hog.grow(110, 460);
  await until('it is frozen', () => isStopped(hog.pid));
  return { world, hog, keeper, deadman };
};

const adjustmentOf = (pid: number): number => Number(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8'));

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

describe('a keeper that goes', { skip, concurrency: true }, () => {
  test('for the next one: what was frozen runs, bands hold, keeper, deadman and gateway end in order', async (t) => {
    const { world, hog, keeper, deadman } = await frozen(t);
    const gateway = spawn(process.execPath, ['--no-warnings', main, 'gateway', '--run-dir', world.runDirectory], {
      stdio: 'ignore',
    });
    t.after(() => gateway.kill('SIGKILL'));
    await until('the gateway is there', async () => (await world.status()).gateway.state === 'present');
    const band = adjustmentOf(hog.pid);
    const { code, out, err } = await world.castellan(['refresh', '--json']);
    assert.equal(code, 0, err);
    assert.deepEqual(JSON.parse(out), { resumed: 1, left: [] });
    assert.ok(!isStopped(hog.pid));
    await until('all have ended', () => hasEnded(keeper) && hasEnded(deadman) && hasEnded(gateway));
    assert.deepEqual([keeper.exitCode, deadman.exitCode, gateway.exitCode], [0, 0, 0]);
    assert.equal(adjustmentOf(hog.pid), band);
    assert.deepEqual(world.tombstones(), []);
    assert.equal(world.rows('keeper_stopped').at(-1)?.reason, 'refresh');
    assert.ok(world.rows('mutation').some(({ verb }) => verb === 'keeper.refresh'));
    // Whoever starts it finds it as after any other end.
    world.memory.calm();
    await world.deadman();
    await world.keeper();
    await world.able();
  });

  test('for good: bands are given back, its data is gone and nobody else’s, and it waits to be ended', async (t) => {
    const { world, hog, keeper, deadman } = await frozen(t);
    const { runDirectory } = world;
    writeFileSync(join(runDirectory, 'not-ours'), 'kept');
    const place = { runDirectory, owner: { kind: 'root_or_user', uid } } as const;
    const answer = await ask(place, 'keeper.remove', { removeData: true });
    assert.ok(answer.ok, JSON.stringify(answer));
    assert.deepEqual(answer.result, { resumed: 1, left: [], bands: 1, gpuLimit: 'untouched', seats: [] });
    assert.ok(!isStopped(hog.pid));
    assert.equal(adjustmentOf(hog.pid), 0);
    const ours = ['state', 'castellan.toml', 'castellan.sock', 'gateway.token', 'gateway', 'heartbeat', 'slots'];
    await until('its data is gone', () => ours.every((name) => !existsSync(join(runDirectory, name))));
    assert.equal(readFileSync(join(runDirectory, 'not-ours'), 'utf8'), 'kept');
    assert.ok(!hasEnded(keeper), 'it waits: launchd would start another');
    await world.end(deadman, 'SIGTERM');
    await world.end(keeper, 'SIGTERM');
    assert.deepEqual([keeper.exitCode, deadman.exitCode], [0, 0]);
    assert.deepEqual(
      readdirSync(runDirectory).filter((name) => name === 'state'),
      [],
    );
  });

  test('for anybody but root and the user at the console it does not go', {
    skip: uid === 0 ? false : 'needs root',
  }, async (t) => {
    const world = openReliefWorld(t);
    world.configure([]);
    const keeper = await world.keeper();
    const { code, err } = await world.castellan(['refresh'], { uid: 65_534 });
    assert.notEqual(code, 0);
    assert.match(err, /^not_allowed: /);
    assert.ok(!hasEnded(keeper));
  });
});

describe('a program whose file is gone', { skip: process.platform === 'linux' ? false : 'copies /bin/sleep' }, () => {
  /** The machine is real, time is the test's. */
  const watched = async (t: TestContext) => {
    const folder = await mkdtemp(join(tmpdir(), 'castellan-gone-'));
    const path = join(folder, 'castellan-helper');
    await copyFile('/bin/sleep', path);
    const child = spawn(path, ['600'], { stdio: 'ignore' });
    await once(child, 'spawn');
    const host = createLinuxHost();
    t.after(async () => {
      child.kill('SIGKILL');
      await host.close();
      await rm(folder, { recursive: true, force: true });
    });
    let nowMs = 0;
    let due: { readonly atMs: number; readonly call: () => void } | null = null;
    const clock = {
      nowMs: () => nowMs,
      at: (atMs: number, call: () => void) => {
        due = { atMs, call };
        return () => {
          due = null;
        };
      },
    };
    let gone = 0;
    const stop = watchOwnExecutable({
      host: { identify: host.identify, isExecutableGone: host.isExecutableGone, clock },
      pid: child.pid ?? 0,
      onGone: () => {
        gone += 1;
      },
    });
    const pass = (ms: number): void => {
      const end = nowMs + ms;
      for (let next = due; next !== null && next.atMs <= end; next = due) {
        nowMs = next.atMs;
        due = null;
        next.call();
      }
      nowMs = end;
    };
    return { path, pass, stop, gone: () => gone };
  };

  test('is believed so after half a minute, and told once', async (t) => {
    const { path, pass, gone } = await watched(t);
    pass(60_000);
    assert.equal(gone(), 0);
    await rm(path);
    pass(goneForMs - 5_000);
    assert.equal(gone(), 0);
    pass(10_000);
    assert.equal(gone(), 1);
    pass(600_000);
    assert.equal(gone(), 1);
  });

  test('is not, while an installer puts another in its place', async (t) => {
    const { path, pass, gone } = await watched(t);
    await rm(path);
    pass(20_000);
    await copyFile('/bin/sleep', path);
    pass(600_000);
    assert.equal(gone(), 0);
  });

  test('is not looked at any more once the watch has ended', async (t) => {
    const { path, pass, stop, gone } = await watched(t);
    stop();
    await rm(path);
    pass(600_000);
    assert.equal(gone(), 0);
  });
});
