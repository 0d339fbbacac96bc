import type { ProcessId, ProcessReading, ProcessState, ProcessTable, SensorFact } from '../reading.ts';
import { constants } from './bindings.ts';
import { type BasicInfo, decodeBasic, decodeShort, i32, stateOf, u32, u64 } from './decode.ts';
import { errnoText } from './errors.ts';
import { layouts } from './layouts.ts';
import type { Native } from './native.ts';
import type { ProcessCalls } from './process-calls.ts';

export interface Processes {
  table(): ProcessTable;
  chosen(ids: readonly ProcessId[]): readonly (ProcessReading | SensorFact)[];
  identify(pid: number): ProcessId | SensorFact;
  /** Command line of a pid as it is now, its name where that is not readable; null: there is none such. */
  commandOf(pid: number): string | null;
}

/** What does not change from one pass to the next: names and command lines cost more than all figures together. */
interface Known {
  readonly id: ProcessId;
  readonly name: string;
  readonly command: string;
  /** p_idversion: an exec gives another, and keeps the identity. */
  readonly version: number;
  /** The bytes of the name, as words: they are compared, and decoded only when they differ. */
  readonly nameWords: Uint32Array;
  /** Pass in which it was seen last. */
  pass: number;
}

/** `pbi_comm` and `pbi_name` of the long form, `pbsi_comm` of the short one (12 and 4 words), each aligned to 4 bytes. */
const long = layouts.proc_bsdinfo.fields;
const brief = layouts.proc_bsdshortinfo.fields;
const longWords = (long.pbi_comm[1] + long.pbi_name[1]) / 4;
const briefWords = brief.pbsi_comm[1] / 4;

const { p_idversion: versionField } = layouts.proc_uniqidentifierinfo.fields;
const used = layouts.rusage_info_v6.fields;

export const gone = (pid: number, detail: string): SensorFact => ({
  sensor: 'processes',
  problem: 'vanished',
  detail,
  pid,
});

const noLonger = (pid: number): SensorFact => gone(pid, `pid ${pid} is not the process it was`);

/** -1: no such process, or not the one that was meant. Else 0, or the errno of a refusal. */
type Refused = number;

