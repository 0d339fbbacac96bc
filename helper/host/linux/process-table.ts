import type { ProcessId, ProcessReading, ProcessTable, SensorFact } from '../reading.ts';
import { libc, nativeBuffer } from './libc.ts';
import { createMemfds } from './memfds.ts';
import { eachNumericEntry } from './numeric-entries.ts';
import { openFile } from './proc-io.ts';
import { type ProcessEntry, readingOf } from './process-entry.ts';
import { createProcessReader, type Look } from './process-reader.ts';

export interface ProcessTables {
  /** One pass over all processes. */
  read(): ProcessTable;
  readChosen(ids: readonly ProcessId[]): readonly (ProcessReading | SensorFact)[];
  identify(pid: number): ProcessId | SensorFact;
  close(): void;
}

/**
 * Processes of which status and command line are read in a pass although stat showed no change, in turn. Catches what
 * stat cannot show: swap given back below `worthSwapBytes`, a command line rewritten in place, drift of the kernel's
 * approximate counters.
 */
const turnsAPass = 16;
/** A process with this much in swap is read whenever the machine's swap use moved, bytes. */
const worthSwapBytes = 2 ** 20;

/** For a process that was met by its pid and not in a listing. */
const inodeUnknown = 0;

const whyNot: Readonly<Record<Exclude<Look, 'ok'>, { problem: SensorFact['problem']; detail: string }>> = {
  gone: { problem: 'vanished', detail: 'no such process' },
  refused: { problem: 'refused', detail: 'its figures are closed to this account' },
  malformed: { problem: 'implausible', detail: 'its stat or status is not of the form the kernel documents' },
  implausible: { problem: 'implausible', detail: 'its status claims more memory than the machine can have' },
  kernel: { problem: 'unavailable', detail: 'a thread of the kernel, without memory of its own' },
};

const factOf = (pid: number, look: Exclude<Look, 'ok'>): SensorFact => ({
  sensor: 'processes',
  problem: whyNot[look].problem,
  detail: `/proc/${pid}: ${whyNot[look].detail}`,
  pid,
});

