import { type ChildProcess, spawn } from 'node:child_process';
import { type DockerReply, type DockerRequest, readDockerReply } from '../adapters/docker-wire.ts';
import {
  type AdapterProblem,
  type AdapterReply,
  type AdapterRequest,
  mostReplyBytes,
  problem,
  type RuntimeKind,
  replySchema,
} from '../adapters/wire.ts';
import { ownProgram } from '../own-program.ts';
import type { FoundAdapterAccount } from './adapter-account.ts';

/**
 * Adapters as children: one request, one reply, and gone. Each has the rights of a user, no environment and a group of its own,
 * which is killed when its time is up. The keeper's loop never waits for one, and believes nothing that one says of memory.
 */

export interface Adapters {
  /** Never rejects. What is no reply of the agreed form is a problem. */
  readonly ask: (kind: RuntimeKind, request: AdapterRequest) => Promise<AdapterReply>;
  /** The same of containers, which have a form of their own. */
  readonly askDocker: (request: DockerRequest) => Promise<DockerReply>;
  /** Kills all that run. */
  readonly close: () => void;
}

export interface AdaptersOptions {
  readonly account: () => Promise<FoundAdapterAccount>;
  /** Program and arguments before the role: for tests. */
  readonly command?: readonly [string, ...string[]];
}

/** For its way to the keeper: the time that the request allows counts from the adapter's start. */
const marginMs = 1_500;

/** `setuid` takes ids as unsigned numbers, node's check as signed ones: nobody is −2 on macOS. */
const asId = (id: number): number => id | 0;

/** Its group is its own while it has not been waited for. */
const killGroup = (child: ChildProcess): void => {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
};

/** @param read null: not of the agreed form */
const readAs = <Answer extends { readonly ok: true; readonly op: string }>(
  said: Buffer,
  op: string,
  read: (value: unknown) => Answer | AdapterProblem | null,
): Answer | AdapterProblem => {
  try {
    const reply = read(JSON.parse(said.toString('utf8')));
    if (reply !== null && (!reply.ok || reply.op === op)) return reply;
  } catch {
    // Whatever is wrong with it, it is no reply.
  }
  return problem('not_understood', 'the adapter did not answer in the agreed form');
};

/** What an adapter said, if it is of the agreed form. */
export const readReply = (said: Buffer, op: AdapterRequest['op']): AdapterReply =>
  readAs(said, op, (value) => replySchema.parse(value));

/** What a child said until it ended well. */
type Ended = { readonly ok: true; readonly said: Buffer } | AdapterProblem;

export const createAdapters = ({ account, command = ownProgram() }: AdaptersOptions): Adapters => {
  const running = new Set<ChildProcess>();
  let isClosed = false;

  const run = (
    kind: RuntimeKind | 'docker',
    request: AdapterRequest | DockerRequest,
    uid: Record<string, number>,
  ): Promise<Ended> =>
    new Promise((resolve) => {
      const [program, ...before] = command;
      let child: ChildProcess;
      try {
        child = spawn(program, [...before, 'adapter', kind], {
          // With a uid, libuv gives up all supplementary groups before it changes group and user (uv_spawn, process.c).
          ...uid,
          cwd: '/',
          env: {},
          stdio: ['pipe', 'pipe', 'ignore'],
          detached: true,
        });
      } catch (fault) {
        resolve(problem('unreachable', `the adapter cannot be started: ${String(fault)}`));
        return;
      }
      running.add(child);
      const heard: Buffer[] = [];
      let bytes = 0;
      const end = (reply: Ended): void => {
        clearTimeout(limit);
        running.delete(child);
        // Also what it started itself; and nobody listens any more to whoever holds its output.
        killGroup(child);
        child.stdout?.destroy();
        resolve(reply);
      };
      const failed = (code: AdapterProblem['code'], why: string): void => end(problem(code, why));
      const limit = setTimeout(
        () => failed('too_late', `the adapter gave no answer within ${(request.limitMs + marginMs) / 1_000} s`),
        request.limitMs + marginMs,
      );
      child.unref();
      // It may have ended before it read: its end tells why.
      child.stdin?.on('error', () => {});
      child.stdin?.end(JSON.stringify(request));
      child.stdout?.on('data', (part: Buffer) => {
        bytes += part.length;
        if (bytes > mostReplyBytes) failed('not_understood', 'the adapter said too much');
        else heard.push(part);
      });
      child.once('error', (fault) => failed('unreachable', `the adapter cannot be run: ${fault.message}`));
      child.once('close', (code, signal) => {
        if (code === 0) end({ ok: true, said: Buffer.concat(heard) });
        else failed('not_understood', `the adapter ended with ${signal ?? `code ${code}`}`);
      });
    });

  const runAsUser = async (kind: RuntimeKind | 'docker', request: AdapterRequest | DockerRequest): Promise<Ended> => {
    const found = await account();
    if (!found.ok) return problem('refused', `there is nobody to ask it as: ${found.detail}`);
    if (isClosed) return problem('too_late', 'the keeper ends');
    const { account: who } = found;
    return run(kind, request, who === null ? {} : { uid: asId(who.uid), gid: asId(who.gid) });
  };

  return {
    ask: async (kind, request) => {
      const end = await runAsUser(kind, request);
      return end.ok ? readReply(end.said, request.op) : end;
    },
    askDocker: async (request) => {
      const end = await runAsUser('docker', request);
      return end.ok ? readAs(end.said, request.op, readDockerReply) : end;
    },
    close: () => {
      isClosed = true;
      for (const child of running) killGroup(child);
    },
  };
};
