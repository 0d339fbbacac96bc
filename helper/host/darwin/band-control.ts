import type { BandName, BandResult } from '../port.ts';
import type { ProcessId } from '../reading.ts';
import { bandNumbers, bandOf } from './bands.ts';
import { oldestDarwin, privateConstants } from './bindings.ts';
import { decodeBand, u32 } from './decode.ts';
import { actProblem, errnoText } from './errors.ts';
import { layouts } from './layouts.ts';
import { type Native, nativeMemory } from './native.ts';
import type { ProcessCalls } from './process-calls.ts';
import { strangerAt } from './signals.ts';

export interface Bands {
  readBand(id: ProcessId): BandResult;
  setBand(id: ProcessId, band: BandName): BandResult;
}

type Refusal = Extract<BandResult, { ok: false }>;

/** runningboardd sets the bands of applications and XPC services by their assertions, and again whenever one changes. */
const managed: Refusal = {
  ok: false,
  problem: 'refused',
  detail: 'macOS manages the band of this process itself: it is left alone',
};

/** @param darwinMajor major number of kern.osrelease; band numbers were others before macOS 13 */
export const createBands = (native: Native, calls: ProcessCalls, darwinMajor: number): Bands => {
  const { memorystatus_control } = native.call;
  const properties = nativeMemory(layouts.memorystatus_priority_properties.size);
  const entry = nativeMemory(layouts.memorystatus_priority_entry.size);

  const failed = (what: string): Refusal => {
    const errno = native.errno();
    return { ok: false, problem: actProblem(errno), detail: `${what}: ${errnoText(errno)}` };
  };

  /** Fills `entry`. */
  const read = (pid: number): Refusal | null => {
    const command = privateConstants.MEMORYSTATUS_CMD_GET_PRIORITY_LIST;
    const written = Number(memorystatus_control(command, pid, 0, entry.address, entry.bytes.length));
    // The GET commands return the bytes they wrote, not 0.
    if (written < 0) return failed(`memorystatus_control(${command}, ${pid})`);
    if (written < entry.bytes.length)
      return { ok: false, problem: 'unsupported', detail: `${written} bytes came back` };
    const whose = decodeBand(entry.view).pid;
    return whose === pid ? null : { ok: false, problem: 'vanished', detail: `the band of pid ${whose} came back` };
  };

  const readBack = (pid: number): BandResult => {
    const refusal = read(pid);
    if (refusal !== null) return refusal;
    const { raw } = decodeBand(entry.view);
    return { ok: true, band: bandOf(raw), raw };
  };

  /** After `read`. A kernel that does not answer the question leaves the state's own word. */
  const isManaged = (pid: number): boolean =>
    (u32(entry.view, layouts.memorystatus_priority_entry.fields.state) & privateConstants.kMemorystatusAssertion) !==
      0 || Number(memorystatus_control(privateConstants.MEMORYSTATUS_CMD_GET_PROCESS_IS_MANAGED, pid, 0, 0, 0)) > 0;

  const write = (pid: number, band: BandName): Refusal | null => {
    const { priority, user_data } = layouts.memorystatus_priority_properties.fields;
    properties.view.setInt32(priority[0], bandNumbers[band], true);
    // Somebody's mark on the process, kept with the band: what was read is written back.
    const [mark] = layouts.memorystatus_priority_entry.fields.user_data;
    properties.view.setBigUint64(user_data[0], entry.view.getBigUint64(mark, true), true);
    // Nobody has tried on a Mac whether a sandbox hook lets a root daemon through; a refusal would be EPERM.
    const command = privateConstants.MEMORYSTATUS_CMD_SET_PRIORITY_PROPERTIES;
    const done = memorystatus_control(command, pid, 0, properties.address, properties.bytes.length);
    return done === 0 ? null : failed(`memorystatus_control(${command}, ${pid}, ${band})`);
  };

  return {
    readBand: (id) => strangerAt(calls, id) ?? readBack(id.pid),
    setBand: (id, band) => {
      if (darwinMajor < oldestDarwin)
        return { ok: false, problem: 'unsupported', detail: 'bands have other numbers before macOS 13' };
      return (
        strangerAt(calls, id) ??
        read(id.pid) ??
        (isManaged(id.pid) ? managed : null) ??
        write(id.pid, band) ??
        readBack(id.pid)
      );
    },
  };
};
