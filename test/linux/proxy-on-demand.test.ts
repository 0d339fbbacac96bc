import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get } from 'node:http';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { mostConnections } from '../../helper/gateway/proxy/times.ts';
import type { EnsureAnswer } from '../../helper/protocol/seats.ts';
import type { Answer } from '../../helper/protocol/session.ts';
import {
  client,
  failed,
  fakeGateway,
  freePort,
  readAll,
  ready,
  seatAt,
  seatName,
  seatServer,
  until,
} from '../fakes/proxy-gateway.ts';

const echo = (socket: Socket): void => {
  socket.pipe(socket);
};

const held = (): PromiseWithResolvers<Answer<EnsureAnswer>> => Promise.withResolvers();

interface Reply {
  readonly status: number | undefined;
  readonly retryAfter: string | undefined;
  readonly body: { readonly error: { readonly message: string; readonly code: string }; readonly state: string };
}

const ask = async (port: number): Promise<Reply> => {
  const request = get({ port, host: '127.0.0.1', path: '/v1/models', agent: false });
  const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
  let text = '';
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode, retryAfter: response.headers['retry-after'], body: JSON.parse(text) };
};

test('fifty connections to a cold seat start it once, and wait with their bytes', async (t) => {
  const port = await freePort();
  const gateway = fakeGateway(t, [seatAt(port, { state: 'absent' })]);
  const start = held();
  gateway.answer = () => start.promise;
  const at = await gateway.port();
  const clients = await Promise.all(Array.from({ length: 50 }, () => client(t, at)));
  const answers = clients.map(readAll);
  for (const [n, socket] of clients.entries()) socket.end(`question ${n}`);
  await until('all of them wait', () => gateway.inFlight() === 50);
  await seatServer(t, echo, port);
  start.resolve(ready);
  const texts = (await Promise.all(answers)).map(({ bytes }) => String(bytes));
  assert.deepEqual(
    texts,
    clients.map((_, n) => `question ${n}`),
  );
  assert.deepEqual(gateway.ensures, [seatName]);
  await until('nothing is under way', () => gateway.inFlight() === 0);
});

test('a large upload to a cold seat waits in the kernel, and arrives whole', { timeout: 30_000 }, async (t) => {
  const port = await freePort();
  const gateway = fakeGateway(t, [seatAt(port, { state: 'absent' })]);
  const start = held();
  gateway.answer = () => start.promise;
  const socket = await client(t, await gateway.port());
  const upload = Buffer.alloc(32 * 2 ** 20, 'POST /v1/embeddings ');
  socket.end(upload);
  const left = [-2, -1];
  while (left.at(-1) !== left.at(-2)) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    left.push(socket.writableLength);
  }
  assert.ok(socket.writableLength > 0, 'the client is held up');
  const got: Promise<{ bytes: Buffer }>[] = [];
  await seatServer(t, (at) => got.push(readAll(at)), port);
  start.resolve(ready);
  await until('it reaches the seat', () => got.length === 1);
  assert.ok((await got[0])?.bytes.equals(upload));
});

test('a failed start is told to a client of HTTP in its own words, and closes every other cleanly', async (t) => {
  const gateway = fakeGateway(t, [seatAt(await freePort(), { state: 'absent' })]);
  gateway.answer = async () => failed;
  const port = await gateway.port();
  const { status, retryAfter, body } = await ask(port);
  assert.equal(status, 503);
  assert.equal(retryAfter, '7');
  assert.match(body.error.message, /^council did not become ready in 120 s\. .*`castellan load council`\.$/);
  assert.equal(body.error.code, 'never_ready');

  const raw = await client(t, port);
  raw.write('\x05\x01\x00');
  assert.deepEqual(await readAll(raw), { bytes: Buffer.alloc(0), end: 'fin' });
  assert.deepEqual(gateway.ensures, [seatName], 'within the back-off the failure is the answer');
});

test('a client that is told of a failure while it still sends gets to read it', async (t) => {
  const gateway = fakeGateway(t, [seatAt(await freePort(), { state: 'absent' })]);
  gateway.answer = async () => failed;
  const socket = await client(t, await gateway.port());
  socket.write('POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20000000\r\n\r\n');
  socket.end(Buffer.alloc(20_000_000));
  const { bytes, end } = await readAll(socket);
  assert.equal(end, 'fin');
  assert.match(String(bytes), /^HTTP\/1\.1 503 /);
});

test('a client that says nothing is closed too when its seat cannot be had', async (t) => {
  const gateway = fakeGateway(t, [seatAt(await freePort(), { state: 'absent' })], { times: { firstBytesMs: 20 } });
  gateway.answer = async () => failed;
  const socket = await client(t, await gateway.port());
  assert.deepEqual(await readAll(socket), { bytes: Buffer.alloc(0), end: 'fin' });
});

