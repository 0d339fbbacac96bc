import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { daemonLabel } from '../../helper/install/daemon-plists.ts';
import { partFrom, resumeAll } from '../../helper/install/keeper-port.ts';
import type { Launchctl } from '../../helper/install/launchd.ts';
import { type Uninstalled, uninstall } from '../../helper/install/uninstall.ts';
import { openInstallWorld, whyNotRoot } from '../fakes/install-world.ts';
import { openReliefWorld, skip } from '../fakes/relief-keeper.ts';
import { isStopped, until } from '../fakes/relief-look.ts';

/** The end of everything with a real keeper, a real deadman and a process that is frozen; only launchctl is the test's. */

const MB = 2 ** 20;

const printed = (pid: number): string => `\tstate = running\n\texit timeout = 20\n\tpid = ${pid}\n`;

/** launchd's part: what is booted out gets TERM, and KILL when it does not end. */
const launchctlOver = (jobs: ReadonlyMap<string, ChildProcess>, order: string[]): Launchctl => {
  const isThere = (child: ChildProcess | undefined): child is ChildProcess =>
    child !== undefined && child.exitCode === null && child.signalCode === null;
  return async ([verb = '', target = '']) => {
    const label = target.slice(target.lastIndexOf('/') + 1);
    const child = jobs.get(label);
    if (!isThere(child)) return { code: verb === 'bootout' ? 3 : 113, output: '' };
    if (verb === 'print') return { code: 0, output: printed(child.pid ?? 0) };
    if (verb !== 'bootout') return { code: 64, output: '' };
    order.push(label);
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), 1_500).unref();
    return { code: 0, output: '' };
  };
};

const frozenWorld = async (t: TestContext) => {
  const world = openReliefWorld(t, 400);
  world.configure([world.entry('runaway', { class: 'freeze_only', freeze_floor: '256 MB' })]);
  const hog = await world.hog('runaway', '--hold', '280');
  const deadman = await world.deadman();
  const keeper = await world.keeper();
  await world.able();
  world.memory.set(world.memory.orangeBytes + 30 * MB);
  hog.grow(110, 460);
  await until('it is frozen', () => isStopped(hog.pid));
  const installed = openInstallWorld(t);
  const order: string[] = [];
  const label = (role: 'keeper' | 'deadman') => daemonLabel(role, false);
  const jobs = new Map([
    [label('keeper'), keeper],
    [label('deadman'), deadman],
  ]);
  const remove = (): Promise<Uninstalled> =>
    uninstall({
      ...installed.given,
      launchd: { launchctl: launchctlOver(jobs, order), sleep: (ms) => sleep(ms) },
      places: { ...installed.given.places, runDirectory: world.runDirectory },
      withData: false,
      part: partFrom(false),
      resume: resumeAll(() => {}),
      say: () => {},
    });
  return { world, hog, keeper, deadman, order, remove };
};

describe('castellan uninstall, with real processes', { skip: skip || whyNotRoot, concurrency: true }, () => {
  test('the keeper resumes, and all end in order', async (t) => {
    const { hog, keeper, deadman, order, remove } = await frozenWorld(t);
    const result = await remove();
    assert.ok(!isStopped(hog.pid));
    assert.deepEqual(result.left, []);
    assert.equal(result.undone?.resumed, 1);
    assert.deepEqual(order, ['com.sanctum.castellan', 'com.sanctum.castellan.deadman']);
    assert.deepEqual([keeper.exitCode, deadman.exitCode], [0, 0]);
  });

  test('of a keeper that hangs the deadman resumes what was frozen, and only then ends', async (t) => {
    const { world, hog, keeper, deadman, order, remove } = await frozenWorld(t);
    keeper.kill('SIGSTOP');
    const result = await remove();
    assert.ok(!isStopped(hog.pid));
    assert.equal(result.undone, null);
    assert.deepEqual(result.left, []);
    assert.deepEqual(order, ['com.sanctum.castellan', 'com.sanctum.castellan.deadman']);
    assert.equal(keeper.signalCode, 'SIGKILL');
    assert.equal(deadman.exitCode, 0);
    assert.deepEqual(world.tombstones(), []);
  });

  test('with neither of them alive the installer itself resumes by tombstone', async (t) => {
    const { world, hog, keeper, deadman, order, remove } = await frozenWorld(t);
    await world.end(deadman);
    await world.end(keeper);
    assert.ok(isStopped(hog.pid));
    assert.ok(existsSync(join(world.runDirectory, 'stopped', String(hog.pid))));
    const result = await remove();
    assert.ok(!isStopped(hog.pid));
    assert.deepEqual([result.left, order], [[], []]);
  });
});
