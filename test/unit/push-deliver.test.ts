import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { backoffMs, retryAfterMs } from '../../helper/gateway/push/backoff.ts';
import { createDeliver, type Delivered } from '../../helper/gateway/push/deliver.ts';
import { type Message, raisedMessage, recoveredMessage } from '../../helper/gateway/push/message.ts';
import { createAuthority } from '../fakes/gateway-certificates.ts';
import { eventually } from '../fakes/gateway-keeper.ts';
import { rawServer } from '../fakes/gateway-servers.ts';
import { hostileAnswers } from '../fakes/hostile-answers.ts';
import {
  type Came,
  type Receiver,
  sampleAlert,
  samplePushTarget,
  secretFile,
  startReceiver,
} from '../fakes/push-receiver.ts';
import { ownUid, testRunDirectory } from '../fakes/socket-keeper.ts';

/** One attempt to send one alert, to servers that are honest and to others. */

const secret = 'k3y-that-nobody-may-see';
const wallMs = 1_764_000_000_500;
const message = raisedMessage(sampleAlert());

const sent = (
  change: Parameters<typeof samplePushTarget>[0],
  { said = message, withinMs = 10_000 }: { readonly said?: Message; readonly withinMs?: number } = {},
): Promise<Delivered> =>
  createDeliver({ ownUid: ownUid(), host: 'mini', wallMs: () => wallMs, withinMs })(
    samplePushTarget(change),
    said,
    new AbortController().signal,
  );

const firstOf = ({ came: [first] }: Receiver): Came => {
  assert.ok(first !== undefined, 'nothing came');
  return first;
};

/** What the manual tells a receiver to do. */
const isSigned = (headers: Readonly<Record<string, unknown>>, body: string, key: string): boolean => {
  const wanted = createHmac('sha256', key).update(`${headers['castellan-time']}.${body}`).digest('hex');
  return headers['castellan-signature'] === `v1=${wanted}`;
};

describe('a webhook', () => {
  test('is JSON, with a signature over time and body that a receiver can verify', async (t) => {
    const receiver = await startReceiver(t);
    const file = secretFile(testRunDirectory(t), secret);
    assert.deepEqual(await sent({ url: `${receiver.url}/hook`, secretFile: file }), { kind: 'taken' });
    const { headers, body, path } = firstOf(receiver);
    assert.equal(path, '/hook');
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(headers['castellan-id'], message.id);
    assert.equal(headers['castellan-time'], '1764000000');
    assert.ok(isSigned(headers, body, secret));
    assert.ok(!isSigned(headers, body.replace('critical', 'notice'), secret), 'another body has another');
    assert.ok(!isSigned({ ...headers, 'castellan-time': '1764000001' }, body, secret), 'and so has another time');
    assert.deepEqual(JSON.parse(body), {
      source: 'castellan',
      host: 'mini',
      id: 'seat_failed.Codestral.1000',
      event: 'raised',
      kind: 'seat_failed',
      level: 'critical',
      subject: 'Codestral',
      message: 'A seat could not be loaded, or does not stay up.',
      detail: 'three starts in a minute',
      todo: 'Look at its own log.',
      at: '1970-01-01T00:00:01.000Z',
    });
  });

  test('without a key is sent unsigned', async (t) => {
    const receiver = await startReceiver(t);
    assert.deepEqual(await sent({ url: receiver.url }), { kind: 'taken' });
    assert.equal(receiver.came[0]?.headers['castellan-signature'], undefined);
  });
});

describe('ntfy', () => {
  test('gets title, priority and tags in headers, the text as the body, and its token', async (t) => {
    const receiver = await startReceiver(t);
    const file = secretFile(testRunDirectory(t), secret);
    await sent({ kind: 'ntfy', url: `${receiver.url}/topic`, secretFile: file });
    const { headers, body } = firstOf(receiver);
    assert.equal(headers.title, 'mini: seat failed, Codestral');
    assert.equal(headers.priority, '5');
    assert.equal(headers.tags, 'warning');
    assert.equal(headers.authorization, `Bearer ${secret}`);
    assert.match(headers['content-type'] ?? '', /^text\/plain/);
    assert.equal(
      body,
      'A seat could not be loaded, or does not stay up.\nthree starts in a minute\nLook at its own log.',
    );
  });

  test('gets names that no header may hold, and nothing in them breaks out of it', async (t) => {
    const receiver = await startReceiver(t);
    for (const subject of ['Zürich', 'a\r\nX-Evil: 1', '\u{1f4a5}'.repeat(200), 'x'.repeat(10_000), '\ud800'])
      assert.deepEqual(
        await sent({ kind: 'ntfy', url: `${receiver.url}/t` }, { said: { ...message, subject } }),
        { kind: 'taken' },
        subject.slice(0, 10),
      );
    for (const { headers } of receiver.came) assert.equal(headers['x-evil'], undefined);
    const encoded = /^=\?UTF-8\?B\?(.*)\?=$/.exec(String(receiver.came[0]?.headers.title))?.[1] ?? '';
    assert.equal(Buffer.from(encoded, 'base64').toString(), 'mini: seat failed, Zürich');
  });

  test('is told quietly that something is over', async (t) => {
    const receiver = await startReceiver(t);
    await sent({ kind: 'ntfy', url: `${receiver.url}/t` }, { said: recoveredMessage(sampleAlert(), 5_000) });
    const { headers } = firstOf(receiver);
    assert.deepEqual([headers.priority, headers.tags], ['3', 'white_check_mark']);
    assert.equal(headers.title, 'mini: recovered: seat failed, Codestral');
    assert.equal(headers['castellan-id'], 'seat_failed.Codestral.1000.recovered');
  });
});

