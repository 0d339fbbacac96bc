import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createAccounts } from '../../helper/host/darwin/accounts.ts';
import { constants } from '../../helper/host/darwin/bindings.ts';
import { bindNative } from '../../helper/host/darwin/native.ts';
import { standInSkip } from '../fakes/libsystem-build.ts';
import { shellProbe } from '../fakes/service-probes.ts';
import { bySeat, MB, set } from '../unit/sim-tools.ts';
import { openMac, problemOf } from './launchd-mac.ts';

describe("the GPU's wired limit of a Mac", { skip: standInSkip }, () => {
  test('is the system’s own at 0, and MB else', () => {
    const { sim, host } = openMac();
    assert.deepEqual(host.gpuLimit(), {
      kind: 'not_evaluated',
      why: 'macOS decides what the GPU may hold wired, and does not show it.',
      isSystemPolicy: true,
    });
    set(sim, 'gpu_limit', '52 GB');
    assert.deepEqual(host.gpuLimit(), { kind: 'limit', bytes: 52 * 1024 * MB, isSystemPolicy: false });
  });

  test('a release without it has none, and a refusal is an unknown', () => {
    const { stand, host } = openMac();
    stand.unknownSysctls.add('iogpu.wired_limit_mb');
    const found = host.gpuLimit();
    assert.ok(found.kind === 'not_evaluated' && found.isSystemPolicy === undefined);
    assert.equal(problemOf(host.setGpuLimit(1024 * MB)), 'unsupported');
    stand.unknownSysctls.clear();
    stand.failing.set('sysctlbyname', { result: -1, errno: constants.EPERM });
    assert.equal(host.gpuLimit().kind, 'unknown');
  });

  test('is refused without root, and what is no limit is not written', () => {
    const { stand, sim, host } = openMac();
    set(sim, 'gpu_limit', '52 GB');
    for (const wrong of [-MB, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60, 1, MB - 1])
      assert.equal(problemOf(host.setGpuLimit(wrong)), 'failed', `${wrong}`);
    stand.isRoot = false;
    const refused = host.setGpuLimit(1024 * MB);
    assert.ok(!refused.ok && refused.problem === 'refused' && /EPERM/.test(refused.detail));
    assert.deepEqual(host.gpuLimit(), { kind: 'limit', bytes: 52 * 1024 * MB, isSystemPolicy: false });
  });
});

describe('the program of a process on a Mac', { skip: standInSkip }, () => {
  test('is gone when its path leads nowhere, or when the kernel has no path for it any more', () => {
    const { sim, stand, host } = openMac();
    const { id } = bySeat(sim, 'Codestral');
    const own = host.identify(id.pid);
    assert.ok('start' in own);
    for (const [path, gone] of [
      [process.execPath, false],
      ['/no/such/folder/server', true],
      [`${process.execPath}/server`, true],
      [null, true],
    ] as const) {
      stand.executables.set(id.pid, path);
      assert.equal(host.isExecutableGone(own), gone, `${path}`);
    }
    stand.failing.set('proc_pidpath', { result: 0, errno: constants.EPERM });
    assert.equal(host.isExecutableGone(own), null);
    stand.failing.clear();
    set(sim, 'kill', String(id.pid));
    assert.equal(host.isExecutableGone(own), null);
  });
});

describe('accounts of a Mac', { skip: standInSkip }, () => {
  test('are those of Open Directory, with their home; nobody has numbers below zero', async () => {
    const { stand } = openMac();
    const find = createAccounts(bindNative(stand)).byName;
    stand.accounts.set('neo', { uid: 501, gid: 20, home: '/Users/neo' });
    stand.accounts.set('nobody', { uid: 4_294_967_294, gid: 4_294_967_294, home: '/var/empty' });
    assert.deepEqual(await find('neo'), { uid: 501, gid: 20, home: '/Users/neo' });
    assert.deepEqual(await find('nobody'), { uid: 4_294_967_294, gid: 4_294_967_294, home: '/var/empty' });
    for (const none of ['no-such-account', '', 'a\0b']) assert.equal(await find(none), null);
    stand.accounts.set('huge', { uid: 502, gid: 20, home: `/${'x'.repeat(5_000)}` });
    await assert.rejects(find('huge'), /getpwnam_r: ERANGE/);
  });

  test('a readiness command of an account that cannot be read is a no, not an exception', async () => {
    const { stand, host } = openMac();
    stand.accounts.set('huge', { uid: 502, gid: 20, home: `/${'x'.repeat(5_000)}` });
    const result = await host.probe({ ...shellProbe('true'), user: 'huge' });
    assert.ok(!result.ok && /getpwnam_r: ERANGE/.test(result.detail));
    stand.accounts.set('admin', { uid: 0, gid: 0, home: '/var/root' });
    const root = await host.probe({ ...shellProbe('true'), user: 'admin' });
    assert.ok(!root.ok && /not run as root/.test(root.detail));
    await host.close();
  });
});
