import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { constants } from '../../helper/host/darwin/bindings.ts';
import { createDarwinHost } from '../../helper/host/darwin/host.ts';
import { permitStop } from '../../helper/host/permits.ts';
import type { Host } from '../../helper/host/port.ts';
import { createSimHost } from '../../helper/host/sim/host.ts';
import { createStandIn } from '../fakes/libsystem.ts';

const makeMac = () => {
  const sim = createSimHost();
  const stand = createStandIn(sim);
  const open = (): Host =>
    createDarwinHost({ ...stand, uid: 0, runLaunchctl: (_args, done) => done('PID\tStatus\tLabel\n', 0) });
  const spawn = (pid?: number): number =>
    sim.world.spawn({ name: 'hog', command: '/opt/hog', uid: 501, footprintBytes: 2 ** 26 }, pid).pid;
  return { sim, stand, open, spawn };
};

const idOf = (host: Host, pid: number) => {
  const id = host.identify(pid);
  assert.ok('start' in id);
  return id;
};

describe('signals of macOS', () => {
  test('go by the token where the kernel has the call, and by pid where it has not', () => {
    const { stand, open, spawn } = makeMac();
    const pid = spawn();
    const host = open();
    assert.deepEqual(host.stop(permitStop(idOf(host, pid), 'test')), { ok: true });
    stand.hasTokenSignal = false;
    const older = open();
    assert.deepEqual(older.signal(idOf(older, pid), 'SIGCONT'), { ok: true });
    assert.deepEqual(stand.signals, [
      { pid, by: 'token' },
      { pid, by: 'kill' },
    ]);
  });

  test('a pid that changes hands between the look and the signal is not signalled', () => {
    const { sim, stand, open, spawn } = makeMac();
    const host = open();
    const pid = spawn();
    const id = idOf(host, pid);
    stand.beforeSignal = () => {
      stand.beforeSignal = null;
      sim.world.signal(pid, 'SIGKILL');
      spawn(pid);
    };
    const sent = host.stop(permitStop(id, 'test'));
    assert.ok(!sent.ok && sent.problem === 'reused', JSON.stringify(sent));
    assert.deepEqual(stand.signals, []);
    assert.notEqual(sim.world.processes.get(pid)?.state, 'stopped');
  });

  test('a program that makes an exec at that moment is signalled all the same', () => {
    const { sim, stand, open, spawn } = makeMac();
    const host = open();
    const pid = spawn();
    const id = idOf(host, pid);
    stand.beforeSignal = () => {
      stand.beforeSignal = null;
      stand.execs.set(pid, 1);
    };
    assert.deepEqual(host.stop(permitStop(id, 'test')), { ok: true });
    assert.equal(sim.world.processes.get(pid)?.state, 'stopped');
  });

  test('a kernel that does not understand the call is asked once', () => {
    const { stand, open, spawn } = makeMac();
    const host = open();
    const id = idOf(host, spawn());
    stand.failing.set('proc_signal_with_audittoken', { result: constants.ENOSYS, errno: constants.ENOSYS });
    assert.deepEqual(host.signal(id, 'SIGCONT'), { ok: true });
    stand.failing.clear();
    assert.deepEqual(host.signal(id, 'SIGCONT'), { ok: true });
    assert.deepEqual(
      stand.signals.map(({ by }) => by),
      ['kill', 'kill'],
    );
  });

  test('a refusal of the call is an answer, and is not gone around', () => {
    const { stand, open, spawn } = makeMac();
    const host = open();
    const id = idOf(host, spawn());
    stand.failing.set('proc_signal_with_audittoken', { result: constants.EPERM, errno: constants.EPERM });
    const sent = host.signal(id, 'SIGTERM');
    assert.ok(!sent.ok && sent.problem === 'refused' && /EPERM/.test(sent.detail));
    assert.deepEqual(stand.signals, []);
  });
});

describe('bands of macOS', () => {
  test('what macOS manages itself is read and never set, by either of its signs', () => {
    const { sim, stand, open, spawn } = makeMac();
    const host = open();
    const [byCommand, byState] = [spawn(), spawn()];
    stand.managed.add(byCommand);
    stand.states.set(byState, 0x40);
    for (const pid of [byCommand, byState]) {
      const before = sim.world.processes.get(pid)?.band;
      const set = host.setBand(idOf(host, pid), 'IDLE');
      assert.ok(!set.ok && set.problem === 'refused' && /manages the band/.test(set.detail), JSON.stringify(set));
      assert.equal(sim.world.processes.get(pid)?.band, before);
      assert.ok(host.readBand(idOf(host, pid)).ok);
    }
    stand.managed.clear();
    assert.ok(host.setBand(idOf(host, byCommand), 'HOME').ok);
  });

  test('the mark that somebody left on a process stays', () => {
    const { stand, open, spawn } = makeMac();
    const host = open();
    const pid = spawn();
    stand.marks.set(pid, 2 ** 40 + 3);
    assert.ok(host.setBand(idOf(host, pid), 'HOME').ok);
    assert.equal(stand.marks.get(pid), 2 ** 40 + 3);
  });

  test('a process that is ending is gone, and a kernel without the call is unsupported', () => {
    const { stand, open, spawn } = makeMac();
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
    const { sim, stand, open } = makeMac();
    // Under the pid of this process, as launchd leaves a daemon.
    const self = sim.world.spawn(
      { name: 'castellan', command: 'castellan keeper', band: 40, footprintBytes: 2 ** 24 },
      process.pid,
    );
    const host = open();
    assert.deepEqual(host.raiseSelf?.(), []);
    assert.equal(self.band, 190);
    assert.deepEqual(stand.policies, [
      [constants.IOPOL_TYPE_DISK, constants.IOPOL_SCOPE_PROCESS, constants.IOPOL_IMPORTANT],
    ]);
    stand.isRoot = false;
    stand.failing.set('setiopolicy_np', { result: -1, errno: constants.EPERM });
    const refused = host.raiseSelf?.() ?? [];
    assert.equal(refused.length, 2);
    for (const sentence of refused) assert.match(sentence, /^The keeper's own .*EPERM\.$/);
  });
});
