import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { constants, privateConstants } from '../../helper/host/darwin/bindings.ts';
import { layouts } from '../../helper/host/darwin/layouts.ts';
import { type NativeMemory, nativeMemory } from '../../helper/host/darwin/native.ts';
import { standInSkip } from '../fakes/libsystem-build.ts';
import { at, openCalls } from '../fakes/libsystem-calls.ts';

describe('memorystatus_control of the stand-in libSystem', { skip: standInSkip }, () => {
  const commands = privateConstants;

  test('a band takes 16 bytes exactly, is coerced or refused as the kernel does, and reads back in 24', () => {
    const { sim, call, spawn, refuses } = openCalls();
    const pid = spawn();
    const properties = nativeMemory(16);
    const entry = nativeMemory(24);
    const set = (band: number, size = 16, whom = pid, flags = 0): number | bigint => {
      properties.view.setInt32(0, band, true);
      const command = commands.MEMORYSTATUS_CMD_SET_PRIORITY_PROPERTIES;
      return call.memorystatus_control(command, whom, flags, properties.address, size);
    };
    for (const size of [8, 12, 15, 17, 24]) refuses(set(160, size), -1, constants.EINVAL);
    for (const band of [-3, 211]) refuses(set(band), -1, constants.EINVAL);
    refuses(set(160, 16, pid, 2), -1, constants.EINVAL);
    refuses(set(160, 16, pid, 1), -1, constants.EPERM);
    refuses(set(160, 16, 1), -1, constants.EPERM);
    refuses(set(160, 16, 0), -1, constants.EINVAL);
    refuses(set(160, 16, 99_998), -1, constants.ESRCH);
    for (const [band, becomes] of [
      [160, 160],
      [7, 0],
      [-1, 180],
      [-2, 0],
      [210, 210],
    ] as const) {
      assert.equal(set(band), 0);
      const got = call.memorystatus_control(commands.MEMORYSTATUS_CMD_GET_PRIORITY_LIST, pid, 0, entry.address, 24);
      assert.equal(got, 24, 'bytes, not 0');
      assert.equal(at(entry, layouts.memorystatus_priority_entry.fields.priority), becomes);
      assert.equal(sim.world.processes.get(pid)?.band, becomes);
    }
    refuses(call.memorystatus_control(1, pid, 0, entry.address, 23), -1, constants.EINVAL);
  });

  test('the whole list tells its size first', () => {
    const { sim, call, refuses } = openCalls();
    const command = commands.MEMORYSTATUS_CMD_GET_PRIORITY_LIST;
    const size = Number(call.memorystatus_control(command, 0, 0, 0, 0));
    assert.equal(size, 24 * (sim.world.processes.size + 1));
    const list = nativeMemory(size);
    assert.equal(call.memorystatus_control(command, 0, 0, list.address, size), size);
    refuses(call.memorystatus_control(command, 0, 0, list.address, size - 1), -1, constants.EINVAL);
  });

  test('what a Mac is compiled without is EINVAL, and all of it is for root', () => {
    const { stand, call, spawn, refuses } = openCalls();
    const pid = spawn();
    for (const command of [5, 6, 18, 19, 20, 22, 23, 24, 25, 26, 28, 30, 31, 1_000, 4_711])
      refuses(call.memorystatus_control(command, pid, 0, 0, 0), -1, constants.EINVAL);
    stand.isRoot = false;
    for (const command of [1, 2, 3, 9, 16, 17])
      refuses(call.memorystatus_control(command, pid, 0, 0, 0), -1, constants.EPERM);
  });

  test('a process can be managed, and whether it is can be asked', () => {
    const { stand, call, spawn, refuses } = openCalls();
    const pid = spawn();
    const { MEMORYSTATUS_CMD_GET_PROCESS_IS_MANAGED: get } = commands;
    assert.equal(call.memorystatus_control(get, pid, 0, 0, 0), 0);
    assert.equal(call.memorystatus_control(16, pid, 1, 0, 0), 0);
    assert.equal(call.memorystatus_control(get, pid, 0, 0, 0), 1);
    assert.deepEqual([...stand.managed], [pid]);
    assert.equal(call.memorystatus_control(16, pid, 0, 0, 0), 0);
    assert.equal(call.memorystatus_control(get, pid, 0, 0, 0), 0);
    refuses(call.memorystatus_control(get, 99_998, 0, 0, 0), -1, constants.ESRCH);
  });

  test('the snapshot of the kernel’s own is taken away by whoever reads it without a flag, and a test sees that', () => {
    const { stand, call, refuses } = openCalls();
    const take = (flags: number, address: number, size: number) =>
      call.memorystatus_control(commands.MEMORYSTATUS_CMD_GET_JETSAM_SNAPSHOT, 0, flags, address, size);
    const size = Number(take(1, 0, 0));
    const room = nativeMemory(size);
    assert.equal(take(1, room.address, size), size);
    assert.equal(stand.count('snapshotsConsumed'), 0);
    assert.equal(take(0, room.address, size), size);
    assert.equal(stand.count('snapshotsConsumed'), 1);
    refuses(take(1, room.address, size - 1), -1, constants.EINVAL);
    refuses(take(4, room.address, size), -1, constants.EINVAL);
  });
});

