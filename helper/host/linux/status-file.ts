/** Fields of /proc/PID/status that make the footprint, in bytes. Filled over and over, like StatLine. */
export interface StatusFile {
  uid: number;
  anonBytes: number;
  fileBytes: number;
  shmemBytes: number;
  swapBytes: number;
  lockedBytes: number;
  /** Highest resident size, with file pages. */
  peakRssBytes: number;
}

export const emptyStatusFile = (): StatusFile => ({
  uid: 0,
  anonBytes: 0,
  fileBytes: 0,
  shmemBytes: 0,
  swapBytes: 0,
  lockedBytes: 0,
  peakRssBytes: 0,
});

const newline = 10;
const letterR = 82;
const letterU = 85;
const letterV = 86;

/** The first number after `at`, before the end of the line. */
const numberAfter = (bytes: Uint8Array, at: number, length: number): number => {
  let i = at;
  while (i < length && ((bytes[i] as number) < 48 || (bytes[i] as number) > 57)) {
    if (bytes[i] === newline) return 0;
    i += 1;
  }
  let value = 0;
  while (i < length && (bytes[i] as number) >= 48 && (bytes[i] as number) <= 57) {
    value = value * 10 + (bytes[i] as number) - 48;
    i += 1;
  }
  return value;
};

/**
 * Parses the file into `out`; says whether it was one. The lines are read by their third to sixth letter:
 * Uid, VmLck, VmHWM, RssAnon, RssFile, RssShmem, VmSwap. A process without memory of its own (zombie) has only Uid.
 * The name is escaped here by the kernel (proc_task_name with escape), so that no line can be forged.
 */
export const parseStatusFile = (bytes: Uint8Array, length: number, out: StatusFile): boolean => {
  out.anonBytes = 0;
  out.fileBytes = 0;
  out.shmemBytes = 0;
  out.swapBytes = 0;
  out.lockedBytes = 0;
  out.peakRssBytes = 0;
  let hasUid = false;
  let at = 0;
  while (at < length) {
    const first = bytes[at];
    const third = bytes[at + 2];
    if (first === letterR && third === 115) {
      const fourth = bytes[at + 3];
      const size = numberAfter(bytes, at + 7, length) * 1024;
      if (fourth === 65) out.anonBytes = size;
      else if (fourth === 70) out.fileBytes = size;
      else if (fourth === 83) out.shmemBytes = size;
    } else if (first === letterV && third === 72) {
      out.peakRssBytes = numberAfter(bytes, at + 5, length) * 1024;
    } else if (first === letterV && third === 76 && bytes[at + 3] === 99) {
      out.lockedBytes = numberAfter(bytes, at + 5, length) * 1024;
    } else if (first === letterV && third === 83 && bytes[at + 3] === 119) {
      out.swapBytes = numberAfter(bytes, at + 6, length) * 1024;
      return hasUid;
    } else if (first === letterU && third === 100) {
      out.uid = numberAfter(bytes, at + 4, length);
      hasUid = true;
    }
    while (at < length && bytes[at] !== newline) at += 1;
    at += 1;
  }
  return hasUid;
};
