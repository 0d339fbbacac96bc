import type { Inspection } from '../port.ts';
import type { ProcessId, ProcessReading, ProcessTable, SensorFact } from '../reading.ts';
import { constants, layouts, privateConstants } from './bindings.ts';
import {
  type BasicInfo,
  decodeArguments,
  decodeBasic,
  decodeShort,
  decodeTimebase,
  decodeUniqueId,
  decodeUsage,
  type Usage,
} from './decode.ts';
import { errnoText } from './errors.ts';
import { type Native, type NativeMemory, nativeMemory } from './native.ts';
import type { Sysctl } from './sysctl.ts';

export interface Processes {
  table(): ProcessTable;
  chosen(ids: readonly ProcessId[]): readonly (ProcessReading | SensorFact)[];
  identify(pid: number): ProcessId | SensorFact;
  inspect(id: ProcessId): Inspection | SensorFact;
}

/** A process that could be read, one that is gone, or one that is closed to this user. */
type Look =
  | { readonly kind: 'read'; readonly reading: ProcessReading }
  | { readonly kind: 'vanished' }
  | { readonly kind: 'refused'; readonly detail: string };

interface Command {
  readonly name: string;
  readonly text: string;
}

const gone = (pid: number, detail: string): SensorFact => ({ sensor: 'processes', problem: 'vanished', detail, pid });