describe('the machine of the stand-in libSystem', { skip: standInSkip }, () => {
  test('page counts come in the words that were asked for; every question for the host is a send right more', () => {
    const { stand, call } = openCalls();
    const info = nativeMemory(layouts.vm_statistics64.size);
    const count = nativeMemory(4);
    const host = Number(call.mach_host_self());
    const ask = (words: number, flavor: number = constants.HOST_VM_INFO64, whose = host): number => {
      count.view.setUint32(0, words, true);
      return Number(call.host_statistics64(whose, flavor, info.address, count.address));
    };
    for (const [words, told] of [
      [38, 38],
      [50, 38],
      [37, 24],
      [24, 24],
    ] as const) {
      assert.equal(ask(words), 0);
      assert.equal(count.view.getUint32(0, true), told);
    }
    assert.deepEqual([ask(23), ask(38, 99), ask(38, constants.HOST_VM_INFO64, 1)], [5, 4, 22]);
    call.mach_host_self();
    assert.equal(stand.count('hostRights'), 2);
  });

  test('a sysctl: unknown names, short buffers, and writes by root of the right width only', () => {
    const { sim, stand, call, refuses } = openCalls();
    const value = nativeMemory(8);
    const length = nativeMemory(8);
    const name = 'iogpu.wired_limit_mb';
    const read = (what: string, size: number): number | bigint => {
      length.view.setBigUint64(0, BigInt(size), true);
      return call.sysctlbyname(what, value.address, length.address, 0, 0);
    };
    refuses(read('vm.compressor_is_low_on_space', 8), -1, constants.ENOENT);
    refuses(read('hw.memsize', 4), -1, constants.ENOMEM);
    assert.equal(read('hw.memsize', 8), 0);
    assert.equal(Number(value.view.getBigUint64(0, true)), 64 * 2 ** 30);
    value.view.setInt32(0, 50_000, true);
    refuses(call.sysctlbyname(name, 0, 0, value.address, 8), -1, constants.EINVAL);
    assert.equal(call.sysctlbyname(name, 0, 0, value.address, 4), 0);
    assert.equal(sim.world.gpuLimitBytes, 50_000 * 2 ** 20);
    refuses(call.sysctlbyname('hw.memsize', 0, 0, value.address, 8), -1, constants.EPERM);
    stand.isRoot = false;
    refuses(call.sysctlbyname(name, 0, 0, value.address, 4), -1, constants.EPERM);
  });

  test('accounts of this machine are real ones, a short buffer is ERANGE, and nobody is no error', () => {
    const { call } = openCalls();
    const row = nativeMemory(layouts.passwd.size);
    const text = nativeMemory(256);
    const found = nativeMemory(8);
    const ask = (name: string, size: number) => call.getpwnam_r(name, row.address, text.address, size, found.address);
    assert.equal(ask('root', 256), 0);
    assert.equal(Number(found.view.getBigUint64(0, true)), row.address);
    assert.equal(at(row, layouts.passwd.fields.pw_uid), 0);
    assert.equal(ask('root', 6), constants.ERANGE);
    assert.equal(ask('no-such-account-here', 256), 0);
    assert.equal(found.view.getBigUint64(0, true), 0n);
  });
});

describe('kevent of the stand-in libSystem', { skip: standInSkip }, () => {
  const change = (memory: NativeMemory, filter: number, flags: number, fflags: number): void => {
    const { fields } = layouts.kevent;
    memory.bytes.fill(0);
    memory.view.setInt16(fields.filter[0], filter, true);
    memory.view.setUint16(fields.flags[0], flags, true);
    memory.view.setUint32(fields.fflags[0], fflags, true);
  };
  const { EVFILT_MEMORYSTATUS } = privateConstants;

  test('an event that came before the wait is not lost, is told once, and carries the level', () => {
    const { sim, stand, call, refuses } = openCalls();
    const [event, timeout] = [nativeMemory(32), nativeMemory(16)];
    const queue = Number(call.kqueue());
    change(event, EVFILT_MEMORYSTATUS, constants.EV_ADD, 0x100);
    refuses(call.kevent(queue, event.address, 1, 0, 0, 0), -1, constants.ENOTSUP);
    change(event, EVFILT_MEMORYSTATUS, constants.EV_ADD, 7);
    assert.equal(call.kevent(queue, event.address, 1, 0, 0, 0), 0);
    assert.ok(sim.simulate('kernel_level', '4').ok);
    stand.pressure();
    timeout.view.setBigInt64(0, 5n, true);
    assert.equal(call.kevent(queue, 0, 0, event.address, 1, timeout.address), 1);
    assert.equal(event.view.getUint32(layouts.kevent.fields.fflags[0], true), 4);
    timeout.view.setBigInt64(0, 0n, true);
    assert.equal(call.kevent(queue, 0, 0, event.address, 1, timeout.address), 0);
    assert.equal(call.close(queue), 0);
    refuses(call.kevent(queue, 0, 0, event.address, 1, timeout.address), -1, constants.EBADF);
    refuses(call.close(queue), -1, constants.EBADF);
    assert.equal(stand.queues(), 0);
  });

  test('a thread that waits is woken by an event, by its timeout, and by the end of its queue', async () => {
    const { stand, call } = openCalls();
    const [event, timeout] = [nativeMemory(32), nativeMemory(16)];
    const queue = Number(call.kqueue());
    change(event, EVFILT_MEMORYSTATUS, constants.EV_ADD, 7);
    call.kevent(queue, event.address, 1, 0, 0, 0);
    const wait = (seconds: bigint, nanoseconds = 0n): Promise<unknown> =>
      new Promise((resolve, reject) => {
        timeout.view.setBigInt64(0, seconds, true);
        timeout.view.setBigInt64(8, nanoseconds, true);
        call.kevent.async(queue, 0, 0, event.address, 1, timeout.address, (fault: unknown, count: unknown) =>
          fault === null || fault === undefined ? resolve(count) : reject(fault),
        );
      });
    assert.equal(await wait(0n, 20_000_000n), 0);
    const woken = wait(60n);
    assert.equal(stand.waiting(), 1);
    stand.pressure();
    assert.equal(await woken, 1);
    const ended = wait(60n);
    call.close(queue);
    assert.equal(await ended, -1);
  });
});
