/** Fields of /proc/PID/stat that a pass needs. One object is filled over and over: a pass reads a thousand lines. */
export interface StatLine {
  /** The letter as the kernel writes it: R S D T t Z X I P. */
  state: number;
  ppid: number;
  processGroup: number;
  kernelThread: boolean;
  minorFaults: number;
  majorFaults: number;
  /** User plus system time, clock ticks. */
  cpuTicks: number;
  /** Clock ticks after boot: with the pid, the identity. */
  startTicks: number;
  /** Approximate on kernels from 6.2 (per-CPU counters): good to see a change, not to measure. */
  rssPages: number;
  nameFrom: number;
  nameTo: number;
  /** FNV-1a of the name's bytes: another name means that the process called exec. */
  nameHash: number;
}

export const emptyStatLine = (): StatLine => ({
  state: 0,
  ppid: 0,
  processGroup: 0,
  kernelThread: false,
  minorFaults: 0,
  majorFaults: 0,
  cpuTicks: 0,
  startTicks: 0,
  rssPages: 0,
  nameFrom: 0,
  nameTo: 0,
  nameHash: 0,
});

const space = 32;
const openParen = 40;
const closeParen = 41;
/** include/linux/sched.h: PF_KTHREAD. */
const kernelThreadFlag = 0x0020_0000;
/** "PID (" and a name: at most 64 bytes, for kernel workers (fs/proc/array.c proc_task_name). No number has a ")". */
const nameEndsBefore = 12 + 64 + 2;
const firstField = 4;
const lastField = 24;

/**
 * Parses one line into `out` and says whether it was one. A name may hold anything, also ") R 1 (": the last closing
 * parenthesis ends it (proc_pid_stat(5)).
 */
export const parseStatLine = (bytes: Uint8Array, length: number, out: StatLine): boolean => {
  let close = Math.min(length - 1, nameEndsBefore);
  while (close > 0 && bytes[close] !== closeParen) close -= 1;
  let open = 0;
  while (open < close && bytes[open] !== openParen) open += 1;
  if (close <= 0 || open >= close || close + 4 >= length) return false;

  let hash = 0x811c9dc5;
  for (let i = open + 1; i < close; i += 1) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  out.nameHash = hash;
  out.nameFrom = open + 1;
  out.nameTo = close;
  out.state = bytes[close + 2] as number;

  let at = close + 4;
  for (let field = firstField; field <= lastField; field += 1) {
    const from = at;
    let value = 0;
    let byte = at < length ? (bytes[at] as number) : space;
    while (byte > space) {
      value = value * 10 + (byte - 48);
      at += 1;
      byte = at < length ? (bytes[at] as number) : space;
    }
    if (at === from || at >= length) return false;
    at += 1;
    switch (field) {
      case 4:
        out.ppid = value;
        break;
      case 5:
        out.processGroup = value;
        break;
      case 9:
        out.kernelThread = (value & kernelThreadFlag) !== 0;
        break;
      case 10:
        out.minorFaults = value;
        break;
      case 12:
        out.majorFaults = value;
        break;
      case 14:
        out.cpuTicks = value;
        break;
      case 15:
        out.cpuTicks += value;
        break;
      case 22:
        out.startTicks = value;
        break;
      case 24:
        out.rssPages = value;
        break;
    }
  }
  // A letter or a minus sign in a wanted field, or a number beyond all measure, ends here.
  return (
    isCount(out.ppid) &&
    isCount(out.processGroup) &&
    isCount(out.minorFaults) &&
    isCount(out.majorFaults) &&
    isCount(out.cpuTicks) &&
    isCount(out.startTicks) &&
    isCount(out.rssPages)
  );
};

const isCount = (value: number): boolean => value >= 0 && value <= Number.MAX_SAFE_INTEGER;
