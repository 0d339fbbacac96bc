import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type HelperLink, type LinkOptions, startHelperLink } from '../../app/helper-client/link.ts';
import { backOffMs } from '../../app/helper-client/timing.ts';
import type { AppSnapshot } from '../../app/ipc/contract.ts';
import { createStore, initialState, type Store } from '../../app/state.ts';
import { type ServerOptions, startServer } from '../../helper/keeper/server/server.ts';
import type { TrustedOwner } from '../../helper/protocol/server-trust.ts';
import { sampleStatus } from '../fakes/sample-status.ts';
import { ownUid, peerAs, sampleHandlers, startSocketKeeper, testRunDirectory } from '../fakes/socket-keeper.ts';

const owner: TrustedOwner = { kind: 'root_or_user', uid: ownUid() };

interface Linked {
  readonly link: HelperLink;
  readonly store: Store;
  readonly log: string[];
  /** Every kind of connection there was, in order. */
  readonly kinds: AppSnapshot['connection']['kind'][];
}

const linkTo = (t: TestContext, runDirectory: string, change: Partial<LinkOptions> = {}): Linked => {
  const store = createStore(
    initialState('0.1.0', { numbersInTray: true, colourInTray: true, shortcut: null, openAtLogin: null }),
  );
  const kinds: Linked['kinds'] = [];
  const log: string[] = [];
  store.onChange((after, before) => {
    if (after.connection !== before.connection) kinds.push(after.connection.kind);
  });
  const link = startHelperLink({
    place: { runDirectory, owner },
    tell: store.dispatch,
    nowMs: Date.now,
    log: (line) => log.push(line),
    ...change,
  });
  t.after(link.stop);
  return { link, store, log, kinds };
};

const until = async (store: Store, what: (state: AppSnapshot) => boolean, withinMs = 8000): Promise<AppSnapshot> => {
  for (const end = performance.now() + withinMs; performance.now() < end; await sleep(10)) {
    if (what(store.get())) return store.get();
  }
  assert.fail(`not within ${withinMs} ms: ${what}; it is ${JSON.stringify(store.get().connection)}`);
};
const is = (kind: AppSnapshot['connection']['kind']) => (state: AppSnapshot) => state.connection.kind === kind;

const keeperIn = async (t: TestContext, runDirectory: string, change: Partial<ServerOptions> = {}) => {
  const started = await startServer({
    path: join(runDirectory, 'castellan.sock'),
    peerOf: peerAs(ownUid),
    handlers: sampleHandlers(),
    consoleUid: ownUid,
    instance: 'i2',
    hostKind: 'sim',
    log: () => {},
    onLookers: () => {},
    ...change,
  });
  assert.ok(started.ok);
  t.after(() => started.server.close());
  return started.server;
};

