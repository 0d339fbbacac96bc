import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { encodeFrame, frameMagic, limitToKeeper } from '../../helper/protocol/frame.ts';
import { encodeMessage } from '../../helper/protocol/json.ts';
import {
  errorCodeOf,
  helloTo,
  openClient,
  ownUid,
  peerAs,
  rawClient,
  startSocketKeeper,
} from '../fakes/socket-keeper.ts';

const status = { type: 'request', id: 1, verb: 'read.status' };

describe('handshake', () => {
  test('the server greets first, with a nonce of its own for each connection', async (t) => {
    const { path } = await startSocketKeeper(t);
    const nonces = new Set<unknown>();
    for (let at = 0; at < 5; at += 1) {
      const client = await rawClient(t, path);
      const greeting = await client.next();
      assert.ok(greeting !== 'closed');
      assert.equal(greeting.type, 'greeting');
      assert.match(String(greeting.nonce), /^[0-9a-f]{64}$/);
      nonces.add(greeting.nonce);
      client.socket.destroy();
    }
    assert.equal(nonces.size, 5);
  });

  test('who echoes the nonce is welcome and gets answers', async (t) => {
    const { path } = await startSocketKeeper(t);
    const client = await openClient(t, path);
    client.send(status);
    const reply = await client.next();
    assert.ok(reply !== 'closed');
    assert.equal(reply.ok, true);
  });

  test('any byte before the greeting closes, even the beginning of a right frame', async (t) => {
    const { path } = await startSocketKeeper(t);
    for (const early of [Uint8Array.from(frameMagic), Uint8Array.of(0xff), 'GET / HTTP/1.1\r\n\r\n']) {
      const client = await rawClient(t, path);
      // Within the callback of connect: before the server has had a turn.
      client.write(early);
      const all = await client.rest();
      assert.deepEqual(all.map(errorCodeOf), ['handshake_failed']);
    }
  });

  test('a wrong nonce, a replayed nonce and one of another connection close', async (t) => {
    const { path } = await startSocketKeeper(t);
    const other = await rawClient(t, path);
    const otherGreeting = await other.next();
    const used = await rawClient(t, path);
    const usedGreeting = await used.next();
    used.send(helloTo(usedGreeting));
    await used.next();
    used.socket.destroy();
    for (const nonce of ['00'.repeat(32), '', 'x', otherGreeting, usedGreeting]) {
      const client = await rawClient(t, path);
      const greeting = await client.next();
      client.send(typeof nonce === 'string' ? helloTo(greeting, { nonce }) : helloTo(nonce));
      assert.deepEqual((await client.rest()).map(errorCodeOf), ['handshake_failed']);
    }
  });

  test('the first frame must be the hello, and a hello of the right form', async (t) => {
    const { path } = await startSocketKeeper(t);
    const firsts: readonly ((greeting: unknown) => unknown)[] = [
      () => status,
      () => ({}),
      () => null,
      () => [],
      (greeting) => ({ ...helloTo(greeting), client: 'web page' }),
      (greeting) => ({ ...helloTo(greeting), more: 1 }),
      (greeting) => ({ ...helloTo(greeting), version: 'v'.repeat(65) }),
    ];
    for (const first of firsts) {
      const client = await rawClient(t, path);
      client.send(first(await client.next()));
      assert.deepEqual((await client.rest()).map(errorCodeOf), ['handshake_failed']);
    }
  });

  test('a second hello, and whatever is not a request, closes', async (t) => {
    const { path } = await startSocketKeeper(t);
    const seconds: readonly unknown[] = [
      { ...status, type: 'hello' },
      { ...status, id: -1 },
      { ...status, id: 1.5 },
      { ...status, more: 1 },
      { type: 'reply', id: 0, ok: true },
      'read.status',
    ];
    for (const second of seconds) {
      const client = await openClient(t, path);
      client.send(second);
      assert.deepEqual((await client.rest()).map(errorCodeOf), ['bad_frame']);
    }
  });

  test('oversized, deep and poisoned frames close, before as after the hello', async (t) => {
    const { path } = await startSocketKeeper(t);
    const text = (json: string): Uint8Array => encodeFrame(new TextEncoder().encode(json), limitToKeeper);
    const attacks: readonly (readonly [bytes: Uint8Array | string, code: string])[] = [
      [encodeFrame(new Uint8Array(limitToKeeper + 1), limitToKeeper + 1), 'frame_too_large'],
      [Uint8Array.of(...frameMagic, 0xff, 0xff, 0xff, 0xff), 'frame_too_large'],
      [text('['.repeat(60_000)), 'bad_json'],
      [text('{"__proto__":{"type":"hello"}}'), 'bad_json'],
      [text('{"type":'), 'bad_json'],
      [encodeFrame(Uint8Array.of(0x22, 0xff, 0x22), limitToKeeper), 'bad_json'],
      ['2026-11-22 03:00:00 [info] an app that logs to its stdout\n', 'bad_frame'],
    ];
    for (const [bytes, code] of attacks) {
      const before = await rawClient(t, path);
      await before.next();
      before.write(bytes);
      assert.deepEqual((await before.rest()).map(errorCodeOf), [code]);

      const after = await openClient(t, path);
      after.write(bytes);
      assert.deepEqual((await after.rest()).map(errorCodeOf), [code]);
    }
  });

  test('who stays silent, or says only half a hello, is let go in time', async (t) => {
    const { path } = await startSocketKeeper(t, { times: { helloMs: 80, idleMs: 60_000 } });
    const silent = await rawClient(t, path);
    const half = await rawClient(t, path);
    half.write(encodeMessage(helloTo(await half.next()), limitToKeeper).subarray(0, 40));
    const [greeting, ...rest] = await silent.rest();
    assert.equal(greeting?.type, 'greeting');
    assert.deepEqual(rest.map(errorCodeOf), ['handshake_failed']);
    assert.deepEqual((await half.rest()).map(errorCodeOf), ['handshake_failed']);
  });

  test('an older and a newer client each hear which of the two is too old', async (t) => {
    const { path } = await startSocketKeeper(t, { protocol: { oldest: 4, newest: 5 } });
    const answerTo = async (protocol: number, more: Record<string, unknown> = {}): Promise<readonly unknown[]> => {
      const client = await rawClient(t, path);
      client.send(helloTo(await client.next(), { protocol, ...more }));
      return client.rest();
    };
    const [tooOld] = await answerTo(3);
    assert.equal(errorCodeOf(tooOld), 'client_too_old');
    // A client from the future may say more in its hello than we know.
    const [tooNew] = await answerTo(6, { proof: 'of 2031' });
    assert.equal(errorCodeOf(tooNew), 'client_too_new');
    const welcome = async (protocol: number): Promise<unknown> => {
      const client = await rawClient(t, path);
      client.send(helloTo(await client.next(), { protocol }));
      return client.next();
    };
    assert.deepEqual(await welcome(4), { type: 'welcome', protocol: 4, tier: tierHere(), instance: 'i1' });
    assert.deepEqual(await welcome(5), { type: 'welcome', protocol: 5, tier: tierHere(), instance: 'i1' });
  });

  test('a peer the kernel does not name is turned away', async (t) => {
    let known = true;
    const { path } = await startSocketKeeper(t, {
      peerOf: (fd) => (known ? peerAs(ownUid)(fd) : { ok: false, detail: 'EBADF' }),
    });
    known = false;
    const client = await rawClient(t, path);
    assert.deepEqual((await client.rest()).map(errorCodeOf), ['peer_unknown']);
  });

  test('clients that vanish at any moment leave nothing behind', async (t) => {
    const { path, server, log } = await startSocketKeeper(t);
    for (let at = 0; at < 60; at += 1) {
      await new Promise<void>((resolve) => {
        const socket = connect(path);
        socket.on('error', () => {});
        socket.on('close', () => resolve());
        socket.on('connect', () => {
          if (at % 3 === 0) socket.destroy();
          else if (at % 3 === 1)
            socket.once('data', () => socket.write(Uint8Array.from(frameMagic), () => socket.destroy()));
          else socket.once('data', () => socket.end());
        });
      });
    }
    const client = await openClient(t, path);
    client.send(status);
    assert.notEqual(await client.next(), 'closed');
    assert.deepEqual(server.lookers(), { status: 0, processes: 0, seats: 0 });
    assert.deepEqual(
      log.filter((line) => line.startsWith('error')),
      [],
    );
  });
});

const tierHere = (): string => (ownUid() === 0 ? 'root' : 'console');
