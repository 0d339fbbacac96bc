import type { ProcessId, ProcessReading, ProcessState } from '../reading.ts';
import { programName } from './program-name.ts';
import type { StatLine } from './stat-line.ts';
import type { StatusFile } from './status-file.ts';

/**
 * What is remembered of one process between passes. Mutable and private to the process table: a thousand of them live
 * as long as their processes, and a pass touches each. What leaves is a ProcessReading, made anew only on a change.
 */
export interface ProcessEntry {
  readonly pid: number;
  readonly id: ProcessId;
  /** Inode of /proc/PID, which the kernel makes anew with each process (fs/proc/base.c, get_next_ino). */
  inode: number;
  readonly startTicks: number;
  readonly kernelThread: boolean;
  /** Pass in which the process was seen first, and last. */
  readonly bornInPass: number;
  seenInPass: number;

  /** Kept open on /proc/PID/stat and /proc/PID/status; −1 when not. An open one can only ever mean this process. */
  statFd: number;
  statusFd: number;

  nameHash: number;
  name: string;
  command: string;
  /** File name of the program, from the first argument. */
  program: string;

  ppid: number;
  processGroup: number;
  uid: number;
  state: ProcessState;
  rssPages: number;
  minorFaults: number;
  majorFaults: number;
  cpuTicks: number;

  anonBytes: number;
  fileBytes: number;
  shmemBytes: number;
  swapBytes: number;
  lockedBytes: number;
  peakRssBytes: number;
  peakBytes: number;
  /** Blocks of memfds that are charged to this process because it holds and does not map them. */
  memfdBytes: number;
  /** CPU ticks when its open files were listed last; −1: never. Who has used none since has opened none. */
  listedAtTicks: number;
  listedAtMs: number;
  /** The list of open files is closed to this account. */
  listRefused: boolean;

  reading: ProcessReading | null;
}

const letter = (text: string): number => text.charCodeAt(0);
const running = letter('R');
const stopped = letter('T');
const traced = letter('t');
const zombie = letter('Z');
const dead = letter('X');

/** proc_pid_stat(5), field 3. Uninterruptible, idle and parked tasks sleep as far as anybody here is concerned. */
const stateOf = (code: number): ProcessState => {
  if (code === running) return 'running';
  if (code === stopped || code === traced) return 'stopped';
  return code === zombie || code === dead ? 'zombie' : 'sleeping';
};

export const newEntry = (pid: number, inode: number, stat: StatLine, pass: number, name: string): ProcessEntry => ({
  pid,
  id: { pid, start: String(stat.startTicks) },
  inode,
  startTicks: stat.startTicks,
  kernelThread: stat.kernelThread,
  bornInPass: pass,
  seenInPass: pass,
  statFd: -1,
  statusFd: -1,
  nameHash: stat.nameHash,
  name,
  command: '',
  program: '',
  ppid: stat.ppid,
  processGroup: stat.processGroup,
  uid: 0,
  state: stateOf(stat.state),
  rssPages: stat.rssPages,
  minorFaults: stat.minorFaults,
  majorFaults: stat.majorFaults,
  cpuTicks: stat.cpuTicks,
  anonBytes: 0,
  fileBytes: 0,
  shmemBytes: 0,
  swapBytes: 0,
  lockedBytes: 0,
  peakRssBytes: 0,
  peakBytes: 0,
  memfdBytes: 0,
  listedAtTicks: -1,
  listedAtMs: 0,
  listRefused: false,
  reading: null,
});

/** Takes over what a stat line says; true when the memory may have changed, so that status must be read. */
export const takeStat = (entry: ProcessEntry, stat: StatLine): boolean => {
  const state = stateOf(stat.state);
  // Resident pages say that memory came or went. Faults say that it changed kind with the sum unchanged: a page of a
  // private file mapping that is written to turns from file into anonymous memory.
  const memoryMoved =
    stat.rssPages !== entry.rssPages ||
    stat.minorFaults !== entry.minorFaults ||
    stat.majorFaults !== entry.majorFaults ||
    (state === 'zombie' && entry.state !== 'zombie');
  if (
    state !== entry.state ||
    stat.ppid !== entry.ppid ||
    stat.processGroup !== entry.processGroup ||
    stat.cpuTicks !== entry.cpuTicks
  )
    entry.reading = null;
  entry.state = state;
  entry.ppid = stat.ppid;
  entry.processGroup = stat.processGroup;
  entry.cpuTicks = stat.cpuTicks;
  entry.rssPages = stat.rssPages;
  entry.minorFaults = stat.minorFaults;
  entry.majorFaults = stat.majorFaults;
  return memoryMoved;
};

/** Takes over what the status file says, and what follows from it for the peak. */
export const takeStatus = (entry: ProcessEntry, status: StatusFile): void => {
  // The kernel keeps the highest resident size with file pages in it. When it rose since the last look, the peak lay
  // in between, and then or now the process had about so many file pages: what is left was its own.
  if (status.peakRssBytes > entry.peakRssBytes) {
    const estimate = status.peakRssBytes - Math.max(status.fileBytes, entry.fileBytes);
    entry.peakBytes = Math.max(entry.peakBytes, estimate);
  }
  entry.peakRssBytes = status.peakRssBytes;
  entry.uid = status.uid;
  entry.anonBytes = status.anonBytes;
  entry.fileBytes = status.fileBytes;
  entry.shmemBytes = status.shmemBytes;
  entry.swapBytes = status.swapBytes;
  entry.lockedBytes = status.lockedBytes;
  entry.reading = null;
};

export const footprintOf = (entry: ProcessEntry): number =>
  entry.anonBytes + entry.shmemBytes + entry.swapBytes + entry.memfdBytes;

/** The reading as it leaves the host; the same object as before when nothing changed. */
export const readingOf = (entry: ProcessEntry, msPerTick: number): ProcessReading => {
  if (entry.reading !== null) return entry.reading;
  const footprintBytes = footprintOf(entry);
  const rssBytes = entry.anonBytes + entry.fileBytes + entry.shmemBytes;
  entry.peakBytes = Math.max(entry.peakBytes, footprintBytes);
  entry.reading = {
    id: entry.id,
    ppid: entry.ppid,
    processGroup: entry.processGroup,
    uid: entry.uid,
    name: programName(entry.name, entry.program),
    command: entry.command === '' ? entry.name : entry.command,
    state: entry.state,
    footprintBytes,
    rssBytes,
    peakFootprintBytes: entry.peakBytes,
    // VmLck counts locked address space, touched or not: no more of it is in memory than is resident.
    wiredBytes: Math.min(entry.lockedBytes, rssBytes),
    compressedBytes: entry.swapBytes,
    cpuMs: entry.cpuTicks * msPerTick,
  };
  return entry.reading;
};
