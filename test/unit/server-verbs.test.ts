import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Handlers } from '../../helper/keeper/server/dispatch.ts';
import type { NotAllowed } from '../../helper/keeper/server/server.ts';
import { failure } from '../../helper/protocol/errors.ts';
import { listedFootprintBytes, topics, verbs } from '../../helper/protocol/verbs.ts';
import { sampleRow, sampleStatus } from '../fakes/sample-status.ts';
import {
  errorCodeOf,
  openClient,
  ownUid,
  peerAs,
  type RawClient,
  sampleHandlers,
  startSocketKeeper,
} from '../fakes/socket-keeper.ts';

const ask = async (client: RawClient, verb: string, args?: unknown): Promise<Record<string, unknown>> => {
  client.send({ type: 'request', id: 7, verb, ...(args === undefined ? {} : { args }) });
  const reply = await client.next();
  assert.ok(reply !== 'closed');
  assert.equal(reply.id, 7);
  return reply;
};

/** Right arguments of each verb: so that what is refused is refused for its tier. */
const rightArgs: Readonly<Record<keyof typeof verbs, unknown>> = {
  'read.status': {},
  'read.processes': { all: true },
  'read.history': { range: '15m', columns: 10 },
  'read.doctor': {},
  'read.explain': {},
  'read.policy': {},
  'read.config': {},
  'read.log': { limit: 10 },
  'read.pending': {},
  approve: { id: 1, hash: 'h', nonce: 'n' },
  deny: { id: 1, hash: 'h' },
  'relief.wrong': { plan: 1 },
  'relief.mode': { to: 'dry_run' },
  'relief.resume': { freeze: null },
  'relief.restore': { label: 'com.example' },
  'relief.pause': { minutes: 15 },
  'relief.fallback': { seat: 'Codestral' },
  'relief.clear_leak': {},
  'read.services': {},
  'read.preview': { seat: 'Cilghal' },
  'seat.ensure': { seat: 'Cilghal' },
  'seat.load': { seat: 'Cilghal' },
  'seat.unask': { ticket: '1' },
  'seat.release': { seat: 'Cilghal' },
  'seat.keep': { seat: 'Cilghal', minutes: 30 },
  'seat.traffic': { seat: 'Cilghal', inFlight: 0, bytes: 0, ticks: 0 },
  'seat.closingAck': { seat: 'Cilghal', closing: 1, used: false },
  'probe.report': { seat: 'Cilghal', channel: 'ready', ok: true, detail: '' },
  'gateway.problems': { problems: [] },
  'advice.report': { state: 'asking', detail: '', answer: null },
  'push.report': { targets: [] },
  'push.test': {},
  subscribe: { topics: [] },
  'config.reload': {},
  'keeper.refresh': {},
  'keeper.remove': {},
  'sim.set': { key: 'a', value: 'b' },
};

