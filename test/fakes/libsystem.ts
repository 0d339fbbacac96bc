import koffi from 'koffi';
import { constants } from '../../helper/host/darwin/bindings.ts';
import {
  type NativeFunction,
  type NativeLibrary,
  type NativeOptions,
  nativeMemory,
} from '../../helper/host/darwin/native.ts';
import type { HostSignal } from '../../helper/host/port.ts';
import type { SimHost } from '../../helper/host/sim/host.ts';
import { openStandIn, type StandInLibrary } from './libsystem-control.ts';
import { changes, counts } from './libsystem-header.ts';
import { read } from './libsystem-memory.ts';
import { createPusher } from './libsystem-push.ts';

export interface StandInPeer {
  /** Who uses the other end: it moves when another process sends or receives there. */
  readonly pid: number;
  /** As of the connect. */
  readonly uid: number;
  readonly gid: number;
  /** The other end is closed. */
  readonly isClosed?: boolean;
}

/**
 * A libSystem in C (libsystem*.c beside this file) for a simulated Mac. Before each call what it asks about is pushed into
 * the library's tables; after it, what it changed is carried over to the simulation.
 */
export interface StandIn extends NativeOptions {
  /** Who is at the other end of a descriptor; of others Linux is asked. */
  readonly peers: Map<number, StandInPeer>;
  /** Names of sysctls that this release does not have. */
  readonly unknownSysctls: Set<string>;
  /** Integers that this release has beside those simulated, by name; 4 bytes unless they are wide. */
  readonly sysctls: Map<string, { value: number; readonly isWritable: boolean; readonly isWide?: boolean }>;
  /** Pids that a debugger holds. */
  readonly traced: Set<number>;
  /** Pids whose bands runningboardd manages. */
  readonly managed: Set<number>;
  /** Makes a call fail: name → what it returns and the errno it leaves. */
  readonly failing: Map<string, { readonly result: number; readonly errno: number }>;
  /** Symbols that this release does not have. To be told before the library is opened. */
  readonly missing: Set<string>;
  /** False: not root, but the first user. */
  isRoot: boolean;
  /** What proc_pidpath says of a pid, null: its file has no name any more; others have a file that exists. */
  readonly executables: Map<number, string | null>;
  /** Accounts by name, beside those of the machine this runs on. */
  readonly accounts: Map<string, { readonly uid: number; readonly gid: number; readonly home: string }>;
  /** Highest version of proc_pid_rusage this kernel knows. */
  usageVersion: number;
  /** The library itself, for what else it can be told. */
  readonly library: StandInLibrary;
  /** What setiopolicy_np was last told; null: nothing. */
  ioPolicy(): number | null;
  /** The process makes an exec: its pidversion changes, its p_uniqueid does not. */
  exec(pid: number): void;
  /** Tells whoever waits for pressure of the present level. */
  pressure(): void;
  /** Calls of kevent under way. */
  waiting(): number;
  /** Calls of kevent that have come back with an event. */
  delivered(): number;
  /** Queues that were made and not closed. */
  queues(): number;
  /** How often something was done that must not be done often, or at all. */
  count(what: (typeof counts)[number]): number;
  /** Pushes all there is, so that the functions of `direct` find it. */
  push(): void;
  /** The library without the pushing and carrying over: what a call costs by itself. */
  readonly direct: NativeOptions;
}

const signals: Readonly<Record<number, HostSignal>> = {
  [constants.SIGSTOP]: 'SIGSTOP',
  [constants.SIGCONT]: 'SIGCONT',
  [constants.SIGTERM]: 'SIGTERM',
  [constants.SIGKILL]: 'SIGKILL',
};

type Args = readonly unknown[];

