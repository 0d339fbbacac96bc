import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createLinuxHost } from '../../helper/host/linux/host.ts';
import type { Host } from '../../helper/host/port.ts';
import { end } from './world.ts';

const skip = process.platform === 'linux' ? false : 'it is asked of /proc';

interface Room {
  readonly host: Host;
  readonly folder: string;
  /** Starts a copy of sleep under that name. */
  start(name: string): Promise<{ readonly path: string; isGone(): boolean | null }>;
}

const withRoom = async (body: (room: Room) => Promise<void>): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'castellan-executable-'));
  const host = createLinuxHost();
  const children: ChildProcess[] = [];
  try {
    await body({
      host,
      folder,
      start: async (name) => {
        const path = join(folder, name);
        await copyFile('/bin/sleep', path);
        const child = spawn(path, ['600'], { stdio: 'ignore' });
        children.push(child);
        await once(child, 'spawn');
        const id = host.identify(child.pid ?? 0);
        assert.ok('start' in id);
        return { path, isGone: () => host.isExecutableGone(id) };
      },
    });
  } finally {
    await host.close();
    await Promise.all(children.map(end));
    await rm(folder, { recursive: true, force: true });
  }
};

describe('the file of a running process', { skip }, () => {
  test('is gone when it is deleted, and there again when somebody puts another in its place', () =>
    withRoom(async ({ start, folder }) => {
      const { path, isGone } = await start('server');
      await rm(path);
      assert.equal(isGone(), true);
      await copyFile('/bin/sleep', path);
      assert.equal(isGone(), false, 'the next start will find it');
      await rm(folder, { recursive: true });
      assert.equal(isGone(), true, 'the whole folder, as cargo clean does');
    }));

  test('that is replaced by a rename, or only moved, is not gone', () =>
    withRoom(async ({ start, folder }) => {
      const upgraded = await start('upgraded');
      await copyFile('/bin/sleep', join(folder, 'new'));
      await rename(join(folder, 'new'), upgraded.path);
      assert.equal(upgraded.isGone(), false);
      const moved = await start('moved');
      await rename(moved.path, join(folder, 'elsewhere'));
      assert.equal(moved.isGone(), false);
    }));

  test('may be called as if it were deleted', () =>
    withRoom(async ({ start }) => {
      const { path, isGone } = await start('server (deleted)');
      assert.equal(isGone(), false);
      await rm(path);
      assert.equal(isGone(), true);
    }));

  test('is not known of a kernel thread, nor of what is no pid', () =>
    withRoom(async ({ host }) => {
      for (const pid of [2, 0, -1, 1.5]) assert.equal(host.isExecutableGone({ pid, start: '0' }), null);
      const thread = host.identify(2);
      if ('start' in thread) assert.equal(host.isExecutableGone(thread), null);
    }));
});