describe('verbs', () => {
  test('each is open to its tier and those above, and to nobody below', async (t) => {
    let uid = ownUid();
    const handlers = sampleHandlers({ 'read.history': () => ({ ok: false, failure: failure('internal') }) });
    const { path } = await startSocketKeeper(t, { peerOf: peerAs(() => uid), consoleUid: () => 501, handlers });
    const rank = { read: 0, console: 1, root: 2 };
    for (const [who, tier] of [
      [1000, 'read'],
      [501, 'console'],
      [0, 'root'],
    ] as const) {
      uid = who;
      const client = await openClient(t, path);
      assert.equal(client.tier, tier);
      for (const [verb, args] of Object.entries(rightArgs)) {
        const needed = verbs[verb as keyof typeof verbs].tier;
        const allowed = needed !== 'gateway' && rank[tier] >= rank[needed];
        const code = errorCodeOf(await ask(client, verb, args));
        assert.equal(code === 'not_allowed', !allowed, `${verb} as ${tier}: ${code}`);
      }
    }
  });

  test('who may not use a verb is refused before the arguments are looked at', async (t) => {
    let uid = ownUid();
    const { path } = await startSocketKeeper(t, { peerOf: peerAs(() => uid), consoleUid: () => 501 });
    uid = 1000;
    const client = await openClient(t, path);
    assert.equal(errorCodeOf(await ask(client, 'config.reload', { nonsense: 1 })), 'not_allowed');
    assert.equal(errorCodeOf(await ask(client, 'sim.set', 17)), 'not_allowed');
  });

  test('another user may not answer what is asked, and the refusal is told with the account', async (t) => {
    const told: NotAllowed[] = [];
    const reached: string[] = [];
    const handlers = sampleHandlers({
      approve: () => {
        reached.push('approve');
        return { ok: false, failure: failure('approval_unknown') };
      },
      deny: () => {
        reached.push('deny');
        return { ok: true, result: {} };
      },
    });
    let uid = ownUid();
    const { path } = await startSocketKeeper(t, {
      peerOf: peerAs(() => uid),
      consoleUid: () => 501,
      handlers,
      onNotAllowed: (refusal) => told.push(refusal),
      nowMs: () => 0,
    });
    uid = 1000;
    const client = await openClient(t, path);
    for (const verb of ['approve', 'deny', 'read.pending', 'relief.mode', 'relief.resume'] as const)
      assert.equal(errorCodeOf(await ask(client, verb, rightArgs[verb])), 'not_allowed');
    assert.deepEqual(reached, []);
    assert.deepEqual(told[0], { verb: 'approve', uid: 1000, untold: 0 });
    assert.equal(told.length, 5);
    for (let at = 0; at < 20; at += 1) await ask(client, 'approve', rightArgs.approve);
    assert.equal(told.length, 10);
  });

  test('the tier is as of now: who leaves the console loses its verbs on an open connection', async (t) => {
    let uid = ownUid();
    let consoleUid: number | null = 501;
    const { path } = await startSocketKeeper(t, { peerOf: peerAs(() => uid), consoleUid: () => consoleUid });
    uid = 501;
    const client = await openClient(t, path);
    assert.equal((await ask(client, 'sim.set', { key: 'a', value: 'b' })).ok, true);
    consoleUid = 502;
    assert.equal(errorCodeOf(await ask(client, 'sim.set', { key: 'a', value: 'b' })), 'not_allowed');
    assert.equal((await ask(client, 'read.status')).ok, true);
  });

  test('unknown verbs, names from the prototype and wrong arguments are refused, the connection goes on', async (t) => {
    const { path } = await startSocketKeeper(t);
    const client = await openClient(t, path);
    for (const verb of ['read.everything', 'toString', 'hasOwnProperty', '', 'READ.STATUS'])
      assert.equal(errorCodeOf(await ask(client, verb)), 'unknown_verb');
    const wrong: readonly (readonly [string, unknown])[] = [
      ['read.status', { more: 1 }],
      ['read.status', []],
      ['read.status', null],
      ['read.history', { range: '2h', columns: 10 }],
      ['read.history', { range: '1h', columns: 0 }],
      ['read.history', { range: '1h', columns: 1e9 }],
      ['read.processes', { all: 'yes' }],
      ['subscribe', { topics: ['weather'] }],
      ['subscribe', { topics: [...topics, 'status'] }],
      ['sim.set', { key: 'k'.repeat(65), value: '' }],
    ];
    for (const [verb, args] of wrong) {
      const reply = await ask(client, verb, args);
      assert.equal(errorCodeOf(reply), 'bad_arguments', `${verb} ${JSON.stringify(args)}`);
      assert.notEqual((reply.error as { detail: string }).detail, '');
    }
    assert.equal((await ask(client, 'read.status')).ok, true);
  });

  test('defaults of arguments are filled in before the handler', async (t) => {
    const { path } = await startSocketKeeper(t);
    const client = await openClient(t, path);
    const list = (await ask(client, 'read.processes')).result as { processes: unknown[] };
    assert.equal(list.processes.length, 1);
    assert.ok(listedFootprintBytes > 0);
  });

  test('verbs of the simulated machine do not exist on a real one', async (t) => {
    const { path } = await startSocketKeeper(t, { hostKind: 'linux' });
    const client = await openClient(t, path);
    assert.equal(errorCodeOf(await ask(client, 'sim.set', { key: 'a', value: 'b' })), 'only_on_sim');
  });

  test('a handler that throws, rejects or answers wrongly is our fault: said, logged, survived', async (t) => {
    const bad: readonly Handlers['read.doctor'][] = [
      () => {
        throw new Error('secret of the machine');
      },
      async () => {
        throw new Error('secret of the machine');
      },
      () => ({ ok: true, result: { checks: [{ name: 1 }] } }) as never,
      () => ({ ok: true, result: { checks: [], big: 10n } }) as never,
    ];
    let turn = 0;
    const handlers = sampleHandlers({
      'read.doctor': (args, caller) => bad[turn]?.(args, caller) ?? { ok: true, result: { checks: [] } },
    });
    const { path, log } = await startSocketKeeper(t, { handlers });
    const client = await openClient(t, path);
    for (turn = 0; turn < bad.length; turn += 1) {
      const reply = await ask(client, 'read.doctor');
      assert.equal(errorCodeOf(reply), 'internal');
      assert.doesNotMatch(JSON.stringify(reply), /secret/);
      assert.equal(log.length, turn + 1);
    }
    assert.match(log[0] ?? '', /secret of the machine/);
    assert.equal((await ask(client, 'read.doctor')).ok, true);
  });

  test('an answer that cannot be written as JSON is our fault, too, where results are not checked', async (t) => {
    const handlers = sampleHandlers({ 'read.doctor': () => ({ ok: true, result: { checks: 10n } }) as never });
    const { path, log } = await startSocketKeeper(t, { handlers, check: undefined });
    const client = await openClient(t, path);
    assert.equal(errorCodeOf(await ask(client, 'read.doctor')), 'internal');
    assert.equal(log.length, 1);
  });

  test('an answer above 1 MiB is refused by name, the connection goes on', async (t) => {
    const rows = Array.from({ length: 3000 }, (_, pid) => sampleRow({ pid, command: 'x'.repeat(256) }));
    const handlers = sampleHandlers({
      'read.processes': () => ({ ok: true, result: { atMs: 1, processes: rows } }),
    });
    const { path } = await startSocketKeeper(t, { handlers });
    const client = await openClient(t, path);
    assert.equal(errorCodeOf(await ask(client, 'read.processes')), 'frame_too_large');
    assert.equal((await ask(client, 'read.status')).ok, true);
  });

  test('slow answers do not hold up quick ones', async (t) => {
    let release: () => void = () => {};
    const handlers = sampleHandlers({
      'read.doctor': () =>
        new Promise((resolve) => {
          release = () => resolve({ ok: true, result: { checks: [] } });
        }),
    });
    const { path } = await startSocketKeeper(t, { handlers });
    const client = await openClient(t, path);
    client.send({ type: 'request', id: 1, verb: 'read.doctor' });
    client.send({ type: 'request', id: 2, verb: 'read.status' });
    const first = await client.next();
    assert.equal(first !== 'closed' && first.id, 2);
    release();
    const second = await client.next();
    assert.equal(second !== 'closed' && second.id, 1);
  });

  test('more than 100 at once are refused one by one, a flood is cut off', async (t) => {
    const { path } = await startSocketKeeper(t, { nowMs: () => 0 });
    const client = await openClient(t, path);
    const send = (count: number): void => {
      for (let id = 0; id < count; id += 1) client.send({ type: 'request', id, verb: 'read.doctor' });
    };
    send(150);
    const replies: Record<string, unknown>[] = [];
    while (replies.length < 150) {
      const reply = await client.next();
      assert.ok(reply !== 'closed');
      replies.push(reply);
    }
    assert.equal(replies.filter(({ ok }) => ok === true).length, 100);
    assert.equal(replies.filter((reply) => errorCodeOf(reply) === 'rate_limited').length, 50);
    send(500);
    const last = (await client.rest()).at(-1);
    assert.equal(last?.type, 'goodbye');
    assert.equal(errorCodeOf(last), 'rate_limited');
  });
});

