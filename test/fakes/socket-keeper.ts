import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { PeerOf } from '../../helper/keeper/server/descriptor.ts';
import type { Handlers, WireCheck } from '../../helper/keeper/server/dispatch.ts';
import { type Server, type ServerOptions, startServer } from '../../helper/keeper/server/server.ts';
import { failure } from '../../helper/protocol/errors.ts';
import { createDecoder, limitFromKeeper, limitToKeeper } from '../../helper/protocol/frame.ts';
import { encodeMessage, parseJson } from '../../helper/protocol/json.ts';
import { events, verbs } from '../../helper/protocol/verbs.ts';
import { productVersion, protocolVersion } from '../../helper/protocol/version.ts';
import { calmRelief, sampleRow, sampleStatus } from './sample-status.ts';
import { seatAnswers } from './seat-answers.ts';

/** The keeper's real server on a real socket, with answers of the test's choice. */

export const sampleHandlers = (change: Partial<Handlers> = {}): Handlers => ({
  'read.status': () => ({ ok: true, result: sampleStatus() }),
  'read.processes': ({ all }) => ({
    ok: true,
    result: { atMs: 1, processes: all ? [sampleRow(), sampleRow({ pid: 5, footprintBytes: 1 })] : [sampleRow()] },
  }),
  'read.history': () => {
    throw new Error('no history in this test');
  },
  ...seatAnswers,
  'read.doctor': () => ({
    ok: true,
    result: { checks: [{ name: 'sensors', state: 'ok', found: 'all answer', todo: '' }] },
  }),
  'read.explain': () => ({
    ok: true,
    result: { atMs: 1, level: 'green', chosen: null, noop: 'Nothing needs doing: memory is green.', passedOver: [] },
  }),
  'read.policy': () => ({
    ok: true,
    result: {
      atMs: 1,
      file: { path: '/castellan.toml', state: 'file' },
      rules: [],
      services: [],
      findings: [],
      moreFindings: 0,
      gate: calmRelief.gate,
      shed: [],
      suppressed: [],
    },
  }),
  'read.config': () => ({
    ok: true,
    result: { atMs: 1, file: { path: '/castellan.toml', state: 'file' }, values: [], omitted: 0, problems: [] },
  }),
  'read.log': () => ({ ok: true, result: { rows: [], cursor: '0' } }),
  'read.pending': () => ({ ok: true, result: { pending: [] } }),
  approve: () => ({ ok: false, failure: failure('approval_unknown') }),
  deny: () => ({ ok: false, failure: failure('approval_unknown') }),
  'relief.wrong': () => ({ ok: false, failure: failure('plan_unknown') }),
  'relief.fallback': ({ seat }) => ({ ok: true, result: { said: seat } }),
  'relief.mode': ({ to }) => ({ ok: true, result: { mode: to, gate: calmRelief.gate, said: to } }),
  'relief.resume': () => ({ ok: false, failure: failure('not_frozen') }),
  'relief.restore': () => ({ ok: false, failure: failure('not_shed') }),
  'relief.pause': ({ minutes }) => ({
    ok: true,
    result: { paused: minutes === 0 ? null : { endsInSeconds: minutes * 60 }, said: `${minutes}` },
  }),
  'relief.clear_leak': () => ({ ok: true, result: {} }),
  'push.report': () => ({ ok: true, result: {} }),
  'push.test': () => ({ ok: true, result: { id: 'test.1.1', targets: [] } }),
  'config.reload': () => ({ ok: true, result: { loaded: true, diff: [], problems: [] } }),
  'keeper.refresh': () => ({ ok: true, result: { resumed: 0, left: [] } }),
  'keeper.remove': () => ({ ok: true, result: { resumed: 0, bands: 0, gpuLimit: 'untouched', seats: [], left: [] } }),
  'sim.set': ({ key, value }) => ({ ok: true, result: { now: `${key} ${value}` } }),
  ...change,
});

export const ownUid = (): number => process.getuid?.() ?? -1;

/** Says of every connection what `who` says; for tests that need more users than this machine gives them. */
export const peerAs =
  (who: () => number): PeerOf =>
  () => ({ ok: true, pid: process.pid, uid: who(), gid: 0 });

