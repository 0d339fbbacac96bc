import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import type { Handlers } from '../../helper/keeper/server/dispatch.ts';
import { failure } from '../../helper/protocol/errors.ts';
import { http } from '../fakes/gateway-http.ts';
import {
  eventually,
  type GatewayKeeper,
  sampleGatewaySeat,
  startGatewayKeeper,
  startTestGateway,
} from '../fakes/gateway-keeper.ts';

/** A keeper that answers a request only when it is taken back, and knows who waits. */
const patientKeeper = async (t: TestContext) => {
  const waiting = new Map<string, () => void>();
  const wait: Handlers['seat.ensure'] & Handlers['seat.load'] = ({ ticket = '' }, _caller, call) =>
    new Promise((resolve) => {
      const over = (): void => {
        waiting.delete(ticket);
        resolve({ ok: false, failure: failure('shutting_down') });
      };
      waiting.set(ticket, over);
      call?.onGone(over);
    });
  const handlers: Partial<Handlers> = {
    'seat.ensure': wait,
    'seat.load': wait,
    'seat.unask': ({ ticket }) => {
      waiting.get(ticket)?.();
      return { ok: true, result: {} };
    },
  };
  const keeper = await startGatewayKeeper(t, { handlers, api: { isOpen: true } });
  return { keeper, waiting };
};

const count = ({ heard }: GatewayKeeper, verb: string): number => heard.filter((one) => one.verb === verb).length;

/** Asks, and gives what hangs up. */
const asks = (t: TestContext, port: number, path: string, method = 'GET', times = 1): (() => void) => {
  const socket = connect(port, '127.0.0.1', () =>
    socket.write(`${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`.repeat(times)),
  );
  socket.on('error', () => {});
  t.after(() => socket.destroy());
  return () => socket.destroy();
};

describe('a client that hangs up', () => {
  test('gives back its place among those who wait for memory, however many come and go', async (t) => {
    const { keeper, waiting } = await patientKeeper(t);
    const { port } = await startTestGateway(t, keeper);
    const leaves = Array.from({ length: 40 }, () => asks(t, port, '/ensure-loaded/Codestral?wait=30'));
    await eventually(() => waiting.size === 40);
    for (const leave of leaves) leave();
    await eventually(
      () => waiting.size === 0,
      () => `${waiting.size} still wait`,
    );
    assert.equal(count(keeper, 'seat.unask'), 40);
    const metrics = await http(port, '/metrics');
    assert.match(metrics.text, /castellan_gateway_requests_total\{route="ensure-loaded",status="499"\} 40/);
    assert.match(metrics.text, /castellan_gateway_seat_asks_total\{seat="Codestral",outcome="left"\} 40/);
  });

  test('leaves the others who wait for the same answer; with the last the question is taken back', async (t) => {
    const { keeper, waiting } = await patientKeeper(t);
    const { port } = await startTestGateway(t, keeper);
    const [first, second] = [
      asks(t, port, '/ensure-loaded/Codestral'),
      asks(t, port, '/ensure-loaded/Codestral', 'POST'),
    ];
    await eventually(() => waiting.size === 1);
    // Both have come to wait when a third, that is answered at once, has been.
    await http(port, '/healthz');
    first();
    await eventually(async () => /status="499"\} 1/.test((await http(port, '/metrics')).text));
    assert.equal(count(keeper, 'seat.unask'), 0);
    assert.equal(waiting.size, 1);
    second();
    await eventually(() => waiting.size === 0);
    assert.equal(count(keeper, 'seat.unask'), 1);
    const third = asks(t, port, '/ensure-loaded/Codestral');
    await eventually(() => waiting.size === 1);
    assert.equal(count(keeper, 'seat.ensure'), 2, 'whoever comes next asks anew');
    third();
    await eventually(() => waiting.size === 0);
  });

  test('takes back a load, too, and all that it has asked in one write', async (t) => {
    const { keeper, waiting } = await patientKeeper(t);
    const { port } = await startTestGateway(t, keeper);
    const load = asks(t, port, '/load/Codestral', 'POST');
    const several = asks(t, port, '/ensure-loaded/Codestral?wait=9', 'GET', 12);
    await eventually(() => waiting.size === 13);
    several();
    await eventually(() => waiting.size === 1);
    load();
    await eventually(() => waiting.size === 0);
  });

  test('is told of to a keeper that may not be asked as often as they come', async (t) => {
    const { keeper, waiting } = await patientKeeper(t);
    const { port } = await startTestGateway(t, keeper);
    // A hundred requests at once are all that one connection has.
    const leaves = Array.from({ length: 80 }, () => asks(t, port, '/ensure-loaded/Codestral?wait=30'));
    await eventually(() => waiting.size === 80);
    for (const leave of leaves) leave();
    await eventually(
      () => waiting.size === 0,
      () => `${waiting.size} still wait`,
    );
  });
});

test('a gateway that ends leaves nobody waiting', async (t) => {
  const { keeper, waiting } = await patientKeeper(t);
  const { gateway, port } = await startTestGateway(t, keeper);
  asks(t, port, '/ensure-loaded/Codestral?wait=30');
  await eventually(() => waiting.size === 1);
  await gateway.close();
  await eventually(() => waiting.size === 0);
});

test('the last connection to a proxy that leaves takes the question back', async (t) => {
  const { keeper, waiting } = await patientKeeper(t);
  const { gateway } = await startTestGateway(t, keeper);
  const proxy = { listen: '127.0.0.1:0', target: '127.0.0.1:1' };
  keeper.show({ seats: [sampleGatewaySeat({ proxy })] });
  await eventually(() => gateway.proxyAddress('Codestral') !== null);
  const port = gateway.proxyAddress('Codestral')?.port ?? 0;
  const clients = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
  for (const client of clients) {
    client.on('error', () => {});
    t.after(() => client.destroy());
    client.write('GET /v1/models HTTP/1.1\r\n\r\n');
  }
  await eventually(() => waiting.size === 1);
  // A client that has only ended its sending still wants the answer.
  for (const client of clients) client.resetAndDestroy();
  await eventually(() => waiting.size === 0);
  assert.equal(count(keeper, 'seat.unask'), 1);
});