export const createProcesses = (native: Native, sysctl: Sysctl, nowMs: () => number): Processes => {
  const { call } = native;
  const basic = nativeMemory(layouts.proc_bsdinfo.size);
  const short = nativeMemory(layouts.proc_bsdshortinfo.size);
  const unique = nativeMemory(layouts.proc_uniqidentifierinfo.size);
  const usage = nativeMemory(layouts.rusage_info_v6.size);
  // A buffer smaller than kern.argmax makes the kernel copy the tail of the area, which begins anywhere.
  const argMax = sysctl.number('kern.argmax');
  const args = nativeMemory(argMax.ok ? Math.min(Math.max(argMax.value, 2 ** 16), 2 ** 22) : 2 ** 20);
  const argLength = nativeMemory(8);
  const mib = nativeMemory(12);
  let pids: NativeMemory = nativeMemory(4 * 2048);
  /** Version 6 is a name of macOS 13; the kernel says EINVAL to a version it does not know. */
  let version: 4 | 6 = constants.RUSAGE_INFO_V6;
  /** Command lines by identity: reading one costs more than all else together, and few change theirs. */
  const commands = new Map<string, Command>();

  const base = nativeMemory(layouts.mach_timebase_info.size);
  call.mach_timebase_info(base.address);
  const timebase = decodeTimebase(base.view);

  const info = (pid: number, flavor: number, to: NativeMemory): boolean =>
    Number(call.proc_pidinfo(pid, flavor, 0, to.address, to.bytes.length)) === to.bytes.length;

  const startOf = (pid: number): string | null =>
    info(pid, privateConstants.PROC_PIDUNIQIDENTIFIERINFO, unique) ? decodeUniqueId(unique.view) : null;

  /** Only root and the owner get the long form; the short one is open to all. */
  const basicOf = (pid: number): BasicInfo | null => {
    if (info(pid, constants.PROC_PIDTBSDINFO, basic)) return decodeBasic(basic.view);
    return info(pid, constants.PROC_PIDT_SHORTBSDINFO, short) ? decodeShort(short.view) : null;
  };

  const usageOf = (pid: number): Usage | number => {
    if (call.proc_pid_rusage(pid, version, usage.address) === 0) return decodeUsage(usage.view, timebase);
    if (native.errno() !== constants.EINVAL || version === constants.RUSAGE_INFO_V4) return native.errno();
    version = constants.RUSAGE_INFO_V4;
    usage.bytes.fill(0);
    return usageOf(pid);
  };

  const readArguments = (pid: number): string | null => {
    mib.view.setInt32(0, constants.CTL_KERN, true);
    mib.view.setInt32(4, constants.KERN_PROCARGS2, true);
    mib.view.setInt32(8, pid, true);
    argLength.view.setBigUint64(0, BigInt(args.bytes.length), true);
    if (call.sysctl(mib.address, 3, args.address, argLength.address, 0, 0) !== 0) return null;
    const written = Math.min(Number(argLength.view.getBigUint64(0, true)), args.bytes.length);
    return decodeArguments(args.bytes.subarray(0, written));
  };

  /** Read again when the name changed: an exec keeps the identity and replaces the command line. */
  const commandOf = (id: ProcessId, name: string): string => {
    const known = commands.get(id.start);
    if (known !== undefined && known.name === name) return known.text;
    const text = readArguments(id.pid) ?? name;
    commands.set(id.start, { name, text });
    return text;
  };

  const look = (pid: number, expected: string | null): Look => {
    const start = startOf(pid);
    if (start === null || (expected !== null && start !== expected)) return { kind: 'vanished' };
    const known = basicOf(pid);
    if (known === null) return { kind: 'vanished' };
    const used = usageOf(pid);
    if (typeof used === 'number')
      return used === constants.ESRCH
        ? { kind: 'vanished' }
        : { kind: 'refused', detail: `proc_pid_rusage of pid ${pid}: ${errnoText(used)}` };
    const id = { pid, start };
    return {
      kind: 'read',
      reading: {
        id,
        ppid: known.ppid,
        processGroup: known.processGroup,
        uid: known.uid,
        name: known.name,
        command: commandOf(id, known.name),
        state: known.state,
        ...used,
        // Only a task's own port tells this: see the jetsam snapshot for others.
        compressedBytes: null,
      },
    };
  };

  /** The kernel fills what fits and says nothing of the rest: a full buffer is too small. */
  const listPids = (): number => {
    for (;;) {
      const count = Number(call.proc_listallpids(pids.address, pids.bytes.length));
      if (count <= 0 || count * 4 < pids.bytes.length - 80) return count;
      pids = nativeMemory(pids.bytes.length * 2);
    }
  };

  const forget = (alive: ReadonlySet<string>): void => {
    for (const start of commands.keys()) if (!alive.has(start)) commands.delete(start);
  };

  const table = (): ProcessTable => {
    const atMs = nowMs();
    const count = listPids();
    if (count <= 0) {
      const detail = `proc_listallpids: ${count < 0 ? errnoText(native.errno()) : 'no process at all'}`;
      return { atMs, processes: [], facts: [{ sensor: 'processes', problem: count < 0 ? 'refused' : 'zero', detail }] };
    }
    const processes: ProcessReading[] = [];
    const alive = new Set<string>();
    const seen = new Set<number>();
    let refused = 0;
    for (let i = 0; i < count; i += 1) {
      const pid = pids.view.getInt32(4 * i, true);
      // pid 0 is the kernel: no user-space memory, and nothing that can be acted upon.
      if (pid <= 0 || seen.has(pid)) continue;
      seen.add(pid);
      const looked = look(pid, null);
      if (looked.kind === 'refused') refused += 1;
      if (looked.kind !== 'read') continue;
      processes.push(looked.reading);
      alive.add(looked.reading.id.start);
    }
    forget(alive);
    const facts: SensorFact[] = [];
    if (refused > 0)
      facts.push({
        sensor: 'processes',
        problem: 'refused',
        detail: `proc_pid_rusage: the footprints of ${refused} processes of other users cannot be read`,
      });
    if (processes.length > 0 && processes.every((p) => p.footprintBytes === 0))
      facts.push({ sensor: 'processes', problem: 'zero', detail: 'proc_pid_rusage: all footprints read 0' });
    return { atMs, processes, facts };
  };

  return {
    table,
    chosen: (ids) =>
      ids.map(({ pid, start }): ProcessReading | SensorFact => {
        const looked = look(pid, start);
        if (looked.kind === 'read') return looked.reading;
        if (looked.kind === 'vanished') return gone(pid, `pid ${pid} is not the process it was`);
        return { sensor: 'processes', problem: 'refused', detail: looked.detail, pid };
      }),
    identify: (pid) => {
      const start = startOf(pid);
      return start === null ? gone(pid, `proc_pidinfo: no process ${pid}`) : { pid, start };
    },
    /**
     * What one call tells. Its sockets (PROC_PIDLISTFDS), its entitlements and Apple's signature are not read yet and
     * stay null: whoever decides takes the unknown for a reason to ask.
     */
    inspect: ({ pid, start }) => {
      const known = basicOf(pid);
      // Asked after the rest: had the pid changed hands in between, it would show here.
      if (known === null || startOf(pid) !== start) return gone(pid, `pid ${pid} is not the process it was`);
      return {
        id: { pid, start },
        listening: null,
        isHypervisor: null,
        isTraced: known.isTraced,
        isPlatform: known.isSystem || pid <= 1 ? true : null,
        processGroup: known.processGroup,
      };
    },
  };
};
