import { setImmediate as afterOthers } from 'node:timers/promises';
import type { Host } from '../port.ts';
import { takers } from '../socket-address.ts';
import type { ProcessCalls } from './process-calls.ts';
import type { Processes } from './processes.ts';

/** Looked at in one go: a few hundred calls, well below a millisecond each. */
const atOnce = 16;

/**
 * Who listens at an address: nothing leads from an address to a process, so the descriptors of each are looked through
 * until it is found. It is asked when a port is found taken, and the loop goes on between some processes and the next.
 */
export const createPortOwner =
  (
    calls: ProcessCalls,
    processes: Processes,
    listening: (pid: number) => readonly string[] | null,
  ): NonNullable<Host['portOwner']> =>
  async (address) => {
    const wanted = takers(address);
    const count = calls.listPids();
    const view = calls.pids();
    const pids = Array.from({ length: Math.max(count, 0) }, (_, i) => view.getInt32(4 * i, true));
    for (const [i, pid] of pids.entries()) {
      if (i > 0 && i % atOnce === 0) await afterOthers();
      if (pid <= 0 || listening(pid)?.some((at) => wanted.includes(at)) !== true) continue;
      const command = processes.commandOf(pid);
      if (command !== null) return { pid, command };
    }
    return null;
  };
