import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import type { BandName, BandResult } from '../port.ts';
import type { ProcessId, SensorFact } from '../reading.ts';
import { otherThan } from './signals.ts';

/**
 * Bands as `oom_score_adj` (proc_pid_oom_score_adj(5)): −1000 is never killed, +1000 first. A value below the lowest
 * that was ever set with the right to do so needs CAP_SYS_RESOURCE (fs/proc/base.c, __set_oom_adj). Without it the
 * order is kept within what everybody may set.
 */
const privileged: Readonly<Record<BandName, number>> = {
  IDLE: 900,
  BACKGROUND: 600,
  FOREGROUND: 0,
  HOME: -300,
  DEFAULT: -600,
  CRITICAL: -900,
};
const unprivileged: Readonly<Record<BandName, number>> = {
  IDLE: 900,
  BACKGROUND: 600,
  FOREGROUND: 450,
  HOME: 300,
  DEFAULT: 150,
  CRITICAL: 0,
};

export const bandScores = (mayRaise: boolean): Readonly<Record<BandName, number>> =>
  mayRaise ? privileged : unprivileged;

const nameOf = (scores: Readonly<Record<BandName, number>>, raw: number): BandName | null => {
  for (const [name, score] of Object.entries(scores)) if (score === raw) return name as BandName;
  return null;
};

export interface Bands {
  read(id: ProcessId): BandResult;
  set(id: ProcessId, band: BandName): BandResult;
}

export const createBands = (options: {
  readonly procRoot: string;
  readonly mayRaise: boolean;
  readonly identify: (pid: number) => ProcessId | SensorFact;
}): Bands => {
  const scores = bandScores(options.mayRaise);
  const buffer = Buffer.alloc(32);

  const refused = (id: ProcessId, error: unknown, what: string): BandResult => {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    if (code === 'ENOENT' || code === 'ESRCH')
      return { ok: false, problem: 'vanished', detail: `pid ${id.pid} ended before its band was ${what}` };
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
      return { ok: false, problem: 'refused', detail: `the band of pid ${id.pid} may not be ${what} (${code})` };
    return { ok: false, problem: 'unsupported', detail: `the band of pid ${id.pid} cannot be ${what} (${code})` };
  };

  /** Opens first and checks the identity after: the open file can then only mean the process that was checked. */
  const withFile = (id: ProcessId, flags: 'r' | 'r+', what: string, use: (fd: number) => BandResult): BandResult => {
    // A pid is a plain number before it becomes part of a path.
    if (!Number.isSafeInteger(id.pid) || id.pid <= 0)
      return { ok: false, problem: 'vanished', detail: `${id.pid} is no pid` };
    let fd = -1;
    try {
      fd = openSync(`${options.procRoot}/${id.pid}/oom_score_adj`, flags);
      return otherThan(id, options.identify) ?? use(fd);
    } catch (error) {
      return otherThan(id, options.identify) ?? refused(id, error, what);
    } finally {
      if (fd >= 0) closeSync(fd);
    }
  };

  const readBack = (id: ProcessId, fd: number): BandResult => {
    const length = readSync(fd, buffer, 0, buffer.length, 0);
    const text = buffer.toString('latin1', 0, length).trim();
    if (!/^-?\d{1,4}$/.test(text))
      return { ok: false, problem: 'unsupported', detail: `oom_score_adj of pid ${id.pid} is not a number` };
    return { ok: true, band: nameOf(scores, Number(text)), raw: Number(text) };
  };

  return {
    read: (id) => withFile(id, 'r', 'read', (fd) => readBack(id, fd)),
    set: (id, band) =>
      withFile(id, 'r+', 'set', (fd) => {
        writeSync(fd, String(scores[band]), 0);
        const found = readBack(id, fd);
        if (!found.ok || found.band === band) return found;
        return {
          ok: false,
          problem: 'refused',
          detail: `the band of pid ${id.pid} reads ${found.raw} after ${scores[band]} was written`,
        };
      }),
  };
};
