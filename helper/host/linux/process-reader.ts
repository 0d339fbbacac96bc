import { cleanCommand, cleanName } from '../text.ts';
import { libc, nativeBuffer } from './libc.ts';
import { isGone, isRefused, openFile, readOnce, readOpen, readWhole } from './proc-io.ts';
import { newEntry, type ProcessEntry, takeStat, takeStatus } from './process-entry.ts';
import { programFile } from './program-name.ts';
import { emptyStatLine, parseStatLine } from './stat-line.ts';
import { emptyStatusFile, parseStatusFile } from './status-file.ts';

/** What became of one look at a process. `kernel`: a kernel thread, which has no memory of its own. */
export type Look = 'ok' | 'gone' | 'refused' | 'malformed' | 'implausible' | 'kernel';

/** Reads single processes into entries, and keeps their files open while descriptors last. */
export interface ProcessReader {
  /** First look at a pid. */
  meet(pid: number, inode: number, pass: number): ProcessEntry | Look;
  /**
   * Looks again. `always` reads status whatever stat says; otherwise only when stat shows a change.
   * Never leaves an entry half taken over: on anything but `ok` the old figures stand.
   */
  look(entry: ProcessEntry, always: boolean): Look;
  /** Reads the command line anew. */
  readCommand(entry: ProcessEntry): void;
  /** Keeps status open for a process that is looked at often. */
  keepStatus(entry: ProcessEntry): void;
  forget(entry: ProcessEntry): void;
}

const latin1 = new TextDecoder('latin1');

/** The soft limit on open files of this process, from /proc/self/limits; 1024 when it cannot be read. */
const descriptorLimit = (procRoot: string): number => {
  const buffer = nativeBuffer(4096);
  const n = readWhole(`${procRoot}/self/limits`, buffer);
  const text = n > 0 ? latin1.decode(buffer.bytes.subarray(0, n)) : '';
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(text)?.[1];
  return soft === undefined ? 1024 : soft === 'unlimited' ? 65_536 : Number(soft);
};

export const createProcessReader = (options: {
  readonly procRoot: string;
  /** No process can hold more than this: RAM plus swap with room to spare. Bytes. */
  readonly mostBytes: number;
  /** Most descriptors to keep open; default half of the limit, at most 8192. */
  readonly keepDescriptors?: number;
}): ProcessReader => {
  const { procRoot, mostBytes } = options;
  const buffer = nativeBuffer(16_384);
  const stat = emptyStatLine();
  const status = emptyStatusFile();
  let descriptorsLeft = options.keepDescriptors ?? Math.min(descriptorLimit(procRoot) >> 1, 8192);

  const lookOf = (result: number): Look => (isGone(result) ? 'gone' : isRefused(result) ? 'refused' : 'malformed');

  /** Keeps `path` open if a descriptor can be spared; −1 otherwise, and the caller opens it each time. */
  const keep = (path: string): number => {
    if (descriptorsLeft <= 0) return -1;
    const fd = openFile(path);
    if (fd < 0) return -1;
    descriptorsLeft -= 1;
    return fd;
  };

  const release = (fd: number): void => {
    if (fd < 0) return;
    libc.close(fd);
    descriptorsLeft += 1;
  };

  const path = (pid: number, file: string): string => `${procRoot}/${pid}/${file}`;

  const readStatus = (entry: ProcessEntry): Look => {
    const n = entry.statusFd >= 0 ? readOpen(entry.statusFd, buffer) : readOnce(path(entry.pid, 'status'), buffer);
    if (n <= 0) return lookOf(n);
    if (!parseStatusFile(buffer.bytes, n, status)) return 'malformed';
    if (status.anonBytes + status.shmemBytes + status.swapBytes > mostBytes || status.fileBytes > mostBytes)
      return 'implausible';
    takeStatus(entry, status);
    return 'ok';
  };

  const nameOf = (): string => cleanName(buffer.bytes.subarray(stat.nameFrom, stat.nameTo));

  const readCommand = (entry: ProcessEntry): void => {
    const n = readOnce(path(entry.pid, 'cmdline'), buffer);
    // Refused or empty: the name stands in for it.
    const command = n > 0 ? cleanCommand(buffer.bytes.subarray(0, n)) : '';
    if (command === entry.command) return;
    entry.command = command;
    entry.program = n > 0 ? programFile(buffer.bytes.subarray(0, n)) : '';
    entry.reading = null;
  };

  const meet = (pid: number, inode: number, pass: number): ProcessEntry | Look => {
    const statPath = path(pid, 'stat');
    const fd = keep(statPath);
    const n = fd >= 0 ? readOpen(fd, buffer) : readOnce(statPath, buffer);
    const parsed = n > 0 && parseStatLine(buffer.bytes, n, stat);
    if (!parsed) {
      release(fd);
      return n > 0 ? 'malformed' : lookOf(n);
    }
    const entry = newEntry(pid, inode, stat, pass, nameOf());
    if (entry.kernelThread) {
      release(fd);
      return entry;
    }
    entry.statFd = fd;
    const found = readStatus(entry);
    if (found !== 'ok') {
      release(fd);
      return found;
    }
    readCommand(entry);
    return entry;
  };

  const look = (entry: ProcessEntry, always: boolean): Look => {
    const n = entry.statFd >= 0 ? readOpen(entry.statFd, buffer) : readOnce(path(entry.pid, 'stat'), buffer);
    if (n <= 0) return lookOf(n);
    if (!parseStatLine(buffer.bytes, n, stat)) return 'malformed';
    if (stat.startTicks !== entry.startTicks) return 'gone';
    const renamed = stat.nameHash !== entry.nameHash;
    if (renamed) {
      entry.nameHash = stat.nameHash;
      entry.name = nameOf();
      entry.reading = null;
    }
    const memoryMoved = takeStat(entry, stat);
    // Another name means another program, and so another command line.
    if (renamed) readCommand(entry);
    if (!memoryMoved && !always) return 'ok';
    const found = readStatus(entry);
    // What stat said has been taken over: without this the next look would see no change and leave old sizes standing.
    if (found !== 'ok') entry.rssPages = -1;
    return found;
  };

  return {
    meet,
    look,
    readCommand,
    keepStatus: (entry) => {
      if (entry.statusFd < 0 && entry.statFd >= 0) entry.statusFd = keep(path(entry.pid, 'status'));
    },
    forget: (entry) => {
      release(entry.statFd);
      release(entry.statusFd);
      entry.statFd = -1;
      entry.statusFd = -1;
    },
  };
};
