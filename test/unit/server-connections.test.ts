import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { PeerOf } from '../../helper/keeper/server/descriptor.ts';
import { startServer } from '../../helper/keeper/server/server.ts';
import { clearSocketPath } from '../../helper/keeper/server/socket-file.ts';
import {
  errorCodeOf,
  helloTo,
  openClient,
  ownUid,
  peerAs,
  rawClient,
  sampleHandlers,
  startSocketKeeper,
  testRunDirectory,
} from '../fakes/socket-keeper.ts';

/** The kernel's word where this machine's host can give it. */
const kernelPeerOf = async (): Promise<PeerOf | null> =>
  process.platform === 'linux' ? (await import('../../helper/host/linux/peer.ts')).peerOf : null;

const settled = async (count: () => number, wanted: number): Promise<void> => {
  for (let tries = 0; tries < 200 && count() !== wanted; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(count(), wanted);
};

describe('who gets in', () => {
  test('a thousand connections of one user hold two places, the console user and root still get in', async (t) => {
    let uid = ownUid();
    const { path, log } = await startSocketKeeper(t, {
      peerOf: peerAs(() => uid),
      consoleUid: () => 501,
      // Those who got a place keep it for the whole test.
      times: { helloMs: 60_000, idleMs: 60_000 },
    });
    uid = 1000;
    const first: (Record<string, unknown> | 'closed')[] = [];
    // By the hundred: more at once than the listener's queue holds are refused by the kernel already.
    for (let round = 0; round < 10; round += 1) {
      const crowd = await Promise.all(Array.from({ length: 100 }, () => rawClient(t, path)));
      first.push(...(await Promise.all(crowd.map((client) => client.next()))));
    }
    const greeted = first.filter((message) => message !== 'closed' && message.type === 'greeting');
    assert.equal(greeted.length, 2);
    assert.equal(first.filter((message) => errorCodeOf(message) === 'too_many_connections').length, 998);
    uid = 501;
    assert.equal((await openClient(t, path)).tier, 'console');
    uid = 0;
    assert.equal((await openClient(t, path)).tier, 'root');
    uid = 1001;
    assert.equal((await openClient(t, path)).tier, 'read');
    assert.ok(log.length <= 11, 'a crowd does not fill the log');
  });

  test('a place is free again when its connection has ended', async (t) => {
    let uid = ownUid();
    const { path } = await startSocketKeeper(t, { peerOf: peerAs(() => uid), consoleUid: () => 501 });
    uid = 1000;
    const two = [await openClient(t, path), await openClient(t, path)];
    assert.equal(errorCodeOf(await (await rawClient(t, path)).next()), 'too_many_connections');
    two[0]?.socket.destroy();
    let answer = await (await rawClient(t, path)).next();
    for (let tries = 0; tries < 200 && errorCodeOf(answer) !== null; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      answer = await (await rawClient(t, path)).next();
    }
    assert.equal((answer as { type: string }).type, 'greeting');
  });

  test('the kernel, not the client, says who connects: a process of nobody only reads', async (t) => {
    const peerOf = await kernelPeerOf();
    if (peerOf === null || ownUid() !== 0) {
      t.skip('needs root and the linux host to become another user');
      return;
    }
    const { path } = await startSocketKeeper(t, { peerOf });
    assert.equal((await openClient(t, path)).tier, 'root');
    const script = `
      const { connect } = require('node:net');
      const frame = (value) => {
        const body = Buffer.from(JSON.stringify(value));
        const head = Buffer.from([0xff, 0x43, 0x53, 0, 0, 0, 0, 0]);
        head.writeUInt32BE(body.length, 4);
        return Buffer.concat([head, body]);
      };
      const socket = connect(process.argv[1]);
      let rest = Buffer.alloc(0);
      socket.on('data', (bytes) => {
        rest = Buffer.concat([rest, bytes]);
        while (rest.length >= 8 && rest.length >= 8 + rest.readUInt32BE(4)) {
          const end = 8 + rest.readUInt32BE(4);
          const message = JSON.parse(rest.subarray(8, end));
          rest = rest.subarray(end);
          console.log(JSON.stringify(message));
          if (message.type === 'greeting')
            socket.write(frame({ type: 'hello', nonce: message.nonce, protocol: 1, client: 'cli', version: 'x' }));
          if (message.type === 'welcome') {
            socket.write(frame({ type: 'request', id: 1, verb: 'config.reload', args: {} }));
            socket.write(frame({ type: 'request', id: 2, verb: 'sim.set', args: { key: 'a', value: 'b' } }));
            socket.write(frame({ type: 'request', id: 3, verb: 'read.doctor', args: {} }));
          }
          if (message.type === 'reply' && message.id === 3) socket.end();
        }
      });`;
    const child = spawn(process.execPath, ['-e', script, path], {
      uid: 65534,
      gid: 65534,
      cwd: '/',
      env: {},
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => child.kill('SIGKILL'));
    const said = (await child.stdout.toArray()).join('').trim().split('\n');
    const messages = said.map((line: string) => JSON.parse(line) as Record<string, unknown>);
    assert.equal(messages[1]?.tier, 'read');
    const codes = new Map(
      messages.filter(({ type }) => type === 'reply').map((reply) => [reply.id, errorCodeOf(reply)]),
    );
    assert.deepEqual([codes.get(1), codes.get(2), codes.get(3)], ['not_allowed', 'not_allowed', null]);
  });

  test('an idle connection is let go, one that subscribes is not', async (t) => {
    const { path, log } = await startSocketKeeper(t, { times: { helloMs: 1000, idleMs: 400 } });
    const looks = await openClient(t, path);
    looks.send({ type: 'request', id: 1, verb: 'subscribe', args: { topics: ['status'] } });
    const idle = await openClient(t, path);
    assert.deepEqual((await idle.rest()).map(errorCodeOf), ['idle_timeout']);
    await new Promise((resolve) => setTimeout(resolve, 600));
    looks.send({ type: 'request', id: 2, verb: 'subscribe', args: { topics: [] } });
    const [reply, snapshot, unsubscribed, goodbye] = await looks.rest();
    assert.deepEqual([reply?.id, snapshot?.type, unsubscribed?.id], [1, 'event', 2]);
    assert.equal(errorCodeOf(goodbye), 'idle_timeout');
    assert.deepEqual(log, []);
  });

  test('a stopping server says so to all, refuses new ones and removes its socket', async (t) => {
    const { path, server } = await startSocketKeeper(t);
    const clients = [await openClient(t, path), await openClient(t, path)];
    await server.close();
    for (const client of clients) assert.deepEqual((await client.rest()).map(errorCodeOf), ['shutting_down']);
    assert.equal(existsSync(path), false);
    await assert.rejects(rawClient(t, path));
  });
});

describe('the socket file', () => {
  const start = (path: string, peerOf: PeerOf = peerAs(ownUid)) =>
    startServer({
      path,
      peerOf,
      handlers: sampleHandlers(),
      consoleUid: ownUid,
      instance: 'i2',
      hostKind: 'sim',
      log: () => {},
      onLookers: () => {},
    });

  test('is open to all, because callers are told apart by the kernel', async (t) => {
    const { path, runDirectory } = await startSocketKeeper(t);
    assert.equal(lstatSync(path).mode & 0o777, 0o666);
    assert.equal(existsSync(join(runDirectory, `t${process.pid}.sock`)), false);
  });

  test('of a keeper that answers is left alone', async (t) => {
    const { path } = await startSocketKeeper(t);
    const second = await start(path);
    assert.equal(second.ok ? '' : second.failure.code, 'already_running');
    assert.equal((await openClient(t, path)).socket.destroyed, false);
  });

  test('of a dead keeper is replaced', async (t) => {
    const path = join(testRunDirectory(t), 'castellan.sock');
    const script = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
    const child = spawn(process.execPath, ['-e', script, path], { stdio: 'ignore' });
    await new Promise((resolve) => child.once('exit', resolve));
    assert.equal(existsSync(path), true);
    const started = await start(path);
    assert.ok(started.ok);
    t.after(() => started.server.close());
    assert.equal(typeof (await openClient(t, path)).tier, 'string');
  });

  test('anything that is no socket, or a link to one, is never removed', async (t) => {
    const directory = testRunDirectory(t);
    const other = createServer().listen(join(directory, 'other.sock'));
    t.after(() => other.close());
    await new Promise((resolve) => other.once('listening', resolve));
    const made: Readonly<Record<string, (path: string) => void>> = {
      file: (path) => writeFileSync(path, 'mine'),
      folder: (path) => mkdirSync(path),
      link: (path) => symlinkSync(join(directory, 'other.sock'), path),
    };
    for (const [name, make] of Object.entries(made)) {
      const path = join(directory, name);
      make(path);
      const started = await start(path);
      assert.equal(started.ok ? '' : started.failure.code, 'untrusted_path');
      assert.equal(existsSync(path), true);
    }
  });

  test('of another user is never removed', async (t) => {
    if (ownUid() !== 0) {
      t.skip('needs root to make a socket of another user');
      return;
    }
    const directory = testRunDirectory(t);
    chmodSync(directory, 0o777);
    const path = join(directory, 'castellan.sock');
    const script = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
    const child = spawn(process.execPath, ['-e', script, path], { uid: 65534, gid: 65534, cwd: '/', stdio: 'ignore' });
    await new Promise((resolve) => child.once('exit', resolve));
    const failure = await clearSocketPath(path);
    assert.equal(failure?.code, 'untrusted_path');
    assert.match(failure?.detail ?? '', /65534/);
    assert.equal(existsSync(path), true);
  });

  test('may not have a name that the kernel would cut', async (t) => {
    const directory = testRunDirectory(t);
    const path = join(directory, 'x'.repeat(104 - directory.length - 1));
    assert.equal(Buffer.byteLength(path), 104);
    const started = await start(path);
    assert.equal(started.ok ? '' : started.failure.code, 'socket_path_too_long');
  });

  test('is not made when the kernel cannot say who connects, or says it wrongly', async (t) => {
    const path = join(testRunDirectory(t), 'castellan.sock');
    const blind: readonly PeerOf[] = [() => ({ ok: false, detail: 'not here' }), peerAs(() => ownUid() + 1)];
    for (const peerOf of blind) {
      const started = await start(path, peerOf);
      assert.equal(started.ok ? '' : started.failure.code, 'peer_unknown');
      assert.equal(existsSync(path), false);
    }
  });

  test('in a folder that is not there is a failure, not a fault', async (t) => {
    const started = await start(join(testRunDirectory(t), 'no', 'castellan.sock'));
    assert.equal(started.ok, false);
  });
});

describe('lookers', () => {
  test('are counted by topic, and let go with their connection', async (t) => {
    const told: unknown[] = [];
    const { path, server } = await startSocketKeeper(t, { onLookers: (counts) => told.push(counts) });
    const subscribe = (topics: readonly string[]) => ({ type: 'request', id: 1, verb: 'subscribe', args: { topics } });
    const one = await openClient(t, path);
    one.send(subscribe(['status', 'processes']));
    await settled(() => server.lookers().processes, 1);
    const two = await openClient(t, path);
    two.send(subscribe(['status']));
    await settled(() => server.lookers().status, 2);
    one.send(subscribe(['status']));
    await settled(() => server.lookers().processes, 0);
    two.socket.destroy();
    await settled(() => server.lookers().status, 1);
    one.socket.destroy();
    await settled(() => server.lookers().status, 0);
    assert.deepEqual(told, [
      { status: 1, processes: 1, seats: 0 },
      { status: 2, processes: 1, seats: 0 },
      { status: 2, processes: 0, seats: 0 },
      { status: 1, processes: 0, seats: 0 },
      { status: 0, processes: 0, seats: 0 },
    ]);
  });
});

describe('callers', () => {
  test('are the open sessions past their handshake: pid, uid and kind of client', async (t) => {
    let uid = ownUid();
    const { path, server } = await startSocketKeeper(t, { peerOf: peerAs(() => uid), consoleUid: () => 501 });
    uid = 501;
    assert.deepEqual(server.callers(), []);
    const app = await rawClient(t, path);
    const greeting = await app.next();
    assert.deepEqual(server.callers(), [], 'who has only connected is nobody yet');
    app.send(helloTo(greeting, { client: 'app' }));
    assert.equal(((await app.next()) as { type: string }).type, 'welcome');
    uid = 1000;
    const cli = await openClient(t, path);
    const { pid } = process;
    assert.deepEqual(server.callers(), [
      { uid: 501, gid: 0, pid, client: 'app', tier: 'console' },
      { uid: 1000, gid: 0, pid, client: 'cli', tier: 'read' },
    ]);
    app.socket.destroy();
    await settled(() => server.callers().length, 1);
    cli.write('no frame');
    await settled(() => server.callers().length, 0);
  });
});
