import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectionLimit } from '../../helper/gateway/http/listener.ts';
import { http } from '../fakes/gateway-http.ts';
import { eventually, sampleGatewaySeat, startGatewayKeeper, startTestGateway } from '../fakes/gateway-keeper.ts';

const skip = process.platform === 'linux' ? false : 'many sockets at once are tried on Linux';

const seats = [sampleGatewaySeat({ state: 'ready' })];

const open = (t: TestContext, port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.on('error', () => {});
    socket.once('error', reject);
    t.after(() => socket.destroy());
  });

const openMany = async (t: TestContext, port: number, count: number): Promise<readonly Socket[]> => {
  const sockets: Socket[] = [];
  // In parts, as fast as they are accepted: the kernel's queue is 511 long.
  while (sockets.length < count)
    sockets.push(
      ...(await Promise.all(Array.from({ length: Math.min(250, count - sockets.length) }, () => open(t, port)))),
    );
  return sockets;
};

describe('connections that want nothing', { skip }, () => {
  test('are closed beyond the limit, the oldest first, and everybody else is answered', async (t) => {
    const { port } = await startTestGateway(t, await startGatewayKeeper(t, { seats }));
    const sockets = await openMany(t, port, 2_000);
    // One that waits in silence is told of its end by a read.
    for (const socket of sockets) socket.resume();
    const isOpen = (socket: Socket): boolean => !socket.destroyed && !socket.readableEnded;
    await eventually(
      () => sockets.filter(isOpen).length <= connectionLimit.local,
      () => `${sockets.filter(isOpen).length}`,
    );
    assert.ok(
      sockets.slice(0, 1_000).every((socket) => !isOpen(socket)),
      'the oldest went',
    );
    for (let at = 0; at < 20; at += 1) {
      assert.equal((await http(port, '/status')).status, 200);
      assert.equal((await http(port, '/ensure-loaded/Codestral')).status, 200);
    }
  });

  test('that send a little at a time get no longer than others, and take nobody’s place', async (t) => {
    const { port } = await startTestGateway(t, await startGatewayKeeper(t, { seats }));
    const sockets = await openMany(t, port, 300);
    const ended = sockets.map(
      (socket) =>
        new Promise<string>((resolve) => {
          let text = '';
          socket.on('data', (chunk: Buffer) => {
            text += chunk.toString();
          });
          socket.on('close', () => resolve(text));
        }),
    );
    for (const socket of sockets) socket.write(`GET /status HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`);
    const drip = setInterval(() => {
      for (const socket of sockets) if (!socket.destroyed) socket.write('X: y\r\n');
    }, 500);
    t.after(() => clearInterval(drip));
    for (let at = 0; at < 10; at += 1) {
      assert.equal((await http(port, '/status')).status, 200);
      await sleep(50);
    }
    const answers = await Promise.all(ended);
    assert.ok(answers.every((text) => text === '' || text.startsWith('HTTP/1.1 408 ')));
    assert.ok(answers.some((text) => text.includes('request_timeout')));
  });

  test('do not displace one that is being answered', async (t) => {
    let settle: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      settle = resolve;
    });
    const keeper = await startGatewayKeeper(t, {
      seats: [sampleGatewaySeat()],
      handlers: {
        'seat.ensure': async () => {
          await gate;
          return {
            ok: true,
            result: {
              seat: 'Codestral',
              outcome: 'ready',
              state: 'ready',
              admission: null,
              retryAfterSeconds: null,
              said: 'Yes.',
            },
          };
        },
      },
    });
    const { port } = await startTestGateway(t, keeper);
    const waiting = http(port, '/ensure-loaded/Codestral');
    await eventually(() => keeper.heard.some(({ verb }) => verb === 'seat.ensure'));
    await openMany(t, port, 600);
    settle();
    assert.equal((await waiting).status, 200);
  });
});
