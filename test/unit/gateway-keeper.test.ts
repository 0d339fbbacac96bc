import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { askReady } from '../../helper/gateway/readiness.ts';
import { viewMs } from '../../helper/gateway/view-cache.ts';
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

const ready = sampleGatewaySeat({ state: 'ready' });

const heardOf = ({ heard }: GatewayKeeper, verb: string): readonly Readonly<Record<string, unknown>>[] =>
  heard.filter((one) => one.verb === verb).map(({ args }) => args);

describe('a view', () => {
  test('answers for five seconds; then nothing is said of any seat until the next', async (t) => {
    let skewMs = 0;
    const keeper = await startGatewayKeeper(t, { seats: [ready], beatMs: 60_000 });
    const { port } = await startTestGateway(t, keeper, { nowMs: () => performance.now() + skewMs });
    assert.equal((await http(port, '/ensure-loaded/Codestral')).status, 200);
    skewMs = viewMs + 1;
    for (const path of [
      '/ensure-loaded/Codestral',
      '/ensure-loaded/None',
      '/status',
      '/metrics',
      '/services',
      '/explain',
    ]) {
      const stale = await http(port, path);
      assert.equal(stale.status, 503, path);
      assert.equal(stale.json?.code, 'keeper_missing');
      assert.ok(Number(stale.headers['retry-after']) >= 1);
    }
    assert.equal((await http(port, '/healthz')).json?.keeper, 'missing');
    keeper.show({});
    await eventually(async () => (await http(port, '/ensure-loaded/Codestral')).status === 200);
  });

  test('comes again from a keeper that was stopped and started', async (t) => {
    const keeper = await startGatewayKeeper(t, { seats: [ready] });
    let skewMs = 0;
    const { port } = await startTestGateway(t, keeper, { nowMs: () => performance.now() + skewMs });
    await keeper.stop();
    skewMs = viewMs + 1;
    assert.equal((await http(port, '/ensure-loaded/Codestral')).status, 503);
    const health = await http(port, '/healthz');
    assert.equal(health.status, 200);
    assert.equal(health.json?.status, 'degraded');
    await keeper.start();
    await eventually(async () => (await http(port, '/ensure-loaded/Codestral')).status === 200);
    assert.equal((await http(port, '/healthz')).json?.status, 'ok');
  });

  test('that the keeper does not follow with an answer ends in 503, not in silence', async (t) => {
    const handlers: Partial<Handlers> = { 'read.explain': () => ({ ok: false, failure: failure('not_ready') }) };
    const keeper = await startGatewayKeeper(t, { seats: [sampleGatewaySeat()], handlers });
    const { port } = await startTestGateway(t, keeper);
    assert.equal((await http(port, '/explain')).status, 503);
    const waiting = http(port, '/ensure-loaded/Codestral');
    await keeper.stop();
    assert.ok([200, 503].includes((await waiting).status));
  });
});

describe('a closing', () => {
  const closing = (number: number | null, state: 'idle' | 'draining' | 'absent' | 'ready' = 'idle') =>
    sampleGatewaySeat({ state, closing: number });

  test('is acknowledged once, and from then on only the keeper answers for the seat', async (t) => {
    const keeper = await startGatewayKeeper(t, { seats: [ready], beatMs: 20 });
    const { port } = await startTestGateway(t, keeper);
    keeper.show({ seats: [closing(1)] });
    await eventually(() => heardOf(keeper, 'seat.closingAck').length > 0);
    assert.deepEqual(heardOf(keeper, 'seat.closingAck'), [{ seat: 'Codestral', closing: 1, used: false }]);
    await http(port, '/ensure-loaded/Codestral');
    assert.equal(heardOf(keeper, 'seat.ensure').length, 1);
    keeper.show({ seats: [closing(null, 'draining')] });
    await http(port, '/ensure-loaded/Codestral');
    keeper.show({ seats: [closing(null, 'absent')] });
    await http(port, '/ensure-loaded/Codestral');
    assert.equal(heardOf(keeper, 'seat.ensure').length, 3);
    keeper.show({ seats: [closing(null, 'ready')] });
    const before = heardOf(keeper, 'seat.ensure').length;
    await eventually(async () => {
      const count = heardOf(keeper, 'seat.ensure').length;
      await http(port, '/ensure-loaded/Codestral');
      return heardOf(keeper, 'seat.ensure').length === count;
    });
    assert.ok(heardOf(keeper, 'seat.ensure').length >= before);
    assert.equal(heardOf(keeper, 'seat.closingAck').length, 1, 'however many views showed it');
  });

  test('is answered with whether the seat was used since the last report', async (t) => {
    let skewMs = 0;
    const keeper = await startGatewayKeeper(t, { seats: [ready], beatMs: 60_000 });
    const { port } = await startTestGateway(t, keeper, { nowMs: () => performance.now() + skewMs });
    await http(port, '/ensure-loaded/Codestral');
    await eventually(() => heardOf(keeper, 'seat.traffic').length === 1);
    // No further report for a second: this tick is not told yet.
    skewMs = 0;
    await http(port, '/ensure-loaded/Codestral');
    keeper.show({ seats: [closing(7)] });
    await eventually(() => heardOf(keeper, 'seat.closingAck').length === 1);
    assert.deepEqual(heardOf(keeper, 'seat.closingAck'), [{ seat: 'Codestral', closing: 7, used: true }]);
  });
});

