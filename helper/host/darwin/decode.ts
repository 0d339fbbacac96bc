import type { ProcessState } from '../reading.ts';
import type { ServiceJob } from '../service-manager.ts';
import { cleanCommand, cleanName } from '../text.ts';
import { constants } from './bindings.ts';
import { layouts } from './layouts.ts';
import type { SwapUsage, VmCounters } from './machine.ts';

/**
 * From bytes the kernel wrote to values. Pure: tried with hand-made buffers on any machine. Both architectures of macOS
 * are little-endian.
 */

type Field = readonly [offset: number, size: number];

export const u32 = (view: DataView, [offset]: Field): number => view.getUint32(offset, true);
export const i32 = (view: DataView, [offset]: Field): number => view.getInt32(offset, true);

/** Exact up to 2^53: no size, count or time here comes near. */
export const u64 = (view: DataView, [offset]: Field): number =>
  view.getUint32(offset + 4, true) * 2 ** 32 + view.getUint32(offset, true);

export const decodeVm = (view: DataView): VmCounters => {
  const f = layouts.vm_statistics64.fields;
  return {
    free: u32(view, f.free_count),
    active: u32(view, f.active_count),
    inactive: u32(view, f.inactive_count),
    speculative: u32(view, f.speculative_count),
    wired: u32(view, f.wire_count),
    purgeable: u32(view, f.purgeable_count),
    external: u32(view, f.external_page_count),
    compressor: u32(view, f.compressor_page_count),
    faults: u64(view, f.faults),
    swapIns: u64(view, f.swapins),
    swapOuts: u64(view, f.swapouts),
  };
};

export const decodeSwap = (view: DataView): SwapUsage => {
  const f = layouts.xsw_usage.fields;
  return { totalBytes: u64(view, f.xsu_total), usedBytes: u64(view, f.xsu_used) };
};

export interface BasicInfo {
  readonly pid: number;
  readonly ppid: number;
  readonly uid: number;
  readonly state: ProcessState;
  readonly name: string;
  readonly processGroup: number;
  readonly isTraced: boolean;
  /** A part of the kernel, without a program of its own. */
  readonly isSystem: boolean;
}

/** Nearly every live process is SRUN on macOS, asleep or not. SIDL: being made. */
export const stateOf = (status: number): ProcessState => {
  if (status === constants.SSTOP) return 'stopped';
  if (status === constants.SZOMB) return 'zombie';
  return status === constants.SSLEEP ? 'sleeping' : 'running';
};

/** Fixed-size C strings: up to the first NUL, and there may be none. */
const fixedString = (view: DataView, [offset, size]: Field): string => {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + offset, size);
  const end = bytes.indexOf(0);
  return cleanName(end < 0 ? bytes : bytes.subarray(0, end));
};

const flagsOf = (flags: number): Pick<BasicInfo, 'isTraced' | 'isSystem'> => ({
  isTraced: (flags & constants.PROC_FLAG_TRACED) !== 0,
  isSystem: (flags & constants.PROC_FLAG_SYSTEM) !== 0,
});

/** `pbi_name` holds 32 characters where the process has such a name, `pbi_comm` 16 always. */
export const decodeBasic = (view: DataView): BasicInfo => {
  const f = layouts.proc_bsdinfo.fields;
  return {
    pid: u32(view, f.pbi_pid),
    ppid: u32(view, f.pbi_ppid),
    uid: u32(view, f.pbi_uid),
    state: stateOf(u32(view, f.pbi_status)),
    name: fixedString(view, f.pbi_name) || fixedString(view, f.pbi_comm),
    processGroup: u32(view, f.pbi_pgid),
    ...flagsOf(u32(view, f.pbi_flags)),
  };
};

export const decodeShort = (view: DataView): BasicInfo => {
  const f = layouts.proc_bsdshortinfo.fields;
  return {
    pid: u32(view, f.pbsi_pid),
    ppid: u32(view, f.pbsi_ppid),
    uid: u32(view, f.pbsi_uid),
    state: stateOf(u32(view, f.pbsi_status)),
    name: fixedString(view, f.pbsi_comm),
    processGroup: u32(view, f.pbsi_pgid),
    ...flagsOf(u32(view, f.pbsi_flags)),
  };
};

export interface Timebase {
  readonly numer: number;
  readonly denom: number;
}

/** 125/3 on Apple Silicon, 1/1 on Intel. */
export const decodeTimebase = (view: DataView): Timebase => {
  const f = layouts.mach_timebase_info.fields;
  return { numer: u32(view, f.numer), denom: u32(view, f.denom) };
};

/** The path that was executed is filled up to as many bytes with NULs (xnu bsd/kern/kern_exec.c, exec_extract_strings). */
const wordBytes = 8;
/** Where its alignment is another one than this, NULs are padding. */
const mostEmptyFirst = 4;

