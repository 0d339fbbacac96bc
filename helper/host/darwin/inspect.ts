import type { Inspection } from '../port.ts';
import type { ProcessId, SensorFact } from '../reading.ts';
import { constants } from './bindings.ts';
import { createCodeState } from './code-state.ts';
import { type Native, nativeMemory } from './native.ts';
import type { ProcessCalls } from './process-calls.ts';
import { gone } from './processes.ts';

/** Runs the guests of Virtualization.framework: a service of macOS, whose program is named so. */
const guestService = 'com.apple.Virtualization.VirtualMachine';

const decoder = new TextDecoder();

/**
 * Looks closely at one process: two calls for its descriptors, one for each socket, two to four for its signature. What
 * could not be read is null, and whoever decides takes the unknown for a reason to ask.
 */
export const createInspector = (
  native: Native,
  calls: ProcessCalls,
  listening: (pid: number) => readonly string[] | null,
): ((id: ProcessId) => Inspection | SensorFact) => {
  const codeState = createCodeState(native);
  const path = nativeMemory(constants.PROC_PIDPATHINFO_MAXSIZE);

  const isGuestService = (pid: number): boolean => {
    const length = Number(native.call.proc_pidpath(pid, path.address, path.bytes.length));
    if (length <= 0) return false;
    return decoder.decode(path.bytes.subarray(0, Math.min(length, path.bytes.length))).endsWith(`/${guestService}`);
  };

  return ({ pid, start }) => {
    const known = calls.basicOf(pid);
    const addresses = known === null ? null : listening(pid);
    const code = codeState(pid);
    const isGuest = isGuestService(pid);
    // Asked after the rest: had the pid changed hands in between, it would show here.
    if (known === null || String(calls.uniqueIdOf(pid)) !== start) {
      return gone(pid, `pid ${pid} is not the process it was`);
    }
    return {
      id: { pid, start },
      listening: addresses,
      isHypervisor: isGuest ? true : code.mayRunMachines,
      isTraced: known.isTraced,
      isPlatform: known.isSystem || pid <= 1 ? true : code.isPlatform,
      processGroup: known.processGroup,
    };
  };
};
