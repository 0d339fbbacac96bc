import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { readAnswers } from '../campaign/http/response.ts';
import { bearer, http, rawHttp } from '../fakes/gateway-http.ts';
import { eventually, sampleGatewaySeat, startGatewayKeeper, startTestGateway } from '../fakes/gateway-keeper.ts';

const seats = [sampleGatewaySeat({ state: 'ready' }), sampleGatewaySeat({ name: 'Cold', label: 'com.sanctum.cold' })];

const statusOf = (text: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
const codeOf = (text: string): unknown =>
  (JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4)) as { code: unknown }).code;

describe('a web page', () => {
  test('reaches nothing: neither by another name for this machine nor from its own origin', async (t) => {
    const keeper = await startGatewayKeeper(t, { seats });
    const { port } = await startTestGateway(t, keeper);
    const own = `127.0.0.1:${port}`;
    const refused: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
      [{ host: `evil.example:${port}` }, 'wrong_host'],
      [{ host: '127.0.0.1' }, 'wrong_host'],
      [{ host: `127.0.0.1:${port + 1}` }, 'wrong_host'],
      [{ host: `127.0.0.1.evil.example:${port}` }, 'wrong_host'],
      [{ host: `user@127.0.0.1:${port}` }, 'wrong_host'],
      [{ host: `LOCALHOST.:${port}` }, 'wrong_host'],
      [{ host: own, origin: 'https://evil.example' }, 'cross_site'],
      [{ host: own, origin: 'null' }, 'cross_site'],
      [{ host: own, origin: `http://${own}` }, 'cross_site'],
      [{ host: own, referer: 'https://evil.example/' }, 'cross_site'],
      [{ host: own, 'sec-fetch-site': 'cross-site' }, 'cross_site'],
      [{ host: own, 'sec-fetch-site': 'same-site' }, 'cross_site'],
      [{ host: own, 'Sec-Fetch-Site': 'same-origin' }, 'cross_site'],
    ];
    for (const [headers, code] of refused)
      for (const [method, path] of [
        ['POST', '/ensure-loaded/Cold'],
        ['GET', '/ensure-loaded/Codestral'],
        ['POST', '/load/Cold'],
        ['GET', '/status'],
        ['OPTIONS', '/load/Cold'],
      ] as const) {
        const answer = await http(port, path, { method, headers: { ...bearer(keeper.runDirectory), ...headers } });
        assert.equal(answer.status, 403, `${method} ${path} ${JSON.stringify(headers)}`);
        assert.equal(answer.json?.code, code);
        for (const name of Object.keys(answer.headers)) assert.doesNotMatch(name, /^access-control/);
      }
    assert.deepEqual(
      keeper.heard.filter(({ verb }) => verb !== 'gateway.problems'),
      [],
      'no effect',
    );
    for (const host of [own, `localhost:${port}`])
      assert.equal((await http(port, '/status', { headers: { host, 'sec-fetch-site': 'none' } })).status, 200);
  });
});