describe('the app and its keeper', { timeout: 60_000 }, () => {
  test('the current status comes with the connection, later ones as they happen', async (t) => {
    const keeper = await startSocketKeeper(t);
    const { store } = linkTo(t, keeper.runDirectory);
    const first = await until(store, (state) => state.status !== null);
    assert.equal(first.connection.kind, 'connected');
    keeper.server.publish('status', sampleStatus({ processCount: 7 }));
    await until(store, (state) => state.status?.processCount === 7);
  });

  test('hidden, only the status is followed; looking follows the processes, so that the keeper reads them', async (t) => {
    const { server, runDirectory } = await startSocketKeeper(t);
    const { link, store } = linkTo(t, runDirectory);
    await until(store, (state) => state.status !== null);
    assert.deepEqual(server.lookers(), { status: 1, processes: 0, seats: 0 });
    link.wantProcesses(true);
    await until(store, () => server.lookers().processes === 1);
    link.wantProcesses(false);
    await until(store, () => server.lookers().processes === 0);
    assert.equal(server.lookers().status, 1);
  });

  test('requests go through, and fail with a reason without a keeper', async (t) => {
    const keeper = await startSocketKeeper(t);
    const { link, store } = linkTo(t, keeper.runDirectory);
    assert.equal((await link.request('read.status', {})).ok, false, 'not before the welcome');
    await until(store, is('connected'));
    assert.ok((await link.request('read.status', {})).ok);
    await keeper.server.close();
    await until(store, is('lost'));
    const refused = await link.request('read.status', {});
    assert.ok(!refused.ok && refused.failure.code === 'not_running');
  });

  test('a keeper that goes is lost with its last figures, and found again by itself', async (t) => {
    const keeper = await startSocketKeeper(t);
    const { store, kinds } = linkTo(t, keeper.runDirectory);
    await until(store, (state) => state.status !== null);
    await keeper.server.close();
    const lost = await until(store, is('lost'));
    assert.notEqual(lost.status, null);
    await keeperIn(t, keeper.runDirectory);
    await until(store, is('connected'));
    assert.deepEqual(
      kinds.filter((kind, at) => kind !== kinds[at - 1]),
      ['connected', 'lost', 'connected'],
    );
  });

  test('without a keeper it is missing, said once in the log however often it is tried', async (t) => {
    let tries = 0;
    const backOff = (failures: number): number => {
      tries = failures;
      return 10;
    };
    const { store, log } = linkTo(t, testRunDirectory(t), { backOff });
    assert.equal(store.get().connection.kind, 'missing');
    while (tries < 4) await sleep(10);
    assert.equal(log.length, 1);
  });

  test('a retry does not wait', async (t) => {
    const runDirectory = testRunDirectory(t);
    const { link, store } = linkTo(t, runDirectory, { backOff: () => 3_600_000 });
    assert.equal(store.get().connection.kind, 'missing');
    await keeperIn(t, runDirectory);
    link.retry();
    await until(store, is('connected'));
  });

  test('a keeper that says nothing is silent; the connection stays, and what it says later counts', async (t) => {
    const { server, runDirectory } = await startSocketKeeper(t);
    const { store, link } = linkTo(t, runDirectory, { silenceAfterMs: 300 });
    const first = await until(store, (state) => state.receivedAtMs !== null);
    const silent = await until(store, is('silent'));
    assert.equal(silent.connection.kind === 'silent' && silent.connection.sinceMs, first.receivedAtMs);
    server.publish('status', sampleStatus({ processCount: 8 }));
    await until(store, is('connected'));
    await until(store, is('silent'));
    link.retry();
    await until(store, is('connected'), 2000);
    assert.equal(server.lookers().status, 1, 'the old connection is closed');
  });

  test('other versions of the protocol are told from a keeper that fails', async (t) => {
    const { runDirectory } = await startSocketKeeper(t);
    const older = linkTo(t, runDirectory, { protocol: 99 });
    const state = await until(older.store, is('helper_older'));
    assert.deepEqual(state.connection, { kind: 'helper_older', helper: '0.1.0', app: '0.1.0' });
    await until(linkTo(t, runDirectory, { protocol: 0 }).store, is('helper_newer'));
  });

  test('a socket that others could have put there is not connected to', async (t) => {
    const { server, runDirectory } = await startSocketKeeper(t);
    chmodSync(runDirectory, 0o777);
    const { store } = linkTo(t, runDirectory);
    const { connection } = await until(store, is('refused'));
    assert.ok(connection.kind === 'refused' && connection.failure.code === 'untrusted_server');
    assert.equal(server.lookers().status, 0);
    chmodSync(runDirectory, 0o755);
    await until(store, is('connected'));
  });

  test('something else on the socket is refused, and does not stop the app from trying again', async (t) => {
    const runDirectory = testRunDirectory(t);
    const garbage = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'));
    await new Promise<void>((resolve) => garbage.listen(join(runDirectory, 'castellan.sock'), resolve));
    const { store } = linkTo(t, runDirectory);
    await until(store, is('refused'));
    await new Promise<void>((resolve) => garbage.close(() => resolve()));
    await keeperIn(t, runDirectory);
    await until(store, is('connected'));
  });

  test('a subscription that is refused is no connection: it is made anew, after a while', async (t) => {
    const { server, runDirectory } = await startSocketKeeper(t);
    const { link, store, kinds, log } = linkTo(t, runDirectory);
    await until(store, (state) => state.status !== null);
    // More in one second than the keeper answers: the subscription at the end is one of the refused.
    for (let number = 0; number < 110; number += 1) void link.request('read.status', {});
    link.wantProcesses(true);
    const { connection } = await until(store, (state) => state.connection.kind !== 'connected');
    assert.ok(connection.kind === 'refused' && connection.failure.code === 'rate_limited', JSON.stringify(connection));
    await until(store, (state) => state.connection.kind === 'connected' && server.lookers().processes === 1);
    assert.deepEqual(server.lookers(), { status: 1, processes: 1, seats: 0 }, 'the refused connection is closed');
    assert.deepEqual(
      kinds.filter((kind, at) => kind !== kinds[at - 1]),
      ['connected', 'refused', 'connected'],
    );
    assert.ok(log.some((line) => line.startsWith('helper: rate_limited')));
  });

  test('waits grow by half a second up to three', () => {
    assert.deepEqual([1, 2, 3, 6, 7, 100].map(backOffMs), [500, 1000, 1500, 3000, 3000, 3000]);
  });
});
