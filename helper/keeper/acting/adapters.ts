import { type DockerReply, type DockerRequest, readDockerReply } from '../../adapters/docker-wire.ts';
import {
  type AdapterProblem,
  type AdapterReply,
  type AdapterRequest,
  mostReplyBytes,
  problem,
  type RuntimeKind,
  replySchema,
} from '../../adapters/wire.ts';
import { type OwnChildEnd, runOwnChild } from '../../own-child.ts';
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

const endOf = (end: OwnChildEnd, limitMs: number): Ended => {
  switch (end.kind) {
    case 'not_started':
      return problem('unreachable', `the adapter cannot be run: ${end.detail}`);
    case 'late':
      return problem('too_late', `the adapter gave no answer within ${limitMs / 1_000} s`);
    case 'said_too_much':
      return problem('not_understood', 'the adapter said too much');
    case 'ended':
      return end.code === 0
        ? { ok: true, said: end.said }
        : problem('not_understood', `the adapter ended with ${end.signal ?? `code ${end.code}`}`);
  }
};

export const createAdapters = ({ account, command }: AdaptersOptions): Adapters => {
  const closing = new AbortController();

  const runAsUser = async (kind: RuntimeKind | 'docker', request: AdapterRequest | DockerRequest): Promise<Ended> => {
    const found = await account();
    if (!found.ok) return problem('refused', `there is nobody to ask it as: ${found.detail}`);
    if (closing.signal.aborted) return problem('too_late', 'the keeper ends');
    const limitMs = request.limitMs + marginMs;
    const end = await runOwnChild({
      args: ['adapter', kind],
      account: found.account,
      input: JSON.stringify(request),
      hears: 'stdout',
      limitMs,
      mostBytes: mostReplyBytes,
      signal: closing.signal,
      command,
    });
    return endOf(end, limitMs);
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
    close: () => closing.abort(),
  };
};