export const createProcessTables = (options: {
  readonly procRoot: string;
  readonly totalBytes: number;
  readonly nowMs: () => number;
  readonly sharedAndSwap: () => { readonly shmemBytes: number; readonly swapUsedBytes: number } | null;
  readonly keepDescriptors?: number;
}): ProcessTables => {
  const { procRoot, nowMs } = options;
  const reader = createProcessReader({
    procRoot,
    mostBytes: 4 * options.totalBytes,
    ...(options.keepDescriptors === undefined ? {} : { keepDescriptors: options.keepDescriptors }),
  });
  const memfds = createMemfds(procRoot, nowMs);
  const entries = new Map<number, ProcessEntry>();
  const listing = nativeBuffer(65_536);
  // USER_HZ (sysconf _SC_CLK_TCK, 2 in glibc and musl): the unit of every time in stat.
  const msPerTick = 1000 / Math.max(libc.sysconf(2), 1);
  let dirFd = -1;
  let pass = 0;
  let turnMask = 0;
  let swapUsedBytes = 0;

  const forget = (entry: ProcessEntry): void => {
    reader.forget(entry);
    memfds.forget(entry);
    if (entries.get(entry.pid) === entry) entries.delete(entry.pid);
  };

  const meet = (pid: number, inode: number): ProcessEntry | Exclude<Look, 'ok'> => {
    const met = reader.meet(pid, inode, pass);
    if (typeof met === 'string') return met === 'ok' ? 'malformed' : met;
    entries.set(pid, met);
    return met;
  };

  /** The entry for a pid of the listing, looked at in this pass; or why there is none. */
  const visit = (pid: number, inode: number, swapMoved: boolean): ProcessEntry | Exclude<Look, 'ok'> => {
    const known = entries.get(pid);
    if (known !== undefined && (known.inode === inode || known.inode === inodeUnknown)) {
      known.seenInPass = pass;
      if (known.kernelThread && known.inode === inode) return known;
      const isTurn = ((pid ^ pass) & turnMask) === 0;
      const look = reader.look(known, isTurn || (swapMoved && known.swapBytes >= worthSwapBytes));
      if (look === 'ok') {
        known.inode = inode;
        // A process is first seen between fork and exec, or rewrites its arguments later on.
        if (isTurn || known.bornInPass === pass - 1) reader.readCommand(known);
        return known;
      }
      if (look !== 'gone') {
        // It is met afresh in the next pass; until then the fact stands for it, not figures of the past.
        forget(known);
        return look;
      }
    }
    if (known !== undefined) forget(known);
    return meet(pid, inode);
  };

  const read = (): ProcessTable => {
    const atMs = nowMs();
    const facts: SensorFact[] = [];
    pass += 1;
    // Every process has its turn once in as many passes as this mask, a power of two less one, counts.
    turnMask = 2 ** Math.ceil(Math.log2(Math.max(entries.size / turnsAPass, 16))) - 1;
    const machine = options.sharedAndSwap();
    const swapMoved = machine !== null && machine.swapUsedBytes !== swapUsedBytes;
    if (machine !== null) swapUsedBytes = machine.swapUsedBytes;

    let refused = 0;
    if (dirFd < 0) dirFd = openFile(procRoot);
    const listed = eachNumericEntry(dirFd, listing, (pid, inode) => {
      const found = visit(pid, inode, swapMoved);
      if (found === 'refused') refused += 1;
      else if (typeof found === 'string' && found !== 'gone') facts.push(factOf(pid, found));
      return true;
    });
    if (listed < 0)
      facts.push({ sensor: 'processes', problem: 'unavailable', detail: `${procRoot} cannot be listed (${-listed})` });
    for (const entry of entries.values()) if (entry.seenInPass !== pass) forget(entry);
    memfds.pass(entries, machine?.shmemBytes ?? null);

    const processes: ProcessReading[] = [];
    let unlisted = 0;
    for (const entry of entries.values()) {
      if (entry.kernelThread) continue;
      if (entry.listRefused) unlisted += 1;
      processes.push(readingOf(entry, msPerTick));
    }
    if (processes.length === 0 && listed === 0)
      facts.push({ sensor: 'processes', problem: 'zero', detail: `${procRoot} lists no process` });
    if (refused > 0)
      facts.push({
        sensor: 'processes',
        problem: 'refused',
        detail: `${refused} processes are closed to this account`,
      });
    if (unlisted > 0)
      facts.push({
        sensor: 'processes',
        problem: 'refused',
        detail: `the open files of ${unlisted} processes are closed to this account: memory in memfds they do not map is not counted`,
      });
    return { atMs, processes, facts };
  };

  /** An entry for a pid that was not listed in this pass, or that is another process than it was. */
  const meetNow = (pid: number): ProcessEntry | Exclude<Look, 'ok'> => {
    if (!Number.isSafeInteger(pid) || pid <= 0) return 'gone';
    return meet(pid, inodeUnknown);
  };

  const current = (pid: number): ProcessEntry | Exclude<Look, 'ok'> => {
    const known = entries.get(pid);
    if (known === undefined) return meetNow(pid);
    const look = reader.look(known, true);
    if (look === 'ok') return known;
    if (look !== 'gone') return look;
    forget(known);
    return meetNow(pid);
  };

  const readOne = (id: ProcessId): ProcessReading | SensorFact => {
    const found = current(id.pid);
    if (typeof found === 'string') return factOf(id.pid, found);
    if (found.kernelThread) return factOf(id.pid, 'kernel');
    if (found.id.start !== id.start)
      return {
        sensor: 'processes',
        problem: 'vanished',
        detail: `/proc/${id.pid}: another process has this pid now`,
        pid: id.pid,
      };
    reader.keepStatus(found);
    memfds.look(found);
    return readingOf(found, msPerTick);
  };

  return {
    read,
    readChosen: (ids) => ids.map(readOne),
    identify: (pid) => {
      const found = current(pid);
      if (typeof found === 'string') return factOf(pid, found);
      return found.kernelThread ? factOf(pid, 'kernel') : found.id;
    },
    close: () => {
      for (const entry of [...entries.values()]) forget(entry);
      if (dirFd >= 0) libc.close(dirFd);
      dirFd = -1;
    },
  };
};
