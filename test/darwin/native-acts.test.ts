import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { constants, privateConstants } from '../../helper/host/darwin/bindings.ts';
import { layouts } from '../../helper/host/darwin/layouts.ts';
import { bindNative, nativeMemory } from '../../helper/host/darwin/native.ts';
import { permitStop } from '../../helper/host/permits.ts';
import { standInSkip } from '../fakes/libsystem-build.ts';
import { read, write } from '../fakes/libsystem-memory.ts';
import { createNativeMac, idOf, type NativeMac } from './native-mac.ts';

/** Which call signalled whom, in order. */
const recorded = (mac: NativeMac): string[] => {
  const calls: string[] = [];
  const before = mac.hook;
  mac.hook = (name, args) => {
    before(name, args);
    if (name === 'kill') calls.push(`${name} ${args[0]}`);
    if (name === 'proc_signal_with_audittoken') calls.push(`token ${read(Number(args[0]), 32).getUint32(20, true)}`);
  };
  return calls;
};

/** Once, right before the first signal. */
const beforeSignal = (mac: NativeMac, happens: () => void): void => {
  let isDone = false;
  mac.hook = (name) => {
    if (isDone || (name !== 'kill' && name !== 'proc_signal_with_audittoken')) return;
    isDone = true;
    happens();
  };
};

describe('signals of macOS', { skip: standInSkip }, () => {
  test('go by the token where the kernel has the call, and by pid where it has not', () => {
    const mac = createNativeMac();
    const calls = recorded(mac);
    const pid = mac.spawn();
    const host = mac.open();
    assert.deepEqual(host.stop(permitStop(idOf(host, pid), 'test')), { ok: true });
    mac.stand.missing.add('proc_signal_with_audittoken');
    const older = mac.open();
    assert.deepEqual(older.signal(idOf(older, pid), 'SIGCONT'), { ok: true });
    assert.deepEqual(calls, [`token ${pid}`, `kill ${pid}`]);
    assert.notEqual(mac.sim.world.processes.get(pid)?.state, 'stopped');
  });

  test('a pid that changes hands between the look and the signal is not signalled', () => {
    const mac = createNativeMac();
    const { sim, spawn } = mac;
    const host = mac.open();
    const pid = spawn();
    const id = idOf(host, pid);
    beforeSignal(mac, () => {
      sim.world.signal(pid, 'SIGKILL');
      spawn({}, pid);
    });
    const sent = host.stop(permitStop(id, 'test'));
    assert.ok(!sent.ok && sent.problem === 'reused', JSON.stringify(sent));
    assert.notEqual(sim.world.processes.get(pid)?.state, 'stopped');
  });

  test('a program that makes an exec at that moment is signalled all the same', () => {
    const mac = createNativeMac();
    const host = mac.open();
    const pid = mac.spawn();
    const id = idOf(host, pid);
    beforeSignal(mac, () => mac.stand.exec(pid));
    const calls = recorded(mac);
    assert.deepEqual(host.stop(permitStop(id, 'test')), { ok: true });
    assert.deepEqual(calls, [`token ${pid}`, `token ${pid}`]);
    assert.equal(mac.sim.world.processes.get(pid)?.state, 'stopped');
  });

  test('a zombie is gone: it is in no table, and nothing is sent to it', () => {
    const mac = createNativeMac();
    const calls = recorded(mac);
    const host = mac.open();
    const pid = mac.spawn();
    const id = idOf(host, pid);
    const zombie = mac.sim.world.processes.get(pid);
    assert.ok(zombie);
    zombie.state = 'zombie';
    const isVanished = (answer: object): boolean => 'problem' in answer && answer.problem === 'vanished';
    assert.ok(isVanished(host.identify(pid)));
    assert.ok(isVanished(host.inspect(id)));
    assert.ok(isVanished(host.signal(id, 'SIGTERM')));
    assert.ok(isVanished(host.setBand(id, 'HOME')));
    assert.ok(host.readChosen([id]).every(isVanished));
    const { processes, facts } = host.readProcesses();
    assert.equal(
      processes.some((each) => each.id.pid === pid),
      false,
    );
    assert.deepEqual(facts, []);
    assert.deepEqual(calls, []);
  });

  test('a call that says −1 and leaves its errno, as most do, is understood, too', () => {
    const mac = createNativeMac();
    const host = mac.open();
    const pid = mac.spawn();
    const id = idOf(host, pid);
    mac.stand.failing.set('proc_signal_with_audittoken', { result: -1, errno: constants.EPERM });
    const sent = host.signal(id, 'SIGTERM');
    assert.ok(!sent.ok && sent.problem === 'refused' && /EPERM/.test(sent.detail), JSON.stringify(sent));
    mac.stand.failing.set('proc_signal_with_audittoken', { result: -1, errno: constants.ENOSYS });
    assert.deepEqual(host.signal(id, 'SIGCONT'), { ok: true });
  });

  test('a kernel that does not understand the call is asked once', () => {
    const mac = createNativeMac();
    const { stand } = mac;
    const calls = recorded(mac);
    const host = mac.open();
    const pid = mac.spawn();
    const id = idOf(host, pid);
    stand.failing.set('proc_signal_with_audittoken', { result: constants.ENOSYS, errno: constants.ENOSYS });
    assert.deepEqual(host.signal(id, 'SIGCONT'), { ok: true });
    stand.failing.clear();
    assert.deepEqual(host.signal(id, 'SIGCONT'), { ok: true });
    assert.deepEqual(calls, [`token ${pid}`, `kill ${pid}`, `kill ${pid}`]);
  });

  test('a refusal of the call is an answer, and is not gone around', () => {
    const mac = createNativeMac();
    const calls = recorded(mac);
    const host = mac.open();
    const pid = mac.spawn();
    const id = idOf(host, pid);
    mac.stand.failing.set('proc_signal_with_audittoken', { result: constants.EPERM, errno: constants.EPERM });
    const sent = host.signal(id, 'SIGTERM');
    assert.ok(!sent.ok && sent.problem === 'refused' && /EPERM/.test(sent.detail));
    assert.deepEqual(calls, [`token ${pid}`]);
  });
});

