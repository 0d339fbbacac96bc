import { statSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { createEngineCall, type EngineCall } from './docker-call.ts';
import { type AdapterProblem, problem } from './wire.ts';

/** Finding an engine, and the version of its API to speak. */

export interface Engine {
  readonly ok: true;
  readonly socket: string;
  readonly version: string;
  /** `1.44`. */
  readonly api: string;
  /** Statistics of one moment: without it the engine takes two samples, a second apart. */
  readonly hasOneShot: boolean;
  /** `path` from behind the version on. */
  readonly call: EngineCall;
}

export type FoundEngine =
  | Engine
  | { readonly ok: false; readonly why: 'missing' | 'silent' | 'not_understood'; readonly note: string };

/** Where each has its socket: Docker Desktop, whatever took the usual place, OrbStack, Colima (each project's documentation). */
export const usualSockets = (home: string): readonly string[] => [
  join(home, '.docker/run/docker.sock'),
  '/var/run/docker.sock',
  join(home, '.orbstack/run/docker.sock'),
  join(home, '.colima/default/docker.sock'),
];

/** The newest version whose answers have been tested; engines from 29 on know none below 1.40, some none below it. */
const newestMinor = 44;
/** Older ones have no health in what they say of a container. */
const oldestMinor = 24;
const oneShotMinor = 41;

const minorOf = (text: unknown): number | null => {
  const [, minor] = typeof text === 'string' ? (/^1\.(\d{1,3})$/.exec(text) ?? []) : [];
  return minor === undefined ? null : Number(minor);
};

/** Null: nothing that both speak. */
export const negotiate = (most: unknown, least: unknown): { readonly minor: number } | null => {
  const [newest, oldest] = [minorOf(most), minorOf(least) ?? oldestMinor];
  if (newest === null || oldest > newest || newest < oldestMinor) return null;
  // One that knows only newer versions is taken at its oldest: what is read of it has not changed since 2016.
  return { minor: Math.max(Math.min(newest, newestMinor), oldest) };
};

const versionSchema = z.object({
  Version: z.optional(z.unknown()),
  ApiVersion: z.unknown(),
  MinAPIVersion: z.optional(z.unknown()),
});

const printableOf = (text: unknown): string =>
  typeof text === 'string' && /^[ -~]{1,40}$/.test(text) ? text : 'unknown';

const openEngine = async (socket: string, leftMs: () => number): Promise<Engine | AdapterProblem> => {
  const bare = createEngineCall({ socketPath: socket, leftMs });
  const answer = await bare('GET', '/version', 2_000);
  if (!answer.ok) return answer;
  const read = versionSchema.safeParse(answer.json);
  if (answer.status !== 200 || !read.success)
    return problem('not_understood', `it answered ${answer.status} when it was asked for its version`);
  const { Version, ApiVersion, MinAPIVersion } = read.data;
  const common = negotiate(ApiVersion, MinAPIVersion);
  if (common === null) return problem('not_understood', 'it speaks no version of the API that is known here');
  const api = `1.${common.minor}`;
  return {
    ok: true,
    socket,
    version: printableOf(Version),
    api,
    hasOneShot: common.minor >= oneShotMinor,
    call: (method, path, mostMs) => bare(method, `/v${api}${path}`, mostMs),
  };
};

const exists = (path: string): boolean => {
  try {
    return statSync(path).isSocket();
  } catch (fault) {
    // What may not be looked at is there.
    return !(fault instanceof Error && 'code' in fault && (fault.code === 'ENOENT' || fault.code === 'ENOTDIR'));
  }
};

/** The first that answers. */
export const findEngine = async (sockets: readonly string[], leftMs: () => number): Promise<FoundEngine> => {
  const there = sockets.filter(exists);
  let first: Extract<FoundEngine, { ok: false }> | null = null;
  for (const socket of there) {
    const engine = await openEngine(socket, leftMs);
    if (engine.ok) return engine;
    const why = engine.code === 'not_understood' ? 'not_understood' : 'silent';
    first ??= { ok: false, why, note: `${socket}: ${engine.note}` };
  }
  return first ?? { ok: false, why: 'missing', note: `there is no socket at ${sockets.join(', ')}` };
};
