import assert from 'node:assert/strict';
import type { IncomingMessage, RequestListener } from 'node:http';
import { json } from 'node:stream/consumers';
import { describe, type TestContext, test } from 'node:test';
import { findingSchema } from '../../helper/protocol/health.ts';
import { eventually } from '../fakes/gateway-keeper.ts';
import { chatOf, findingOf, httpServer, listOf, rawServer, shortTimes } from '../fakes/gateway-servers.ts';
import { freePort } from '../fakes/model-server-seat.ts';

/** What honest servers answer, and what is made of it. */

const said =
  (body: string, status = 200, headers: Readonly<Record<string, string>> = {}): RequestListener =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  };

const word = { role: 'assistant', content: 'OK' };

describe('a list of models', () => {
  const ask = async (t: TestContext, answer: RequestListener) => {
    const { url, open } = await httpServer(t, answer);
    const finding = await findingOf('cheap', { listUrls: [`${url}/v1/models`] });
    findingSchema.parse(finding);
    await eventually(() => open() === 0);
    return finding;
  };

  test('passes in each of its usual forms, and names the first', async (t) => {
    for (const body of [
      listOf('qwen3-35b', 'other'),
      '{"models":[{"key":"qwen3-35b","name":"Qwen 3"}]}',
      '{"models":[{"name":"qwen3-35b"}],"object":"list","data":[{"id":"qwen3-35b","meta":{"id":5}}]}',
      '{"data":["qwen3-35b"]}',
    ]) {
      const finding = await ask(t, said(body));
      assert.deepEqual([finding.ok, finding.code, finding.detail], [true, 'ok', 'lists "qwen3-35b"'], body);
      assert.ok((finding.ms ?? -1) >= 0);
    }
  });

  test('passes though it is long, and is not read beyond half a megabyte', async (t) => {
    const names = Array.from({ length: 10_000 }, (_, n) => `model-${n}`);
    assert.equal((await ask(t, said(listOf(...names)))).code, 'ok');
    const { code, detail } = await ask(t, said(listOf(...names, 'x'.repeat(2 ** 19))));
    assert.equal(code, 'bad_answer');
    assert.match(detail, /says more than 512 KB$/);
  });

  test('fails on another status, redirects included, and follows none', async (t) => {
    const elsewhere = await httpServer(t, said(listOf('a')));
    for (const status of [201, 204, 206, 301, 302, 307, 308, 404, 500, 503]) {
      const { code, detail } = await ask(
        t,
        said(status === 204 ? '' : listOf('a'), status, { location: elsewhere.url }),
      );
      assert.equal(code, 'bad_status', `${status}`);
      assert.ok(detail.endsWith(`/v1/models answers ${status}`), detail);
    }
    assert.equal(elsewhere.all(), 0);
  });

  test('fails when it is none', async (t) => {
    for (const [body, words] of [
      ['', 'does not answer in JSON'],
      ['OK', 'does not answer in JSON'],
      ['<html>', 'does not answer in JSON'],
      [`${listOf('a')}}`, 'does not answer in JSON'],
      ['{"data":[{"id":"a"}', 'does not answer in JSON'],
      ['\ufeff{"data":["a"]}', 'does not answer in JSON'],
      ['{"status":"ok"}', 'answers, and not with a list of models'],
      ['{"nested":{"data":["a"]}}', 'answers, and not with a list of models'],
      ['[]', 'answers, and not with a list of models'],
      ['{"data":[]}', 'lists no model'],
      ['{"data":[{"id":""}]}', 'lists no model'],
      ['{"data":[{"id":5}]}', 'lists no model'],
    ] as const) {
      const { ok, code, detail } = await ask(t, said(body));
      assert.deepEqual([ok, code], [false, 'bad_answer'], body);
      assert.ok(detail.endsWith(` ${words}`), `${body}: ${detail}`);
    }
  });

  test('fails when one of several listeners does, which is named', async (t) => {
    const good = await httpServer(t, said(listOf('a')));
    const bad = await httpServer(t, said('{}', 503));
    const finding = await findingOf('cheap', { listUrls: [`${good.url}/v1/models`, `${bad.url}/v1/models`] });
    assert.equal(finding.detail, `${bad.url}/v1/models answers 503`);
    assert.equal(good.all(), 1);
  });

  test('may have a secret in its query, which is not told', async (t) => {
    const { url } = await httpServer(t, said('{}', 401));
    const listed = await findingOf('cheap', { listUrls: [`${url}/v1/models?key=hunter2`] });
    const chatted = await findingOf('inference', { chatUrl: `${url}/v1/chat?key=hunter2`, model: 'a' });
    assert.equal(listed.detail, `${url}/v1/models answers 401`);
    assert.equal(chatted.detail, `${url}/v1/chat answers 401`);
  });

  test('is refused by a port at which nobody listens', async () => {
    const { code, detail, ms } = await findingOf('cheap', { listUrls: [`http://127.0.0.1:${await freePort()}/`] });
    assert.deepEqual([code, ms], ['refused', null]);
    assert.match(detail, /accepts no connection \(ECONNREFUSED\)$/);
  });

  test('is not asked of another machine, whatever the view says', async () => {
    for (const url of [
      'http://192.0.2.1/',
      'http://example.com/',
      'http://127.0.0.1.example.com/',
      'file:///',
      'x',
      '',
    ])
      assert.equal((await findingOf('cheap', { listUrls: [url] })).code, 'refused', url);
  });

  test('is asked for as it should be, and of localhost without asking who that is', async (t) => {
    const heard: IncomingMessage[] = [];
    const { port } = await httpServer(t, (request, response) => {
      heard.push(request);
      response.end(listOf('a'));
    });
    await findingOf('cheap', { listUrls: [`http://localhost:${port}/v1/models?all=1`] });
    const [request] = heard;
    assert.ok(request !== undefined);
    assert.deepEqual([request.method, request.url], ['GET', '/v1/models?all=1']);
    assert.equal(request.headers.host, `localhost:${port}`);
    assert.equal(request.headers['accept-encoding'], 'identity');
    assert.equal(request.headers.connection, 'close');
  });
});