export const createStandIn = (sim: SimHost): StandIn => {
  const { library, control } = openStandIn();
  const change = nativeMemory(3 * 8);
  let underWay = 0;
  let delivered = 0;
  let ioPolicy: number | null = null;

  /** Where the caller's structures tell whom a call is about. */
  const pidOf = (name: string, [first, second]: Args): number | 'all' => {
    if (name === 'sysctl') return read(Number(first), 12).getInt32(8, true);
    if (name === 'proc_signal_with_audittoken') return read(Number(first), 32).getInt32(20, true);
    if (name === 'getsockopt') return stand.peers.get(Number(first))?.pid ?? -1;
    if (name === 'memorystatus_control') return Number(second) === 0 ? 'all' : Number(second);
    return name === 'proc_listallpids' ? 'all' : Number(first);
  };

  const pushFor = (name: string, args: Args): void => {
    const pid = pidOf(name, args);
    if (pid === 'all') pusher.all();
    else pusher.process(pid);
  };

  const before = (name: string, args: Args): void => {
    pusher.circumstances(name);
    if (name === 'sysctlbyname') pusher.sysctl(String(args[0]));
    else if (name === 'host_statistics64') pusher.vm();
    else if (name.startsWith('getpw')) pusher.accounts();
    else if (name === 'getsockopt') pusher.peer(Number(args[0]));
    if (/^(proc_|sysctl$|memorystatus|csops|kill|getsockopt)/.test(name)) pushFor(name, args);
  };

  const carryOver = (kind: (typeof changes)[number], pid: number, value: number): void => {
    const p = sim.world.processes.get(pid);
    const signal = signals[value];
    if (kind === 'signal' && signal !== undefined) sim.world.signal(pid, signal);
    else if (kind === 'band' && p !== undefined) p.band = value;
    else if (kind === 'userData' && p !== undefined) pusher.userData.set(p.uniqueId, value);
    else if (kind === 'managed') stand.managed[value === 0 ? 'delete' : 'add'](pid);
    else if (kind === 'ioPolicy') ioPolicy = value;
    else if (kind === 'sysctl') pusher.written(pid, value);
  };

  /** The caller asks for errno next: it is left as the call left it. */
  const after = (): void => {
    const errno = koffi.errno();
    while (control.take(change.address) === true) {
      const kind = changes[change.view.getFloat64(0, true)];
      if (kind !== undefined) carryOver(kind, change.view.getFloat64(8, true), change.view.getFloat64(16, true));
    }
    koffi.errno(errno);
  };

  const bind = (name: string, result: string, args: string[]): NativeFunction => {
    // As koffi: a symbol that is not there cannot be had.
    if (stand.missing.has(name)) throw new Error(`Cannot find function '${name}' in shared library`);
    return library.func(name, result, args) as unknown as NativeFunction;
  };

  const func = (name: string, result: string, args: string[]): NativeFunction => {
    const native = bind(name, result, args);
    const call = (...given: readonly (number | string)[]): number | bigint => {
      before(name, given);
      const answer = native(...given);
      after();
      return answer;
    };
    const later = (...given: Args): void => {
      const done = given.at(-1) as (fault: unknown, answer: unknown) => void;
      before(name, given);
      if (name === 'kevent') underWay += 1;
      native.async(...given.slice(0, -1), (fault: unknown, answer: unknown) => {
        if (name === 'kevent') underWay -= 1;
        if (name === 'kevent' && Number(answer) > 0) delivered += 1;
        after();
        done(fault, answer);
      });
    };
    return Object.assign(call, { async: later });
  };

  const load = (): NativeLibrary => ({ func });
  const stand: StandIn = {
    load,
    direct: { load: () => ({ func: bind }) },
    library,
    peers: new Map(),
    unknownSysctls: new Set(),
    sysctls: new Map(),
    traced: new Set(),
    managed: new Set(),
    failing: new Map(),
    missing: new Set(),
    executables: new Map(),
    accounts: new Map(),
    isRoot: true,
    usageVersion: constants.RUSAGE_INFO_V6,
    ioPolicy: () => ioPolicy,
    exec: (pid) => pusher.exec(pid),
    pressure: () => void control.pressure(sim.readMachine('slot').kernelLevel ?? 1),
    waiting: () => underWay,
    delivered: () => delivered,
    queues: () => Number(control.queues()),
    count: (what) => Number(control.count(counts.indexOf(what))),
    push: () => pusher.everything(),
  };
  const pusher = createPusher(sim, control, stand);
  return stand;
};