describe('what a target answers', () => {
  const cases: readonly (readonly [status: number, kind: Delivered['kind']])[] = [
    [200, 'taken'],
    [204, 'taken'],
    [301, 'again'],
    [400, 'refused'],
    [413, 'refused'],
    [415, 'refused'],
    // A key or an address that can be put right costs no alert.
    [401, 'again'],
    [403, 'again'],
    [404, 'again'],
    [408, 'again'],
    [429, 'again'],
    [500, 'again'],
    [502, 'again'],
    [503, 'again'],
  ];
  for (const [status, kind] of cases)
    test(`${status} is ${kind}`, async (t) => {
      const { url } = await startReceiver(t, () => ({ status }));
      assert.equal((await sent({ url: `${url}/a-topic-nobody-guesses` })).kind, kind);
    });

  test('a redirect is not followed', async (t) => {
    const other = await startReceiver(t);
    const { url } = await startReceiver(t, () => ({ status: 307, headers: { location: other.url } }));
    const came = await sent({ url: `${url}/secret-path` });
    assert.ok(came.kind === 'again');
    assert.equal(came.detail, `${url}/… answers 307: it has moved, and that is not followed`);
    assert.equal(other.came.length, 0);
  });

  test('a wait that is asked for is honoured, up to an hour', async (t) => {
    for (const [header, ms] of [
      ['7', 7_000],
      ['86400', 3_600_000],
      [new Date(wallMs + 60_000).toUTCString(), 59_500],
      ['soon', null],
      ['-1', null],
      [new Date(0).toUTCString(), 0],
    ] as const) {
      const { url } = await startReceiver(t, () => ({ status: 503, headers: { 'retry-after': header } }));
      const came = await sent({ url });
      assert.equal(came.kind === 'again' ? came.afterMs : 'not to be sent again', ms, header);
    }
    assert.equal(retryAfterMs(null, 0), null);
  });
});

describe('a target that answers with', () => {
  for (const { what, answer, isSlow } of hostileAnswers)
    test(`${what} hurts nobody`, async (t) => {
      const { url, open, all } = await rawServer(t, answer);
      const came = await sent({ url: `${url}/secret-path` }, { withinMs: isSlow === true ? 300 : 10_000 });
      // Only the head of an answer counts, so that one with a sound head has taken it.
      assert.ok(came.kind === 'taken' || came.kind === 'again' || came.kind === 'refused');
      if (came.kind !== 'taken') {
        assert.ok(came.detail.startsWith(`${url}/… `) && !came.detail.includes('secret-path'), came.detail);
      }
      await eventually(
        () => open() === 0,
        () => `${what}: the connection stays open`,
      );
      assert.equal(all(), 1);
    });
});

describe('a server with TLS', () => {
  const authority = createAuthority({ name: 'ours' });
  const caFile = (t: TestContext, pem: string): string => {
    const path = join(testRunDirectory(t), 'ca.pem');
    writeFileSync(path, pem);
    return path;
  };

  test('is sent to when its certificate is signed by the one that is named', async (t) => {
    const receiver = await startReceiver(t, undefined, authority.issue({ name: 'it', hosts: ['127.0.0.1'] }));
    assert.deepEqual(await sent({ url: receiver.url, ca: caFile(t, authority.cert) }), { kind: 'taken' });
  });

  test('is sent nothing when it is not, or names somebody else, or nobody is named', async (t) => {
    const other = createAuthority({ name: 'other' });
    const right = authority.issue({ name: 'it', hosts: ['127.0.0.1'] });
    const wrongName = authority.issue({ name: 'it', hosts: ['10.0.0.1'] });
    for (const [shown, ca, words] of [
      [right, caFile(t, other.cert), /that nobody who is trusted here has signed/],
      [right, null, /that nobody who is trusted here has signed/],
      [wrongName, caFile(t, authority.cert), /does not name 127\.0\.0\.1/],
      [right, '/nowhere/ca.pem', /cannot be read/],
      [right, caFile(t, 'no certificate'), /ca\.pem holds no certificate/],
    ] as const) {
      const receiver = await startReceiver(t, undefined, shown);
      const came = await sent({ url: receiver.url, ca });
      assert.ok(came.kind === 'again');
      assert.match(came.detail, words);
      assert.equal(receiver.came.length, 0);
    }
  });
});

test('nothing is sent with a key that others can read, and the key is told to nobody', async (t) => {
  const receiver = await startReceiver(t);
  const folder = testRunDirectory(t);
  for (const mode of [0o644, 0o666, 0o660]) {
    const came = await sent({ url: receiver.url, secretFile: secretFile(folder, secret, mode) });
    assert.ok(came.kind === 'again', mode.toString(8));
    assert.ok(!came.detail.includes(secret));
  }
  assert.equal(receiver.came.length, 0);
});

test('what was not taken is sent again later and later, up to ten minutes, and not by all at once', () => {
  const waits = Array.from({ length: 40 }, (_, i) => backoffMs(i + 1, 0.5));
  assert.deepEqual(waits.slice(0, 4), [5_000, 10_000, 20_000, 40_000]);
  assert.equal(waits.at(-1), 600_000);
  assert.equal(backoffMs(1, 0), 4_000);
  assert.equal(backoffMs(1, 1), 6_000);
});
