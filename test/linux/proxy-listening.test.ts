import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { client, fakeGateway, freePort, readAll, seatAt, seatName, seatServer, until } from '../fakes/proxy-gateway.ts';

const echo = (socket: Socket): void => {
  socket.pipe(socket);
};

const listening = (port: number, target: number) => ({
  proxy: { listen: `127.0.0.1:${port}`, target: `127.0.0.1:${target}` },
});

const says = async (port: number, t: Parameters<typeof client>[0], text: string): Promise<string> => {
  const socket = await client(t, port);
  socket.end(text);
  return String((await readAll(socket)).bytes);
};

test('a port that is taken is said to be, for the keeper to name by whom, and is taken over when it is free', async (t) => {
  const seat = await seatServer(t, echo);
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.after(() => other.close());
  const bound = other.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  const gateway = fakeGateway(t, [], { times: { listenAgainMs: [5, 10] } });
  gateway.show(seatAt(seat.port, listening(port, seat.port)));
  await until('it is said', () => gateway.problems.has(seatName));
  assert.equal(
    gateway.problems.get(seatName),
    `The proxy of council cannot listen at 127.0.0.1:${port}: another process listens there. It keeps trying.`,
  );
  assert.deepEqual(gateway.taken.get(seatName), { address: `127.0.0.1:${port}`, what: 'another process' });
  assert.equal(gateway.proxies.address(seatName), null);
  other.close();
  assert.equal(await gateway.port(), port);
  assert.ok(!gateway.problems.has(seatName));
  assert.equal(await says(port, t, 'mine now'), 'mine now');
});

test('an address this machine does not have is a problem, and no more than that', async (t) => {
  const seat = await seatServer(t, echo);
  // 192.0.2.0/24 is for documentation (RFC 5737).
  const there = { listen: '192.0.2.1:1340', target: `127.0.0.1:${seat.port}` };
  const gateway = fakeGateway(t, [seatAt(seat.port, { proxy: there }), seatAt(seat.port, { name: 'second' })]);
  await until('it is said', () => gateway.problems.has(seatName));
  assert.match(gateway.problems.get(seatName) ?? '', /192\.0\.2\.1:1340: this machine does not have that address now/);
  assert.equal(await says(await gateway.port('second'), t, 'hello'), 'hello');
  gateway.show(seatAt(seat.port, { proxy: { ...there, listen: 'nowhere' } }));
  assert.match(gateway.problems.get(seatName) ?? '', /nowhere: that is no address/);
  gateway.show(seatAt(seat.port, { proxy: null }));
  assert.equal(gateway.problems.size, 0, 'a proxy that is not wanted any more has no problem');
});

test('listeners follow the view, and connections under way are not cut', async (t) => {
  const seat = await seatServer(t, echo);
  const [first, second] = [await freePort(), await freePort()];
  const gateway = fakeGateway(t, [seatAt(seat.port, listening(first, seat.port))]);
  await gateway.port();
  const socket = await client(t, first);
  const stillThere = async (text: string): Promise<void> => {
    socket.write(text);
    assert.equal(String((await once(socket, 'data'))[0]), text);
  };
  await stillThere('here');

  gateway.show(seatAt(seat.port, listening(second, seat.port)));
  await until('it has moved', () => gateway.proxies.address(seatName)?.port === second);
  await assert.rejects(client(t, first), { code: 'ECONNREFUSED' });
  assert.equal(await says(second, t, 'moved'), 'moved');
  await stillThere('still here');

  const elsewhere = await seatServer(t, (at) => at.end('elsewhere'));
  gateway.show(seatAt(elsewhere.port, listening(second, elsewhere.port)));
  assert.equal(await says(second, t, ''), 'elsewhere');
  await stillThere('still with the old one');

  gateway.show();
  assert.equal(gateway.proxies.address(seatName), null);
  await assert.rejects(client(t, second), { code: 'ECONNREFUSED' });
  await stillThere('even now');
  gateway.show(seatAt(seat.port, listening(second, seat.port)));
  await gateway.port();
  assert.equal(await says(second, t, 'back'), 'back');
});

test('two seats change places', async (t) => {
  const [a, b] = [await seatServer(t, (at) => at.end('a')), await seatServer(t, (at) => at.end('b'))];
  const [first, second] = [await freePort(), await freePort()];
  const seats = (one: number, two: number) => [
    seatAt(a.port, { name: 'a', ...listening(one, a.port) }),
    seatAt(b.port, { name: 'b', ...listening(two, b.port) }),
  ];
  const gateway = fakeGateway(t, seats(first, second), { times: { listenAgainMs: [5] } });
  await Promise.all([gateway.port('a'), gateway.port('b')]);
  assert.equal(await says(first, t, ''), 'a');
  gateway.show(...seats(second, first));
  await Promise.all([gateway.port('a'), gateway.port('b')]);
  assert.equal(await says(first, t, ''), 'b');
  assert.equal(await says(second, t, ''), 'a');
});
