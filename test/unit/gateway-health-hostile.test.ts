import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { createAskSeat } from '../../helper/gateway/health/ask.ts';
import { createTlsFiles } from '../../helper/gateway/health/tls-files.ts';
import { askReady } from '../../helper/gateway/readiness.ts';
import { findingSchema } from '../../helper/protocol/health.ts';
import { eventually } from '../fakes/gateway-keeper.ts';
import {
  chatOf,
  findingOf,
  httpServer,
  longTimes,
  rawServer,
  sampleQuestions,
  shortTimes,
} from '../fakes/gateway-servers.ts';
import { hostileAnswers as all, type Hostile, says, whole } from '../fakes/hostile-answers.ts';

/** Servers that mean ill: each is told by a code within its time, and nothing of it stays. */

const settled = async (t: TestContext, { what, code, words, answer, isSlow }: Hostile): Promise<void> => {
  const { url, open, all: connections } = await rawServer(t, answer);
  const finding = await findingOf('cheap', { listUrls: [`${url}/v1/models`] }, isSlow ? shortTimes : longTimes);
  findingSchema.parse(finding);
  assert.equal(finding.code, code, `${what}: ${finding.detail}`);
  assert.ok(finding.detail.startsWith(`${url}/v1/models `), finding.detail);
  if (words !== undefined) assert.match(finding.detail, words, what);
  await eventually(
    () => open() === 0,
    () => `${what}: the connection stays open`,
  );
  assert.equal(connections(), 1, `${what}: asked once`);
};

describe('a server that answers with', () => {
  for (const hostile of all) test(`${hostile.what} is told by ${hostile.code}`, (t) => settled(t, hostile));
});

test('whoever is asked whether he is ready cannot keep the gateway from asking again', async (t) => {
  for (const { what, answer } of all) {
    const { url, open } = await rawServer(t, answer);
    const { ok, detail } = await askReady(`${url}/health`, 100);
    assert.ok(detail.length <= 256, what);
    if (what.includes('another protocol')) assert.deepEqual([ok, detail], [false, `${url}/health answers 101`]);
    await eventually(
      () => open() === 0,
      () => `${what}: the connection stays open`,
    );
  }
});

test('an honest answer passes through the same raw server', async (t) => {
  const { url } = await rawServer(t, says(whole));
  assert.equal((await findingOf('cheap', { listUrls: [url] })).code, 'ok');
});

test('whatever bytes come in the place of an answer are a finding', async (t) => {
  let bytes = '';
  const { url, open } = await rawServer(t, (socket) => void socket.end(bytes, 'latin1'));
  const mutated = fc.array(fc.tuple(fc.nat(whole.length), fc.string({ maxLength: 3, unit: 'binary-ascii' })), {
    minLength: 1,
    maxLength: 3,
  });
  await fc.assert(
    fc.asyncProperty(mutated, async (changes) => {
      bytes = changes.reduce((text, [at, piece]) => text.slice(0, at) + piece + text.slice(at + piece.length), whole);
      findingSchema.parse(await findingOf('cheap', { listUrls: [url] }));
      findingSchema.parse(await findingOf('inference', { chatUrl: url, model: 'a' }));
    }),
    { numRuns: 150 },
  );
  await eventually(() => open() === 0);
});

test('what stands behind an answer is read by nobody', async (t) => {
  const { url } = await rawServer(t, says(whole, whole, whole));
  const { code } = await findingOf('cheap', { listUrls: [url] });
  assert.equal(code, 'ok');
});

test('a question that nobody wants answered any more ends its connection', async (t) => {
  const { url, open, all: connections } = await rawServer(t, () => {});
  const ending = new AbortController();
  const asking = createAskSeat(createTlsFiles(), longTimes)(
    sampleQuestions({ listUrls: [url], chatUrl: url, model: 'a' }),
    'inference',
    ending.signal,
  );
  await eventually(() => connections() === 1);
  ending.abort();
  await asking;
  await eventually(() => open() === 0);
});

test('four hundred hostile answers leave no memory and no connection behind', { timeout: 120_000 }, async (t) => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const quick = all.filter(({ isSlow }) => isSlow !== true);
  const servers = await Promise.all(quick.map(({ answer }) => rawServer(t, answer)));
  const chat = await httpServer(t, (_, response) => void response.end(chatOf('b', { content: 'x'.repeat(60_000) })));
  const round = async (): Promise<void> => {
    await Promise.all([
      ...servers.map(({ url }) => findingOf('cheap', { listUrls: [url] })),
      findingOf('inference', { chatUrl: chat.url, model: 'a' }),
    ]);
  };
  const held = (): number => {
    collect();
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    return heapUsed + external + arrayBuffers;
  };
  for (let n = 0; n < 5; n += 1) await round();
  const before = held();
  const rounds = Math.ceil(400 / servers.length);
  for (let n = 0; n < rounds; n += 1) await round();
  await eventually(() => servers.every(({ open }) => open() === 0));
  // What the servers had still to say goes with their sockets, a little later.
  await eventually(
    () => held() - before < 8 * 2 ** 20,
    () => `${((held() - before) / 2 ** 20).toFixed(1)} MB more after ${rounds} rounds`,
  );
});
