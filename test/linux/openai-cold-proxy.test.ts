import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import OpenAI from 'openai';
import { tokenAt } from '../fakes/model-server-chat.ts';
import { type ModelServer, startModelServer } from '../fakes/model-server-start.ts';
import { type FakeGateway, failed, fakeGateway, freePort, ready, seatAt } from '../fakes/proxy-gateway.ts';
import { eventually } from '../fakes/service-supervisor.ts';

const tokens = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => tokenAt(n));

const clientOf = (port: number, maxRetries = 0): OpenAI =>
  new OpenAI({ baseURL: `http://127.0.0.1:${port}/v1`, apiKey: 'none', maxRetries, timeout: 30_000 });

const chat = async (client: OpenAI, count: number): Promise<readonly string[]> => {
  const messages = [{ role: 'user' as const, content: 'count' }];
  const stream = await client.chat.completions.create({ model: 'any', messages, max_tokens: count, stream: true });
  const got: string[] = [];
  for await (const chunk of stream) {
    const content = chunk.choices[0]?.delta.content;
    if (typeof content === 'string') got.push(content);
  }
  return got;
};

interface ColdSeat {
  readonly gateway: FakeGateway;
  readonly proxyPort: number;
  /** One line for each start. */
  readonly starts: () => readonly string[];
  readonly server: () => ModelServer;
}

/** The real proxy before a seat that is not there: asking for it starts a model server that takes its time. */
const coldSeat = async (t: TestContext, ...args: readonly string[]): Promise<ColdSeat> => {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'castellan-cold-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const starts = join(folder, 'starts');
  const gateway = fakeGateway(t, [seatAt(port, { state: 'absent' })]);
  let server: ModelServer | null = null;
  gateway.answer = async () => {
    const load = ['--anon-mb', '64', '--load-ms', '500'];
    server = await startModelServer(t, '--port', String(port), '--starts', starts, ...load, ...args);
    await server.loaded();
    gateway.show(seatAt(port));
    return ready;
  };
  return {
    gateway,
    proxyPort: await gateway.port(),
    starts: () => readFileSync(starts, 'utf8').trim().split('\n'),
    server: () => server ?? assert.fail('it was not started'),
  };
};

describe('the openai client through the proxy of a cold seat', { timeout: 60_000 }, () => {
  test('streams a chat and gets every token, in order', async (t) => {
    const { proxyPort, starts, server } = await coldSeat(t);
    assert.deepEqual(await chat(clientOf(proxyPort), 300), tokens(300));
    assert.equal(starts().length, 1);
    const { cut, completions } = await server().figures();
    assert.deepEqual({ cut, completions }, { cut: 0, completions: 1 });
  });

  test('ten at once start it once, and each gets all of its own', async (t) => {
    const { proxyPort, starts, gateway } = await coldSeat(t);
    const lengths = Array.from({ length: 10 }, (_, n) => 20 + n);
    const answers = await Promise.all(lengths.map((count) => chat(clientOf(proxyPort), count)));
    assert.deepEqual(
      answers,
      lengths.map((count) => tokens(count)),
    );
    assert.equal(starts().length, 1);
    assert.equal(gateway.ensures.length, 1);
  });

  test('is told why it is not served, and its own retry gets every token', async (t) => {
    const { proxyPort, gateway, starts } = await coldSeat(t);
    const start = gateway.answer;
    const result = failed.ok ? failed.result : assert.fail();
    gateway.answer = async () => ({ ok: true, result: { ...result, retryAfterSeconds: 1 } });
    await assert.rejects(
      chat(clientOf(proxyPort), 5),
      (error) => error instanceof OpenAI.APIError && error.status === 503 && error.headers?.get('retry-after') === '1',
    );
    gateway.answer = start;
    assert.deepEqual(await chat(clientOf(proxyPort, 3), 40), tokens(40));
    assert.equal(starts().length, 1);
  });

  test('the seat learns at once that a client has left in the middle of its answer', async (t) => {
    const { proxyPort, gateway, server } = await coldSeat(t, '--token-ms', '5');
    const messages = [{ role: 'user' as const, content: 'count' }];
    const asked = { model: 'any', messages, max_tokens: 100_000, stream: true as const };
    const stream = await clientOf(proxyPort).chat.completions.create(asked);
    for await (const _ of stream) break;
    await eventually('told', async () => ((await server().figures()).cut === 1 ? true : null));
    await eventually('nothing is under way', () => (gateway.inFlight() === 0 ? true : null));
  });

  test('an answer whose first token takes long comes whole', async (t) => {
    const { proxyPort } = await coldSeat(t, '--first-ms', '1500');
    const text = await clientOf(proxyPort).completions.create({ model: 'any', prompt: 'count', max_tokens: 8 });
    assert.equal(text.choices[0]?.text, tokens(8).join(''));
  });
});
