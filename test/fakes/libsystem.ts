import { constants, layouts, privateConstants } from '../../helper/host/darwin/bindings.ts';
import type { NativeFunction, NativeLibrary, NativeOptions } from '../../helper/host/darwin/native.ts';
import type { SimHost } from '../../helper/host/sim/host.ts';
import { footprintOf, rssOf, type SimProcess } from '../../helper/host/sim/process.ts';
import { namedAccount } from '../../helper/supervisor/account.ts';
import { fill, read, u32Bytes, u64Bytes, write } from './libsystem-memory.ts';
import {
  codeOf,
  descriptorsOf,
  infoOf,
  jetsamSnapshot,
  socketOf,
  sysctlsOf,
  versionOf,
  vmStatistics,
} from './libsystem-tables.ts';

/**
 * A libSystem that answers as macOS is documented to, for a simulated Mac: it fills the caller's memory through the
 * addresses it is given, sets errno, truncates, and refuses what the kernel refuses.
 */
export interface StandIn extends NativeOptions {
  /** Who is at the other end of a descriptor. */
  readonly peers: Map<number, { readonly pid: number; readonly uid: number; readonly gid: number }>;
  /** Names of sysctls that this release does not have. */
  readonly unknownSysctls: Set<string>;
  /** Pids that a debugger holds. */
  readonly traced: Set<number>;
  /** Makes a call fail: name → what it returns and the errno it leaves. */
  readonly failing: Map<string, { readonly result: number; readonly errno: number }>;
  /** False: not root. */
  isRoot: boolean;
  /** What proc_pidpath says of a pid, null: its file has no name any more; others have a file that exists. */
  readonly executables: Map<number, string | null>;
  /** Accounts by name, beside those of the machine this runs on. */
  readonly accounts: Map<string, { readonly uid: number; readonly gid: number; readonly home: string }>;
  /** sysctls that this Mac has beside the usual ones, by name. */
  readonly sysctls: Map<string, Uint8Array>;
  /** Entitlements of a pid, in place of the usual ones. */
  readonly entitlements: Map<number, string>;
  /** Pids whose band macOS manages itself. */
  readonly managed: Set<number>;
  /** State bits of a process as the priority list has them. */
  readonly states: Map<number, number>;
  /** Command lines in place of those the processes were started with. */
  readonly commands: Map<number, string>;
  /** user_data of a process, as the last setter left it. */
  readonly marks: Map<number, number>;
  /** False: a release before the signal by token. */
  hasTokenSignal: boolean;
  /** Execs a process has made, by pid. */
  readonly execs: Map<number, number>;
  /** Called before a signal is delivered: what happens between a look and the signal. */
  beforeSignal: ((pid: number) => void) | null;
  /** Pids that were signalled, by which call. */
  readonly signals: { readonly pid: number; readonly by: 'kill' | 'token' }[];
  /** Flags of every jetsam snapshot that was asked for, and the bytes of one entry. */
  readonly snapshots: { readonly flags: number[]; entryBytes: number };
  /** What setiopolicy_np was told. */
  readonly policies: (readonly number[])[];
  /** Highest version of proc_pid_rusage this kernel knows. */
  usageVersion: number;
  /** Wakes whoever waits for pressure. */
  pressure(): void;
  /** Threads that wait in kevent now. */
  waiting(): number;
}

type Args = readonly (number | string)[];
const num = (value: number | string | undefined): number => Number(value);

/** Children are real ones of this machine, so their accounts are too. */
const accountHere = (name: string): { readonly uid: number; readonly gid: number; readonly home: string } | null =>
  namedAccount(name);

/** Ticks of 125/3 ns. */
const ticks = (ms: number): number => (ms * 1e6 * 3) / 125;
const kernReturnFailure = 5;

