import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { constants, privateConstants } from '../../helper/host/darwin/bindings.ts';
import { layouts } from '../../helper/host/darwin/layouts.ts';
import { bindNative, type NativeMemory, nativeMemory } from '../../helper/host/darwin/native.ts';
import { standInSkip } from '../fakes/libsystem-build.ts';
import { at, openCalls } from '../fakes/libsystem-calls.ts';

describe('processes of the stand-in libSystem', { skip: standInSkip }, () => {
  test('pids are counted, not bytes, and what does not fit is left out without a word', () => {
    const { sim, call } = openCalls();
    const all = sim.world.processes.size + 1;
    assert.equal(call.proc_listallpids(0, 0), all + 20);
    const pids = nativeMemory(4 * (all + 20));
    assert.equal(call.proc_listallpids(pids.address, pids.bytes.length), all);
    assert.equal(pids.view.getInt32(0, true), 0, 'the kernel is one of them');
    assert.equal(call.proc_listallpids(pids.address, 4 * 7), 7);
  });

  test('proc_pidinfo tells bytes, and 0 of every refusal', () => {
    const { stand, call, spawn, refuses } = openCalls();
    const room = nativeMemory(4_096);
    const foreign = spawn({ uid: 88 });
    const ask = (pid: number, flavor: number, size: number) => call.proc_pidinfo(pid, flavor, 0, room.address, size);
    assert.equal(ask(foreign, constants.PROC_PIDTBSDINFO, 4_096), 136);
    assert.equal(ask(foreign, constants.PROC_PIDT_SHORTBSDINFO, 4_096), 64);
    assert.equal(ask(foreign, privateConstants.PROC_PIDUNIQIDENTIFIERINFO, 56), 56);
    refuses(ask(foreign, privateConstants.PROC_PIDUNIQIDENTIFIERINFO, 55), 0, constants.ENOMEM);
    refuses(ask(99_998, constants.PROC_PIDTBSDINFO, 4_096), 0, constants.ESRCH);
    refuses(ask(foreign, 9_999, 4_096), 0, constants.EINVAL);
    stand.isRoot = false;
    refuses(ask(foreign, constants.PROC_PIDTBSDINFO, 4_096), 0, constants.EPERM);
    assert.equal(ask(foreign, constants.PROC_PIDT_SHORTBSDINFO, 4_096), 64, 'open to all');
    assert.equal(ask(spawn(), constants.PROC_PIDTBSDINFO, 4_096), 136, 'one’s own');
  });

  test('a zombie is listed, and found only by who asks for zombies; it takes signals and does nothing with them', () => {
    const { sim, native, call, spawn, refuses } = openCalls();
    const pid = spawn();
    const zombie = sim.world.processes.get(pid);
    assert.ok(zombie);
    zombie.state = 'zombie';
    const room = nativeMemory(4_096);
    const ask = (flavor: number, arg: number) => call.proc_pidinfo(pid, flavor, arg, room.address, 4_096);
    for (const flavor of [
      constants.PROC_PIDTBSDINFO,
      constants.PROC_PIDT_SHORTBSDINFO,
      privateConstants.PROC_PIDUNIQIDENTIFIERINFO,
    ]) {
      refuses(ask(flavor, 0), 0, constants.ESRCH);
      assert.ok(Number(ask(flavor, 1)) > 0);
    }
    refuses(ask(constants.PROC_PIDLISTFDS, 1), 0, constants.ESRCH);
    refuses(call.csops(pid, privateConstants.CS_OPS_STATUS, room.address, 4), -1, constants.ESRCH);
    refuses(call.memorystatus_control(1, pid, 0, room.address, 24), -1, constants.ESRCH);
    assert.equal(call.kill(pid, constants.SIGKILL), 0);
    room.view.setInt32(20, pid, true);
    refuses(
      Number(native.optional.proc_signal_with_audittoken?.(room.address, constants.SIGKILL)),
      constants.ESRCH,
      constants.ESRCH,
    );
    assert.equal(call.proc_pid_rusage(pid, constants.RUSAGE_INFO_V6, room.address), 0);
    assert.equal(room.view.getBigUint64(layouts.rusage_info_v6.fields.ri_phys_footprint[0], true), 0n);
  });

  test('descriptors are listed with room to spare, cut off at the buffer, and a file is no socket', () => {
    const { call, spawn, refuses } = openCalls();
    const pid = spawn({ listens: ['127.0.0.1:1'] });
    assert.equal(call.proc_pidinfo(pid, constants.PROC_PIDLISTFDS, 0, 0, 0), (5 + 20) * 8);
    const list = nativeMemory(1_024);
    assert.equal(call.proc_pidinfo(pid, constants.PROC_PIDLISTFDS, 0, list.address, 1_024), 5 * 8);
    assert.equal(call.proc_pidinfo(pid, constants.PROC_PIDLISTFDS, 0, list.address, 23), 2 * 8);
    const socket = nativeMemory(layouts.socket_fdinfo.size);
    const ask = (fd: number, size = socket.bytes.length) =>
      call.proc_pidfdinfo(pid, fd, constants.PROC_PIDFDSOCKETINFO, socket.address, size);
    assert.equal(ask(10), 792);
    refuses(ask(10, 791), 0, constants.ENOMEM);
    refuses(ask(0), 0, constants.EOPNOTSUPP);
    refuses(ask(77), 0, constants.EBADF);
  });

  test('usage comes in the versions the kernel knows', () => {
    const { stand, call, spawn, refuses } = openCalls();
    const pid = spawn();
    const usage = nativeMemory(512);
    usage.bytes.fill(0xee);
    assert.equal(call.proc_pid_rusage(pid, constants.RUSAGE_INFO_V4, usage.address), 0);
    assert.equal(Number(usage.view.getBigUint64(72, true)), 2 ** 26);
    assert.equal(usage.bytes[296], 0xee, 'nothing behind the older structure');
    refuses(call.proc_pid_rusage(pid, 7, usage.address), -1, constants.EINVAL);
    stand.usageVersion = constants.RUSAGE_INFO_V4;
    refuses(call.proc_pid_rusage(pid, constants.RUSAGE_INFO_V6, usage.address), -1, constants.EINVAL);
  });

  test('a path needs a buffer of the right size, and a program a name', () => {
    const { stand, call, spawn, refuses } = openCalls();
    const pid = spawn();
    const path = nativeMemory(8_192);
    assert.equal(call.proc_pidpath(pid, path.address, 4_096), process.execPath.length);
    refuses(call.proc_pidpath(pid, path.address, 4_097), 0, 84);
    refuses(call.proc_pidpath(pid, path.address, 100), 0, constants.ENOMEM);
    stand.executables.set(pid, null);
    refuses(call.proc_pidpath(pid, path.address, 4_096), 0, constants.ENOENT);
  });

  test('arguments: a short buffer gets the end of them, and a stranger’s are as good as none', () => {
    const { stand, call, spawn, refuses } = openCalls();
    const pid = spawn({ uid: 88 });
    const mib = nativeMemory(12);
    for (const [i, word] of [constants.CTL_KERN, constants.KERN_PROCARGS2, pid].entries())
      mib.view.setInt32(4 * i, word, true);
    const area = nativeMemory(1_024);
    const length = nativeMemory(8);
    const ask = (size: number): number | bigint => {
      length.view.setBigUint64(0, BigInt(size), true);
      return call.sysctl(mib.address, 3, area.address, length.address, 0, 0);
    };
    assert.equal(ask(1_024), 0);
    assert.equal(area.view.getInt32(0, true), 2);
    const whole = Buffer.from(area.bytes.subarray(4, Number(length.view.getBigUint64(0, true)))).toString();
    assert.match(whole, /^\/opt\/child\0+\/opt\/child\0--hold\0HOME=/);
    assert.equal(ask(4 + 10), 0);
    assert.equal(Buffer.from(area.bytes.subarray(4, 14)).toString(), whole.slice(-10));
    stand.isRoot = false;
    refuses(ask(1_024), -1, constants.EINVAL);
  });

  test('signals: no such process, none of one’s own, and never launchd; by token only the program that was looked at', () => {
    const { sim, stand, native, call, spawn, refuses } = openCalls();
    const pid = spawn();
    refuses(call.kill(99_998, constants.SIGTERM), -1, constants.ESRCH);
    refuses(call.kill(1, constants.SIGKILL), -1, constants.EPERM);
    refuses(call.kill(pid, 99), -1, constants.EINVAL);
    const unique = nativeMemory(56);
    const token = nativeMemory(32);
    const signal = (): number => {
      token.view.setInt32(20, pid, true);
      token.view.setInt32(28, at(unique, layouts.proc_uniqidentifierinfo.fields.p_idversion), true);
      return Number(native.optional.proc_signal_with_audittoken?.(token.address, constants.SIGSTOP));
    };
    const look = (): void => {
      call.proc_pidinfo(pid, privateConstants.PROC_PIDUNIQIDENTIFIERINFO, 0, unique.address, 56);
    };
    look();
    stand.exec(pid);
    refuses(signal(), constants.ESRCH, constants.ESRCH);
    look();
    assert.equal(signal(), 0);
    assert.equal(sim.world.processes.get(pid)?.state, 'stopped');
    sim.world.signal(pid, 'SIGKILL');
    sim.world.spawn({ name: 'other', command: '/opt/other', uid: 501, footprintBytes: 2 ** 20 }, pid);
    refuses(signal(), constants.ESRCH, constants.ESRCH);
    stand.isRoot = false;
    refuses(call.kill(spawn({ uid: 0 }), constants.SIGTERM), -1, constants.EPERM);
    stand.missing.add('proc_signal_with_audittoken');
    assert.equal(bindNative(stand).optional.proc_signal_with_audittoken, null);
  });
});

