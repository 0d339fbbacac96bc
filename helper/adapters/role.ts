import { closeSync, constants, openSync, readSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Adapter, AdapterContext } from './adapter.ts';
import { createCall } from './call.ts';
import { createCli } from './cli.ts';
import { answerDocker } from './docker.ts';
import { type DockerReply, dockerRequestSchema } from './docker-wire.ts';
import { llamaCpp } from './llama-cpp.ts';
import { llamaSwap } from './llama-swap.ts';
import { lmStudio } from './lm-studio.ts';
import { mlxLm } from './mlx-lm.ts';
import { ollama } from './ollama.ts';
import { unloadModel } from './unload.ts';
import {
  type AdapterProblem,
  type AdapterReply,
  type AdapterRequest,
  type LoadedModel,
  mostModels,
  mostReplyBytes,
  mostRequestBytes,
  plainNote,
  problem,
  type RuntimeKind,
  requestSchema,
  runtimeKinds,
} from './wire.ts';

/**
 * `castellan adapter NAME`: speaks to one runtime of models, with the rights of the user whose it is. Started by the keeper for
 * one request on standard input; one reply goes to standard output. It dies with whatever it is told, and nothing depends on it.
 */

const adapters: Readonly<Record<RuntimeKind, Adapter>> = {
  lm_studio: lmStudio,
  ollama,
  llama_cpp: llamaCpp,
  llama_swap: llamaSwap,
  mlx_lm: mlxLm,
};

const mostTokenBytes = 4_096;

/** The first line of the file, with the rights of this account. */
const tokenIn = (file: string): { readonly ok: true; readonly token: string } | AdapterProblem => {
  try {
    // A pipe in its place must not be waited for.
    const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const bytes = Buffer.alloc(mostTokenBytes);
      const token = bytes.toString('utf8', 0, readSync(fd, bytes)).split('\n')[0]?.trim() ?? '';
      return /^[\x21-\x7e]+$/.test(token) ? { ok: true, token } : problem('bad_request', `${file} holds no token`);
    } finally {
      closeSync(fd);
    }
  } catch (fault) {
    return problem('refused', `the token cannot be read: ${fault instanceof Error ? fault.message : String(fault)}`);
  }
};

const contextOf = (request: AdapterRequest, sinceMs: number): AdapterContext | AdapterProblem => {
  const leftMs = (): number => sinceMs + request.limitMs - performance.now();
  const token = request.tokenFile === null ? null : tokenIn(request.tokenFile);
  if (token !== null && !token.ok) return token;
  const call = createCall({ url: request.url, token: token?.token ?? null, leftMs });
  if (call === null) return problem('bad_request', `${request.url} is no plain HTTP address of this machine`);
  // By the account database: there is no environment that could say otherwise.
  const { homedir, uid } = userInfo();
  const program = request.cli ?? join(homedir, '.lmstudio/bin/lms');
  return { call, cli: createCli({ program, home: homedir, uid, leftMs }), leftMs, sleep: (ms) => sleep(ms) };
};

/** As much of it as the keeper reads, the largest first: those are what it is about. */
export const fitting = (models: readonly LoadedModel[], note: string): AdapterReply => {
  const weight = ({ bytes, billions }: LoadedModel): number => bytes ?? (billions ?? 0) * 2 ** 30;
  const kept = [...models].sort((a, b) => weight(b) - weight(a)).slice(0, mostModels);
  for (;;) {
    const reply: AdapterReply = { ok: true, op: 'list', models: kept, note };
    if (kept.length === 0 || Buffer.byteLength(JSON.stringify(reply)) < mostReplyBytes) return reply;
    kept.pop();
  }
};

/**
 * In this very process, with its rights.
 *
 * @param sinceMs from when on its time counts: 0 is the start of this process, by which the keeper counts, too
 */
export const answer = async (adapter: Adapter, request: AdapterRequest, sinceMs = 0): Promise<AdapterReply> => {
  const context = contextOf(request, sinceMs);
  if ('ok' in context) return context;
  if (request.op === 'unload')
    return unloadModel(adapter, context, { ...request, id: request.model, instance: request.instance });
  const listed = await adapter.list(context);
  if (!listed.ok) return listed;
  return fitting(listed.models, plainNote(listed.note));
};

const readRequest = async <Request>(parse: (value: unknown) => Request): Promise<Request | AdapterProblem> => {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of process.stdin) {
    if (!Buffer.isBuffer(part)) continue;
    bytes += part.length;
    if (bytes > mostRequestBytes) return problem('bad_request', 'the request is too large');
    parts.push(part);
  }
  try {
    return parse(JSON.parse(Buffer.concat(parts).toString('utf8')));
  } catch {
    return problem('bad_request', 'the request cannot be read');
  }
};

const runtime = async (kind: RuntimeKind): Promise<AdapterReply> => {
  const request = await readRequest((value) => requestSchema.parse(value));
  return 'ok' in request ? request : answer(adapters[kind], request);
};

/** Containers are asked about in a form of their own. */
const docker = async (): Promise<DockerReply> => {
  const request = await readRequest((value) => dockerRequestSchema.parse(value));
  return 'ok' in request ? request : answerDocker(request);
};

/** The role. @returns exit code */
export const runAdapter = async (argv: readonly string[]): Promise<number> => {
  const kind = runtimeKinds.find((known) => known === argv[0]);
  const isDocker = argv[0] === 'docker';
  if ((kind === undefined && !isDocker) || argv.length !== 1) {
    process.stderr.write(`adapter: it takes one of ${runtimeKinds.join(', ')}, docker\n`);
    return 64;
  }
  const reply = kind === undefined ? await docker() : await runtime(kind);
  process.stdout.write(`${JSON.stringify(reply)}\n`);
  return 0;
};
