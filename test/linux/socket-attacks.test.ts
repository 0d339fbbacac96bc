import assert from 'node:assert/strict';
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeFrame, frameMagic, limitToKeeper } from '../../helper/protocol/frame.ts';
import { errorCodeOf, helloTo, openClient, rawClient, testRunDirectory } from '../fakes/socket-keeper.ts';
import { end } from './world.ts';

/** A keeper as it runs, and users who mean it no good. */

const main = join(import.meta.dirname, '../../helper/main.ts');
const castellan = ['--no-warnings', main];
const nobody = 65_534;

const skip =
  process.platform !== 'linux' ? 'SO_PEERCRED' : process.geteuid?.() !== 0 ? 'becoming another user needs root' : false;

const refused = 78;

interface Ended {
  readonly code: number | null;
  readonly said: string;
}

const run = async (program: string, args: readonly string[], options: SpawnOptions = {}): Promise<Ended> => {
  const child = spawn(program, [...args], { timeout: 20_000, ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, error, [code]] = await Promise.all([
    child.stdout.toArray(),
    child.stderr.toArray(),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { code, said: [...out, ...error].join('') };
};

/** How a keeper of this run directory ends, which it does by itself. */
const tryKeeper = (runDirectory: string): Promise<Ended> =>
  run(process.execPath, [...castellan, 'keeper', '--host', 'sim', '--run-dir', runDirectory]);

const startKeeper = async (t: TestContext, runDirectory: string): Promise<ChildProcess> => {
  const child = spawn(process.execPath, [...castellan, 'keeper', '--host', 'sim', '--run-dir', runDirectory], {
    stdio: 'ignore',
  });
  t.after(() => end(child));
  for (let tries = 0; tries < 1_000 && !existsSync(join(runDirectory, 'gateway.sock')); tries += 1) {
    assert.equal(child.exitCode, null, 'the keeper ended');
    await sleep(10);
  }
  return child;
};

/** The command line tool as nobody: it has lost every right, and every group. */
const asNobody = (...args: readonly string[]): Promise<Ended> => {
  const become = ['--reuid', String(nobody), '--regid', String(nobody), '--clear-groups', '--no-new-privs'];
  const env = { PATH: '/usr/bin:/bin' };
  return run('setpriv', [...become, process.execPath, ...castellan, ...args], { cwd: '/', env });
};

/** Connects so often, holds on to all of them, and counts how it was received. */
const crowd = `
  const { connect } = require('node:net');
  const [path, count] = [process.argv[1], Number(process.argv[2])];
  const answers = { greeting: 0, goodbye: 0, other: 0 };
  const one = () => new Promise((resolve) => {
    const socket = connect(path);
    const count = (name) => { answers[name] += 1; resolve(); };
    socket.once('data', (bytes) => count(bytes.includes('"greeting"') ? 'greeting' : bytes.includes('too_many') ? 'goodbye' : 'other'));
    socket.once('error', (error) => error.code === 'EAGAIN' ? resolve(one()) : count('other'));
  });
  (async () => {
    for (let at = 0; at < count; at += 50) await Promise.all(Array.from({ length: 50 }, one));
    console.log(JSON.stringify(answers));
    setTimeout(() => {}, 60000);
  })();`;

describe('the run directory', { skip }, () => {
  test('that is a link, or that others can write to, is refused, and nothing is put into it', async (t) => {
    const folder = testRunDirectory(t);
    const open = join(folder, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    const aim = join(folder, 'aim');
    mkdirSync(aim, { mode: 0o700 });
    const link = join(folder, 'link');
    symlinkSync(aim, link);
    const foreign = join(folder, 'foreign');
    mkdirSync(foreign);
    chownSync(foreign, nobody, nobody);
    for (const { code, said } of await Promise.all([open, link, foreign].map(tryKeeper))) {
      assert.equal(code, refused, said);
      assert.match(said, /untrusted_path/);
    }
    for (const directory of [open, aim, foreign]) assert.deepEqual(readdirSync(directory), []);
  });

  test('with a socket in it that somebody else planted: the keeper leaves it, and nobody talks to it', async (t) => {
    const folder = testRunDirectory(t);
    const path = join(folder, 'castellan.sock');
    const visitors: unknown[] = [];
    const server = createServer((socket) => visitors.push(socket)).listen(path);
    t.after(() => server.close());
    await once(server, 'listening');
    chownSync(path, nobody, nobody);
    const [{ code, said }, status] = await Promise.all([
      tryKeeper(folder),
      run(process.execPath, [...castellan, 'status', '--run-dir', folder]),
    ]);
    assert.equal(code, refused, said);
    assert.match(said, new RegExp(`untrusted_path.*uid ${nobody}`));
    assert.match(status.said, /untrusted_server/);
    assert.deepEqual(visitors, []);
  });
});

describe('a keeper that runs', { skip }, () => {
  test('is read by nobody and changed by nobody, and a thousand connections keep no one else out', async (t) => {
    const folder = testRunDirectory(t);
    const path = join(folder, 'castellan.sock');
    const keeper = await startKeeper(t, folder);

    const [read, change] = await Promise.all([
      asNobody('status', '--run-dir', folder),
      asNobody('relief', 'live', '--run-dir', folder),
    ]);
    assert.equal(read.code, 0, read.said);
    assert.match(change.said, /not_allowed/);
    // gateway.sock is the gateway's: as started by root that is nobody, with its own verbs; root is not it.
    const stranger = spawn(process.execPath, ['-e', crowd, join(folder, 'gateway.sock'), '50'], {
      uid: 1,
      gid: 1,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    t.after(() => end(stranger));
    const [none] = (await once(stranger.stdout, 'data')) as [Buffer];
    assert.deepEqual(JSON.parse(none.toString()), { greeting: 0, goodbye: 0, other: 50 });

    const many = spawn(process.execPath, ['-e', crowd, path, '1000'], {
      uid: nobody,
      gid: nobody,
      cwd: '/',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => end(many));
    const [counted] = (await once(many.stdout, 'data')) as [Buffer];
    const { greeting, goodbye, other } = JSON.parse(counted.toString()) as Record<string, number>;
    // Places come free again when their handshake is late, so that it may be more than two in the end.
    assert.ok((greeting ?? 0) >= 2 && (greeting ?? 0) <= 40, counted.toString());
    assert.equal(other, 0);
    assert.equal((greeting ?? 0) + (goodbye ?? 0), 1000);

    assert.equal((await openClient(t, path)).tier, 'root');
    const replayed = await rawClient(t, path);
    const used = await replayed.next();
    replayed.send(helloTo(used));
    assert.equal(((await replayed.next()) as { type: string }).type, 'welcome');
    const attacks: readonly (readonly [what: string, bytes: Uint8Array | null, code: string])[] = [
      ['a nonce of another connection', null, 'handshake_failed'],
      ['a frame of 4 GB', Uint8Array.of(...frameMagic, 0xff, 0xff, 0xff, 0xff), 'frame_too_large'],
      ['a deep frame', encodeFrame(new TextEncoder().encode('['.repeat(60_000)), limitToKeeper), 'bad_json'],
    ];
    for (const [what, bytes, code] of attacks) {
      const client = await rawClient(t, path);
      await client.next();
      if (bytes === null) client.send(helloTo(used));
      else client.write(bytes);
      assert.deepEqual((await client.rest()).map(errorCodeOf), [code], what);
    }
    const early = await rawClient(t, path);
    early.write(Uint8Array.from(frameMagic));
    // On a busy machine the greeting is on its way before they come; they are the beginning of no answer either way.
    assert.equal((await early.rest()).map(errorCodeOf).at(-1), 'handshake_failed');

    const last = await openClient(t, path);
    last.send({ type: 'request', id: 1, verb: 'read.status' });
    assert.equal(((await last.next()) as { ok?: boolean }).ok, true);
    assert.equal(keeper.exitCode, null);
  });
});