/**
 * KERN_PROCARGS2: argc, the path that was executed, NULs up to a word, then argc strings. Null when it is torn.
 * What follows (the environment) is never looked at: an empty first argument looks like padding, and is counted all the same.
 */
export const decodeArguments = (bytes: Uint8Array): string | null => {
  if (bytes.length < 5) return null;
  const argc = new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true);
  const pathEnd = bytes.indexOf(0, 4);
  if (argc < 1 || pathEnd < 0) return null;
  let at = pathEnd;
  while (at < bytes.length && bytes[at] === 0) at += 1;
  const start = at;
  const beyond = start - 4 - wordBytes * Math.ceil((pathEnd - 4 + 1) / wordBytes);
  const empty = beyond > 0 && beyond <= mostEmptyFirst ? beyond : 0;
  for (let n = empty; n < argc && at < bytes.length; n += 1) {
    const end = bytes.indexOf(0, at);
    at = end < 0 ? bytes.length : end + 1;
  }
  return at > start ? cleanCommand(bytes.subarray(start, at)) : null;
};

export const decodeBand = (view: DataView): { readonly pid: number; readonly raw: number } => {
  const f = layouts.memorystatus_priority_entry.fields;
  return { pid: i32(view, f.pid), raw: i32(view, f.priority) };
};

/**
 * An account as getpwnam_r fills it in. The home is a pointer into the caller's text buffer; one that points elsewhere is
 * not followed.
 */
export const decodeAccount = (
  view: DataView,
  text: { readonly bytes: Uint8Array; readonly address: number },
): { readonly uid: number; readonly gid: number; readonly home: string } => {
  const f = layouts.passwd.fields;
  const at = u64(view, f.pw_dir) - text.address;
  const end = at >= 0 && at < text.bytes.length ? text.bytes.indexOf(0, at) : -1;
  const home = end < 0 ? '/' : new TextDecoder().decode(text.bytes.subarray(at, end));
  return { uid: u32(view, f.pw_uid), gid: u32(view, f.pw_gid), home: home.startsWith('/') ? home : '/' };
};

/** Uid and first group of the peer, as of its connect; null when the structure is of another version. */
export const decodeCredential = (view: DataView): { readonly uid: number; readonly gid: number } | null => {
  const f = layouts.xucred.fields;
  if (u32(view, f.cr_version) !== constants.XUCRED_VERSION || view.getInt16(f.cr_ngroups[0], true) < 1) return null;
  return { uid: u32(view, f.cr_uid), gid: u32(view, f.cr_groups) };
};

/**
 * `launchctl print system/LABEL`, as seen from macOS 12 to 15: "pid = 812", "exit timeout = 5", "last exit code = 0" or
 * "(never exited)", "last terminating signal = Killed: 9", "endpoints = {". Apple calls the form unstable, so a line that
 * is not there is an unknown and never an error.
 */
export const decodeJob = (label: string, text: string): ServiceJob => {
  const number = (pattern: RegExp): number | null => {
    const found = pattern.exec(text)?.[1];
    return found === undefined ? null : Number(found);
  };
  const signal = number(/^\s*last terminating signal = .*?(\d+)\s*$/m);
  const code = number(/^\s*last exit code = (\d+)/m);
  return {
    label,
    pid: number(/^\s*pid = (\d+)\s*$/m),
    lastExit:
      signal === null && code === null ? null : { code: signal === null ? code : null, signal: signalName(signal) },
    exitTimeoutSeconds: number(/^\s*exit timeout = (\d+)\s*$/m),
    hasMachServices: text.includes('{') ? /^\s*endpoints = \{/m.test(text) : null,
  };
};

/** A job that bootout has told to end stays listed while it drains, as "state = SIGTERMed" (macOS 12 to 26). */
export const isEnding = (text: string): boolean => /^\s*state = SIG(?:TERM|KILL)ed\s*$/m.test(text);

const signalName = (number: number | null): string | null => {
  if (number === null) return null;
  return number === constants.SIGKILL ? 'SIGKILL' : number === constants.SIGTERM ? 'SIGTERM' : `signal ${number}`;
};

/** What `launchctl list` says. */
export interface ServiceList {
  /** Null: listed, and not running. */
  readonly pids: ReadonlyMap<string, number | null>;
  /** Without zeros: launchctl prints 0 of a job that has never ended, too. */
  readonly exits: ReadonlyMap<string, number>;
}

/** One line each of `launchctl list`: pid or `-`, last status, label. */
export const decodeServices = (text: string): ServiceList => {
  const pids = new Map<string, number | null>();
  const exits = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [, pid, status, label] = /^(\d+|-)\t(-?\d+|-)\t(\S.*)$/.exec(line) ?? [];
    if (pid === undefined || label === undefined) continue;
    pids.set(label, pid === '-' ? null : Number(pid));
    const exit = Number(status);
    if (Number.isInteger(exit) && exit !== 0) exits.set(label, exit);
  }
  return { pids, exits };
};
