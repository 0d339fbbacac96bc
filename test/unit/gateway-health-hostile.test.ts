import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { createAskSeat } from '../../helper/gateway/health/ask.ts';
import { createTlsFiles } from '../../helper/gateway/health/tls-files.ts';
import { askReady } from '../../helper/gateway/readiness.ts';
import { type FindingCode, findingSchema } from '../../helper/protocol/health.ts';
import { eventually } from '../fakes/gateway-keeper.ts';
import {
  chatOf,
  findingOf,
  httpServer,
  listOf,
  longTimes,
  rawServer,
  sampleQuestions,
  shortTimes,
} from '../fakes/gateway-servers.ts';

/** Servers that mean ill: each is told by a code within its time, and nothing of it stays. */

const good = listOf('a');
const head = (...lines: readonly string[]): string => `${lines.join('\r\n')}\r\n\r\n`;
const ok = (...lines: readonly string[]): string => head('HTTP/1.1 200 OK', 'Content-Type: application/json', ...lines);
const whole = ok(`Content-Length: ${good.length}`) + good;

/** Writes for as long as it is read. */
const pour = (socket: Socket, piece: string | Buffer): void => {
  const write = (): void => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on('drain', write);
  write();
};

interface Hostile {
  readonly what: string;
  readonly code: FindingCode;
  readonly words?: RegExp;
  readonly answer: (socket: Socket) => void;
  /** It is there to be waited for. */
  readonly isSlow?: true;
}

const mb = 'x'.repeat(2 ** 20);
const says =
  (...bytes: readonly (string | Buffer)[]) =>
  (socket: Socket): void =>
    void socket.end(Buffer.concat(bytes.map((each) => Buffer.from(each))));
const stays =
  (bytes: string) =>
  (socket: Socket): void =>
    void socket.write(bytes);

const all: readonly Hostile[] = [
  {
    what: 'a body of a gigabyte, as it says itself',
    code: 'bad_answer',
    words: /says more than 512 KB$/,
    answer: (socket) => {
      socket.write(`${ok(`Content-Length: ${2 ** 30}`)}{"data":["`);
      pour(socket, mb);
    },
  },
  {
    what: 'chunks without end',
    code: 'bad_answer',
    answer: (socket) => {
      socket.write(`${ok('Transfer-Encoding: chunked')}1\r\n[\r\n`);
      pour(socket, `100000\r\n${mb}\r\n`);
    },
  },
  {
    what: 'chunks of a byte, with as much around them as fits',
    code: 'bad_answer',
    answer: (socket) => {
      socket.write(ok('Transfer-Encoding: chunked'));
      pour(socket, `1;${'e'.repeat(8_000)}\r\n \r\n`.repeat(100));
    },
  },
  {
    what: 'spaces without end before the connection ends',
    code: 'bad_answer',
    words: /says more than 512 KB$/,
    answer: (socket) => {
      socket.write(ok());
      pour(socket, ' '.repeat(2 ** 20));
    },
  },
  {
    what: 'headers without end',
    code: 'bad_answer',
    words: /sends headers without end$/,
    answer: (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      pour(socket, `X-More: ${'x'.repeat(1_000)}\r\n`);
    },
  },
  {
    what: 'a header without end',
    code: 'bad_answer',
    answer: (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nX-More: ');
      pour(socket, mb);
    },
  },
  {
    what: 'trailers without end',
    code: 'bad_answer',
    answer: (socket) => {
      socket.write(`${ok('Transfer-Encoding: chunked')}${good.length.toString(16)}\r\n${good}\r\n0\r\n`);
      pour(socket, `X-More: ${'x'.repeat(1_000)}\r\n`);
    },
  },
  {
    what: 'interim answers without end',
    code: 'bad_answer',
    answer: (socket) => pour(socket, head('HTTP/1.1 103 Early Hints', 'Link: </a>').repeat(100)),
  },
  { what: 'bytes that are no HTTP', code: 'bad_answer', answer: says(Buffer.alloc(4_096, 0x90)) },
  { what: 'HTTP/0.9', code: 'bad_answer', answer: says(good) },
  { what: 'a first line of HTTP/0.9', code: 'bad_answer', answer: says(head('HTTP/0.9 200 OK'), good) },
  { what: 'a first line of HTTP/2', code: 'bad_answer', answer: says(head('HTTP/2.0 200 OK'), good) },
  { what: 'HTTP of a status that is none', code: 'bad_answer', answer: says(head('HTTP/1.1 9999 OK')) },
  { what: 'two lengths', code: 'bad_answer', answer: says(ok('Content-Length: 5', 'Content-Length: 6'), good) },
  {
    what: 'a length and chunks',
    code: 'bad_answer',
    answer: says(ok('Content-Length: 5', 'Transfer-Encoding: chunked'), good),
  },
  {
    what: 'a line end that ends the headers twice',
    code: 'bad_answer',
    answer: says('HTTP/1.1 200 OK\nContent-Length: 2\n\n{}'),
  },
  {
    what: 'more length than body',
    code: 'bad_answer',
    words: /ends in the middle of its answer$/,
    answer: says(ok('Content-Length: 5000'), good),
  },
  { what: 'less length than body', code: 'bad_answer', answer: says(ok('Content-Length: 5'), good) },
  {
    what: 'a bomb, packed',
    code: 'bad_answer',
    words: /packed, which was not asked for$/,
    answer: says(ok('Content-Encoding: gzip'), gzipSync(Buffer.alloc(2 ** 24))),
  },
  { what: 'packed bytes that are not said to be', code: 'bad_answer', answer: says(ok(), gzipSync(good)) },
  {
    what: 'another protocol on the same connection',
    code: 'bad_status',
    words: /answers 101$/,
    answer: stays(head('HTTP/1.1 101 Switching Protocols', 'Connection: upgrade', 'Upgrade: websocket')),
  },
  {
    what: 'a redirect to another machine',
    code: 'bad_status',
    words: /answers 302$/,
    answer: says(head('HTTP/1.1 302 Found', 'Location: http://192.0.2.1/', 'Content-Length: 0')),
  },
  {
    what: 'a demand for a password',
    code: 'bad_status',
    answer: says(head('HTTP/1.1 401 No', 'WWW-Authenticate: Basic')),
  },
  {
    what: 'nothing, and hangs up',
    code: 'bad_answer',
    words: /hangs up without an answer/,
    answer: (socket) => void socket.end(),
  },
  { what: 'a reset', code: 'bad_answer', answer: (socket) => void socket.resetAndDestroy() },
  {
    what: 'a reset in the middle',
    code: 'bad_answer',
    answer: (socket) => void socket.write(`${ok('Content-Length: 500')}{`, () => socket.resetAndDestroy()),
  },
  { what: 'nothing at all', code: 'timeout', isSlow: true, answer: () => {} },
  { what: 'its headers, and hangs', code: 'timeout', isSlow: true, answer: stays(ok('Content-Length: 50')) },
  {
    what: 'its body, and never its end',
    code: 'timeout',
    isSlow: true,
    answer: stays(`${ok('Transfer-Encoding: chunked')}${good.length.toString(16)}\r\n${good}\r\n`),
  },
  {
    what: 'a byte of its headers now and then',
    code: 'timeout',
    isSlow: true,
    answer: (socket) => {
      let at = 0;
      const drip = setInterval(() => socket.write(whole.charAt(at++)), 15);
      socket.on('close', () => clearInterval(drip));
    },
  },
];

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
