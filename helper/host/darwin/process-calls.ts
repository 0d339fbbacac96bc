import { constants, privateConstants } from './bindings.ts';
import { type BasicInfo, decodeArguments, decodeBasic, decodeShort, decodeTimebase, i32, u64 } from './decode.ts';
import { layouts } from './layouts.ts';
import { type Native, type NativeMemory, nativeMemory } from './native.ts';
import type { Sysctl } from './sysctl.ts';

/** Which run of a program a pid is: `uniqueId` survives an exec, `version` changes with it. */
export interface Generation {
  readonly uniqueId: number;
  readonly version: number;
}

/**
 * Reads of one process, each into memory that is allocated once: what was read stands there until the next read of its
 * kind. A table of a thousand processes makes three thousand of these calls.
 */
export interface ProcessCalls {
  /** p_uniqueid, readable of every process; −1: no such process. Counts up with every fork, never reused in a boot. */
  uniqueIdOf(pid: number): number;
  /** What `uniqueIdOf` read last. */
  readonly unique: DataView;
  generationOf(pid: number): Generation | null;
  /** Which of the two was filled: the long form is for root and the owner, the short one for all. Null: no such process. */
  readBasic(pid: number): 'basic' | 'short' | null;
  readonly basic: DataView;
  readonly short: DataView;
  basicOf(pid: number): BasicInfo | null;
  /** Fills `usage`. 0, or the errno. */
  readUsage(pid: number): number;
  readonly usage: DataView;
  /** Milliseconds of one tick of the times in `usage`. */
  readonly msPerTick: number;
  /** Command line; null: not readable. */
  argumentsOf(pid: number): string | null;
  /** How many processes there are, their pids in `pids()`; 0 or less: refused. */
  listPids(): number;
  pids(): DataView;
}

const { p_idversion: versionField } = layouts.proc_uniqidentifierinfo.fields;

export const createProcessCalls = (native: Native, sysctl: Sysctl): ProcessCalls => {
  const { proc_pidinfo, proc_pid_rusage, proc_listallpids } = native.call;
  const basic = nativeMemory(layouts.proc_bsdinfo.size);
  const short = nativeMemory(layouts.proc_bsdshortinfo.size);
  const unique = nativeMemory(layouts.proc_uniqidentifierinfo.size);
  const usage = nativeMemory(layouts.rusage_info_v6.size);
  // A buffer smaller than kern.argmax makes the kernel copy the tail of the area, which begins anywhere.
  const argMax = sysctl.number('kern.argmax');
  const args = nativeMemory(argMax.ok ? Math.min(Math.max(argMax.value, 2 ** 16), 2 ** 22) : 2 ** 20);
  const argLength = nativeMemory(8);
  const mib = nativeMemory(12);
  mib.view.setInt32(0, constants.CTL_KERN, true);
  mib.view.setInt32(4, constants.KERN_PROCARGS2, true);
  let pids: NativeMemory = nativeMemory(4 * 2048);
  /** Version 6 is a name of macOS 13; the kernel says EINVAL to a version it does not know. */
  let version: 4 | 6 = constants.RUSAGE_INFO_V6;

  const base = nativeMemory(layouts.mach_timebase_info.size);
  native.call.mach_timebase_info(base.address);
  const { numer, denom } = decodeTimebase(base.view);

  /**
   * Without an argument the kernel finds no zombies (xnu bsd/kern/proc_info.c), so one is gone here, as it is for signals by token,
   * bands and signatures: its memory has been given back, and who waits for its end need not wait for its parent.
   */
  const info = (pid: number, flavor: number, to: NativeMemory): boolean =>
    proc_pidinfo(pid, flavor, 0, to.address, to.bytes.length) === to.bytes.length;

  const uniqueIdOf = (pid: number): number =>
    info(pid, privateConstants.PROC_PIDUNIQIDENTIFIERINFO, unique)
      ? u64(unique.view, layouts.proc_uniqidentifierinfo.fields.p_uniqueid)
      : -1;

  const readBasic = (pid: number): 'basic' | 'short' | null => {
    if (info(pid, constants.PROC_PIDTBSDINFO, basic)) return 'basic';
    return info(pid, constants.PROC_PIDT_SHORTBSDINFO, short) ? 'short' : null;
  };

  const readUsage = (pid: number): number => {
    if (proc_pid_rusage(pid, version, usage.address) === 0) return 0;
    const errno = native.errno();
    if (errno !== constants.EINVAL || version === constants.RUSAGE_INFO_V4) return errno;
    version = constants.RUSAGE_INFO_V4;
    usage.bytes.fill(0);
    return readUsage(pid);
  };

  return {
    uniqueIdOf,
    unique: unique.view,
    generationOf: (pid) => {
      const uniqueId = uniqueIdOf(pid);
      return uniqueId < 0 ? null : { uniqueId, version: i32(unique.view, versionField) };
    },
    readBasic,
    basic: basic.view,
    short: short.view,
    basicOf: (pid) => {
      const form = readBasic(pid);
      if (form === null) return null;
      return form === 'basic' ? decodeBasic(basic.view) : decodeShort(short.view);
    },
    readUsage,
    usage: usage.view,
    msPerTick: denom === 0 ? 0 : numer / denom / 1e6,
    argumentsOf: (pid) => {
      mib.view.setInt32(8, pid, true);
      argLength.view.setBigUint64(0, BigInt(args.bytes.length), true);
      if (native.call.sysctl(mib.address, 3, args.address, argLength.address, 0, 0) !== 0) return null;
      const written = Math.min(Number(argLength.view.getBigUint64(0, true)), args.bytes.length);
      return decodeArguments(args.bytes.subarray(0, written));
    },
    // The kernel fills what fits and says nothing of the rest: a full buffer is too small.
    listPids: () => {
      for (;;) {
        const count = Number(proc_listallpids(pids.address, pids.bytes.length));
        if (count <= 0 || count * 4 < pids.bytes.length - 80) return count;
        pids = nativeMemory(pids.bytes.length * 2);
      }
    },
    pids: () => pids.view,
  };
};