test('after a failure the seat is asked for again when the back-off is over, which grows', async (t) => {
  let nowMs = 0;
  const gateway = fakeGateway(t, [seatAt(await freePort(), { state: 'absent' })], { nowMs: () => nowMs });
  gateway.answer = async () => failed;
  const port = await gateway.port();
  const asksAt = async (ms: number): Promise<number> => {
    nowMs = ms;
    await ask(port);
    return gateway.ensures.length;
  };
  assert.equal(await asksAt(0), 1);
  assert.equal(await asksAt(999), 1);
  assert.equal(await asksAt(1_000), 2);
  assert.equal(await asksAt(2_999), 2);
  assert.equal(await asksAt(3_000), 3);
  for (const ms of [60_000, 120_000, 180_000]) await asksAt(ms);
  assert.equal(await asksAt(209_999), 6);
  assert.equal(await asksAt(210_000), 7);
  nowMs = 210_001;
  assert.equal((await ask(port)).retryAfter, '30');
});

test('a seat that is frozen or being unloaded is refused at once, and nothing is asked', async (t) => {
  const gateway = fakeGateway(t, [seatAt(await freePort(), { state: 'frozen' })]);
  const port = await gateway.port();
  const frozen = await ask(port);
  assert.equal(frozen.status, 503);
  assert.match(frozen.body.error.message, /^council is frozen\. /);
  gateway.show(seatAt(1, { state: 'draining' }));
  const draining = await ask(await gateway.port());
  assert.equal(draining.body.state, 'draining');
  assert.ok(Number(draining.retryAfter) > 0);
  assert.deepEqual(gateway.ensures, []);
  assert.deepEqual(gateway.activity.due(), [], 'a refusal is no use of the seat');
});

test('while a closing is under way the keeper is asked although the seat serves', async (t) => {
  const seat = await seatServer(t, echo);
  const gateway = fakeGateway(t, [seatAt(seat.port)]);
  const port = await gateway.port();
  const before = await client(t, port);
  before.end('a');
  await readAll(before);
  assert.deepEqual(gateway.ensures, []);
  gateway.show(seatAt(seat.port, { closing: 3 }));
  const during = await client(t, port);
  during.end('b');
  assert.equal(String((await readAll(during)).bytes), 'b');
  assert.deepEqual(gateway.ensures, [seatName]);
});

test('a client that leaves while it waits is let go, and the start goes on', async (t) => {
  const gateway = fakeGateway(t, [seatAt(await freePort(), { state: 'absent' })]);
  const start = held();
  gateway.answer = () => start.promise;
  const port = await gateway.port();
  const [silent, cut, stays] = [await client(t, port), await client(t, port), await client(t, port)];
  stays.write('GET / HTTP/1.1\r\n\r\n');
  cut.write('GET / HTTP/1.1\r\n\r\n');
  await until('three wait', () => gateway.inFlight() === 3);
  silent.end();
  cut.resetAndDestroy();
  await until('two have left', () => gateway.inFlight() === 1 && gateway.proxies.connections(seatName) === 1);
  start.resolve(failed);
  assert.match(String((await readAll(stays)).bytes), /^HTTP\/1\.1 503 /);
  assert.deepEqual(gateway.ensures, [seatName]);
});

test('a seat that is said to serve and does not listen yet is waited for', async (t) => {
  const port = await freePort();
  const gateway = fakeGateway(t, [seatAt(port)]);
  const socket = await client(t, await gateway.port());
  socket.end('early');
  await until('it waits', () => gateway.inFlight() === 1);
  await seatServer(t, echo, port);
  assert.equal(String((await readAll(socket)).bytes), 'early');
});

test('a seat that goes on refusing connections is said to', async (t) => {
  const port = await freePort();
  const gateway = fakeGateway(t, [seatAt(port)], { times: { refusedMs: 50 } });
  const { status, body } = await ask(await gateway.port());
  assert.equal(status, 503);
  assert.equal(body.error.code, 'unreachable');
  const said = `council does not accept connections at 127.0.0.1:${port} (ECONNREFUSED). `;
  assert.ok(body.error.message.startsWith(said), body.error.message);
});

test('without the keeper a seat that serves is still reached, and one that does not is said so at once', async (t) => {
  const seat = await seatServer(t, echo);
  const gateway = fakeGateway(t, [seatAt(seat.port)]);
  const port = await gateway.port();
  gateway.lose();
  const socket = await client(t, port);
  socket.end('still there');
  assert.equal(String((await readAll(socket)).bytes), 'still there');
  seat.die();
  const { status, body } = await ask(port);
  assert.equal(status, 503);
  assert.equal(body.error.code, 'keeper_unavailable');
  assert.equal(body.state, null, 'nothing is known of it');
  assert.match(body.error.message, /^The keeper does not answer, .*ECONNREFUSED.*`castellan doctor`/);
  assert.deepEqual(gateway.ensures, []);
});