describe('a chat', () => {
  const chat = async (t: TestContext, body: string, model: string | null = 'qwen3-35b') => {
    const { url } = await httpServer(t, said(body));
    return findingOf('inference', { chatUrl: `${url}/v1/chat/completions`, model });
  };

  test('passes with a word, said or thought, of the right model', async (t) => {
    for (const message of [
      word,
      { role: 'assistant', content: null, reasoning_content: 'The user' },
      { role: 'assistant', content: '', reasoning: 'The user' },
      { role: 'assistant', content: [{ type: 'text', text: 'OK' }] },
    ]) {
      const { ok, code, detail } = await chat(t, chatOf('mlx-community/qwen3-35b', message));
      assert.deepEqual([ok, code, detail], [true, 'ok', '"mlx-community/qwen3-35b" answers'], JSON.stringify(message));
    }
  });

  test('without a word is empty', async (t) => {
    for (const message of [
      { role: 'assistant', content: '' },
      { role: 'assistant', content: ' \n\t' },
      { role: 'assistant', content: null },
      { role: 'assistant', content: [] },
      { role: 'assistant' },
      null,
      'OK',
    ])
      assert.equal((await chat(t, chatOf('qwen3-35b', message))).code, 'empty_answer', JSON.stringify(message));
    assert.equal((await chat(t, '{"model":"qwen3-35b","choices":[]}')).code, 'empty_answer');
  });

  test('of another model is the wrong one, whose name cannot steer a terminal or run on', async (t) => {
    const { code, detail } = await chat(t, chatOf(`small\u001b[31m\u202e\n${'x'.repeat(5_000)}`, word));
    assert.equal(code, 'wrong_model');
    assert.ok(detail.length <= 256 && !/[\p{Cc}\p{Cf}]/u.test(detail), detail);
    assert.match(detail, /answers as "small.*…", and "qwen3-35b" was asked for$/);
    assert.equal((await chat(t, chatOf(null, word))).code, 'bad_answer', 'nobody knows who answered');
  });

  test('is none when something else is answered', async (t) => {
    for (const body of ['', '{}', '[]', 'null', '"OK"', '{"error":{"message":"no"}}', '{"choices":{}}', 'data: {}\n\n'])
      assert.equal((await chat(t, body)).code, 'bad_answer', body);
    const long = await chat(t, chatOf('qwen3-35b', { ...word, content: 'x'.repeat(70_000) }));
    assert.deepEqual([long.code, long.detail.endsWith('says more than 64 KB')], ['bad_answer', true]);
    assert.equal((await chat(t, '[[[[[[[[[[[[[[[[[[[['.repeat(500))).code, 'bad_answer');
  });

  test('is of one word, not streamed, and asks for the first model of the list when none is configured', async (t) => {
    const heard: { readonly url: string | undefined; readonly body: unknown }[] = [];
    const { url } = await httpServer(t, async (request, response) => {
      if (request.method === 'GET') return said(listOf('one', 'two'))(request, response);
      heard.push({ url: request.url, body: await json(request) });
      said(chatOf('one', word))(request, response);
    });
    const finding = await findingOf('inference', { chatUrl: `${url}/v1/chat`, listUrls: [`${url}/v1/models`] });
    assert.deepEqual([finding.ok, finding.detail], [true, '"one" answers']);
    assert.deepEqual(heard, [
      {
        url: '/v1/chat',
        body: {
          model: 'one',
          messages: [{ role: 'user', content: 'Say OK.' }],
          max_tokens: 16,
          temperature: 0,
          stream: false,
        },
      },
    ]);
  });

  test('is not begun when the list that names its model fails', async (t) => {
    const { url, all } = await httpServer(t, said('{}', 500));
    const finding = await findingOf('inference', { chatUrl: `${url}/chat`, listUrls: [`${url}/list`] });
    assert.deepEqual([finding.code, finding.detail], ['bad_status', `${url}/list answers 500`]);
    assert.equal(all(), 1);
  });

  test('is given up in its time, before the answer and in the middle of it', async (t) => {
    const silent = await rawServer(t, () => {});
    const slow = await httpServer(t, (_, response) => {
      response.write('{"model"');
      const drip = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(drip));
    });
    const [never, dripping] = await Promise.all(
      [silent, slow].map(({ url }) => findingOf('inference', { chatUrl: `${url}/chat`, model: 'a' }, shortTimes)),
    );
    assert.deepEqual([never?.code, never?.ms], ['timeout', null]);
    assert.equal(never?.detail, `${silent.url}/chat does not answer within 0.6 s`);
    assert.equal(dripping?.code, 'timeout');
    assert.match(dripping?.detail ?? '', /does not come to the end of its answer within 0\.6 s$/);
    await eventually(() => silent.open() === 0 && slow.open() === 0);
  });
});
