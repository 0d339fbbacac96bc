import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { run } from '../../helper/cli/main.ts';
import { oneBelowAnother } from '../../helper/cli/status/screens.ts';
import { startServer } from '../../helper/keeper/server/server.ts';
import { type CapturedIo, capturedIo } from '../fakes/captured-io.ts';
import { sampleStatus } from '../fakes/sample-status.ts';
import { ownUid, peerAs, sampleHandlers, startSocketKeeper, testRunDirectory } from '../fakes/socket-keeper.ts';

const until = async (what: string, holds: () => boolean): Promise<void> => {
  for (let tries = 0; tries < 1000; tries += 1) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail(`not within 10 s: ${what}`);
};

const critical = () => {
  const status = sampleStatus({ atMs: 1_700_000_002_000 });
  status.level.name = 'red';
  return status;
};

/** Ended with the test, also when it fails. */
const watching = (t: TestContext, io: CapturedIo, ...argv: string[]) => {
  t.after(() => io.interrupt());
  return run(['status', '--watch', ...argv], io);
};

describe('castellan status --watch', () => {
  test('into a pipe: the whole table at the first reading and at each change of level, and Ctrl-C ends it with 0', async (t) => {
    const { runDirectory, server } = await startSocketKeeper(t);
    const io = capturedIo();
    const ended = watching(t, io, '--run-dir', runDirectory);
    await until('first table', () => io.text.out.includes('\n'));
    server.publish('status', sampleStatus());
    server.publish('status', critical());
    await until('second table', () => io.text.out.includes('Critical'));
    io.interrupt();
    assert.equal(await ended, 0);
    const tables = io.text.out.trim().split(/\n(?=\d\d:\d\d:\d\d)/);
    assert.equal(tables.length, 2);
    for (const [at, head] of [
      /^\d\d:\d\d:\d\d {2}● Normal {2}22\.7 GB available of 64\.0 GB/,
      /⬣ Critical/,
    ].entries()) {
      assert.match(tables[at] ?? '', head);
      assert.match(tables[at] ?? '', /wired 20\.0 .*compressed 2\.0 .*app 19\.0 .*cached 9\.0 .*free 14\.0 {2}GB/);
      assert.match(tables[at] ?? '', /4711 +21\.0 GB +45 MB .*mlx_lm\.server/);
    }
    assert.equal(io.listening(), 0);
    await until('no looker is left', () => server.lookers().status === 0);
  });

  test('without a change a line every 10 seconds and the table every minute', () => {
    let nowMs = 0;
    const io = capturedIo();
    const screen = oneBelowAnother(io.out, () => nowMs);
    const written: (readonly [second: number, what: string])[] = [];
    for (; nowMs <= 130_000; nowMs += 2_000) {
      const before = io.text.out.length;
      screen.show(sampleStatus({ atMs: nowMs }), null);
      const added = io.text.out.slice(before);
      if (added !== '') written.push([nowMs / 1000, added.includes('FOOTPRINT') ? 'table' : 'line']);
      if (added !== '' && !added.includes('FOOTPRINT'))
        assert.match(
          added,
          /^\d\d:\d\d:\d\d Normal, 22\.7 GB available of 64\.0 GB; swap .*; largest mlx_lm\.server 21\.0 GB \(RSS 45 MB\)\n$/,
        );
    }
    assert.deepEqual(
      written,
      Array.from({ length: 14 }, (_, at) => [at * 10, at % 6 === 0 ? 'table' : 'line'] as const),
    );
  });

  test('ends by itself the given time after the first reading, not after the start', async (t) => {
    const runDirectory = testRunDirectory(t);
    const io = capturedIo();
    const ended = watching(t, io, '--seconds', '0.3', '--run-dir', runDirectory);
    await until('it waits', () => io.text.out.includes('not_running'));
    await new Promise((resolve) => setTimeout(resolve, 400));
    const started = await startAt(runDirectory, 'late');
    t.after(() => started.close());
    const fromMs = performance.now();
    assert.equal(await ended, 0);
    assert.ok(performance.now() - fromMs >= 290);
    assert.match(io.text.out, /The keeper answers\.\n\n.*Normal/);
  });

  test('says that the keeper is gone, once, and goes on when it is back', async (t) => {
    const runDirectory = testRunDirectory(t);
    const first = await startAt(runDirectory, 'first');
    const io = capturedIo();
    const ended = watching(t, io, '--run-dir', runDirectory);
    await until('first line', () => io.text.out.includes('Normal'));
    await first.close();
    await until('gone', () => io.text.out.includes('Trying again'));
    const second = await startAt(runDirectory, 'second');
    t.after(() => second.close());
    await until('back', () => io.text.out.includes('The keeper answers'));
    // What is published before it has subscribed is not for it.
    await until('it looks', () => second.lookers().status === 1);
    second.publish('status', critical());
    await until('goes on', () => io.text.out.includes('Critical'));
    io.interrupt();
    assert.equal(await ended, 0);
    assert.equal(io.text.out.match(/shutting_down/g)?.length, 1);
  });

  test('a keeper of another protocol ends it at once: trying again does not help', async (t) => {
    const { runDirectory } = await startSocketKeeper(t, { protocol: { oldest: 7, newest: 8 } });
    const io = capturedIo();
    assert.equal(await watching(t, io, '--run-dir', runDirectory), 4);
    assert.match(io.text.err, /client_too_old/);
  });

  test('--json is one document a line, each with its processes', async (t) => {
    const { runDirectory, server } = await startSocketKeeper(t);
    const io = capturedIo();
    const ended = watching(t, io, '--json', '--run-dir', runDirectory);
    await until('first document', () => io.text.out.includes('\n'));
    server.publish('status', critical());
    await until('second document', () => io.text.out.trim().includes('\n'));
    io.interrupt();
    await ended;
    const documents = io.text.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      documents.map(({ level, processes }) => [level.name, processes.length]),
      [
        ['green', 1],
        ['red', 1],
      ],
    );
  });

  test('on a terminal it draws over what it drew, within the window', async (t) => {
    const { runDirectory, server } = await startSocketKeeper(t);
    const io = capturedIo({ isTty: true, columns: 50, rows: 10 });
    const ended = watching(t, io, '--run-dir', runDirectory);
    await until('first picture', () => io.text.out.includes('Normal'));
    server.publish('status', critical());
    await until('second picture', () => io.text.out.includes('Critical'));
    io.interrupt();
    await ended;
    const pictures = io.text.out.split('\r\u001b[J');
    const heights = pictures.slice(1).map((picture) => picture.split('\n').length - 1);
    assert.deepEqual(heights, [9, 9]);
    assert.ok(pictures[1]?.endsWith('\u001b[9A'), 'goes up by as many lines as it drew');
  });
});

const startAt = async (runDirectory: string, instance: string) => {
  const started = await startServer({
    path: join(runDirectory, 'castellan.sock'),
    peerOf: peerAs(ownUid),
    handlers: sampleHandlers(),
    consoleUid: ownUid,
    instance,
    hostKind: 'sim',
    log: () => {},
    onLookers: () => {},
  });
  assert.ok(started.ok);
  return started.server;
};
