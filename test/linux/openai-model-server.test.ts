import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import OpenAI from 'openai';
import { createLinuxHost } from '../../helper/host/linux/host.ts';
import { tokenAt } from '../fakes/model-server-chat.ts';
import { type ModelServerAt, startModelServer } from '../fakes/model-server-start.ts';
import { eventually } from '../fakes/service-supervisor.ts';

const MB = 2 ** 20;
const skip = process.platform === 'linux' ? false : 'measures by /proc';

const tokens = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => tokenAt(n));

const clientOf = ({ url }: ModelServerAt): OpenAI =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0, timeout: 30_000 });

const messages = [{ role: 'user', content: 'count' }] as const;

const ask = (url: string, body: string): Promise<Response> =>
  fetch(`${url}/v1/chat/completions`, { method: 'POST', body, headers: { connection: 'close' } });

const openHost = (t: TestContext) => {
  const host = createLinuxHost();
  t.after(() => host.close());
  return (pid: number): number => {
    const found = host.readProcesses().processes.find(({ id }) => id.pid === pid);
    assert.ok(found, `process ${pid}`);
    return found.footprintBytes;
  };
};

const newFolder = (t: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'castellan-model-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

describe('the model server of the tests', { skip, timeout: 60_000 }, () => {
  test('answers the openai client, whole and as a stream, chat and text', async (t) => {
    const server = await startModelServer(t, '--model', 'small');
    await server.loaded();
    const client = clientOf(server);
    const listed = await client.models.list();
    assert.deepEqual(
      listed.data.map(({ id }) => id),
      ['small'],
    );
    const whole = await client.chat.completions.create({ model: 'small', messages: [...messages], max_tokens: 7 });
    assert.equal(whole.choices[0]?.message.content, tokens(7).join(''));
    assert.equal(whole.usage?.completion_tokens, 7);
    const text = await client.completions.create({ model: 'small', prompt: 'count', max_tokens: 3 });
    assert.equal(text.choices[0]?.text, tokens(3).join(''));
    const stream = await client.chat.completions.create({
      model: 'small',
      messages: [...messages],
      max_tokens: 50,
      stream: true,
      stream_options: { include_usage: true },
    });
    const got: string[] = [];
    let usage = 0;
    for await (const chunk of stream) {
      const content = chunk.choices[0]?.delta.content;
      if (typeof content === 'string') got.push(content);
      usage = chunk.usage?.completion_tokens ?? usage;
    }
    assert.deepEqual(got, tokens(50));
    assert.equal(usage, 50);
    const figures = await server.figures();
    assert.deepEqual([figures.completions, figures.tokens, figures.cut], [3, 60, 0]);
  });

  test('holds what it is told to, anonymous and in a memfd, as the kernel counts it, and lets a hollow model go', async (t) => {
    const footprint = openHost(t);
    const bare = await startModelServer(t);
    const server = await startModelServer(t, '--anon-mb', '96', '--memfd-mb', '64');
    await Promise.all([bare.loaded(), server.loaded()]);
    const own = footprint(bare.pid);
    const held = footprint(server.pid) - own;
    assert.ok(held > 150 * MB && held < 200 * MB, `holds ${held / MB} MB`);
    assert.equal((await server.order('hollow')).heldBytes, 0);
    await eventually('given back', () => (footprint(server.pid) - own < 40 * MB ? true : null));
    assert.equal((await fetch(`${server.url}/health`)).status, 200);
    await server.order('load');
    await eventually('taken again', () => (footprint(server.pid) - own > 150 * MB ? true : null));
  });

  test('grows steadily while it loads, and until then answers 503', async (t) => {
    const server = await startModelServer(t, '--anon-mb', '64', '--load-ms', '600');
    const held: number[] = [];
    const health = async (): Promise<number> => {
      const response = await fetch(`${server.url}/health`);
      await response.body?.cancel();
      return response.status;
    };
    assert.equal(await health(), 503);
    assert.equal((await ask(server.url, '{"messages":[]}')).status, 503);
    await eventually('loaded', async () => {
      const { heldBytes, isLoaded } = await server.figures();
      held.push(heldBytes);
      return isLoaded ? true : null;
    });
    assert.deepEqual(
      held,
      held.toSorted((a, b) => a - b),
    );
    assert.ok(new Set(held).size > 3, `seen at ${held.map((each) => each / MB).join(', ')} MB`);
    assert.equal(held.at(-1), 64 * MB);
    assert.equal(await health(), 200);
  });

  test('listens only when it is loaded, where it is told to', async (t) => {
    const server = await startModelServer(t, '--load-ms', '200', '--listen-late');
    const figures = await server.figures();
    assert.equal(figures.isLoaded, true);
  });

  test('accepts and never answers while it hangs, and answers again', async (t) => {
    const server = await startModelServer(t, '--hang');
    await server.loaded();
    const hung = fetch(`${server.url}/health`, { signal: AbortSignal.timeout(200) });
    await assert.rejects(hung, { name: 'TimeoutError' });
    assert.equal((await server.figures()).requests, 1);
    await server.order('answer');
    assert.equal((await fetch(`${server.url}/health`)).status, 200);
  });

  test('ends at TERM at once, after its drain, or never, as it is told', async (t) => {
    const prompt = await startModelServer(t);
    const drains = await startModelServer(t, '--drain', '300', '--token-ms', '5');
    const deaf = await startModelServer(t, '--deaf');
    await Promise.all([drains.loaded(), prompt.loaded(), deaf.loaded()]);
    const streamed = await ask(drains.url, '{"messages":[],"stream":true,"max_tokens":30}');
    for (const { child } of [prompt, drains, deaf]) child.kill('SIGTERM');
    assert.equal(await prompt.ended(), 0);
    // What it was saying, it says to the end; nobody new is heard.
    assert.match(await streamed.text(), /t29 .*\[DONE\]\n\n$/s);
    await assert.rejects(fetch(`${drains.url}/health`));
    assert.equal(await drains.ended(), 0);
    assert.equal((await deaf.figures()).isLoaded, true);
    await deaf.end();
    assert.equal(await deaf.ended(), 'SIGKILL');
  });

  test('exits with the code it is told to, in as many starts as it is told to', async (t) => {
    const starts = join(newFolder(t), 'starts');
    const args = ['--exit', '78', '--times', '2', '--starts', starts, '--exit-after', '20', '--load-ms', '60000'];
    for (const _ of [1, 2]) assert.equal(await (await startModelServer(t, ...args)).ended(), 78);
    const third = await startModelServer(t, ...args);
    assert.equal((await third.figures()).isLoaded, false);
    const lines = readFileSync(starts, 'utf8').split('\n');
    assert.deepEqual(
      lines.map((line) => line.replace(/^\d+ /, '')),
      ['exit 78', 'exit 78', 'start', ''],
    );
    await third.order('crash');
    assert.equal(await third.ended(), 1);
  });

  test('counts an answer that its client cut short', async (t) => {
    const server = await startModelServer(t, '--token-ms', '5');
    await server.loaded();
    const streamed = await ask(server.url, '{"messages":[],"stream":true,"max_tokens":100000}');
    const reader = streamed.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await eventually('counted', async () => ((await server.figures()).cut === 1 ? true : null));
  });

  test('nonsense is answered as the API answers it, and an argument it does not know ends it', async (t) => {
    const server = await startModelServer(t);
    await server.loaded();
    assert.equal((await ask(server.url, 'nonsense')).status, 400);
    assert.equal((await ask(server.url, '{}')).status, 400);
    assert.equal((await fetch(`${server.url}/v2/nothing`)).status, 404);
    assert.equal((await fetch(`${server.url}/v1/completions`)).status, 405);
    await assert.rejects(startModelServer(t, '--drian', '5'), /ended \(2\)/);
  });
});
