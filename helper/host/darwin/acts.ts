import type { ActResult, BandName, BandResult, HostSignal } from '../port.ts';
import type { ProcessId, SensorFact } from '../reading.ts';
import { bandNumbers, bandOf } from './bands.ts';
import { constants, layouts, oldestDarwin, privateConstants } from './bindings.ts';
import { decodeBand } from './decode.ts';
import { actProblem, errnoText } from './errors.ts';
import { type Native, nativeMemory } from './native.ts';

export interface Acts {
  signal(id: ProcessId, signal: HostSignal): ActResult;
  readBand(id: ProcessId): BandResult;
  setBand(id: ProcessId, band: BandName): BandResult;
}

type Refusal = Extract<ActResult, { ok: false }>;

/** @param darwinMajor major number of kern.osrelease; band numbers were others before macOS 13 */
export const createActs = (
  native: Native,
  identify: (pid: number) => ProcessId | SensorFact,
  darwinMajor: number,
): Acts => {
  const { call } = native;
  const properties = nativeMemory(layouts.memorystatus_priority_properties.size);
  const entry = nativeMemory(layouts.memorystatus_priority_entry.size);

  /** Null: the pid still is the process that was meant. */
  const strange = (id: ProcessId): Refusal | null => {
    const now = identify(id.pid);
    if ('problem' in now) return { ok: false, problem: 'vanished', detail: now.detail };
    if (now.start === id.start) return null;
    return { ok: false, problem: 'reused', detail: `pid ${id.pid} is another process now` };
  };

  const failed = (what: string): Refusal => {
    const errno = native.errno();
    return { ok: false, problem: actProblem(errno), detail: `${what}: ${errnoText(errno)}` };
  };

  const readBack = (pid: number): BandResult => {
    const written = Number(
      call.memorystatus_control(
        privateConstants.MEMORYSTATUS_CMD_GET_PRIORITY_LIST,
        pid,
        0,
        entry.address,
        entry.bytes.length,
      ),
    );
    // The GET commands return the bytes they wrote, not 0.
    if (written < 0) return failed(`memorystatus_control(1, ${pid})`);
    if (written < entry.bytes.length)
      return { ok: false, problem: 'unsupported', detail: `${written} bytes came back` };
    const { pid: whose, raw } = decodeBand(entry.view);
    if (whose !== pid) return { ok: false, problem: 'vanished', detail: `the band of pid ${whose} came back` };
    return { ok: true, band: bandOf(raw), raw };
  };

  return {
    // A pid could be reused between the check and the signal; xnu-10063 (macOS 14.4) has a call that rules it out
    // (proc_signal_with_audittoken), older ones have not.
    signal: (id, signal) => {
      if (id.pid <= 1 || (id.pid === process.pid && (signal === 'SIGSTOP' || signal === 'SIGKILL')))
        return { ok: false, problem: 'refused', detail: `${signal} is never sent to pid ${id.pid}` };
      const other = strange(id);
      if (other !== null) return other;
      return call.kill(id.pid, constants[signal]) === 0 ? { ok: true } : failed(`${signal} to pid ${id.pid}`);
    },
    readBand: (id) => strange(id) ?? readBack(id.pid),
    setBand: (id, band) => {
      if (darwinMajor < oldestDarwin)
        return { ok: false, problem: 'unsupported', detail: 'bands have other numbers before macOS 13' };
      const other = strange(id);
      if (other !== null) return other;
      properties.view.setInt32(0, bandNumbers[band], true);
      // Nobody has tried on a Mac whether a sandbox hook lets a root daemon through; a refusal would be EPERM.
      const done = call.memorystatus_control(
        privateConstants.MEMORYSTATUS_CMD_SET_PRIORITY_PROPERTIES,
        id.pid,
        0,
        properties.address,
        properties.bytes.length,
      );
      return done === 0 ? readBack(id.pid) : failed(`memorystatus_control(2, ${id.pid}, ${band})`);
    },
  };
};
