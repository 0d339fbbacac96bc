import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { apiErrors } from '../../helper/gateway/http/errors.ts';
import { errorBodySchema, schemaNames, schemas } from '../../helper/gateway/http/schemas.ts';
import type { Handlers } from '../../helper/keeper/server/dispatch.ts';
import { failure } from '../../helper/protocol/errors.ts';
import type { EnsureAnswer, ReleaseAnswer } from '../../helper/protocol/seats.ts';
import { bearer, type HttpAnswer, http } from '../fakes/gateway-http.ts';
import { sampleGatewaySeat, startGatewayKeeper, startTestGateway } from '../fakes/gateway-keeper.ts';

const GB = 2 ** 30;

const admission: NonNullable<EnsureAnswer['admission']> = {
  verdict: 'refuse',
  reason: 'needs_shedding',
  terms: {
    totalBytes: 64 * GB,
    claims: [{ seat: 'Cilghal', bytes: 41 * GB, declaredBytes: 41 * GB, measuredBytes: 21 * GB }],
    claimedBytes: 41 * GB,
    otherBytes: 9.5 * GB,
    peakBytes: 14 * GB,
    wired: null,
    forecast: null,
  },
  slackBytes: 13.5 * GB,
  shortfallBytes: 0.5 * GB,
  clauses: [{ name: 'memory', outcome: 'fails', text: '64 GB − 41 − 9.5 = 13.5, and 14 are needed.' }],
};

const answering = (change: Partial<EnsureAnswer>): EnsureAnswer => ({
  seat: 'Codestral',
  outcome: 'ready',
  state: 'ready',
  admission: null,
  retryAfterSeconds: null,
  said: 'Codestral serves.',
  ...change,
});

const assertError = (answer: HttpAnswer, status: number, code: string): void => {
  assert.equal(answer.status, status, answer.text);
  const body = errorBodySchema.parse(answer.json);
  assert.equal(body.code, code);
  assert.ok(body.error.length > 10 && body.next.length > 10, answer.text);
  assert.equal(answer.headers['access-control-allow-origin'], undefined);
};

const seats = [
  sampleGatewaySeat({ name: 'Cilghal', label: 'com.sanctum.mlx', class: 'protected', state: 'ready' }),
  sampleGatewaySeat(),
  sampleGatewaySeat({ name: 'über uns', label: 'com.sanctum.other', state: 'idle' }),
];