describe('what is no request of ours', () => {
  test('is refused in words, and the connection ends', async (t) => {
    const { port } = await startTestGateway(t, await startGatewayKeeper(t, { seats }));
    const host = `Host: 127.0.0.1:${port}\r\n`;
    const end = 'Connection: close\r\n\r\n';
    for (const [bytes, status, code] of [
      ['rubbish\r\n\r\n', 400, 'bad_request'],
      ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, 'bad_request'],
      [`GET /status HTTP/1.1\r\n${end}`, 403, 'wrong_host'],
      [`GET /status HTTP/1.1\r\n${host}${host}${end}`, 403, 'wrong_host'],
      [`GET /status HTTP/1.1\r\n${host}Host: evil.example\r\n${end}`, 403, 'wrong_host'],
      [`GET http://127.0.0.1:${port}/status HTTP/1.1\r\n${host}${end}`, 400, 'bad_request'],
      [`GET //status HTTP/1.1\r\n${host}${end}`, 400, 'bad_request'],
      [`GET /x/../status HTTP/1.1\r\n${host}${end}`, 400, 'bad_request'],
      [`GET /ensure-loaded/%2e%2e/status HTTP/1.1\r\n${host}${end}`, 400, 'bad_request'],
      [`GET /ensure-loaded/..%2fstatus HTTP/1.1\r\n${host}${end}`, 400, 'bad_request'],
      [`GET /ensure-loaded/%00 HTTP/1.1\r\n${host}${end}`, 400, 'bad_request'],
      [`GET /ensure-loaded/%ff HTTP/1.1\r\n${host}${end}`, 400, 'bad_request'],
      [`GET /${'x'.repeat(600)} HTTP/1.1\r\n${host}${end}`, 400, 'bad_request'],
      [`GET /status#x HTTP/1.1\r\n${host}${end}`, 400, 'bad_request'],
      [`GET /ensure-loaded/Cold?#wait=5 HTTP/1.1\r\n${host}${end}`, 400, 'bad_request'],
      [`GET /ensure-loaded/\xfcber HTTP/1.1\r\n${host}${end}`, 400, 'bad_request'],
      // Node's parser takes both versions, and a first line without one for the first.
      [`GET /ensure-loaded/Codestral HTTP/0.9\r\n${host}\r\n`, 400, 'bad_request'],
      [`POST /ensure-loaded/Cold HTTP/2.0\r\n${host}\r\n`, 400, 'bad_request'],
      [`GET /ensure-loaded/Cold?wait;/1.1\r\n${host}\r\n`, 400, 'bad_request'],
      [`GET /ensure-loaded/Cold\r\n${host}\r\n`, 400, 'bad_request'],
      [`GET /status HTTP/1.1\r\n${host}X: ${'x'.repeat(9_000)}\r\n${end}`, 431, 'headers_too_large'],
      [
        `POST /ensure-loaded/Cold HTTP/1.1\r\n${host}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
        400,
        'bad_request',
      ],
      [
        `POST /ensure-loaded/Cold HTTP/1.1\r\n${host}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx`,
        400,
        'bad_request',
      ],
      [`GET /status HTTP/1.1\r\n${host}Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n`, 400, 'bad_request'],
    ] as const) {
      const answer = await rawHttp(port, bytes);
      assert.equal(statusOf(answer), status, `${bytes.slice(0, 80)} → ${answer.slice(0, 120)}`);
      assert.equal(codeOf(answer), code, bytes.slice(0, 80));
    }
    assert.equal((await http(port, '/ensure-loaded/Codestral')).status, 200);
  });

  test('has nothing behind it that is looked at', async (t) => {
    const keeper = await startGatewayKeeper(t, { seats });
    const { port } = await startTestGateway(t, keeper);
    const host = `Host: 127.0.0.1:${port}\r\n`;
    const asked = `POST /ensure-loaded/Cold HTTP/1.1\r\n${host}\r\n`;
    for (const first of [
      `GET /status HTTP/0.9\r\n${host}\r\n`,
      'GET /status HTTP/1.1\r\nHost: evil.example\r\n\r\n',
      `GET /status HTTP/1.1\r\n${host}Origin: http://evil.example\r\n\r\n`,
      // Its answer waits behind another one.
      `GET /status HTTP/1.1\r\n${host}\r\nGET /status HTTP/1.1\r\n${host}Origin: null\r\n\r\n`,
    ]) {
      const answers = (await rawHttp(port, first + asked)).match(/^HTTP\/1\.1 \d{3}/gm) ?? [];
      assert.match(answers.at(-1) ?? '', /40[03]$/, first);
    }
    assert.ok(!keeper.heard.some(({ verb }) => verb === 'seat.ensure'));
  });

  test('hides no second request behind a first', async (t) => {
    const keeper = await startGatewayKeeper(t, { seats });
    const { port } = await startTestGateway(t, keeper);
    const hidden = `POST /ensure-loaded/Cold HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`;
    const first = `POST /admit/preview HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: ${hidden.length}\r\nConnection: close\r\n\r\n`;
    assert.equal(statusOf(await rawHttp(port, first + hidden)), 400);
    // Bodies that are found to be none only after the headers: the request was never whole.
    const post = `POST /ensure-loaded/Cold HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`;
    for (const rest of [
      'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
      'Transfer-Encoding: chunked\r\n\r\nzz\r\n',
      'Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n',
    ])
      assert.notEqual(statusOf(await rawHttp(port, post + rest)), 200, rest);
    assert.ok(!keeper.heard.some(({ verb }) => verb === 'seat.ensure'));
  });
});

