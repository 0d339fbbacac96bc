import {
  closeSync,
  constants,
  fstatSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { createEmergency, type Emergency } from './emergency.ts';

/**
 * An append-only file of lines for what must not be lost: one write on the caller per line, so that it survives the death
 * of any process at once; to the disk itself every 30 s, elsewhere. When the disk is full, lines go into space that was
 * allocated beforehand and are moved over when there is room again. What could not be kept even there is counted, and a
 * gap line says so where it is missing.
 */

export type AppendResult = { readonly ok: true } | { readonly ok: false; readonly detail: string };

export interface AppendLogOptions {
  readonly path: string;
  /** Beyond this the file is renamed to NAME.1 and a new one begun. */
  readonly maxBytes: number;
  /** Renamed files kept: NAME.1 is the newest. */
  readonly kept: number;
  /** Space kept in reserve in NAME.emergency. */
  readonly emergencyBytes: number;
  /** The line that stands where `lost` lines are missing. */
  readonly gapLine: (lost: number) => string;
}

export interface AppendLog {
  readonly append: (line: string) => AppendResult;
  /** Whether the next line would be taken, as far as can be told; after a loss it tries to write the gap line. */
  readonly writable: () => boolean;
  readonly stats: () => { readonly lostRows: number; readonly emergencyRows: number };
  readonly close: () => void;
}

const syncEveryMs = 30_000;
const flags = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW;
const mode = 0o600;
const newline = 10;

const messageOf = (fault: unknown): string => (fault instanceof Error ? fault.message : String(fault));

interface Current {
  readonly fd: number;
  bytes: number;
}

/** Opens for appending. A torn last line (power loss) is ended, so that the next one stands alone. */
const openCurrent = (path: string): Current => {
  const fd = openSync(path, flags, mode);
  try {
    const { size } = fstatSync(fd);
    const last = Buffer.alloc(1);
    const torn = size > 0 && readSync(fd, last, 0, 1, size - 1) === 1 && last[0] !== newline;
    return { fd, bytes: size + (torn ? writeSync(fd, '\n') : 0) };
  } catch (fault) {
    closeSync(fd);
    throw fault;
  }
};

export const createAppendLog = (options: AppendLogOptions): AppendLog => {
  const { path } = options;
  let current: Current | null = null;
  let lostRows = 0;
  /** Lost since the last gap line. */
  let untold = 0;
  let syncTimer: NodeJS.Timeout | null = null;
  const emergency: Emergency = createEmergency(`${path}.emergency`, options.emergencyBytes);

  const write = (bytes: Buffer): void => {
    current ??= openCurrent(path);
    if (current.bytes > 0 && current.bytes + bytes.length > options.maxBytes) current = rotate(current);
    const written = writeSync(current.fd, bytes);
    if (written !== bytes.length) {
      ftruncateSync(current.fd, current.bytes);
      throw new Error('no space left on the disk for a whole line');
    }
    current.bytes += written;
  };

  const rotate = (from: Current): Current => {
    for (let number = options.kept; number >= 1; number--) {
      const older = number === 1 ? path : `${path}.${number - 1}`;
      try {
        renameSync(older, `${path}.${number}`);
      } catch {
        // There are not so many yet.
      }
    }
    if (options.kept === 0) rmSync(path, { force: true });
    const next = openCurrent(path);
    fsync(from.fd, () => closeSync(from.fd));
    return next;
  };

  const drop = (): void => {
    try {
      if (current !== null) closeSync(current.fd);
    } catch {
      // It is opened afresh in any case.
    }
    current = null;
  };

  const planSync = (): void => {
    if (syncTimer !== null) return;
    syncTimer = setTimeout(() => {
      syncTimer = null;
      // A failing fsync shows at the next write.
      if (current !== null) fsync(current.fd, () => {});
    }, syncEveryMs);
    syncTimer.unref();
  };

  /** What was kept elsewhere goes first: order is worth more than a few microseconds. */
  const catchUp = (): void => {
    const waiting = emergency.lines();
    if (waiting !== null) {
      write(waiting);
      emergency.clear();
    }
    if (untold > 0) {
      write(Buffer.from(`${options.gapLine(untold)}\n`));
      untold = 0;
    }
  };

  return {
    append: (line) => {
      const bytes = Buffer.from(`${line}\n`);
      try {
        if (untold > 0 || emergency.rows() > 0) catchUp();
        write(bytes);
        planSync();
        return { ok: true };
      } catch (fault) {
        drop();
        // After a loss nothing more goes into the reserve, so that the gap line stands where the rows are missing.
        if (untold === 0 && emergency.put(bytes)) return { ok: true };
        lostRows++;
        untold++;
        return { ok: false, detail: messageOf(fault) };
      }
    },
    writable: () => {
      if (untold === 0) return true;
      try {
        catchUp();
        planSync();
        return true;
      } catch {
        drop();
        return false;
      }
    },
    stats: () => ({ lostRows, emergencyRows: emergency.rows() }),
    close: () => {
      if (syncTimer !== null) clearTimeout(syncTimer);
      syncTimer = null;
      try {
        if (untold > 0 || emergency.rows() > 0) catchUp();
        if (current !== null) fsyncSync(current.fd);
      } catch {
        // The emergency file keeps what could not be moved; the next start moves it.
      }
      drop();
      emergency.close();
    },
  };
};
