import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { privateConstants } from '../../helper/host/darwin/bindings.ts';
import { namesMachines } from '../../helper/host/darwin/code-state.ts';
import type { Host, Inspection } from '../../helper/host/port.ts';
import { standInSkip } from '../fakes/libsystem-build.ts';
import { createNativeMac, idOf } from './native-mac.ts';

const blob = (magic: number, content: string): Uint8Array => {
  const bytes = new Uint8Array(8 + content.length);
  new DataView(bytes.buffer).setUint32(0, magic, false);
  new DataView(bytes.buffer).setUint32(4, bytes.length, false);
  bytes.set(Buffer.from(content, 'latin1'), 8);
  return bytes;
};

const seenBy = (host: Host, pid: number): Inspection => {
  const seen = host.inspect(idOf(host, pid));
  assert.ok(!('problem' in seen));
  return seen;
};

describe('a closer look on a stand-in libSystem', { skip: standInSkip }, () => {
  test('nothing is left unknown of an ordinary process, and a debugger is seen', () => {
    const { stand, open, spawn } = createNativeMac();
    const host = open();
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
    const { open, spawn } = createNativeMac();
    const host = open();
    const listens = ['127.0.0.1:8080', '0.0.0.0:22', '[::1]:631', '[::]:65535'];
    assert.deepEqual(seenBy(host, spawn({ listens })).listening, listens);
    const many = Array.from({ length: 300 }, (_, i) => `127.0.0.1:${20_000 + i}`);
    assert.deepEqual(seenBy(host, spawn({ listens: many })).listening, many);
  });

  test('what belongs to macOS and what runs machines', () => {
    const { open, spawn } = createNativeMac();
    const host = open();
    assert.equal(seenBy(host, 1).isPlatform, true);
    assert.equal(seenBy(host, spawn({ isPlatform: true })).isPlatform, true);
    assert.equal(seenBy(host, spawn({ isHypervisor: true })).isHypervisor, true);
  });

  test('a service of Virtualization.framework runs a machine whatever its entitlements are', () => {
    const { stand, open, spawn } = createNativeMac();
    const host = open();
    const pid = spawn({ isPlatform: true });
    const name = 'com.apple.Virtualization.VirtualMachine';
    stand.executables.set(pid, `/System/Library/Frameworks/Virtualization.framework/XPCServices/${name}.xpc/${name}`);
    assert.equal(seenBy(host, pid).isHypervisor, true);
  });

  test('entitlements are read whole, in either form, and what is no blob is not known', () => {
    const { open, spawn, setText } = createNativeMac();
    const host = open();
    const { CSMAGIC_EMBEDDED_ENTITLEMENTS: xml, CSMAGIC_EMBEDDED_DER_ENTITLEMENTS: der } = privateConstants;
    const filler = `<key>x</key><string>${'y'.repeat(40_000)}</string>`;
    const long = spawn();
    setText(long, 'entitlements', blob(xml, `<dict>${filler}<key>com.apple.vm.networking</key><true/></dict>`));
    assert.equal(seenBy(host, long).isHypervisor, true);
    const denied = spawn();
    setText(denied, 'entitlements', blob(xml, '<dict><key>com.apple.security.hypervisor</key><false/></dict>'));
    assert.equal(seenBy(host, denied).isHypervisor, false);
    const binary = spawn();
    setText(binary, 'derEntitlements', blob(der, '\x30\x1ccom.apple.security.hypervisor\x01\x01\xff'));
    assert.equal(seenBy(host, binary).isHypervisor, true);
    const odd = spawn();
    setText(odd, 'entitlements', blob(0x1234, '<dict/>'));
    assert.equal(seenBy(host, odd).isHypervisor, null);
  });

  test('without the right to look, what is not known is null and never a guess', () => {
    const { stand, open, spawn } = createNativeMac();
    const host = open();
    const pid = spawn({ uid: 88, listens: ['127.0.0.1:1'] });
    stand.isRoot = false;
    assert.equal(seenBy(host, pid).listening, null, 'descriptors are for the owner');
    stand.failing.set('csops', { result: -1, errno: 1 });
    const seen = seenBy(host, pid);
    assert.deepEqual([seen.isPlatform, seen.isHypervisor], [null, null]);
    assert.equal(seenBy(host, 1).isPlatform, true, 'of process 1 it is known without asking');
  });

  test('a socket that cannot be looked at leaves the listeners unknown; one that was closed does not', () => {
    const { stand, open, spawn } = createNativeMac();
    const host = open();
    const pid = spawn({ listens: ['127.0.0.1:1'] });
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