describe('a further address', () => {
  test('serves three paths to read, and to those with the token only', async (t) => {
    const probe = await startTestGateway(t, await startGatewayKeeper(t, { seats }));
    // A port that was free a moment ago, on another address of loopback, which stands for one of another network.
    const extra = `127.0.0.2:${probe.port}`;
    const keeper = await startGatewayKeeper(t, { seats, api: { extraListen: [extra], isOpen: true } });
    const { gateway, port } = await startTestGateway(t, keeper);
    if (process.platform !== 'linux') {
      t.skip('only Linux has all of 127.0.0.0/8');
      return;
    }
    const at = (path: string, ask: Parameters<typeof http>[2] = {}) =>
      http(probe.port, path, { host: '127.0.0.2', ...ask });
    await eventually(
      async () => (await at('/healthz').catch(() => null)) !== null,
      () => gateway.problems().join(),
    );
    const token = bearer(keeper.runDirectory);
    for (const path of ['/status', '/healthz', '/metrics']) {
      assert.equal((await at(path)).status, 401, path);
      assert.equal((await at(path, { headers: { authorization: `Bearer ${'1'.repeat(64)}` } })).status, 403);
      assert.equal((await at(path, { headers: token })).status, 200, path);
    }
    for (const path of ['/ensure-loaded/Codestral', '/services', '/explain', '/schemas'])
      assert.equal((await at(path, { headers: token })).status, 404, path);
    assert.equal((await at('/load/Cold', { method: 'POST', headers: token })).status, 404);
    assert.equal((await at('/status', { headers: { ...token, host: `127.0.0.1:${port}` } })).status, 403);
  });
});

describe('a client that waits to be asked for its body', () => {
  // Of a seat that is not there, so that the answer needs no keeper.
  const preview = '{"seat":"Nobody"}';
  const expecting = (port: number, lines = ''): string =>
    `POST /admit/preview HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${lines}Content-Length: ${preview.length}\r\nExpect: 100-continue\r\n`;

  test('is asked, and its connection goes on', async (t) => {
    const { port } = await startTestGateway(t, await startGatewayKeeper(t, { seats }));
    const socket = connect(port, '127.0.0.1');
    t.after(() => socket.destroy());
    const heard = async (): Promise<string> => String(((await once(socket, 'data')) as [Buffer])[0]);
    for (let at = 0; at < 2; at += 1) {
      socket.write(`${expecting(port)}\r\n`);
      assert.equal(await heard(), 'HTTP/1.1 100 Continue\r\n\r\n');
      socket.write(preview);
      const answer = await heard();
      assert.match(answer, /^HTTP\/1\.1 404 .*unknown_seat/s);
      assert.match(answer, /connection: keep-alive/i);
    }
  });

  test('is not asked when it is refused, and its connection ends, for it may send the body or not', async (t) => {
    const { port } = await startTestGateway(t, await startGatewayKeeper(t, { seats }));
    for (const [lines, status] of [
      ['Origin: http://evil.example\r\n', 403],
      [`Authorization: ${'x'.repeat(9_000)}\r\n`, 431],
    ] as const) {
      const answer = await rawHttp(port, `${expecting(port, lines)}\r\n`);
      assert.equal(statusOf(answer), status);
      assert.doesNotMatch(answer, /100 Continue/);
      assert.match(answer, /connection: close/i);
    }
    const nowhere = expecting(port).replace('/admit/preview', '/nowhere');
    assert.match(await rawHttp(port, `${nowhere}\r\n`), /^HTTP\/1\.1 404 .*connection: close/is);
  });

  test('puts nothing between head and body of the answer before', async (t) => {
    const { port } = await startTestGateway(t, await startGatewayKeeper(t, { seats }));
    const first = `GET /status HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`;
    const text = await rawHttp(port, `${first}${expecting(port)}Connection: close\r\n\r\n${preview}`);
    const { answers, problem } = readAnswers(Buffer.from(text, 'latin1'));
    assert.equal(problem, null);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 404],
    );
  });
});