export const createProcesses = (native: Native, calls: ProcessCalls, nowMs: () => number): Processes => {
  const { basic, short, unique, usage, msPerTick } = calls;
  const basicNames = new Uint32Array(basic.buffer, long.pbi_comm[0], longWords);
  const shortNames = new Uint32Array(short.buffer, brief.pbsi_comm[0], briefWords);
  const known = new Map<number, Known>();
  let pass = 0;

  const learn = (pid: number, uniqueId: number, version: number, names: Uint32Array, of: BasicInfo): Known => {
    const learned: Known = {
      id: { pid, start: String(uniqueId) },
      name: of.name,
      command: calls.argumentsOf(pid) ?? of.name,
      version,
      nameWords: names.slice(),
      pass,
    };
    known.set(uniqueId, learned);
    return learned;
  };

  const isSame = (a: Uint32Array, b: Uint32Array): boolean => {
    if (a.length !== b.length) return false;
    for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
    return true;
  };

  /** Read again after an exec, which keeps the identity and replaces the command line, and when the name changed. */
  const knownOf = (pid: number, uniqueId: number, form: 'basic' | 'short'): Known => {
    const names = form === 'basic' ? basicNames : shortNames;
    const version = i32(unique, versionField);
    const before = known.get(uniqueId);
    if (before?.version === version && isSame(before.nameWords, names)) return before;
    return learn(pid, uniqueId, version, names, form === 'basic' ? decodeBasic(basic) : decodeShort(short));
  };

  const reading = (
    { id, name, command }: Known,
    ppid: number,
    processGroup: number,
    uid: number,
    state: ProcessState,
  ): ProcessReading => {
    const footprintBytes = u64(usage, used.ri_phys_footprint);
    return {
      id,
      ppid,
      processGroup,
      uid,
      name,
      command,
      state,
      footprintBytes,
      rssBytes: u64(usage, used.ri_resident_size),
      wiredBytes: u64(usage, used.ri_wired_size),
      // The peak is kept by the ledger and may trail the footprint read with it.
      peakFootprintBytes: Math.max(u64(usage, used.ri_lifetime_max_phys_footprint), footprintBytes),
      // CPU times are ticks of the timebase, not nanoseconds.
      cpuMs: Math.floor((u64(usage, used.ri_user_time) + u64(usage, used.ri_system_time)) * msPerTick),
      // Only a task's own port tells this: see the jetsam snapshot for others.
      compressedBytes: null,
    };
  };

  const look = (pid: number, uniqueId: number): ProcessReading | Refused => {
    const form = calls.readBasic(pid);
    if (form === null) return -1;
    const errno = calls.readUsage(pid);
    if (errno !== 0) return errno === constants.ESRCH ? -1 : errno;
    const who = knownOf(pid, uniqueId, form);
    who.pass = pass;
    return form === 'basic'
      ? reading(
          who,
          u32(basic, long.pbi_ppid),
          u32(basic, long.pbi_pgid),
          u32(basic, long.pbi_uid),
          stateOf(u32(basic, long.pbi_status)),
        )
      : reading(
          who,
          u32(short, brief.pbsi_ppid),
          u32(short, brief.pbsi_pgid),
          u32(short, brief.pbsi_uid),
          stateOf(u32(short, brief.pbsi_status)),
        );
  };

  const forget = (alive: number): void => {
    if (known.size === alive) return;
    for (const [uniqueId, each] of known) if (each.pass !== pass) known.delete(uniqueId);
  };

  const table = (): ProcessTable => {
    const atMs = nowMs();
    const count = calls.listPids();
    if (count <= 0) {
      const detail = `proc_listallpids: ${count < 0 ? errnoText(native.errno()) : 'no process at all'}`;
      return { atMs, processes: [], facts: [{ sensor: 'processes', problem: count < 0 ? 'refused' : 'zero', detail }] };
    }
    pass += 1;
    const pids = calls.pids();
    const processes: ProcessReading[] = [];
    let refused = 0;
    let hasMemory = false;
    for (let i = 0; i < count; i += 1) {
      const pid = pids.getInt32(4 * i, true);
      // pid 0 is the kernel: no user-space memory, and nothing that can be acted upon.
      if (pid <= 0) continue;
      const uniqueId = calls.uniqueIdOf(pid);
      // A list that was made while processes came and went may name one twice.
      if (uniqueId < 0 || known.get(uniqueId)?.pass === pass) continue;
      const looked = look(pid, uniqueId);
      if (typeof looked === 'number') {
        if (looked > 0) refused += 1;
        continue;
      }
      if (looked.footprintBytes > 0) hasMemory = true;
      processes.push(looked);
    }
    forget(processes.length);
    const facts: SensorFact[] = [];
    if (refused > 0)
      facts.push({
        sensor: 'processes',
        problem: 'refused',
        detail: `proc_pid_rusage: the footprints of ${refused} processes of other users cannot be read`,
      });
    if (processes.length > 0 && !hasMemory)
      facts.push({ sensor: 'processes', problem: 'zero', detail: 'proc_pid_rusage: all footprints read 0' });
    return { atMs, processes, facts };
  };

  return {
    table,
    chosen: (ids) =>
      ids.map(({ pid, start }): ProcessReading | SensorFact => {
        const uniqueId = calls.uniqueIdOf(pid);
        if (String(uniqueId) !== start) return noLonger(pid);
        const looked = look(pid, uniqueId);
        if (typeof looked !== 'number') return looked;
        if (looked < 0) return noLonger(pid);
        const detail = `proc_pid_rusage of pid ${pid}: ${errnoText(looked)}`;
        return { sensor: 'processes', problem: 'refused', detail, pid };
      }),
    identify: (pid) => {
      const uniqueId = calls.uniqueIdOf(pid);
      return uniqueId < 0 ? gone(pid, `proc_pidinfo: no process ${pid}`) : { pid, start: String(uniqueId) };
    },
    commandOf: (pid) => calls.argumentsOf(pid) ?? calls.basicOf(pid)?.name ?? null,
  };
};