describe('the HTTP API', () => {
  test('gives what the keeper says at each path, in the form that is published', async (t) => {
    const keeper = await startGatewayKeeper(t, { seats });
    const { port } = await startTestGateway(t, keeper);
    for (const name of ['status', 'services', 'explain', 'healthz'] as const) {
      const answer = await http(port, `/${name}`);
      assert.equal(answer.status, 200, answer.text);
      assert.match(answer.headers['content-type'] ?? '', /^application\/json/);
      schemas[name].parse(answer.json);
      assert.equal((await http(port, `/${name}`, { method: 'HEAD' })).text, '');
    }
  });

  test('publishes a schema for each', async (t) => {
    const { port } = await startTestGateway(t, await startGatewayKeeper(t, { seats }));
    assert.deepEqual((await http(port, '/schemas')).json, { schemas: schemaNames });
    for (const name of schemaNames) {
      const { status, json } = await http(port, `/schemas/${name}`);
      assert.equal(status, 200);
      assert.match(String(json?.$schema), /json-schema\.org/);
    }
    assertError(await http(port, '/schemas/toString'), 404, 'not_found');
  });

  test('answers for a seat that serves without asking the keeper, by GET and by POST, and counts it', async (t) => {
    const keeper = await startGatewayKeeper(t, { seats });
    const { port } = await startTestGateway(t, keeper);
    for (const [method, at] of [
      ['GET', '/ensure-loaded/Cilghal'],
      ['POST', '/ensure-loaded/Cilghal'],
      ['GET', '/ensure-loaded/Cilghal?wait=5'],
      ['GET', '/ensure-loaded/com.sanctum.mlx'],
      ['GET', '/ensure-loaded/%C3%BCber%20uns'],
    ] as const) {
      const answer = await http(port, at, { method });
      assert.equal(answer.status, 200, at);
      assert.equal(schemas['ensure-loaded'].parse(answer.json).outcome, 'ready');
    }
    assert.ok(!keeper.heard.some(({ verb }) => verb === 'seat.ensure'));
  });

  test('says of each outcome what a router understands', async (t) => {
    let next: EnsureAnswer | ReturnType<typeof failure> = answering({});
    const handlers: Partial<Handlers> = {
      'seat.ensure': () => ('message' in next ? { ok: false, failure: next } : { ok: true, result: next }),
    };
    const { port } = await startTestGateway(t, await startGatewayKeeper(t, { seats, handlers }));
    const ensure = (): Promise<HttpAnswer> => http(port, '/ensure-loaded/Codestral', { method: 'POST' });

    assert.equal((await ensure()).status, 200);
    next = answering({
      outcome: 'needs_shedding',
      state: 'absent',
      admission,
      retryAfterSeconds: 15,
      said: 'It needs 14 GB.',
    });
    const refused = await ensure();
    assertError(refused, 503, 'needs_shedding');
    assert.equal(refused.headers['retry-after'], '15');
    assert.equal(refused.json?.error, 'It needs 14 GB.');
    assert.deepEqual(refused.json?.admission, admission, 'the sum and the shortfall');
    next = answering({ outcome: 'needs_shedding', state: 'absent', admission, said: 'It can never fit.' });
    const never = await ensure();
    assertError(never, 503, 'needs_shedding');
    assert.equal(never.headers['retry-after'], undefined, 'asking again is of no use');
    assert.equal(never.json?.state, 'absent');
    next = answering({ outcome: 'refused', state: 'failed', said: 'It crashed three times.' });
    const crashed = await ensure();
    assertError(crashed, 503, 'seat_refused');
    assert.equal(crashed.headers['retry-after'], undefined);
    assert.equal(crashed.json?.state, 'failed');
    assert.match(String(crashed.json?.next), /castellan explain SEAT/);
    next = answering({ outcome: 'failed', state: 'failed', said: 'launchd said 5.' });
    assertError(await ensure(), 503, 'start_failed');
    next = answering({ outcome: 'never_ready', state: 'failed', said: 'It was not ready in 120 s.' });
    assertError(await ensure(), 504, 'never_ready');
    next = failure('too_many_waiting');
    const many = await ensure();
    assertError(many, 429, 'too_many_waiting');
    assert.equal(many.headers['retry-after'], '1');
    next = failure('unknown_seat');
    assertError(await ensure(), 404, 'unknown_seat');
    next = failure('not_ready');
    assertError(await ensure(), 503, 'not_ready');
    next = failure('internal');
    assertError(await ensure(), 500, 'internal');
  });

  test('asks the keeper once for many who ask at once', async (t) => {
    let settle: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      settle = resolve;
    });
    const handlers: Partial<Handlers> = {
      'seat.ensure': async () => {
        await gate;
        return { ok: true, result: answering({}) };
      },
    };
    const keeper = await startGatewayKeeper(t, { seats, handlers });
    const { port } = await startTestGateway(t, keeper);
    const calls = Array.from({ length: 50 }, () => http(port, '/ensure-loaded/Codestral', { method: 'POST' }));
    // Others are answered meanwhile.
    assert.equal((await http(port, '/healthz')).status, 200);
    assert.equal((await http(port, '/ensure-loaded/Cilghal')).status, 200);
    settle();
    for (const answer of await Promise.all(calls)) assert.equal(answer.status, 200);
    assert.equal(keeper.heard.filter(({ verb }) => verb === 'seat.ensure').length, 1);
  });

  test('lets a caller wait up to 30 s for memory, each with a place of his own', async (t) => {
    const keeper = await startGatewayKeeper(t, { seats });
    const { port } = await startTestGateway(t, keeper);
    for (const wait of ['30', '0.5', '5'])
      assert.equal((await http(port, `/ensure-loaded/Codestral?wait=${wait}`)).status, 200);
    assert.deepEqual(
      keeper.heard.filter(({ verb }) => verb === 'seat.ensure').map(({ args }) => args.waitSeconds),
      [30, 0.5, 5],
    );
    for (const wait of ['31', '-1', 'long', '1e1', ''])
      assertError(await http(port, `/ensure-loaded/Codestral?wait=${wait}`), 400, 'bad_request');
  });

  test('says 404 of an unknown seat before it asks for a token', async (t) => {
    const keeper = await startGatewayKeeper(t, { seats });
    const { port } = await startTestGateway(t, keeper);
    for (const at of ['/load/None', '/release/None', '/ensure-loaded/None', '/ensure-loaded/cilghal'])
      assertError(await http(port, at, { method: 'POST' }), 404, 'unknown_seat');
    for (const at of ['/', '/ensure-loaded', '/ensure-loaded/', '/ensure-loaded/a/b', '/statusx', '/status/x'])
      assert.ok([400, 404].includes((await http(port, at)).status), at);
  });

  test('asks for the token where seats are changed, unless castellan.toml opens them', async (t) => {
    const released: ReleaseAnswer = { seat: 'Codestral', outcome: 'draining', state: 'draining', said: 'It ends.' };
    const handlers: Partial<Handlers> = {
      'seat.load': () => ({ ok: true, result: answering({}) }),
      'seat.release': () => ({ ok: true, result: released }),
    };
    const keeper = await startGatewayKeeper(t, { seats, handlers });
    const { port } = await startTestGateway(t, keeper);
    const post = (at: string, headers = {}): Promise<HttpAnswer> => http(port, at, { method: 'POST', headers });
    for (const at of ['/load/Codestral', '/release/Codestral']) {
      const without = await post(at);
      assertError(without, 401, 'token_missing');
      assert.match(without.headers['www-authenticate'] ?? '', /^Bearer/);
      for (const authorization of ['Bearer x', `Bearer ${'0'.repeat(64)}`, `Basic ${'0'.repeat(64)}`])
        assertError(await post(at, { authorization }), 403, 'token_wrong');
      assert.ok(!keeper.heard.some(({ verb }) => verb === 'seat.load' || verb === 'seat.release'));
    }
    assert.equal((await post('/load/Codestral', bearer(keeper.runDirectory))).status, 200);
    assert.equal((await post('/release/Codestral', bearer(keeper.runDirectory))).status, 202);
    keeper.show({ api: { isOpen: true } });
    for (let tries = 0; tries < 200 && (await post('/load/Codestral')).status === 401; tries += 1);
    assert.notEqual((await post('/load/Codestral')).status, 401);
  });

  test('says of a release what came of it', async (t) => {
    let outcome: ReleaseAnswer['outcome'] = 'absent';
    const handlers: Partial<Handlers> = {
      'seat.release': () => ({ ok: true, result: { seat: 'a', outcome, state: 'absent', said: 'So it is said.' } }),
    };
    // Each has a seat of its own: one change a second is allowed for each.
    const names = ['a', 'b', 'c', 'd'];
    const keeper = await startGatewayKeeper(t, {
      seats: names.map((name) => sampleGatewaySeat({ name, label: `l.${name}` })),
      handlers,
      api: { isOpen: true },
    });
    const { port } = await startTestGateway(t, keeper);
    assert.equal((await http(port, '/release/a', { method: 'POST' })).status, 200);
    outcome = 'in_flight';
    assertError(await http(port, '/release/b', { method: 'POST' }), 409, 'in_flight');
    outcome = 'protected';
    assertError(await http(port, '/release/c', { method: 'POST' }), 403, 'seat_protected');
    outcome = 'failed';
    assertError(await http(port, '/release/d', { method: 'POST' }), 503, 'release_failed');
    for (let at = 0; at < 3; at += 1) await http(port, '/release/d', { method: 'POST' });
    assertError(await http(port, '/release/d', { method: 'POST' }), 429, 'rate_limited');
  });

  test('previews with the body it documents and with no other', async (t) => {
    const preview = {
      seat: 'Codestral',
      state: 'absent' as const,
      admission,
      wouldUnload: [],
      wouldFitIf: [],
      said: 'No.',
    };
    const handlers: Partial<Handlers> = { 'read.preview': () => ({ ok: true, result: preview }) };
    const keeper = await startGatewayKeeper(t, { seats, handlers });
    const { port } = await startTestGateway(t, keeper);
    const post = (body: string, headers = {}): Promise<HttpAnswer> =>
      http(port, '/admit/preview', { method: 'POST', body, headers });
    assert.deepEqual((await post('{"seat":"Codestral"}')).json, preview);
    assert.equal((await post('{"seat":"Codestral"}', { expect: '100-continue' })).status, 200);
    assert.equal((await post('{"seat":"Codestral"}', { 'transfer-encoding': 'chunked' })).status, 200);
    assertError(await post('{"seat":"None"}'), 404, 'unknown_seat');
    for (const body of [
      '',
      '{}',
      '[]',
      '{"seat":1}',
      '{"seat":"Codestral","x":1}',
      '{"__proto__":{}}',
      '['.repeat(99),
      '{"seat"',
    ])
      assertError(await post(body), 400, 'bad_request');
    assert.match(String((await post('{}')).json?.next), /^Send \{"seat": NAME\}/);
    for (const wait of ['99', '-1', 'x', '']) {
      const answer = await http(port, `/ensure-loaded/Codestral?wait=${wait}`);
      assertError(answer, 400, 'bad_request');
      assert.match(String(answer.json?.next), /^Send \?wait=SECONDS/);
    }
    const large = `{"seat":"${'x'.repeat(5_000)}"}`;
    assertError(await post(large), 413, 'body_too_large');
    assertError(await post(large, { 'transfer-encoding': 'chunked' }), 413, 'body_too_large');
  });

  test('says which methods a path takes', async (t) => {
    const { port } = await startTestGateway(t, await startGatewayKeeper(t, { seats }));
    for (const [at, method, allow] of [
      ['/status', 'POST', 'GET, HEAD'],
      ['/ensure-loaded/Cilghal', 'DELETE', 'GET, POST'],
      ['/ensure-loaded/Cilghal', 'HEAD', 'GET, POST'],
      ['/load/Codestral', 'GET', 'POST'],
      ['/admit/preview', 'PUT', 'POST'],
      ['/status', 'TRACE', 'GET, HEAD'],
    ] as const) {
      const answer = await http(port, at, { method });
      assert.equal(answer.status, 405, `${method} ${at}`);
      assert.equal(answer.headers.allow, allow);
    }
  });

  test('has a row in the documentation for each error of its own', () => {
    const text = readFileSync(path.resolve(import.meta.dirname, '../../docs/operations.md'), 'utf8');
    for (const [code, { status, error, next }] of Object.entries(apiErrors))
      assert.ok(text.includes(`| \`${code}\` | ${status} | ${error} | ${next} |`), code);
  });
});
