import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI from 'openai';
import { tokenAt } from '../fakes/model-server-chat.ts';
import type { CleanUp } from '../fakes/model-server-start.ts';
import { type SeatWorld, startSeatWorld } from '../fakes/model-server-world.ts';
import { startUpstreamRouter, type UpstreamRouter } from '../fakes/upstream-router.ts';

const skip = process.platform === 'linux' ? false : 'its seats run under the supervisor that stands in for launchd';
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

const startWorld = async (t: CleanUp): Promise<{ readonly world: SeatWorld; readonly router: UpstreamRouter }> => {
  const world = await startSeatWorld(t, [
    { name: 'Cilghal', class: 'protected' },
    { name: 'Codestral', class: 'on_call', args: ['--load-ms', '1500'] },
  ]);
  const router = await startUpstreamRouter(t, {
    ensure: world.api.url,
    ensureMs: 1_000,
    routes: [
      { model: 'council-mlx', seat: null, upstreams: [world.seat('Cilghal').url] },
      // The protected one behind the question, too: whatever becomes of us, its clients are answered.
      { model: 'guarded', seat: 'Cilghal', upstreams: [world.seat('Cilghal').url] },
      { model: 'council-code', seat: 'Codestral', upstreams: [world.seat('Codestral').url, world.seat('Cilghal').url] },
    ],
  });
  return { world, router };
};

const ask = async ({ api }: SeatWorld, seat: string): Promise<number> => {
  const response = await fetch(`${api.url}/ensure-loaded/${seat}`, {
    method: 'POST',
    headers: { connection: 'close' },
  });
  await response.body?.cancel();
  return response.status;
};

const untilServing = async (world: SeatWorld, seat: string): Promise<void> => {
  while ((await ask(world, seat)) !== 200) await sleep(50);
};

describe('a router before real seats', { skip, timeout: 120_000 }, () => {
  const ends: (() => Promise<void> | void)[] = [];
  let world: SeatWorld;
  let router: UpstreamRouter;
  before(async () => {
    ({ world, router } = await startWorld({ after: (end) => void ends.push(end) }));
    await untilServing(world, 'Cilghal');
  });
  after(async () => {
    for (const end of ends.reverse()) await end();
  });

  test('a cold seat goes to the next upstream, and is there for the request after it has loaded', async () => {
    assert.equal(await chat(router, 'guarded'), expected);
    assert.equal(await chat(router, 'council-code'), expected);
    await untilServing(world, 'Codestral');
    assert.equal(await chat(router, 'council-code'), expected);
    const [cilghal, codestral] = [world.seat('Cilghal').url, world.seat('Codestral').url];
    assert.deepEqual(router.decisions, [
      { model: 'guarded', ensure: 'HTTP 200', upstream: cilghal },
      { model: 'council-code', ensure: 'timeout', upstream: cilghal },
      { model: 'council-code', ensure: 'HTTP 200', upstream: codestral },
    ]);
    assert.equal(world.seat('Codestral').starts(), 1);
  });

  test('whatever becomes of the gateway and the keeper, the protected seat answers', async () => {
    const answers = async (why: string, ensure: RegExp): Promise<void> => {
      for (const model of ['council-mlx', 'guarded', 'council-code'])
        assert.equal(await chat(router, model), expected, `${why}: ${model}`);
      const [, guarded] = router.decisions.slice(-3);
      assert.match(guarded?.ensure ?? '', ensure, why);
    };
    world.role('gateway').kill('SIGSTOP');
    await answers('the gateway is stopped', /^timeout$/);
    world.role('gateway').kill('SIGCONT');

    world.role('keeper').kill('SIGSTOP');
    // Until what it said last is too old to go by.
    while ((await ask(world, 'Cilghal')) === 200) await sleep(200);
    await answers('the keeper is stopped', /^HTTP 503$/);

    await world.end('keeper', 'SIGKILL');
    await answers('the keeper is gone', /^HTTP 503$/);

    await world.end('gateway', 'SIGKILL');
    await answers('both are gone', /^ECONNREFUSED$/);

    await world.start('keeper');
    await world.start('gateway');
    await untilServing(world, 'Cilghal');
    assert.equal(await chat(router, 'guarded'), expected);
    assert.equal(router.decisions.at(-1)?.ensure, 'HTTP 200');
    assert.equal(world.seat('Cilghal').starts(), 1, 'it has served all the time');
  });
});