describe('peers of the stand-in libSystem', { skip: standInSkip }, () => {
  test('the user is of the connect; pid and token are of whoever used the other end last, as it is now', () => {
    const { sim, stand, call, spawn, refuses } = openCalls();
    const [first, second] = [spawn(), spawn({ uid: 88 })];
    const credential = nativeMemory(layouts.xucred.size);
    const pid = nativeMemory(4);
    const token = nativeMemory(32);
    const size = nativeMemory(4);
    const ask = (option: number, to: NativeMemory): number | bigint => {
      size.view.setUint32(0, to.bytes.length, true);
      return call.getsockopt(7, constants.SOL_LOCAL, option, to.address, size.address);
    };
    const seen = (): readonly number[] => {
      assert.deepEqual([ask(1, credential), ask(2, pid), ask(6, token)], [0, 0, 0]);
      return [at(credential, layouts.xucred.fields.cr_uid), pid.view.getInt32(0, true), token.view.getInt32(20, true)];
    };
    stand.peers.set(7, { pid: first, uid: 501, gid: 20 });
    assert.deepEqual(seen(), [501, first, first]);
    const version = token.view.getInt32(28, true);
    stand.exec(first);
    seen();
    assert.notEqual(token.view.getInt32(28, true), version, 'an exec shows in the token');
    stand.peers.set(7, { pid: second, uid: 501, gid: 20 });
    assert.deepEqual(seen(), [501, second, second], 'a descriptor that was passed on');
    sim.world.signal(second, 'SIGKILL');
    refuses(ask(6, token), -1, constants.EINVAL);
    stand.peers.set(7, { pid: first, uid: 501, gid: 20, isClosed: true });
    refuses(ask(2, pid), -1, constants.ENOTCONN);
    assert.equal(ask(1, credential), 0, 'who it was is still known');
    refuses(call.getsockopt(4_000, constants.SOL_LOCAL, 1, pid.address, size.address), -1, constants.EBADF);
  });

  test('of a socket that no test has spoken of, Linux says who connected', async (t) => {
    const { call, refuses } = openCalls();
    const folder = mkdtempSync(path.join(tmpdir(), 'peer-'));
    const server = createServer({ pauseOnConnect: true }).listen(path.join(folder, 'socket'));
    t.after(() => {
      server.close();
      rmSync(folder, { recursive: true, force: true });
    });
    await once(server, 'listening');
    const client = connect(path.join(folder, 'socket'));
    t.after(() => client.destroy());
    const [accepted] = (await once(server, 'connection')) as [Socket & { readonly _handle: { readonly fd: number } }];
    t.after(() => accepted.destroy());
    const [credential, pid, size] = [nativeMemory(layouts.xucred.size), nativeMemory(4), nativeMemory(4)];
    const ask = (option: number, to: NativeMemory, fd = accepted._handle.fd): number | bigint => {
      size.view.setUint32(0, to.bytes.length, true);
      return call.getsockopt(fd, constants.SOL_LOCAL, option, to.address, size.address);
    };
    assert.deepEqual([ask(1, credential), ask(2, pid)], [0, 0]);
    assert.equal(at(credential, layouts.xucred.fields.cr_uid), process.getuid?.());
    assert.equal(pid.view.getInt32(0, true), process.pid);
    const file = openSync(process.execPath, 'r');
    t.after(() => closeSync(file));
    refuses(ask(1, credential, file), -1, 38);
  });
});