describe('topics', () => {
  const subscribe = (id: number, ...topics: string[]) => ({ type: 'request', id, verb: 'subscribe', args: { topics } });

  test('a subscriber gets the current value first, then every change', async (t) => {
    const { path, server } = await startSocketKeeper(t);
    const client = await openClient(t, path);
    client.send(subscribe(1, 'status'));
    const [reply, snapshot] = [await client.next(), await client.next()];
    assert.deepEqual(reply, { type: 'reply', id: 1, ok: true, result: {} });
    assert.deepEqual(snapshot, { type: 'event', topic: 'status', data: sampleStatus() });
    server.publish('status', sampleStatus({ processCount: 5 }));
    server.publish('processes', { atMs: 3, processes: [] });
    server.publish('status', sampleStatus({ processCount: 6 }));
    const next = [await client.next(), await client.next()];
    assert.deepEqual(
      next.map((event) => event !== 'closed' && (event.data as { processCount: number }).processCount),
      [5, 6],
    );
  });

  test('a value published while the first one was still being made replaces it', async (t) => {
    let release: () => void = () => {};
    const handlers = sampleHandlers({
      'read.status': () =>
        new Promise((resolve) => {
          release = () => resolve({ ok: true, result: sampleStatus({ processCount: 1 }) });
        }),
    });
    const { path, server } = await startSocketKeeper(t, { handlers });
    const client = await openClient(t, path);
    client.send(subscribe(1, 'status'));
    await client.next();
    server.publish('status', sampleStatus({ processCount: 2 }));
    release();
    await new Promise((resolve) => setImmediate(resolve));
    server.publish('status', sampleStatus({ processCount: 3 }));
    const seen = [await client.next(), await client.next()];
    assert.deepEqual(
      seen.map((event) => event !== 'closed' && (event.data as { processCount: number }).processCount),
      [2, 3],
    );
  });

  test('a keeper that publishes as soon as somebody looks sends one first value, after the reply', async (t) => {
    const { path, server } = await startSocketKeeper(t, {
      onLookers: ({ status }) => {
        if (status > 0) queue();
      },
    });
    const queue = (): void => server.publish('status', sampleStatus({ processCount: 1 }));
    const client = await openClient(t, path);
    client.send(subscribe(1, 'status'));
    client.send({ type: 'request', id: 2, verb: 'read.doctor' });
    const seen = [await client.next(), await client.next(), await client.next()];
    assert.deepEqual(
      seen.map((message) => message !== 'closed' && message.type),
      ['reply', 'event', 'reply'],
    );
  });

  test('subscribing again replaces what was subscribed', async (t) => {
    const { path, server } = await startSocketKeeper(t);
    const client = await openClient(t, path);
    client.send(subscribe(1, 'status'));
    await client.next();
    await client.next();
    client.send(subscribe(2));
    await client.next();
    server.publish('status', sampleStatus());
    client.send({ type: 'request', id: 3, verb: 'read.doctor' });
    const next = await client.next();
    assert.equal(next !== 'closed' && next.id, 3);
  });

  test('a reader that does not keep up is let go and no other waits for it', async (t) => {
    const { path, server } = await startSocketKeeper(t);
    const slow = await openClient(t, path);
    slow.send(subscribe(1, 'processes'));
    await slow.next();
    await slow.next();
    slow.socket.pause();
    const quick = await openClient(t, path);
    quick.send(subscribe(1, 'processes'));
    await quick.next();
    await quick.next();
    const processes = Array.from({ length: 1550 }, (_, pid) => sampleRow({ pid, command: 'x'.repeat(256) }));
    let published = 0;
    while (server.lookers().processes === 2 && published < 50) {
      server.publish('processes', { atMs: published, processes });
      published += 1;
      const event = await quick.next();
      assert.equal(event !== 'closed' && event.topic, 'processes');
    }
    // 0.8 MiB an event: above 4 MiB after six or so, with what the kernel's own buffers take.
    assert.ok(published > 4 && published < 12, `${published} events`);
    assert.deepEqual(server.lookers(), { status: 0, processes: 1, seats: 0 });
    slow.socket.resume();
    assert.equal(errorCodeOf((await slow.rest()).at(-1)), 'too_slow');
    server.publish('processes', { atMs: 99, processes: [] });
    assert.notEqual(await quick.next(), 'closed');
  });

  test('an event that its schema refuses is logged and not sent', async (t) => {
    const { path, server, log } = await startSocketKeeper(t);
    const client = await openClient(t, path);
    client.send(subscribe(1, 'status'));
    await client.next();
    await client.next();
    server.publish('status', { ...sampleStatus(), processCount: 1.5 });
    server.publish('status', sampleStatus({ processCount: 8 }));
    const event = await client.next();
    assert.equal(event !== 'closed' && (event.data as { processCount: number }).processCount, 8);
    assert.equal(log.length, 1);
  });
});
