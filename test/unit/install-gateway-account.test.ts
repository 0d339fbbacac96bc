import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findAccount, makeAccount, removeAccount } from '../../helper/install/account.ts';
import type { RunCommand } from '../../helper/install/command-runner.ts';
import { installedRunDirectory } from '../../helper/install/daemon-plists.ts';
import { ensureGatewayAccount } from '../../helper/install/gateway-account.ts';
import { createDirectory } from '../fakes/install-world.ts';

const started = () => {
  const directory = createDirectory();
  const asked: string[] = [];
  const told: string[] = [];
  const run: RunCommand = async (program, args) => {
    asked.push([program, ...args].join(' '));
    if (program !== '/usr/bin/id') return directory.run(program, args);
    return { code: directory.records.has('/Users/_castellan') ? 0 : 1, output: '' };
  };
  const launchd = {
    launchctl: async (args: readonly string[]) => {
      asked.push(['launchctl', ...args].join(' '));
      return { code: 0, output: '' };
    },
    sleep: async () => {},
  };
  const ensure = (over: { readonly platform?: string; readonly uid?: number; readonly runDirectory?: string } = {}) =>
    ensureGatewayAccount({
      platform: 'darwin',
      uid: 0,
      runDirectory: installedRunDirectory(false),
      run,
      launchd,
      tell: (level, text) => void told.push(`${level}: ${text}`),
      ...over,
    });
  return { directory, asked, told, ensure };
};

describe('the account of the gateway', () => {
  test('is made by the keeper at its first start, which has launchd try the gateway again', async () => {
    const { directory, asked, told, ensure } = started();
    await ensure();
    assert.equal(directory.records.get('/Users/_castellan')?.get('UniqueID'), '497');
    assert.equal(asked.at(-1), 'launchctl kickstart system/com.sanctum.castellan.gateway');
    assert.equal(told.length, 1);
    const before = asked.length;
    await ensure();
    assert.deepEqual(asked.slice(before), ['/usr/bin/id -u _castellan'], 'afterwards it is one look');
  });

  test('is nobody’s business in development, of others than root, and elsewhere', async () => {
    const { asked, ensure } = started();
    await ensure({ platform: 'linux' });
    await ensure({ uid: 501 });
    await ensure({ runDirectory: '/tmp/castellan-dev' });
    assert.deepEqual(asked, []);
  });

  test('that cannot be made is said, and the keeper goes on', async () => {
    const { directory, asked, told, ensure } = started();
    directory.failAt = 3;
    await ensure();
    assert.match(told[0] ?? '', /^error: the account _castellan could not be made.*RealName/);
    assert.ok(!asked.some((line) => line.startsWith('launchctl')));
  });

  test('half of one, left by a run that was cut off, becomes a whole one with the same number', async () => {
    const { run, records } = createDirectory();
    records.set('/Groups/_castellan', new Map([['PrimaryGroupID', '444']]));
    const found = await findAccount(run);
    assert.deepEqual(found, { kind: 'missing', id: 444, halves: { user: false, group: true } });
    assert.ok(found.kind === 'missing');
    assert.deepEqual(await makeAccount(run, found), { ok: true });
    assert.equal(records.get('/Users/_castellan')?.get('UniqueID'), '444');
    // What was there before the installation is not the installation's to take away.
    await removeAccount(run, found.halves);
    assert.deepEqual([records.has('/Users/_castellan'), records.has('/Groups/_castellan')], [false, true]);
  });

  test('never has a number that is taken, nor that of root; when all are, it is said', async () => {
    const { run, records } = createDirectory();
    for (let id = 400; id < 500; id += 1)
      if (id !== 417) records.set(`/Users/u${id}`, new Map([['UniqueID', String(id)]]));
    assert.deepEqual(await findAccount(run), { kind: 'missing', id: 417, halves: { user: false, group: false } });
    records.set('/Groups/g417', new Map([['PrimaryGroupID', '417']]));
    assert.equal((await findAccount(run)).kind, 'unknown');
    records.set('/Users/_castellan', new Map([['UniqueID', '0']]));
    assert.equal((await findAccount(run)).kind, 'unknown');
  });
});
