import { spawn } from 'node:child_process';
import { cleanText } from './text.ts';

/** A program of somebody else's choice, run with somebody else's rights and watched until it ends. */
export interface ChildSpec {
  /** Run without a shell; the first one is found by PATH when it has no slash. */
  readonly argv: readonly [string, ...string[]];
  /** Whose rights it gets; null: those of this process. Only root can give others. */
  readonly account: { readonly uid: number; readonly gid: number } | null;
  readonly home: string;
  readonly timeoutMs: number;
}

export type ChildEnd =
  | {
      readonly kind: 'ended';
      readonly code: number | null;
      readonly signal: string | null;
      /** First line it wrote, on either output; empty: none. */
      readonly said: string;
    }
  | { readonly kind: 'timed_out'; readonly said: string }
  | { readonly kind: 'not_started'; readonly detail: string };

export interface Children {
  /** Never rejects. */
  run(spec: ChildSpec): Promise<ChildEnd>;
  /** Kills all that run. */
  close(): void;
}

/** What launchd gives its daemons; nothing of this process's environment is passed on. */
const path = '/usr/bin:/bin:/usr/sbin:/sbin';
/** UTF-16 units of the first line that are kept, and bytes of output that are looked at for it. */
const mostSaid = 200;
const mostHeard = 4_096;
/** After the KILL, for the kernel: a process in the middle of a disk access ends when that is over. */
const lastWaitMs = 1_000;

/** `setuid` takes them as the unsigned numbers they are, node's check as signed ones: nobody is −2 on macOS. */
export const asId = (id: number): number => id | 0;

/**
 * Ends what a child left in its group. While its leader has not been waited for, the number is its own; afterwards a group of
 * that number is its leftovers as long as no process has it (a kernel gives a number in use as a group to nobody).
 */
export const killGroup = (pid: number, isLeaderThere: boolean): void => {
  try {
    if (!isLeaderThere && isTaken(pid)) return;
    process.kill(-pid, 'SIGKILL');
  } catch {
    // ESRCH: nothing is left.
  }
};

const isTaken = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: somebody else's.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
};

const firstLine = (bytes: Uint8Array): string => {
  const text = new TextDecoder().decode(bytes);
  const line = text.split('\n').find((each) => each.trim() !== '') ?? '';
  return cleanText(line.trim(), mostSaid);
};

const messageOf = (error: unknown): string => cleanText(error instanceof Error ? error.message : String(error), 200);

export const createChildren = (): Children => {
  const running = new Set<() => void>();

  const run = ({ argv: [program, ...args], account, home, timeoutMs }: ChildSpec): Promise<ChildEnd> =>
    new Promise((resolve) => {
      let child: ReturnType<typeof spawn>;
      try {
        child = spawn(program, args, {
          cwd: '/',
          env: { PATH: path, HOME: home },
          stdio: ['ignore', 'pipe', 'pipe'],
          // A session and group of its own: a signal reaches all of it, and none of ours.
          detached: true,
          // With a uid, libuv gives up all supplementary groups before it changes group and user (uv_spawn, process.c).
          ...(account === null ? {} : { uid: asId(account.uid), gid: asId(account.gid) }),
        });
      } catch (error) {
        resolve({ kind: 'not_started', detail: messageOf(error) });
        return;
      }
      const { pid } = child;
      let heard = Buffer.alloc(0);
      let isOver = false;
      let hasExited = false;
      let lastWait: NodeJS.Timeout | null = null;

      // What is beyond the cap is read and dropped: a program must not wait for a full pipe.
      const hear = (chunk: Uint8Array): void => {
        if (heard.length < mostHeard) heard = Buffer.concat([heard, chunk.subarray(0, mostHeard - heard.length)]);
      };
      child.stdout?.on('data', hear);
      child.stderr?.on('data', hear);

      const finish = (end: ChildEnd): void => {
        clearTimeout(timer);
        if (lastWait !== null) clearTimeout(lastWait);
        running.delete(kill);
        // Descendants may hold the other ends; nobody listens to them any more.
        child.stdout?.destroy();
        child.stderr?.destroy();
        if (pid !== undefined && hasExited) killGroup(pid, false);
        resolve(end);
      };
      const kill = (): void => {
        isOver = true;
        if (pid !== undefined && !hasExited) killGroup(pid, true);
        lastWait ??= setTimeout(() => finish({ kind: 'timed_out', said: firstLine(heard) }), lastWaitMs);
      };
      const timer = setTimeout(kill, timeoutMs);
      running.add(kill);

      child.once('error', (error) => {
        if (pid === undefined) finish({ kind: 'not_started', detail: messageOf(error) });
      });
      child.once('exit', (code, signal) => {
        hasExited = true;
        // One turn more for what is in the pipes already.
        setImmediate(() => {
          const said = firstLine(heard);
          finish(isOver ? { kind: 'timed_out', said } : { kind: 'ended', code, signal, said });
        });
      });
    });

  return {
    run,
    close: () => {
      for (const kill of [...running]) kill();
    },
  };
};
