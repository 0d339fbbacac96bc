import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { reset } from '../../helper/gateway/proxy/reset.ts';
import { failed, fakeGateway, ready, seatAt, seatName, seatServer, until } from '../fakes/proxy-gateway.ts';

/** Mulberry32: a sequence that a seed repeats. */
const random = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const openSockets = (): number => {
  let count = 0;
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      if (readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:')) count += 1;
    } catch {
      // The descriptor of the listing itself is closed by now.
    }
  }
  return count;
};

const act = (socket: Socket, roll: number): void => {
  if (socket.destroyed) return;
  if (roll < 0.35) socket.write(Buffer.alloc(Math.floor(roll * 100_000)));
  else if (roll < 0.55) socket.end();
  else if (roll < 0.65) reset(socket);
  else if (roll < 0.75) socket.destroy();
  else if (roll < 0.8) socket.pause();
  else socket.resume();
};

test('a thousand connections that come, half-close and reset at random leave nothing open', {
  timeout: 60_000,
}, async (t) => {
  const given = Number(process.env.CASTELLAN_SEED);
  const seed = Number.isSafeInteger(given) && given > 0 ? given : Date.now() % 2 ** 31;
  t.diagnostic(`seed ${seed}`);
  const next = random(seed);
  let isOver = false;
  const seat = await seatServer(t, (socket) => {
    socket.on('data', (chunk) => {
      if (socket.writable && next() < 0.5) socket.write(chunk);
      if (!isOver) act(socket, next());
    });
    socket.once('end', () => socket.end());
  });
  const states = ['ready', 'absent', 'ready', 'draining', 'ready'] as const;
  const gateway = fakeGateway(t, [seatAt(seat.port)], {
    times: { lingerMs: 50, firstBytesMs: 20, backOffMs: { first: 1, last: 5 } },
  });
  gateway.answer = async () => {
    await sleep(next() * 10);
    return next() < 0.3 ? failed : ready;
  };
  const port = await gateway.port();
  const before = openSockets();
  const clients = new Set<Socket>();
  t.after(() => {
    for (const socket of clients) socket.destroy();
  });
  for (let n = 0; n < 1_000; n += 1) {
    gateway.show(seatAt(seat.port, { state: states[Math.floor(next() * states.length)] ?? 'ready' }));
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    clients.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => clients.delete(socket));
    for (let step = 0; step < 4; step += 1) {
      const roll = next();
      setTimeout(() => act(socket, roll), next() * 30);
    }
    if (clients.size >= 64) await sleep(5);
    if (clients.size >= 200) for (const old of [...clients].slice(0, 100)) old.destroy();
  }
  await sleep(100);
  for (const socket of clients) socket.destroy();
  // A seat that has stopped reading sees no end: that is for it to say, as without a proxy.
  isOver = true;
  for (const socket of seat.sockets) socket.resume();
  await until('the proxy has nothing open', () => gateway.proxies.connections(seatName) === 0);
  await until('nor has the seat', () => seat.sockets.size === 0);
  await until('all descriptors are back', () => openSockets() <= before);
  assert.equal(gateway.inFlight(), 0);
});