describe('traffic', () => {
  test('is reported once a second for each seat, all of it, and only when there was some', async (t) => {
    const keeper = await startGatewayKeeper(t, {
      seats: [ready, sampleGatewaySeat({ name: 'b', label: 'b', state: 'ready' })],
    });
    const { port } = await startTestGateway(t, keeper);
    for (let at = 0; at < 40; at += 1) await http(port, '/ensure-loaded/Codestral');
    const ticks = (): number => heardOf(keeper, 'seat.traffic').reduce((sum, args) => sum + Number(args.ticks), 0);
    await eventually(
      () => ticks() === 40,
      () => `${ticks()} of 40`,
    );
    assert.ok(heardOf(keeper, 'seat.traffic').length <= 3);
    assert.ok(heardOf(keeper, 'seat.traffic').every(({ seat }) => seat === 'Codestral'));
  });

  test('that could not be delivered is reported to the next keeper', async (t) => {
    const keeper = await startGatewayKeeper(t, { seats: [ready] });
    const { port } = await startTestGateway(t, keeper);
    await keeper.stop();
    await http(port, '/ensure-loaded/Codestral');
    await http(port, '/ensure-loaded/Codestral');
    await keeper.start();
    await eventually(() => heardOf(keeper, 'seat.traffic').some(({ ticks }) => ticks === 2));
  });
});

describe('readiness', () => {
  const upstream = async (
    t: TestContext,
    status: () => number,
  ): Promise<{ readonly url: string; readonly server: Server }> => {
    const server = createServer((request, response) => {
      if (request.url === '/slow') return;
      response.writeHead(status(), { location: '/ready' }).end('x');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
  };

  test('is asked for while the view says so, and reported each time', async (t) => {
    let status = 503;
    const { url } = await upstream(t, () => status);
    const probing = sampleGatewaySeat({ state: 'loading', probing: true, readyUrl: `${url}/ready` });
    const keeper = await startGatewayKeeper(t, { seats: [probing] });
    await startTestGateway(t, keeper, { readiness: { firstMs: 5, everyMs: 20, timeoutMs: 2_000 } });
    await eventually(() => heardOf(keeper, 'probe.report').length >= 2);
    const [first] = heardOf(keeper, 'probe.report');
    assert.equal(first?.ok, false);
    assert.match(String(first?.detail), /503/);
    status = 200;
    await eventually(() => heardOf(keeper, 'probe.report').at(-1)?.ok === true);
    keeper.show({ seats: [{ ...probing, state: 'ready', probing: false }] });
    await new Promise((resolve) => setTimeout(resolve, 60));
    const { length } = heardOf(keeper, 'probe.report');
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(heardOf(keeper, 'probe.report').length, length);
  });

  test('is only 2xx, of this machine, in time, and follows nothing', async (t) => {
    let status = 204;
    const { url } = await upstream(t, () => status);
    assert.equal((await askReady(`${url}/ready`, 2_000)).ok, true);
    for (status of [301, 302, 307, 404, 500]) assert.equal((await askReady(`${url}/ready`, 2_000)).ok, false);
    assert.match((await askReady(`${url}/slow`, 50)).detail, /within 50 ms/);
    for (const wrong of ['http://192.0.2.1/', 'http://example.com/', 'https://127.0.0.1/', 'file:///etc/passwd', 'x'])
      assert.equal((await askReady(wrong, 50)).ok, false, wrong);
    assert.match((await askReady('http://127.0.0.1:1/', 2_000)).detail, /ECONNREFUSED/);
  });
});

describe('an address that is taken', () => {
  test('is told to the keeper, which can tell by whom, and listened at as soon as it is free', async (t) => {
    const other = createTcpServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    t.after(() => other.close());
    const { port } = other.address() as AddressInfo;
    const keeper = await startGatewayKeeper(t, { seats: [ready], api: { listen: `127.0.0.1:${port}` } });
    const started = startTestGateway(t, keeper, { listenAgainMs: 30 });
    await eventually(() =>
      heardOf(keeper, 'gateway.problems').some(({ problems }) => String(problems).includes('taken')),
    );
    const told = heardOf(keeper, 'gateway.problems').at(-1);
    assert.deepEqual(told?.problems, [`127.0.0.1:${port} is taken by another process`]);
    assert.deepEqual(
      told?.taken,
      [{ address: `127.0.0.1:${port}`, what: 'another process' }],
      'for the keeper to name',
    );
    await new Promise<void>((resolve) => other.close(() => resolve()));
    const { url } = await started;
    assert.equal(url, `http://127.0.0.1:${port}`);
    await eventually(() => heardOf(keeper, 'gateway.problems').at(-1)?.listen === `127.0.0.1:${port}`);
    assert.deepEqual(heardOf(keeper, 'gateway.problems').at(-1)?.problems, []);
  });

  test('of the configuration that was loaded anew is given up', async (t) => {
    const keeper = await startGatewayKeeper(t, { seats: [ready] });
    const { gateway, port } = await startTestGateway(t, keeper);
    keeper.show({ api: { listen: '[::1]:0' } });
    await eventually(
      () => gateway.address() !== null && gateway.address() !== `127.0.0.1:${port}`,
      () => gateway.problems().join(),
    ).catch(() => {
      // A machine without IPv6 says so.
      assert.ok(gateway.problems().length > 0);
    });
    await assert.rejects(http(port, '/healthz'));
  });
});