test('the last client that leaves takes the question back, and whoever comes next asks anew', async (t) => {
  const gateway = fakeGateway(t, [seatAt(await freePort(), { state: 'absent' })]);
  const lefts: AbortSignal[] = [];
  gateway.answer = (_seat, left) => {
    lefts.push(left);
    return new Promise(() => {});
  };
  const port = await gateway.port();
  const [first, second] = [await client(t, port), await client(t, port)];
  await until('both wait', () => gateway.inFlight() === 2);
  first.destroy();
  await until('one has left', () => gateway.inFlight() === 1);
  assert.deepEqual(
    lefts.map(({ aborted }) => aborted),
    [false],
  );
  second.destroy();
  await until('the question is taken back', () => lefts[0]?.aborted === true);
  await client(t, port);
  await until('it is asked for again', () => lefts.length === 2);
  assert.equal(lefts[1]?.aborted, false);
});

test('a keeper that does not answer is a failure like another', async (t) => {
  const gateway = fakeGateway(t, [seatAt(await freePort(), { state: 'absent' })]);
  gateway.answer = () => Promise.reject(new Error('the connection is gone'));
  const { status, body } = await ask(await gateway.port());
  assert.equal(status, 503);
  assert.equal(body.error.code, 'keeper_unavailable');
});

test('one connection too many is told so, and the others go on', { timeout: 30_000 }, async (t) => {
  const seat = await seatServer(t, echo);
  const gateway = fakeGateway(t, [seatAt(seat.port)]);
  const port = await gateway.port();
  const clients: Socket[] = [];
  for (let n = 0; n < mostConnections; n += 1) clients.push(await client(t, port));
  await until('all are there', () => gateway.proxies.connections(seatName) === mostConnections);
  const { status, body } = await ask(port);
  assert.equal(status, 503);
  assert.equal(body.error.code, 'too_many_connections');
  const answers = clients.map(readAll);
  for (const socket of clients) socket.end('x');
  for (const answer of answers) assert.equal(String((await answer).bytes), 'x');
  await until('all have left', () => gateway.proxies.connections(seatName) === 0);
});

test('a request keeps its seat loaded until the answer, and an open connection does not', async (t) => {
  let nowMs = 0;
  const seat = await seatServer(t, (socket) => socket.on('data', () => {}));
  const gateway = fakeGateway(t, [seatAt(seat.port)], {
    nowMs: () => nowMs,
    times: { sweepMs: 5, inFlightMs: 30 * 60_000 },
  });
  const socket = await client(t, await gateway.port());
  await until('it is passed on', () => seat.sockets.size === 1 && gateway.inFlight() === 0);
  socket.write('question');
  await until('it is in flight', () => gateway.inFlight() === 1);
  const [at] = seat.sockets;
  at?.write('answer');
  await once(socket, 'data');
  assert.equal(gateway.inFlight(), 0);
  socket.write('another');
  await until('it is in flight again', () => gateway.inFlight() === 1);
  nowMs = 30 * 60_000 - 1;
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(gateway.inFlight(), 1);
  nowMs += 1;
  await until('nobody thinks that long', () => gateway.inFlight() === 0);
  assert.ok(!socket.destroyed, 'and the connection stays');
});

test('when the gateway ends, those who wait are told and those under way are given a moment', async (t) => {
  const seat = await seatServer(t, echo);
  const gateway = fakeGateway(t, [seatAt(seat.port), seatAt(1, { name: 'cold', state: 'absent' })], {
    times: { graceMs: 300 },
  });
  gateway.answer = () => held().promise;
  const [served, lasting] = [await client(t, await gateway.port()), await client(t, await gateway.port())];
  const waiting = await client(t, await gateway.port('cold'));
  for (const socket of [served, lasting, waiting]) socket.write('GET / HTTP/1.1\r\n\r\n');
  await Promise.all([once(served, 'data'), once(lasting, 'data')]);
  const port = await gateway.port();
  const answers = [served, lasting, waiting].map(readAll);
  const closed = gateway.proxies.close();
  served.end('the end');
  const [a, b, c] = await Promise.all(answers);
  await closed;
  assert.deepEqual([String(a?.bytes), a?.end], ['the end', 'fin']);
  assert.equal(b?.end, 'reset', 'what is cut does not look complete');
  assert.match(String(c?.bytes), /^HTTP\/1\.1 503 [\s\S]*The gateway is ending/);
  await assert.rejects(client(t, port), { code: 'ECONNREFUSED' });
  assert.equal(gateway.inFlight(), 0);
});
