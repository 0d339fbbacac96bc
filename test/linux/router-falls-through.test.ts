import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import OpenAI from 'openai';
import { tokenAt } from '../fakes/model-server-chat.ts';
import { type ModelServer, startModelServer } from '../fakes/model-server-start.ts';
import { startUpstreamRouter, type UpstreamRouter } from '../fakes/upstream-router.ts';
import { answering, fullBacklog, nobody, talking } from '../fakes/upstream-router-blackholes.ts';

const expected = Array.from({ length: 12 }, (_, n) => tokenAt(n)).join('');

/** Streams a chat through the router, and gives what came of it. */
const chat = async ({ url }: UpstreamRouter, model: string): Promise<string> => {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0, timeout: 20_000 });
  const messages = [{ role: 'user' as const, content: 'count' }];
  const stream = await client.chat.completions.create({ model, messages, max_tokens: 12, stream: true });
  let said = '';
  for await (const chunk of stream) said += chunk.choices[0]?.delta.content ?? '';
  return said;
};

describe('a router before the seats', { timeout: 60_000 }, () => {
  let seat: ModelServer;
  const ends: (() => Promise<void> | void)[] = [];
  before(async () => {
    seat = await startModelServer({ after: (end) => void ends.push(end) });
    await seat.loaded();
  });
  after(async () => {
    for (const end of ends) await end();
  });

  const through = async (t: TestContext, ensure: string, next: readonly string[] = []): Promise<UpstreamRouter> =>
    startUpstreamRouter(t, {
      ensure,
      ensureMs: 150,
      routes: [
        { model: 'council-code', seat: 'Codestral', upstreams: [seat.url, ...next] },
        { model: 'council-mlx', seat: null, upstreams: [seat.url] },
      ],
    });

  test('asks for the seat and goes to it', async (t) => {
    const asked: string[] = [];
    const ensure = await answering(t, ({ method, url }, response) => {
      asked.push(`${method} ${url}`);
      response.end('{}');
    });
    const router = await through(t, ensure, [await nobody()]);
    assert.equal(await chat(router, 'council-code'), expected);
    assert.deepEqual(asked, ['POST /ensure-loaded/Codestral']);
    assert.deepEqual(router.decisions, [{ model: 'council-code', ensure: 'HTTP 200', upstream: seat.url }]);
  });

  for (const status of [201, 204, 301, 400, 403, 404, 405, 413, 429, 500, 502, 503, 504])
    test(`falls through to the seat on a ${status}`, async (t) => {
      const ensure = await answering(t, (_, response) => {
        response.writeHead(status, { 'retry-after': '60' }).end();
      });
      const router = await through(t, ensure);
      assert.equal(await chat(router, 'council-code'), expected);
      assert.deepEqual(router.decisions, [{ model: 'council-code', ensure: `HTTP ${status}`, upstream: seat.url }]);
    });

  const nonAnswers: readonly (readonly [string, (t: TestContext) => Promise<string>, RegExp])[] = [
    ['nobody listens', nobody, /^ECONNREFUSED$/],
    ['the connection is accepted and never answered', (t) => talking(t), /^timeout$/],
    ['the connection never comes about, because the backlog is full', fullBacklog, /^timeout$/],
    ['the answer stops in the middle of its head', (t) => talking(t, (s) => s.write('HTTP/1.1 200')), /^timeout$/],
    ['the connection is closed without a word', (t) => talking(t, (s) => s.end()), /^ECONNRESET$/],
    ['the connection is reset', (t) => talking(t, (s) => s.resetAndDestroy()), /^ECONNRESET$/],
    ['what comes is no HTTP', (t) => talking(t, (s) => s.end('200 fine\r\n\r\n')), /^HPE_/],
  ];
  for (const [how, start, why] of nonAnswers)
    test(`falls through to the seat when ${how}`, async (t) => {
      const router = await through(t, await start(t));
      assert.equal(await chat(router, 'council-code'), expected);
      const [decision] = router.decisions;
      assert.match(decision?.ensure ?? '', why);
      assert.equal(decision?.upstream, seat.url);
    });

  test('where there is a next upstream, what is not ready goes there', async (t) => {
    const other = await startModelServer(t);
    await other.loaded();
    const ensure = await answering(t, (_, response) => response.writeHead(503).end());
    const router = await through(t, ensure, [other.url]);
    assert.equal(await chat(router, 'council-code'), expected);
    assert.equal(router.decisions[0]?.upstream, other.url);
    assert.equal((await other.figures()).completions, 1);
  });

  test('and when that one is gone, too, to the seat after all', async (t) => {
    const router = await through(t, await nobody(), [await nobody()]);
    assert.equal(await chat(router, 'council-code'), expected);
    assert.equal(router.decisions[0]?.upstream, seat.url);
  });

  test('a route without a seat never asks', async (t) => {
    const router = await through(t, await answering(t, () => assert.fail('was asked')));
    assert.equal(await chat(router, 'council-mlx'), expected);
    assert.deepEqual(router.decisions, [{ model: 'council-mlx', ensure: 'not asked', upstream: seat.url }]);
  });
});
