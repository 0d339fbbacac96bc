import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { claim, claimOfName, remove } from '../../helper/deadman/claims.ts';
import { makeFolders } from '../../helper/deadman/directory.ts';
import { placesIn } from '../../helper/deadman/places.ts';
import { createRestart, execute, keeperService, type RestartOptions } from '../../helper/deadman/restart.ts';
import { type Caller, startServer } from '../../helper/deadman/server.ts';
import { createSlots } from '../../helper/deadman/slots.ts';
import { startsReader } from '../../helper/deadman/starts.ts';
import { tombstoneBytes } from '../../helper/deadman/tombstone.ts';
import { encodeLine } from '../../helper/deadman/wire.ts';
import { productionRunDirectory } from '../../helper/keeper/life/run-directory.ts';

const folderFor = (t: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'castellan-dm-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

interface Heard {
  readonly hellos: Caller[];
  readonly beats: number[];
  gone: number;
}

const serve = async (t: TestContext) => {
  const { socket: path } = placesIn(folderFor(t));
  const heard: Heard = { hellos: [], beats: [], gone: 0 };
  const started = await startServer({
    path,
    onHello: (caller, boot) => {
      if (boot === 'another') return false;
      heard.hellos.push(caller);
      return true;
    },
    onMessage: (_caller, message) => {
      if (message.type === 'beat') heard.beats.push(message.sequence);
    },
    onGone: () => {
      heard.gone += 1;
    },
  });
  assert.ok(started.ok);
  t.after(() => started.server.close());
  const call = async (): Promise<Socket> => {
    const socket = connect(path);
    t.after(() => socket.destroy());
    await once(socket, 'data');
    return socket;
  };
  return { path, heard, call };
};

const hello = (boot = 'b') => encodeLine({ type: 'hello', instance: 'i', pid: 4711, started: null, boot });

describe("the deadman's socket", () => {
  test('is for its own account alone, and a second deadman does not take it', async (t) => {
    const { path } = await serve(t);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const second = await startServer({ path, onHello: () => true, onMessage: () => {}, onGone: () => {} });
    assert.equal(second.ok ? '' : second.failure.code, 'already_running');
  });

  test('greets whoever connects; that one looked and left is no keeper that is gone', async (t) => {
    const { call, heard } = await serve(t);
    const looker = await call();
    looker.destroy();
    await once(looker, 'close');
    const keeper = await call();
    keeper.write(hello());
    keeper.write(encodeLine({ type: 'beat', sequence: 3 }));
    while (heard.beats.length === 0) await new Promise(setImmediate);
    assert.equal(heard.gone, 0);
    keeper.destroy();
    while (heard.gone === 0) await new Promise(setImmediate);
  });

  test('a line that is none, or has no end, or comes before the hello ends the connection', async (t) => {
    const { call, heard } = await serve(t);
    for (const bytes of ['nonsense\n', 'x'.repeat(5000), '{"type":"beat","sequence":1}\n', hello('another')]) {
      const socket = await call();
      socket.write(bytes);
      await once(socket, 'close');
    }
    assert.equal(heard.hellos.length, 0);
    const keeper = await call();
    keeper.write(hello());
    keeper.write('{"type":"watch"}\n');
    await once(keeper, 'close');
    assert.equal(heard.gone, 1);
  });

  test('a new hello takes the place of the old one, whose end then means nothing', async (t) => {
    const { call, heard } = await serve(t);
    const first = await call();
    first.write(hello());
    while (heard.hellos.length < 1) await new Promise(setImmediate);
    const second = await call();
    second.write(hello());
    await once(first, 'close');
    assert.equal(heard.gone, 0);
    second.destroy();
    while (heard.gone === 0) await new Promise(setImmediate);
    assert.equal(heard.gone, 1);
  });

  test('has eight places and no more', async (t) => {
    const { path, call } = await serve(t);
    for (let count = 0; count < 8; count += 1) await call();
    const ninth = connect(path);
    t.after(() => ninth.destroy());
    ninth.on('error', () => {});
    await once(ninth, 'close');
  });
});

describe('claims and slots', () => {
  test('of two who claim one tombstone, one wins', (t) => {
    const places = placesIn(folderFor(t));
    makeFolders(places);
    const path = join(places.stopped, '4711');
    writeFileSync(path, '{}');
    const first = claim(places, path, 4711, 'one');
    assert.deepEqual(first, { kind: 'won', path: join(places.resuming, '4711.one') });
    assert.deepEqual(claim(places, path, 4711, 'two'), { kind: 'lost' });
    assert.ok(first.kind === 'won' && remove(first.path) && remove(first.path));
    assert.deepEqual(claimOfName('4711.deadman-9'), { pid: '4711', resumer: 'deadman-9' });
    for (const name of ['4711', '.x', '4711.', '4711.a.b', '4711.a b']) assert.equal(claimOfName(name), null, name);
  });

  test('where nothing can be renamed a claim is impossible, not lost', (t) => {
    const places = placesIn(folderFor(t));
    makeFolders(places);
    const path = join(places.stopped, '4711');
    writeFileSync(path, '{}');
    rmSync(places.resuming, { recursive: true });
    assert.equal(claim(places, path, 4711, 'one').kind, 'impossible');
    writeFileSync(places.resuming, '');
    assert.equal(claim(places, path, 4711, 'one').kind, 'impossible');
  });

  test('slots are made, used under a name that is free, taken back, and found again by the next run', async (t) => {
    const places = placesIn(folderFor(t));
    makeFolders(places);
    const slots = createSlots(places, 3);
    assert.equal(await slots.fill(), null);
    assert.equal(slots.free(), 3);
    const used = slots.use('4711', Buffer.alloc(tombstoneBytes, 'x'));
    assert.ok(used.ok);
    assert.equal(statSync(used.path).size, tombstoneBytes);
    assert.equal(slots.free(), 2);
    assert.match(JSON.stringify(slots.use('4711', Buffer.alloc(tombstoneBytes))), /is there already/);
    assert.equal(slots.free(), 2);
    assert.ok(slots.recycle(used.path));
    assert.equal(slots.recycle(used.path), false);
    writeFileSync(join(places.slots, 'new-half'), 'x');
    writeFileSync(join(places.slots, 'short'), 'x');
    assert.equal(createSlots(places, 3).free(), 3);
  });
});

describe('starting a keeper that hangs again', () => {
  test('a program that cannot be started is told, and nothing is thrown', async () => {
    for (const program of ['/no/such/program', '/no\0program']) assert.notEqual(await execute(program, []), null);
  });

  const asked: string[] = [];
  const options = (change: Partial<RestartOptions>): RestartOptions => ({
    platform: 'linux',
    runDirectory: '/run/castellan',
    readStarts: startsReader('linux'),
    kill: (pid) => void asked.push(`kill ${pid}`),
    execute: async (command, args) => {
      asked.push([command, ...args].join(' '));
      return null;
    },
    ...change,
  });

  test('on an installed Mac by launchd, elsewhere by ending it', async () => {
    const seen = async () => new Map([[4711, { started: '500', isStopped: true }]]);
    const keeper = { instance: 'i', pid: 4711, started: '500' };
    asked.length = 0;
    await createRestart(options({ platform: 'darwin', runDirectory: productionRunDirectory('darwin') }))(keeper);
    assert.deepEqual(asked, [`/bin/launchctl kickstart -k ${keeperService}`]);
    asked.length = 0;
    await createRestart(options({ platform: 'darwin', runDirectory: '/tmp/dev', readStarts: seen }))(keeper);
    await createRestart(options({ readStarts: seen }))(keeper);
    assert.deepEqual(asked, ['kill 4711', 'kill 4711']);
  });

  test('nobody is killed whose start is another, unknown, or who is gone', async () => {
    asked.length = 0;
    for (const [said, started] of [
      ['500', '900'],
      [null, '500'],
      ['500', null],
    ] as const) {
      const readStarts = async () => new Map([[4711, { started, isStopped: false }]]);
      const did = await createRestart(options({ readStarts }))({ instance: 'i', pid: 4711, started: said });
      assert.match(did, /nobody was killed/);
    }
    const gone = createRestart(options({ readStarts: async () => new Map() }));
    assert.match(await gone({ instance: 'i', pid: 4711, started: '500' }), /nobody was killed/);
    assert.deepEqual(asked, []);
  });
});
