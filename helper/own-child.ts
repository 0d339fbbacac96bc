import { type ChildProcess, spawn } from 'node:child_process';
import { asId, killGroup } from './host/child.ts';
import { ownProgram } from './own-program.ts';

/**
 * This program once more, in another role and perhaps with a user's rights: one request on its standard input, one answer, and
 * gone. It has no environment and a group of its own, which is killed when its time is up; nobody waits for what it leaves.
 */

export interface OwnChildSpec {
  /** The role, and what it takes. */
  readonly args: readonly string[];
  /** Whose rights it gets; null: those of this process. Only root can give others. */
  readonly account: { readonly uid: number; readonly gid: number } | null;
  readonly input: string;
  /** Where its answer is heard; the other output goes nowhere. */
  readonly hears: 'stdout' | 'stderr';
  readonly limitMs: number;
  /** A longer answer is none, bytes. */
  readonly mostBytes: number;
  /** Ends it. */
  readonly signal?: AbortSignal;
  /** Program and arguments before the role: for tests. */
  readonly command?: readonly [string, ...string[]] | undefined;
}

export type OwnChildEnd =
  | { readonly kind: 'ended'; readonly code: number | null; readonly signal: string | null; readonly said: Buffer }
  | { readonly kind: 'late' | 'said_too_much' }
  | { readonly kind: 'not_started'; readonly detail: string };

/** Never rejects: where there is no memory for another process, spawn throws. */
export const runOwnChild = (spec: OwnChildSpec): Promise<OwnChildEnd> =>
  new Promise((resolve) => {
    const { account, hears, signal } = spec;
    const [program, ...before] = spec.command ?? ownProgram();
    let child: ChildProcess;
    try {
      child = spawn(program, [...before, ...spec.args], {
        // With a uid, libuv gives up all supplementary groups before it changes group and user (uv_spawn, process.c).
        ...(account === null ? {} : { uid: asId(account.uid), gid: asId(account.gid) }),
        cwd: '/',
        env: {},
        stdio: ['pipe', hears === 'stdout' ? 'pipe' : 'ignore', hears === 'stderr' ? 'pipe' : 'ignore'],
        detached: true,
      });
    } catch (fault) {
      resolve({ kind: 'not_started', detail: fault instanceof Error ? fault.message : String(fault) });
      return;
    }
    const { pid } = child;
    const output = child[hears];
    const heard: Buffer[] = [];
    let bytes = 0;
    let isLeaderThere = true;
    let isOver = false;
    const kill = (): void => {
      if (pid !== undefined) killGroup(pid, isLeaderThere);
    };
    const end = (how: OwnChildEnd): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(limit);
      signal?.removeEventListener('abort', kill);
      // Also what it started itself; and nobody listens any more to whoever holds the other ends.
      kill();
      child.stdin?.destroy();
      output?.destroy();
      resolve(how);
    };
    const limit = setTimeout(() => end({ kind: 'late' }), spec.limitMs);
    signal?.addEventListener('abort', kill, { once: true });
    child.unref();
    // It may have ended before it read: its end tells why.
    child.stdin?.on('error', () => {});
    child.stdin?.end(spec.input);
    output?.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > spec.mostBytes) end({ kind: 'said_too_much' });
      else heard.push(chunk);
    });
    child.once('error', ({ message }) => end({ kind: 'not_started', detail: message }));
    child.once('exit', () => {
      isLeaderThere = false;
    });
    child.once('close', (code, ended) => end({ kind: 'ended', code, signal: ended, said: Buffer.concat(heard) }));
  });
