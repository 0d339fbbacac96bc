import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import OpenAI from 'openai';
import { tokenAt } from '../fakes/model-server-chat.ts';
import { eventually, type SeatWorld, startSeatWorld } from '../fakes/model-server-world.ts';

const skip = process.platform === 'linux' ? false : 'its seats run under the supervisor that stands in for launchd';
const tokens = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => tokenAt(n));

const open = (port: number, count: number) => {
  const client = new OpenAI({ baseURL: `http://127.0.0.1:${port}/v1`, apiKey: 'none', maxRetries: 0, timeout: 60_000 });
  const messages = [{ role: 'user' as const, content: 'count' }];
  return client.chat.completions.create({ model: 'any', messages, max_tokens: count, stream: true });
};

/** What came, and whether it came to its end. */
const chat = async (
  port: number,
  count: number,
): Promise<{ readonly got: readonly string[]; readonly cut: boolean }> => {
  const got: string[] = [];
  try {
    for await (const chunk of await open(port, count)) {
      const content = chunk.choices[0]?.delta.content;
      if (typeof content === 'string') got.push(content);
    }
    return { got, cut: false };
  } catch {
    return { got, cut: true };
  }
};

describe('the openai client before keeper, gateway and a seat that is not loaded', { skip, timeout: 120_000 }, () => {
  const ends: (() => Promise<void> | void)[] = [];
  let world: SeatWorld;
  before(async () => {
    const args = ['--anon-mb', '96', '--load-ms', '800', '--token-ms', '3'];
    world = await startSeatWorld({ after: (end) => void ends.push(end) }, [
      { name: 'Council', class: 'on_call', hasProxy: true, args },
    ]);
  });
  after(async () => {
    for (const end of ends.reverse()) await end();
  });

  test('five clients of the proxy start it once, and each gets every token in order', async () => {
    const { proxyPort } = world.seat('Council');
    await eventually('the proxy listens', () => world.said().includes('listening'));
    const lengths = [200, 150, 100, 50, 10];
    const answers = await Promise.all(lengths.map((count) => chat(proxyPort, count)));
    assert.deepEqual(
      answers,
      lengths.map((count) => ({ got: tokens(count), cut: false })),
    );
    assert.equal(world.seat('Council').starts(), 1);
    const { cut, completions } = await world.seat('Council').figures();
    assert.deepEqual({ cut, completions }, { cut: 0, completions: lengths.length });
  });

  test('a gateway that is killed in the middle of an answer takes no seat with it, and the next one serves', async () => {
    const seat = world.seat('Council');
    const streamed = chat(seat.proxyPort, 100_000);
    const { tokens: before } = await seat.figures();
    await eventually('it streams', async () => (await seat.figures()).tokens > before + 20);
    await world.end('gateway', 'SIGKILL');
    const { got, cut } = await streamed;
    assert.ok(cut && got.length > 0 && got.length < 100_000);
    assert.deepEqual(got, tokens(got.length), 'what came, came in order');
    const { port, starts } = seat;
    assert.deepEqual(await chat(port, 20), { got: tokens(20), cut: false }, 'its own port answers all the time');
    await world.start('gateway');
    await eventually('the proxy is back', async () => !(await chat(seat.proxyPort, 1)).cut);
    assert.deepEqual(await chat(seat.proxyPort, 80), { got: tokens(80), cut: false });
    assert.equal(starts(), 1);
  });
});
