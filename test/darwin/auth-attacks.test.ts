import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  frameHex,
  modeRequest,
  nothingDone,
  type PeerKeeper,
  startPeerKeeper,
  until,
  untilGone,
  untilProgram,
  untilThere,
  type Visitor,
  whileHeldUp,
} from '../fakes/peer-keeper.ts';

/**
 * Programs that are not Castellan's, or not any more, at the keeper's socket: real processes on real sockets. What macOS says
 * of the ends of a socket and of signatures comes from a stand-in (test/fakes/peer-kernel.c, peer-security.c).
 */

const app = 'com.sanctum.castellan.app';

/** The greeting follows the check two turns of the loop later. */
const greeted = async (): Promise<void> => {
  for (let turn = 0; turn < 8; turn += 1) await nextTurn();
};

/** Until `count` clients were turned away. */
const turnedAway = async (keeper: PeerKeeper, count = 1): Promise<readonly string[]> => {
  await until(() => keeper.log.length >= count);
  return keeper.refusals();
};

describe('programs that borrow the name of ours', () => {
  /** A program of nobody's that connects, does `before`, and becomes the app, which does `after`; the keeper finds it so. */
  const borrow = (keeper: PeerKeeper, before: readonly string[], after: readonly string[]): Visitor => {
    const genuine = keeper.world.program('Castellan', { identifier: app });
    const evil = keeper.world.program('evil', null);
    const visitor = keeper.visit(evil, 'connect', keeper.path, ...before, 'exec', genuine, ...after);
    whileHeldUp(untilProgram(visitor.pid, genuine));
    return visitor;
  };

  const childOf = async ({ lines }: Visitor): Promise<number> => {
    const find = (): string | undefined => lines().find((line) => line.startsWith('child '));
    await until(() => find() !== undefined);
    return Number(find()?.slice('child '.length));
  };

  test('one that leaves a request behind and turns itself into the app', async (t) => {
    const keeper = await startPeerKeeper(t);
    if (keeper === null) return;
    const { said } = borrow(keeper, ['raw', frameHex(modeRequest())], ['rest']);
    assert.deepEqual(await turnedAway(keeper), ['handshake_failed']);
    assert.match((await said)[0] ?? '', /bytes before the greeting/);
    await nothingDone(keeper);
  });

  test('one that only turns itself into the app: the app does not know that there is a greeting', async (t) => {
    const keeper = await startPeerKeeper(t, { times: { helloMs: 1_000, idleMs: 60_000 } });
    if (keeper === null) return;
    borrow(keeper, [], ['hold']);
    assert.deepEqual(await turnedAway(keeper), ['handshake_failed']);
    assert.match(keeper.log[0] ?? '', /no hello in time/);
    await nothingDone(keeper);
  });

  test('one that turns itself into the app and leaves a child to read the nonce and answer', async (t) => {
    const keeper = await startPeerKeeper(t);
    if (keeper === null) return;
    const visitor = borrow(keeper, ['fork', '4', 'await', 'read', 'hello', 'app', 'rest'], ['hold']);
    // The keeper has taken it for the app, and greets.
    await until(() => keeper.checks() === 1);
    process.kill(await childOf(visitor), 'SIGUSR1');
    assert.deepEqual(await turnedAway(keeper), ['client_untrusted']);
    assert.match(keeper.log[0] ?? '', /was at the other end, and now it is/);
    await nothingDone(keeper);
  });

  test('the same, and the child has its request ready behind the answer', async (t) => {
    const keeper = await startPeerKeeper(t);
    if (keeper === null) return;
    const mark = `${keeper.runDirectory}/sent`;
    const child = ['fork', '6', 'await', 'read', 'hello', 'app', 'send', modeRequest(), 'mark', mark, 'rest'];
    const visitor = borrow(keeper, child, ['hold']);
    await until(() => keeper.checks() === 1);
    await greeted();
    whileHeldUp(`kill -USR1 ${await childOf(visitor)}; ${untilThere(mark)}`);
    assert.match((await turnedAway(keeper))[0] ?? '', /^(handshake_failed|client_untrusted)$/);
    await nothingDone(keeper);
  });

  test('one that makes the socket the standard output of the app: no line of a log is a frame', async (t) => {
    const keeper = await startPeerKeeper(t);
    if (keeper === null) return;
    const { pid } = borrow(keeper, ['stdout'], ['await', 'say', 'app 0.1.0 on Electron', 'hold']);
    await until(() => keeper.checks() === 1);
    await greeted();
    process.kill(pid, 'SIGUSR1');
    assert.deepEqual(await turnedAway(keeper), ['bad_frame']);
    await nothingDone(keeper);
  });

  test('one that answers, and has the app write behind its answer so that the app used the socket last', async (t) => {
    const keeper = await startPeerKeeper(t);
    if (keeper === null) return;
    const [answered, written] = [`${keeper.runDirectory}/answered`, `${keeper.runDirectory}/written`];
    const child = ['stdout', 'fork', '5', 'await', 'read', 'hello', 'app', 'mark', answered, 'hold'];
    const visitor = borrow(keeper, child, ['await', 'say', 'x', 'mark', written, 'hold']);
    await until(() => keeper.checks() === 1);
    await greeted();
    const kill = (pid: number): string => `kill -USR1 ${pid}`;
    whileHeldUp(
      `${kill(await childOf(visitor))}; ${untilThere(answered)}; ${kill(visitor.pid)}; ${untilThere(written)}`,
    );
    assert.match((await turnedAway(keeper))[0] ?? '', /^(handshake_failed|bad_frame)$/);
    assert.equal(keeper.server.callers().length, 0);
    await nothingDone(keeper);
  });
});

