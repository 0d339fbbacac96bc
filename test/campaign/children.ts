import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Who is frozen, and who only stands by: real processes, all started and ended here. */

export type State = 'stopped' | 'running' | 'gone';

/** proc_pid_stat(5): the state follows the last parenthesis. */
export const stateOf = (pid: number): State => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const letter = text[text.lastIndexOf(')') + 2];
    return letter === 'Z' || letter === 'X' ? 'gone' : letter === 'T' ? 'stopped' : 'running';
  } catch {
    return 'gone';
  }
};

export interface Children {
  readonly start: () => number;
  /** Kills this one and gives its pid to a new process, which its user then stops. Null: it could not be arranged. */
  readonly replace: (pid: number) => Promise<number | null>;
  readonly endAll: () => Promise<void>;
}

const lastPid = '/proc/sys/kernel/ns_last_pid';
const tries = 40;
/** Starts that lie closer together than a second are the same to the deadman. */
const apartMs = 1_200;

export const createChildren = (): Children => {
  const children = new Map<number, { readonly child: ChildProcess; readonly sinceMs: number }>();

  const start = (): number => {
    const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
    if (child.pid === undefined) throw new Error('sleep did not start');
    children.set(child.pid, { child, sinceMs: performance.now() });
    return child.pid;
  };

  const end = async (child: ChildProcess): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };

  return {
    start,
    replace: async (pid) => {
      const known = children.get(pid);
      if (known === undefined) return null;
      await end(known.child);
      children.delete(pid);
      await sleep(Math.max(0, known.sinceMs + apartMs - performance.now()));
      for (let count = 0; count < tries; count += 1) {
        // proc(5): the kernel counts on from here; threads of others take numbers, too.
        writeFileSync(lastPid, String(pid - 1));
        const next = start();
        if (next === pid) {
          process.kill(next, 'SIGSTOP');
          return next;
        }
        const missed = children.get(next);
        children.delete(next);
        if (missed) await end(missed.child);
      }
      return null;
    },
    endAll: async () => {
      await Promise.all([...children.values()].map(({ child }) => end(child)));
    },
  };
};