export const createStandIn = (sim: SimHost): StandIn => {
  let errno = 0;
  let isMonitoring = false;
  const waiters = new Set<(count: number) => void>();
  const { world } = sim;

  const fail = (number: number, result = -1): number => {
    errno = number;
    return result;
  };

  const sysctls = sysctlsOf(sim);

  const give = (bytes: Uint8Array, to: number, lengthAt: number): number => {
    const room = Number(read(lengthAt, 8).getBigUint64(0, true));
    if (room < bytes.length) return fail(constants.ENOMEM);
    write(to, bytes);
    write(lengthAt, u64Bytes(bytes.length));
    return 0;
  };

  const isOpen = (p: SimProcess): boolean => stand.isRoot || (p.spec.uid ?? 0) === 501;

  const calls: Readonly<Record<string, (args: Args) => number>> = {
    sysctlbyname: ([name, to, lengthAt, from, size]) => {
      const own = stand.sysctls.get(String(name));
      const value = stand.unknownSysctls.has(String(name)) ? undefined : own ? () => own : sysctls[String(name)];
      if (value === undefined) return fail(constants.ENOENT);
      if (num(from) === 0) return give(value(), num(to), num(lengthAt));
      if (stand.isRoot && own !== undefined && num(size) === own.length) {
        stand.sysctls.set(String(name), new Uint8Array(read(num(from), own.length).buffer));
        return 0;
      }
      if (!stand.isRoot || name !== 'iogpu.wired_limit_mb') return fail(constants.EPERM);
      if (num(size) !== 4) return fail(constants.EINVAL);
      world.gpuLimitBytes = read(num(from), 4).getInt32(0, true) * 2 ** 20;
      return 0;
    },
    sysctl: ([mibAt, words, to, lengthAt]) => {
      const mib = read(num(mibAt), num(words) * 4);
      const p = world.processes.get(mib.getInt32(8, true));
      if (mib.getInt32(4, true) !== constants.KERN_PROCARGS2 || p === undefined || !isOpen(p))
        return fail(constants.EINVAL);
      const argv = (stand.commands.get(p.pid) ?? p.spec.command).split(' ');
      const text = `${argv[0]}\0\0\0\0${argv.join('\0')}\0HOME=/Users/neo\0`;
      const bytes = new TextEncoder().encode(`    ${text}`);
      new DataView(bytes.buffer).setInt32(0, argv.length, true);
      return give(bytes, num(to), num(lengthAt));
    },
    mach_host_self: () => 4_867,
    host_statistics64: ([host, flavor, to, countAt]) => {
      const count = read(num(countAt), 4).getUint32(0, true);
      if (host !== 4_867 || flavor !== constants.HOST_VM_INFO64 || count < constants.HOST_VM_INFO64_COUNT)
        return kernReturnFailure;
      write(num(to), vmStatistics(sim));
      return 0;
    },
    mach_timebase_info: ([to]) => {
      write(num(to), fill(layouts.mach_timebase_info, { numer: 125, denom: 3 }));
      return 0;
    },
    proc_listallpids: ([to, bytes]) => {
      const pids = [0, ...world.processes.keys()].slice(0, Math.floor(num(bytes) / 4));
      write(num(to), new Uint8Array(new Int32Array(pids).buffer));
      return pids.length;
    },
    proc_pidinfo: ([pid, flavor, , to, size]) => {
      const p = world.processes.get(num(pid));
      if (p === undefined) return fail(constants.ESRCH, 0);
      if (flavor === constants.PROC_PIDLISTFDS) {
        if (!isOpen(p)) return fail(constants.EPERM, 0);
        const all = descriptorsOf(p);
        // The size alone, with room for some more; else what fits.
        if (num(to) === 0) return all.length + 20 * layouts.proc_fdinfo.size;
        const fits = all.subarray(0, num(size) - (num(size) % layouts.proc_fdinfo.size));
        write(num(to), fits);
        return fits.length;
      }
      const bytes = infoOf(p, num(flavor), {
        isOpen: isOpen(p),
        isTraced: stand.traced.has(p.pid),
        execs: stand.execs.get(p.pid) ?? 0,
      });
      if (bytes === null) return fail(constants.EPERM, 0);
      if (num(size) < bytes.length) return fail(constants.ENOMEM, 0);
      write(num(to), bytes);
      return bytes.length;
    },
    proc_pidfdinfo: ([pid, fd, flavor, to, size]) => {
      const p = world.processes.get(num(pid));
      if (p === undefined) return fail(constants.ESRCH, 0);
      if (!isOpen(p)) return fail(constants.EPERM, 0);
      if (flavor !== constants.PROC_PIDFDSOCKETINFO) return fail(constants.EINVAL, 0);
      const bytes = socketOf(p, num(fd));
      if (bytes === null) return fail(num(fd) < 3 ? constants.EOPNOTSUPP : constants.EBADF, 0);
      if (num(size) < bytes.length) return fail(constants.ENOMEM, 0);
      write(num(to), bytes);
      return bytes.length;
    },
    csops: ([pid, operation, to, size]) => {
      const p = world.processes.get(num(pid));
      if (p === undefined) return fail(constants.ESRCH);
      const { flags, entitlements: usual } = codeOf(p);
      const entitlements = stand.entitlements.get(p.pid) ?? usual;
      if (operation === privateConstants.CS_OPS_STATUS) {
        write(num(to), u32Bytes(flags));
        return 0;
      }
      // As kernels of macOS 13 and later: nothing is written where there is nothing, or where it is not in that form.
      if (entitlements === null || operation !== privateConstants.CS_OPS_ENTITLEMENTS_BLOB) return 0;
      const blob = new TextEncoder().encode(`        ${entitlements}`);
      new DataView(blob.buffer).setUint32(0, privateConstants.CSMAGIC_EMBEDDED_ENTITLEMENTS, false);
      new DataView(blob.buffer).setUint32(4, blob.length, false);
      if (num(size) >= blob.length) {
        write(num(to), blob);
        return 0;
      }
      if (num(size) >= 8) write(num(to), Uint8Array.from([0, 0, 0, 0, ...blob.subarray(4, 8)]));
      return fail(constants.ERANGE);
    },
    setiopolicy_np: (args) => {
      stand.policies.push(args.map(Number));
      return 0;
    },
    proc_signal_with_audittoken: ([tokenAt, number]) => {
      const token = read(num(tokenAt), layouts.audit_token_t.size);
      const pid = token.getUint32(20, true);
      stand.beforeSignal?.(pid);
      const p = world.processes.get(pid);
      // It returns the errno, and sets it.
      const answer = (errno: number): number => fail(errno, errno);
      if (p === undefined || token.getInt32(28, true) !== versionOf(p) + (stand.execs.get(pid) ?? 0))
        return answer(constants.ESRCH);
      stand.signals.push({ pid, by: 'token' });
      const name = (['SIGSTOP', 'SIGCONT', 'SIGTERM', 'SIGKILL'] as const).find((each) => constants[each] === number);
      if (name === undefined || !isOpen(p)) return answer(constants.EPERM);
      return world.signal(p.pid, name) ? 0 : answer(constants.EPERM);
    },
    proc_pid_rusage: ([pid, version, to]) => {
      const p = world.processes.get(num(pid));
      if (num(version) > stand.usageVersion) return fail(constants.EINVAL);
      if (p === undefined) return fail(constants.ESRCH);
      if (!isOpen(p)) return fail(constants.EPERM);
      const usage = fill(layouts.rusage_info_v6, {
        ri_user_time: ticks(p.cpuMs),
        ri_wired_size: p.wiredBytes,
        ri_resident_size: rssOf(p),
        ri_phys_footprint: footprintOf(p),
        ri_lifetime_max_phys_footprint: p.peakBytes,
      });
      write(
        num(to),
        num(version) === constants.RUSAGE_INFO_V4 ? usage.subarray(0, layouts.rusage_info_v4.size) : usage,
      );
      return 0;
    },
    proc_pidpath: ([pid, to, size]) => {
      if (num(size) > constants.PROC_PIDPATHINFO_MAXSIZE) return fail(constants.EINVAL, 0);
      if (!world.processes.has(num(pid))) return fail(constants.ESRCH, 0);
      const path = stand.executables.has(num(pid)) ? stand.executables.get(num(pid)) : process.execPath;
      if (path === null || path === undefined) return fail(constants.ENOENT, 0);
      const bytes = new TextEncoder().encode(path);
      write(num(to), bytes);
      return bytes.length;
    },
    memorystatus_control: ([command, pid, flags, buffer, size]) => {
      if (!stand.isRoot) return fail(constants.EPERM);
      if (command === privateConstants.MEMORYSTATUS_CMD_PRIVILEGED_LISTENER_ENABLE) return 0;
      if (command === privateConstants.MEMORYSTATUS_CMD_GET_JETSAM_SNAPSHOT) {
        stand.snapshots.flags.push(num(flags));
        const bytes = jetsamSnapshot(sim, stand.snapshots.entryBytes);
        if (num(buffer) === 0) return bytes.length;
        if (num(size) < bytes.length) return fail(constants.EINVAL);
        write(num(buffer), bytes);
        return bytes.length;
      }
      const p = world.processes.get(num(pid));
      if (p === undefined) return fail(constants.ESRCH);
      if (command === privateConstants.MEMORYSTATUS_CMD_SET_PRIORITY_PROPERTIES) {
        if (size !== layouts.memorystatus_priority_properties.size || flags !== 0) return fail(constants.EINVAL);
        if (p.pid === 1) return fail(constants.EPERM);
        const properties = read(num(buffer), 16);
        const band = properties.getInt32(0, true);
        if (band < 0 || band > 210) return fail(constants.EINVAL);
        // xnu coerces the lowest real bands to idle.
        p.band = band >= 1 && band <= 20 ? 0 : band;
        stand.marks.set(p.pid, Number(properties.getBigUint64(8, true)));
        return 0;
      }
      if (command === privateConstants.MEMORYSTATUS_CMD_GET_PROCESS_IS_MANAGED) return stand.managed.has(p.pid) ? 1 : 0;
      if (command !== privateConstants.MEMORYSTATUS_CMD_GET_PRIORITY_LIST) return fail(constants.EINVAL);
      write(
        num(buffer),
        fill(layouts.memorystatus_priority_entry, {
          pid: p.pid,
          priority: p.band,
          user_data: stand.marks.get(p.pid) ?? 0,
          state: stand.states.get(p.pid) ?? 0,
        }),
      );
      return layouts.memorystatus_priority_entry.size;
    },
    getsockopt: ([fd, level, option, to, sizeAt]) => {
      const peer = stand.peers.get(num(fd));
      if (peer === undefined || level !== constants.SOL_LOCAL) return fail(constants.ENOTCONN);
      const isUser = option === constants.LOCAL_PEERCRED;
      const bytes = isUser ? fill(layouts.xucred, { cr_uid: peer.uid, cr_ngroups: 1 }) : u32Bytes(peer.pid);
      if (isUser) bytes.set(u32Bytes(peer.gid), layouts.xucred.fields.cr_groups[0]);
      write(num(to), bytes);
      write(num(sizeAt), u32Bytes(bytes.length));
      return 0;
    },
    kill: ([pid, number]) => {
      stand.beforeSignal?.(num(pid));
      stand.signals.push({ pid: num(pid), by: 'kill' });
      const name = (['SIGSTOP', 'SIGCONT', 'SIGTERM', 'SIGKILL'] as const).find((each) => constants[each] === number);
      const p = world.processes.get(num(pid));
      if (p === undefined) return fail(constants.ESRCH);
      if (name === undefined || !isOpen(p)) return fail(constants.EPERM);
      return world.signal(p.pid, name) ? 0 : fail(constants.EPERM);
    },
    kqueue: () => 99,
    kevent: ([, changesAt, count]) => {
      if (num(count) !== 1) return fail(constants.EINVAL);
      const change = read(num(changesAt), layouts.kevent.size);
      const filter = change.getInt16(layouts.kevent.fields.filter[0], true);
      const notes = change.getUint32(layouts.kevent.fields.fflags[0], true);
      if (filter === privateConstants.EVFILT_MEMORYSTATUS) isMonitoring = notes === 7;
      if (filter === constants.EVFILT_USER && notes === constants.NOTE_TRIGGER)
        for (const wake of [...waiters]) wake(1);
      return 0;
    },
    close: () => 0,
  };

  const asyncKevent = (args: readonly unknown[]): void => {
    const done = args.at(-1) as (error: unknown, count: number) => void;
    const wake = (count: number): void => {
      clearTimeout(timer);
      waiters.delete(wake);
      setImmediate(() => done(null, count));
    };
    const timer = setTimeout(() => wake(0), 2_000);
    waiters.add(wake);
  };

  /** A thread: the answer comes later. Strings go into the caller's buffer, pointers to them into its row. */
  const asyncGetpw = ([key, row, text, size, found, done]: readonly unknown[]): void => {
    const account =
      typeof key === 'number'
        ? ([...stand.accounts.values()].find(({ uid }) => uid === key) ?? null)
        : (stand.accounts.get(String(key)) ?? accountHere(String(key)));
    const call = done as (error: unknown, errno: number) => void;
    const strings = new TextEncoder().encode(`${account?.home ?? ''}\0`);
    if (strings.length > num(size as number)) return void setImmediate(() => call(null, constants.ERANGE));
    if (account !== null) {
      write(num(text as number), strings);
      const { uid, gid } = account;
      write(num(row as number), fill(layouts.passwd, { pw_uid: uid, pw_gid: gid, pw_dir: num(text as number) }));
    }
    write(num(found as number), u64Bytes(account === null ? 0 : num(row as number)));
    setImmediate(() => call(null, 0));
  };

  const func = (name: string): NativeFunction => {
    // As koffi: a symbol that is not there cannot be had.
    if (name === 'proc_signal_with_audittoken' && !stand.hasTokenSignal)
      throw new Error(`Cannot find function '${name}'`);
    const call = (...args: Args): number => {
      const planned = stand.failing.get(name);
      if (planned !== undefined) return fail(planned.errno, planned.result);
      const answer = calls[name];
      if (answer === undefined) throw new Error(`no ${name} in this libSystem`);
      return answer(args);
    };
    const asyncCall = (args: readonly unknown[]): void => {
      const done = args.at(-1) as (error: unknown, result: number) => void;
      const result = call(...(args.slice(0, -1) as Args));
      setImmediate(() => done(null, result));
    };
    const later = name.startsWith('getpw') ? asyncGetpw : name === 'kevent' ? asyncKevent : asyncCall;
    return Object.assign(call, { async: (...args: readonly unknown[]) => later(args) });
  };

  const library: NativeLibrary = { func };
  const stand: StandIn = {
    load: () => library,
    errno: () => errno,
    peers: new Map(),
    unknownSysctls: new Set(),
    traced: new Set(),
    failing: new Map(),
    executables: new Map(),
    accounts: new Map(),
    isRoot: true,
    sysctls: new Map(),
    entitlements: new Map(),
    managed: new Set(),
    states: new Map(),
    commands: new Map(),
    marks: new Map(),
    hasTokenSignal: true,
    execs: new Map(),
    beforeSignal: null,
    signals: [],
    snapshots: { flags: [], entryBytes: layouts.jetsam_snapshot_entry.size },
    policies: [],
    usageVersion: constants.RUSAGE_INFO_V6,
    pressure: () => {
      if (isMonitoring) for (const wake of [...waiters]) wake(1);
    },
    waiting: () => waiters.size,
  };
  return stand;
};