/** A run directory of the test's own, which others may enter and not change. */
export const testRunDirectory = (t: Pick<TestContext, 'after'>): string => {
  const directory = mkdtempSync(join(tmpdir(), 'castellan-'));
  chmodSync(directory, 0o755);
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
};

export interface SocketKeeper {
  readonly server: Server;
  readonly runDirectory: string;
  readonly path: string;
  readonly log: readonly string[];
}

const wireCheck: WireCheck = {
  result: (verb, value) => {
    verbs[verb].result.parse(value);
  },
  event: (topic, value) => {
    events[topic].parse(value);
  },
};

export const startSocketKeeper = async (t: TestContext, change: Partial<ServerOptions> = {}): Promise<SocketKeeper> => {
  const runDirectory = testRunDirectory(t);
  const path = join(runDirectory, 'castellan.sock');
  const log: string[] = [];
  const started = await startServer({
    path,
    peerOf: peerAs(ownUid),
    handlers: sampleHandlers(),
    consoleUid: ownUid,
    // As installed: whoever runs the tests is root to this keeper only when it is root.
    keeperUid: 0,
    instance: 'i1',
    hostKind: 'sim',
    log: (level, text) => log.push(`${level} ${text}`),
    onLookers: () => {},
    check: wireCheck,
    ...change,
  });
  if (!started.ok) throw new Error(JSON.stringify(started.failure));
  t.after(() => started.server.close());
  return { server: started.server, runDirectory, path, log };
};

export interface RawClient {
  readonly socket: Socket;
  /** The next message of the server, or `closed`. */
  next(): Promise<Record<string, unknown> | 'closed'>;
  /** All that is still to come, up to the end. */
  rest(): Promise<readonly Record<string, unknown>[]>;
  send(message: unknown): void;
  write(bytes: Uint8Array | string): void;
}

/** A client that does only what it is told, right or wrong. */
export const rawClient = async (t: TestContext, path: string): Promise<RawClient> => {
  const decoder = createDecoder(limitFromKeeper);
  const queue: (Record<string, unknown> | 'closed')[] = [];
  let wake: () => void = () => {};
  const add = (item: Record<string, unknown> | 'closed'): void => {
    queue.push(item);
    wake();
  };
  const socket = connect(path);
  t.after(() => socket.destroy());
  socket.on('data', (bytes: Buffer) => {
    for (const payload of decoder.push(bytes).payloads) {
      const parsed = parseJson(payload);
      if (!parsed.ok) throw new Error('the server sent bad JSON');
      add(parsed.value as Record<string, unknown>);
    }
  });
  socket.on('error', () => {});
  socket.on('close', () => add('closed'));
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  const next = async (): Promise<Record<string, unknown> | 'closed'> => {
    while (queue.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    const item = queue[0] ?? 'closed';
    // The end stays the end, however often it is asked for.
    if (item !== 'closed') queue.shift();
    return item;
  };
  const rest = async (): Promise<readonly Record<string, unknown>[]> => {
    const all: Record<string, unknown>[] = [];
    for (let item = await next(); item !== 'closed'; item = await next()) all.push(item);
    return all;
  };
  return {
    socket,
    next,
    rest,
    send: (message) => socket.write(encodeMessage(message, limitToKeeper)),
    write: (bytes) => socket.write(bytes),
  };
};

export const helloTo = (greeting: unknown, change: Record<string, unknown> = {}): Record<string, unknown> => ({
  type: 'hello',
  nonce: (greeting as { nonce: string }).nonce,
  protocol: protocolVersion,
  client: 'cli',
  version: productVersion,
  ...change,
});

/** A raw client past its welcome. */
export const openClient = async (t: TestContext, path: string): Promise<RawClient & { readonly tier: unknown }> => {
  const client = await rawClient(t, path);
  client.send(helloTo(await client.next()));
  const welcome = await client.next();
  if (welcome === 'closed' || welcome.type !== 'welcome') throw new Error(`no welcome: ${JSON.stringify(welcome)}`);
  return { ...client, tier: welcome.tier };
};

/** Code of the error in a goodbye or in a reply. */
export const errorCodeOf = (message: unknown): string | null => {
  const error = (message as { readonly error?: { readonly code?: string } } | null)?.error;
  return error?.code ?? null;
};