describe('a session whose other end changes', () => {
  test('a request of another program that was given the descriptor is not carried out', async (t) => {
    const keeper = await startPeerKeeper(t);
    if (keeper === null) return;
    const genuine = keeper.world.program('Castellan', { identifier: app });
    const evil = keeper.world.program('evil', null);
    const opened = ['connect', keeper.path, 'read', 'hello', 'app', 'read'];
    // What the app left open is in the hands of a program it started.
    keeper.visit(genuine, ...opened, 'spawn', evil, modeRequest(), 'hold');
    assert.deepEqual(await turnedAway(keeper), ['client_untrusted']);
    // And one that becomes another program itself.
    keeper.visit(genuine, ...opened, 'exec', evil, 'send', modeRequest(), 'rest');
    assert.deepEqual(await turnedAway(keeper, 2), ['client_untrusted', 'client_untrusted']);
    await nothingDone(keeper);
  });

  test('a child of the app that shares the socket is not the app', async (t) => {
    const keeper = await startPeerKeeper(t);
    if (keeper === null) return;
    const genuine = keeper.world.program('Castellan', { identifier: app });
    const steps = ['connect', keeper.path, 'read', 'hello', 'app', 'read', 'fork', '1', 'send', modeRequest()];
    keeper.visit(genuine, ...steps, 'hold');
    assert.deepEqual(await turnedAway(keeper), ['client_untrusted']);
    await nothingDone(keeper);
  });

  test('a request of one that is gone by the time it is read is not carried out', async (t) => {
    const keeper = await startPeerKeeper(t);
    if (keeper === null) return;
    const genuine = keeper.world.program('Castellan', { identifier: app });
    const steps = ['connect', keeper.path, 'read', 'hello', 'app', 'read', 'await', 'send', modeRequest()];
    const { pid } = keeper.visit(genuine, ...steps);
    await until(() => keeper.server.callers().length === 1);
    // The keeper sees neither the request nor the end before both are there.
    whileHeldUp(`kill -USR1 ${pid}; ${untilGone(pid)}`);
    assert.deepEqual(await turnedAway(keeper), ['client_untrusted']);
    assert.match(keeper.log[0] ?? '', /ENOTCONN/);
    await nothingDone(keeper);
  });

  test('reading goes on being answered: it changes nothing', async (t) => {
    const keeper = await startPeerKeeper(t);
    if (keeper === null) return;
    const genuine = keeper.world.program('Castellan', { identifier: app });
    const read = JSON.stringify({ type: 'request', id: 3, verb: 'read.status', args: {} });
    const { said } = keeper.visit(
      genuine,
      'connect',
      keeper.path,
      'read',
      'hello',
      'app',
      'read',
      'send',
      read,
      'read',
    );
    assert.match((await said)[2] ?? '', /"id":3,"ok":true/);
  });
});

describe('checks that do not come to an end', () => {
  test('turn away whoever waits for them, in time', async (t) => {
    const keeper = await startPeerKeeper(t, { times: { helloMs: 250, idleMs: 60_000 } });
    if (keeper === null) return;
    const genuine = keeper.world.program('Castellan', { identifier: app });
    keeper.world.delay(1_000);
    const both = [
      keeper.visit(genuine, 'connect', keeper.path, 'rest'),
      keeper.visit(genuine, 'connect', keeper.path, 'rest'),
    ];
    for (const { said } of both) assert.match((await said)[0] ?? '', /handshake_failed.*could not be checked in time/);
    keeper.world.delay(0);
    // The one under way ends by itself, and keeps those behind it waiting until then.
    let answer = '';
    for (let tries = 0; tries < 20 && !answer.includes('"welcome"'); tries += 1) {
      const { said } = keeper.visit(genuine, 'connect', keeper.path, 'read', 'hello', 'app', 'read');
      answer = (await said).join('');
    }
    assert.match(answer, /"welcome"/);
    await nothingDone(keeper);
  });
});
