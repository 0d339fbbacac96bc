import { readdirSync, readFileSync } from 'node:fs';

/** What the supervisor must know of processes it did not start itself. Plain reads: it looks rarely. */

export interface Seen {
  /** Clock ticks after boot at which it started: with pid and boot, its identity. */
  readonly start: string;
  readonly isZombie: boolean;
  readonly group: number;
  readonly session: number;
}

/** Null: there is no such process. */
export const see = (pid: number): Seen | null => {
  let line: string;
  try {
    line = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return null;
  }
  // The name may hold anything; the last parenthesis ends it (proc_pid_stat(5)). Fields are counted from the state, 3.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const [state, , group, session] = fields;
  const start = fields[19];
  if (state === undefined || start === undefined) return null;
  return { start, isZombie: state === 'Z' || state === 'X', group: Number(group), session: Number(session) };
};

const pids = (): readonly number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0);

/**
 * What is left of a process group whose leader has ended. While something is, its number is given to nobody else. A zombie is
 * none: whose first process does not collect what it inherits (a container without an init), keeps them for ever.
 */
export const hasLeftovers = (group: number): boolean =>
  see(group) === null &&
  pids().some((pid) => {
    const seen = see(pid);
    return seen !== null && seen.group === group && !seen.isZombie;
  });

/** Name of the variable that carries the token of one start. */
export const startVariable = 'CASTELLAN_START';

/**
 * The job that was started with this token: for a supervisor that died after the fork and before it could write down the
 * pid. Children inherit the variable, but only the job itself leads the session it was started in.
 */
export const findStarted = (token: string): number | null => {
  const wanted = `${startVariable}=${token}\0`;
  for (const pid of pids()) {
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'latin1').includes(wanted)) continue;
    } catch {
      continue;
    }
    const seen = see(pid);
    if (seen !== null && !seen.isZombie && seen.session === pid) return pid;
  }
  return null;
};

/** Differs after each boot. */
export const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();

/** Milliseconds since boot, without sleep (CLOCK_MONOTONIC): means the same to the next supervisor. */
export const sinceBootMs = (): number => Number(process.hrtime.bigint() / 1000n) / 1000;
