import { readFileSync } from 'node:fs';

/**
 * When processes started and whether they are stopped, read in the same way by who writes a tombstone and by who resumes:
 * a pid alone may belong to somebody else by now.
 */

export interface Seen {
  /** As in a tombstone; null: not readable. */
  readonly started: string | null;
  /** Null: not readable. */
  readonly isStopped: boolean | null;
}

/** Only processes that there are have a row. Null: nothing could be read at all. */
export type Starts = ReadonlyMap<number, Seen> | null;
export type ReadStarts = (pids: readonly number[]) => Promise<Starts>;

/** Clock ticks a second as Linux tells user space, on every architecture Node runs on (include/uapi/asm-generic/param.h). */
const ticksPerSecond = 100;
const differsMs = 1_000;

/** Milliseconds of whichever clock the text is of; null: not to be understood. */
const millisecondsOf = (started: string): number | null => {
  if (/^\d+$/.test(started)) return (Number(started) * 1000) / ticksPerSecond;
  const ms = Date.parse(`${started} UTC`);
  return Number.isNaN(ms) ? null : ms;
};

/** Unknown when either could not be read: then a resume goes on, because leaving a process stopped is worse. */
export const compareStarts = (then: string | null, now: string | null): 'same' | 'other' | 'unknown' => {
  if (then === null || now === null) return 'unknown';
  const [a, b] = [millisecondsOf(then), millisecondsOf(now)];
  if (a === null || b === null) return 'unknown';
  return Math.abs(a - b) > differsMs ? 'other' : 'same';
};

/** proc_pid_stat(5). The name may hold anything, so the last parenthesis ends it; field 3 follows, field 22 is the start. */
const parseStat = (line: string): Seen => {
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const started = fields[19];
  return {
    started: started !== undefined && /^\d+$/.test(started) ? started : null,
    isStopped: state === undefined || state === '' ? null : state === 'T',
  };
};

export const readLinuxStarts: ReadStarts = async (pids) => {
  const seen = new Map<number, Seen>();
  for (const pid of pids) {
    try {
      seen.set(pid, parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1')));
    } catch (fault) {
      const code = (fault as NodeJS.ErrnoException).code;
      // ESRCH: it ended between open and read.
      if (code !== 'ENOENT' && code !== 'ESRCH') seen.set(pid, { started: null, isStopped: null });
    }
  }
  return seen;
};

/** "  123 Sun Nov 22 06:05:00 2026 Ss+": pid=, lstart=, stat= of ps(1). */
const psLine = /^\s*(\d+)\s+(\w{3}\s+\w{3}\s+\d+\s+\d\d:\d\d:\d\d\s+\d{4})\s+(\S+)\s*$/;

export const parsePs = (output: string): ReadonlyMap<number, Seen> => {
  const seen = new Map<number, Seen>();
  for (const line of output.split('\n')) {
    const [, pid, started, state] = psLine.exec(line) ?? [];
    if (pid !== undefined && started !== undefined && state !== undefined)
      seen.set(Number(pid), { started: started.replace(/\s+/g, ' '), isStopped: state.startsWith('T') });
  }
  return seen;
};

const psLimitMs = 1_000;

/**
 * One call for all pids. The time zone and language are fixed, so that the text of two calls can be compared. ps(1) exits
 * with 1 when a pid is gone, and says the others; without our own process in its answer it told nothing.
 */
export const createPsStarts =
  (command = '/bin/ps', limitMs = psLimitMs): ReadStarts =>
  async (pids) => {
    // Loaded when needed: on Linux never.
    const { execFile } = await import('node:child_process');
    const list = [process.pid, ...pids].join(',');
    // It throws where there is no memory for another process (ENOMEM), and calls back for other errors.
    return new Promise<Starts>((resolve) => {
      execFile(
        command,
        ['-o', 'pid=,lstart=,stat=', '-p', list],
        { timeout: limitMs, killSignal: 'SIGKILL', env: { LC_ALL: 'C', TZ: 'UTC' }, maxBuffer: 4 * 2 ** 20 },
        (_fault, output) => {
          const seen = parsePs(output);
          resolve(seen.has(process.pid) ? seen : null);
        },
      );
    }).catch(() => null);
  };

export const startsReader = (platform: string): ReadStarts =>
  platform === 'darwin' ? createPsStarts() : readLinuxStarts;
