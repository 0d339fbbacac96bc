import * as z from 'zod/mini';
import { type OwnChildEnd, runOwnChild } from '../../own-child.ts';
import { faultWords } from '../fault-words.ts';
import { type Kept, keepCopies, putBackAgent, renameAgent } from './home.ts';
import { agentsFolder, folderBelow, lookIn } from './home-files.ts';
import { readValveHistory, valveHistorySchema } from './import-valve.ts';

/**
 * `castellan cutover-files`: one request about files in a home on standard input, one answer on standard output. Started by the
 * cutover with the rights of the account whose home it is, so that root itself never opens, makes or renames anything there.
 */

export type HomeRequest =
  /** What there is under these names in ~/Library/LaunchAgents. */
  | { readonly op: 'look'; readonly home: string; readonly names: readonly string[] }
  | {
      readonly op: 'back_up';
      readonly home: string;
      readonly backup: string;
      readonly files: readonly Kept[];
      readonly texts: readonly { readonly name: string; readonly text: string }[];
    }
  | {
      readonly op: 'rename';
      readonly home: string;
      readonly from: string;
      readonly to: string;
      readonly sha256: string;
    }
  | {
      readonly op: 'put_back';
      readonly home: string;
      readonly backup: string;
      readonly file: {
        readonly name: string;
        readonly retired: string;
        readonly sha256: string;
        readonly mode: number;
      };
    }
  /** What the old valve left of its past. */
  | { readonly op: 'history'; readonly home: string };

/** The child has a user's rights, and so could be anybody's: its answer is read like any other stranger's. */
const answerSchema = z.strictObject({
  /** What went wrong, in words; null: nothing. */
  problem: z.nullable(z.string().check(z.maxLength(2_000))),
  files: z.optional(
    z
      .array(
        z.strictObject({
          name: z.string().check(z.maxLength(200)),
          state: z.enum(['file', 'missing', 'refused']),
          sha256: z.optional(z.string().check(z.regex(/^[0-9a-f]{64}$/))),
          mode: z.optional(z.int().check(z.minimum(0), z.maximum(0o7777))),
          why: z.optional(z.string().check(z.maxLength(2_000))),
        }),
      )
      .check(z.maxLength(64)),
  ),
  put: z.optional(z.enum(['in_place', 'renamed', 'from_backup'])),
  history: z.optional(valveHistorySchema),
});
export type HomeAnswer = z.infer<typeof answerSchema>;
export type HomeFile = NonNullable<HomeAnswer['files']>[number];

/** Does what is asked. Never rejects: what went wrong is in the answer. */
export type HomeFiles = (request: HomeRequest) => Promise<HomeAnswer>;

const lookedAt = (home: string, names: readonly string[]): readonly HomeFile[] => {
  let agents: string;
  try {
    agents = folderBelow(home, agentsFolder);
  } catch (fault) {
    return names.map((name) => ({ name, state: 'refused', why: faultWords(fault) }));
  }
  return names.map((name): HomeFile => {
    try {
      const found = lookIn(agents, name);
      return found === null ? { name, state: 'missing' } : { name, state: 'file', ...found };
    } catch (fault) {
      return { name, state: 'refused', why: faultWords(fault) };
    }
  });
};

/** In this very process, with its rights. */
export const doHomeRequest = (request: HomeRequest): HomeAnswer => {
  try {
    switch (request.op) {
      case 'look':
        return { problem: null, files: [...lookedAt(request.home, request.names)] };
      case 'back_up':
        keepCopies(request.home, request.backup, request.files, request.texts);
        return { problem: null };
      case 'rename':
        renameAgent(request.home, request.from, request.to, request.sha256);
        return { problem: null };
      case 'put_back':
        return { problem: null, put: putBackAgent(request.home, request.backup, request.file) };
      case 'history':
        return { problem: null, history: readValveHistory(request.home) };
    }
  } catch (fault) {
    return { problem: faultWords(fault).slice(0, 2_000) };
  }
};

const mostBytes = 2 ** 20;

/** The role. @returns exit code */
export const runCutoverFiles = async (): Promise<number> => {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) if (Buffer.isBuffer(part)) parts.push(part);
  const answer = doHomeRequest(JSON.parse(Buffer.concat(parts).toString('utf8')) as HomeRequest);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
  return 0;
};

const usualLimitMs = 30_000;

const endText = (end: Exclude<OwnChildEnd, { kind: 'ended' }>, limitMs: number): string => {
  if (end.kind === 'not_started') return end.detail;
  return end.kind === 'late'
    ? `no answer within ${limitMs / 1_000} s`
    : 'its answer is not to be believed: it is too long';
};

/** Of an answer that is none, why. */
const readAnswer = (said: Buffer): HomeAnswer | string => {
  try {
    const read = answerSchema.safeParse(JSON.parse(said.toString('utf8')));
    return read.success ? read.data : 'its answer is not of the form it should have';
  } catch {
    return 'its answer is not JSON';
  }
};

/** By a child with the rights of this account; it has none of ours, no environment, and 30 s. */
export const homeFilesAs =
  (
    account: { readonly uid: number; readonly gid: number },
    command?: readonly [string, ...string[]],
    limitMs: number = usualLimitMs,
  ): HomeFiles =>
  async (request) => {
    const failed = (why: string): HomeAnswer => ({
      problem: `files of uid ${account.uid} could not be handled: ${why}`,
    });
    const end = await runOwnChild({
      args: ['cutover-files'],
      account,
      input: JSON.stringify(request),
      hears: 'stdout',
      limitMs,
      mostBytes,
      command,
    });
    if (end.kind !== 'ended') return failed(endText(end, limitMs));
    if (end.code !== 0) return failed(`the child ended with ${end.signal ?? `code ${end.code}`}`);
    const answer = readAnswer(end.said);
    return typeof answer === 'string' ? failed(answer) : answer;
  };