describe('bands of macOS', { skip: standInSkip }, () => {
  test('what macOS manages itself is read and never set, by either of its signs', () => {
    const mac = createNativeMac();
    const { sim, stand } = mac;
    const host = mac.open();
    const pid = mac.spawn();
    stand.managed.add(pid);
    const refused = (): void => {
      const before = sim.world.processes.get(pid)?.band;
      const set = host.setBand(idOf(host, pid), 'IDLE');
      assert.ok(!set.ok && set.problem === 'refused' && /manages the band/.test(set.detail), JSON.stringify(set));
      assert.equal(sim.world.processes.get(pid)?.band, before);
      assert.ok(host.readBand(idOf(host, pid)).ok);
    };
    const sets: unknown[] = [];
    let hidden: 'state' | 'command' = 'state';
    let entryAt = 0;
    mac.hook = (name, [command, , , at]) => {
      if (name !== 'memorystatus_control') return;
      if (command === privateConstants.MEMORYSTATUS_CMD_GET_PRIORITY_LIST) entryAt = Number(at);
      if (command === privateConstants.MEMORYSTATUS_CMD_SET_PRIORITY_PROPERTIES) sets.push(command);
      // The one sign is taken away before the other is asked for.
      if (command === privateConstants.MEMORYSTATUS_CMD_GET_PROCESS_IS_MANAGED) {
        if (hidden === 'state') write(entryAt + layouts.memorystatus_priority_entry.fields.state[0], new Uint8Array(4));
      }
    };
    refused();
    hidden = 'command';
    refused();
    assert.deepEqual(sets, []);
    stand.managed.clear();
    assert.ok(host.setBand(idOf(host, pid), 'HOME').ok);
    assert.equal(sets.length, 1);
  });

  test('the mark that somebody left on a process stays', () => {
    const mac = createNativeMac();
    const host = mac.open();
    const pid = mac.spawn();
    const { call } = bindNative(mac.stand);
    const properties = nativeMemory(layouts.memorystatus_priority_properties.size);
    const entry = nativeMemory(layouts.memorystatus_priority_entry.size);
    properties.view.setInt32(0, 30, true);
    properties.view.setBigUint64(8, 2n ** 40n + 3n, true);
    assert.equal(call.memorystatus_control(2, pid, 0, properties.address, properties.bytes.length), 0);
    assert.ok(host.setBand(idOf(host, pid), 'HOME').ok);
    call.memorystatus_control(1, pid, 0, entry.address, entry.bytes.length);
    assert.equal(
      entry.view.getBigUint64(layouts.memorystatus_priority_entry.fields.user_data[0], true),
      2n ** 40n + 3n,
    );
    assert.equal(entry.view.getInt32(layouts.memorystatus_priority_entry.fields.priority[0], true), 160);
  });

  test('a process that is ending is gone, and a kernel without the call is unsupported', () => {
    const { stand, open, spawn } = createNativeMac();
    const host = open();
    const id = idOf(host, spawn());
    for (const [errno, problem] of [
      [constants.EBUSY, 'vanished'],
      [constants.ENOSYS, 'unsupported'],
    ] as const) {
      stand.failing.set('memorystatus_control', { result: -1, errno });
      for (const result of [host.setBand(id, 'HOME'), host.readBand(id)])
        assert.ok(!result.ok && result.problem === problem, JSON.stringify(result));
    }
  });

  test('the keeper raises itself: band and disk, and says what was refused', () => {
    const { sim, stand, open, spawn } = createNativeMac();
    // Under the pid of this process, as launchd leaves a daemon.
    spawn({ name: 'castellan', command: 'castellan keeper', uid: 0, band: 40 }, process.pid);
    const host = open();
    assert.deepEqual(host.raiseSelf?.(), []);
    assert.equal(sim.world.processes.get(process.pid)?.band, 190);
    assert.equal(stand.ioPolicy(), constants.IOPOL_IMPORTANT);
    stand.isRoot = false;
    stand.failing.set('setiopolicy_np', { result: -1, errno: constants.EPERM });
    const refused = host.raiseSelf?.() ?? [];
    assert.equal(refused.length, 2);
    for (const sentence of refused) assert.match(sentence, /^The keeper's own .*EPERM\.$/);
  });
});
