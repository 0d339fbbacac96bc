import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { namesMachines } from '../../helper/host/darwin/code-state.ts';
import { createDarwinHost } from '../../helper/host/darwin/host.ts';
import type { Host, Inspection } from '../../helper/host/port.ts';
import { createSimHost } from '../../helper/host/sim/host.ts';
import { createStandIn } from '../fakes/libsystem.ts';

const makeMac = () => {
  const sim = createSimHost();
  const stand = createStandIn(sim);
  const host = createDarwinHost({ ...stand, uid: 0, runLaunchctl: (_args, done) => done('PID\tStatus\tLabel\n', 0) });
  const spawn = (more: object): number =>
    sim.world.spawn({ name: 'hog', command: '/opt/hog', uid: 501, footprintBytes: 2 ** 26, ...more }).pid;
  return { sim, stand, host, spawn };
};

const seenBy = (host: Host, pid: number): Inspection => {
  const id = host.identify(pid);
  assert.ok('start' in id);
  const seen = host.inspect(id);
  assert.ok(!('problem' in seen));
  return seen;
};

describe('a closer look on a stand-in libSystem', () => {
  test('nothing is left unknown of an ordinary process, and a debugger is seen', () => {
    const { stand, host, spawn } = makeMac();
    const pid = spawn({});
    const seen = seenBy(host, pid);
    const { id, ...rest } = seen;
    assert.deepEqual(rest, {
      listening: [],
      isHypervisor: false,
      isTraced: false,
      isPlatform: false,
      processGroup: rest.processGroup,
    });
    stand.traced.add(pid);
    assert.deepEqual(host.inspect(id), { ...seen, isTraced: true });
  });

  test('where it listens, in both families', () => {
    const { host, spawn } = makeMac();
    const listens = ['127.0.0.1:8080', '0.0.0.0:22', '[::1]:631', '[::]:65535'];
    assert.deepEqual(seenBy(host, spawn({ listens })).listening, listens);
    const many = Array.from({ length: 300 }, (_, i) => `127.0.0.1:${20_000 + i}`);
    assert.deepEqual(seenBy(host, spawn({ listens: many })).listening, many);
  });

  test('what belongs to macOS and what runs machines', () => {
    const { host, spawn } = makeMac();
    assert.equal(seenBy(host, 1).isPlatform, true);
    assert.equal(seenBy(host, spawn({ isPlatform: true })).isPlatform, true);
    assert.equal(seenBy(host, spawn({ isHypervisor: true })).isHypervisor, true);
    // Every other process has an entitlement that is denied in so many words.
    for (let i = 0; i < 2; i += 1) assert.equal(seenBy(host, spawn({})).isHypervisor, false);
  });

  test('a service of Virtualization.framework runs a machine whatever its entitlements are', () => {
    const { stand, host, spawn } = makeMac();
    const pid = spawn({ isPlatform: true });
    const name = 'com.apple.Virtualization.VirtualMachine';
    stand.executables.set(pid, `/System/Library/Frameworks/Virtualization.framework/XPCServices/${name}.xpc/${name}`);
    assert.equal(seenBy(host, pid).isHypervisor, true);
  });

  test('entitlements beyond the first buffer are read whole', () => {
    const { stand, host, spawn } = makeMac();
    const pid = spawn({});
    const filler = `<key>x</key><string>${'y'.repeat(40_000)}</string>`;
    stand.entitlements.set(pid, `<dict>${filler}<key>com.apple.vm.networking</key><true/></dict>`);
    assert.equal(seenBy(host, pid).isHypervisor, true);
  });

  test('without the right to look, what is not known is null and never a guess', () => {
    const { stand, host, spawn } = makeMac();
    const pid = spawn({ uid: 88, listens: ['127.0.0.1:1'] });
    stand.isRoot = false;
    assert.equal(seenBy(host, pid).listening, null, 'descriptors are for the owner');
    stand.failing.set('csops', { result: -1, errno: 1 });
    const seen = seenBy(host, pid);
    assert.deepEqual([seen.isPlatform, seen.isHypervisor], [null, null]);
    assert.equal(seenBy(host, 1).isPlatform, true, 'of process 1 it is known without asking');
  });

  test('a socket that cannot be looked at leaves the listeners unknown; one that was closed does not', () => {
    const { stand, host, spawn } = makeMac();
    const pid = spawn({});
    stand.failing.set('proc_pidfdinfo', { result: 0, errno: 9 });
    assert.deepEqual(seenBy(host, pid).listening, []);
    stand.failing.set('proc_pidfdinfo', { result: 0, errno: 1 });
    assert.equal(seenBy(host, pid).listening, null);
  });
});

describe('entitlements', () => {
  test('those of both frameworks count, unless they are denied; names that only begin so do not', () => {
    const xml = (name: string, value = 'true'): boolean => namesMachines(`<key>${name}</key>\n\t<${value}/>`, 'xml');
    for (const name of [
      'com.apple.security.hypervisor',
      'com.apple.security.virtualization',
      'com.apple.vm.hypervisor',
      'com.apple.vm.device-access',
      'com.apple.private.virtualization.plugin-loader',
    ]) {
      assert.equal(xml(name), true, name);
      assert.equal(xml(name, 'false'), false, name);
      assert.equal(namesMachines(`0\x82\x01${name}\x01\x01\xff`, 'der'), true, name);
    }
    for (const name of ['com.apple.security.app-sandbox', 'com.apple.security.hypervisors', 'com.example.vm.x'])
      assert.equal(xml(name), false, name);
    assert.equal(namesMachines('', 'xml') || namesMachines('', 'der'), false);
    assert.equal(namesMachines(`<key>com.apple.vm.networking</key><array><string>x</string></array>`, 'xml'), true);
  });
});
