import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { run } from '../../helper/cli/main.ts';
import { judge, nothingJudged, type Verdict, verdictOf } from '../../helper/cli/watch/judge.ts';
import { chat, type Finding, type Look, look, type Watched } from '../../helper/cli/watch/look.ts';
import { readWatchOptions } from '../../helper/cli/watch/options.ts';
import { watch } from '../../helper/cli/watch/run.ts';
import { createTeller } from '../../helper/cli/watch/tell.ts';
import { type CapturedIo, capturedIo } from '../fakes/captured-io.ts';
import { bearer } from '../fakes/gateway-http.ts';
import { eventually, startGatewayKeeper, startTestGateway } from '../fakes/gateway-keeper.ts';
import { chatOf, httpServer, rawServer } from '../fakes/gateway-servers.ts';
import { hostileAnswers } from '../fakes/hostile-answers.ts';
import { secretFile, startReceiver } from '../fakes/push-receiver.ts';
import { testRunDirectory } from '../fakes/socket-keeper.ts';

/** A machine as it is seen from another one. */

const word = { role: 'assistant', content: 'OK' };
const watched = (url: string, change: Partial<Watched> = {}): Watched => ({
  url,
  token: null,
  ca: null,
  staleSeconds: 30,
  ...change,
});
const chatAt = (url: string) => ({ url: `${url}/v1/chat/completions`, model: 'a', token: null, ca: null });

const healthz = (keeper: 'present' | 'missing', viewAgeSeconds: number | null) =>
  JSON.stringify({ status: 'ok', version: '1', keeper, viewAgeSeconds, listen: '', problems: [] });
const statusOf = (...verdicts: readonly (string | null)[]) =>
  JSON.stringify({
    seats: verdicts.map((verdict, i) => ({ name: `S${i}`, health: verdict === null ? null : { verdict } })),
  });

/** A gateway that says what the test wants. */
const said = (t: TestContext, age: () => number | null, status: () => string = () => statusOf()) =>
  httpServer(t, (request, response) => {
    const seconds = age();
    response.end(request.url === '/healthz' ? healthz(seconds === null ? 'missing' : 'present', seconds) : status());
  });

const once = async (...args: readonly string[]): Promise<{ readonly code: number; readonly io: CapturedIo }> => {
  const io = capturedIo();
  return { code: await run(['watch', ...args, '--once'], io), io };
};

describe('one look', () => {
  test('at a real gateway: it answers and its keeper speaks; when the keeper falls silent, that is told', async (t) => {
    const keeper = await startGatewayKeeper(t);
    const { url } = await startTestGateway(t, keeper);
    const seen = await look(watched(url));
    assert.deepEqual([seen.reach.ok, seen.heartbeat?.ok], [true, true]);
    await keeper.stop();
    const strict = watched(url, { staleSeconds: 1 });
    await eventually(async () => (await look(strict)).heartbeat?.ok === false);
    assert.match(
      (await look(strict)).heartbeat?.detail ?? '',
      /^the gateway answers and the keeper does not: it last said something \d+ s ago$/,
    );
  });

  const onlyLinux = process.platform === 'linux' ? false : 'only Linux has all of 127.0.0.0/8';
  test('over a further address, with the token and not without', { skip: onlyLinux }, async (t) => {
    // The address is one of this machine's own, which counts as a further one all the same.
    const keeper = await startGatewayKeeper(t);
    await startTestGateway(t, keeper);
    const probe = await httpServer(t, () => {});
    const extra = `127.0.0.2:${probe.port}`;
    keeper.show({ api: { extraListen: [extra] } });
    const token = bearer(keeper.runDirectory).authorization?.replace('Bearer ', '') ?? '';
    await eventually(async () => (await look(watched(`http://${extra}`, { token }))).reach.ok);
    for (const wrong of [null, '0'.repeat(64)]) {
      const { reach } = await look(watched(`http://${extra}`, { token: wrong }));
      assert.deepEqual([reach.ok, reach.isRefused], [false, true]);
    }
  });

  test('takes the age that the server tells: two clocks do not matter', async (t) => {
    let age: number | null = 29;
    const { url } = await said(t, () => age);
    assert.equal((await look(watched(url))).heartbeat?.ok, true);
    age = 31;
    assert.equal((await look(watched(url))).heartbeat?.ok, false);
    age = null;
    assert.equal((await look(watched(url))).heartbeat?.ok, false);
  });

  test('gives a keeper that is started again the time that was named', async (t) => {
    let age = 12;
    const { url } = await httpServer(t, (request, response) => {
      response.statusCode = request.url === '/healthz' ? 200 : 503;
      response.end(request.url === '/healthz' ? healthz('missing', age) : '{}');
    });
    const seen = await look(watched(url));
    assert.deepEqual([seen.reach.ok, seen.heartbeat, seen.seats], [true, null, null]);
    assert.equal((await look(watched(url, { staleSeconds: 10 }))).heartbeat?.ok, false);
    age = 31;
    assert.equal((await look(watched(url))).heartbeat?.ok, false);
  });

  test('hears what the keeper has found out about seats by asking them to work', async (t) => {
    let verdicts: readonly (string | null)[] = [null];
    const { url } = await said(
      t,
      () => 1,
      () => statusOf(...verdicts),
    );
    assert.equal((await look(watched(url))).seats, null, 'nobody asked any');
    verdicts = ['healthy', null, 'frozen'];
    assert.equal((await look(watched(url))).seats?.ok, true);
    verdicts = ['healthy', 'zombie'];
    assert.deepEqual((await look(watched(url))).seats, { ok: false, detail: 'S1 is zombie' });
    verdicts = Array<string>(500).fill('zombie');
    assert.match((await look(watched(url))).seats?.detail ?? '', /^S0 is zombie, .*S7 is zombie and 492 more$/);
  });

  test('of a name without end says its beginning, so that what is sent of it fits', async (t) => {
    const { url } = await said(
      t,
      () => 1,
      () => JSON.stringify({ seats: [{ name: 'N'.repeat(500_000), health: { verdict: 'zombie' } }] }),
    );
    assert.deepEqual((await look(watched(url))).seats, { ok: false, detail: `${'N'.repeat(63)}… is zombie` });
  });

  test('says of 502 that a proxy said it', async (t) => {
    const { url } = await startReceiver(t, () => ({ status: 502 }));
    assert.match((await look(watched(url))).reach.detail, /answers 502: a proxy is there/);
    assert.match((await chat(chatAt(url))).detail, /answers 502: a proxy is there/);
  });

  for (const { what, answer, isSlow } of hostileAnswers)
    test(`at ${what} hurts nobody`, async (t) => {
      const { url, open } = await rawServer(t, answer);
      const limitMs = isSlow === true ? 200 : 10_000;
      assert.equal((await look(watched(url), limitMs)).reach.ok, false);
      assert.equal((await chat(chatAt(url), limitMs)).ok, false);
      await eventually(
        () => open() === 0,
        () => `${what}: the connection stays open`,
      );
    });
});

describe('castellan watch --once', () => {
  test('says by its exit code what it saw', async (t) => {
    const good = await said(t, () => 1);
    const silent = await said(t, () => null);
    const refusing = await startReceiver(t, () => ({ status: 403 }));
    const works = await httpServer(t, (_, response) => response.end(chatOf('a', word)));
    const mute = await httpServer(t, (_, response) => response.end(chatOf('a', { content: '' })));
    const ask = ({ url }: { readonly url: string }) => ['--chat', `${url}/v1/chat/completions`, '--model', 'a'];
    const codes: readonly (readonly [code: number, ...args: readonly string[]])[] = [
      [0, good.url],
      [0, good.url, ...ask(works)],
      [3, 'http://127.0.0.1:1'],
      [4, refusing.url],
      [5, silent.url, ...ask(works)],
      [6, good.url, ...ask(mute)],
      [6, good.url, ...ask(good)],
    ];
    for (const [code, ...args] of codes) assert.equal((await once(...args)).code, code, args.join(' '));
    const { io } = await once(good.url, ...ask(works), '--json');
    assert.deepEqual(
      { ...JSON.parse(io.text.out), at: 0, said: '' },
      { at: 0, kind: 'change', verdict: 'well', said: '', forSeconds: 0 },
    );
  });

  test('of a chat that hangs says that, and does not hang', async (t) => {
    const good = await said(t, () => 1);
    const hangs = await rawServer(t, () => {});
    const { options } = await readOptions([good.url], { chat: `${hangs.url}/v1/chat/completions` });
    const io = capturedIo();
    assert.equal(await watch({ ...options, isOnce: true }, io, { chatMs: 200 }), 'no_work');
    assert.match(io.text.out, /does no work: .* does not answer within 0\.2 s/);
  });

  test('sends what is wrong to a webhook, signed, before it ends', async (t) => {
    const receiver = await startReceiver(t);
    const file = secretFile(testRunDirectory(t), 'another-key', 0o600);
    const { code, io } = await once('http://127.0.0.1:1', '--push', `${receiver.url}/hook`, '--push-secret-file', file);
    assert.equal(code, 3);
    assert.equal(JSON.parse(receiver.came[0]?.body ?? '{}').kind, 'watch_unreachable');
    assert.match(String(receiver.came[0]?.headers['castellan-signature']), /^v1=[0-9a-f]{64}$/);
    assert.ok(!`${io.text.out}${io.text.err}`.includes('another-key'));
  });

  test('refuses what it does not understand, and repeats no secret', async () => {
    for (const args of [
      ['ftp://a'],
      ['http://user:w0rd@127.0.0.1'],
      ['http://127.0.0.1', '--every', 'soon'],
      ['http://127.0.0.1', '--strikes', '0'],
      ['http://127.0.0.1', '--push', 'x'],
      ['http://127.0.0.1', '--push', 'http://127.0.0.1', '--push-kind', 'mail'],
      ['http://127.0.0.1', '--token-file', '/nowhere'],
      ['http://127.0.0.1/?token=w0rd'],
      ['http://127.0.0.1', '--push', 'http://10.0.0.2/t', '--push-kind', 'ntfy', '--push-secret-file', '/w0rd'],
      [],
    ]) {
      const { code, io } = await once(...args);
      assert.equal(code, 2, args.join(' '));
      assert.ok(!io.text.err.includes('w0rd'));
    }
  });
});

test('a token may be sent over TLS however its address is written', async () => {
  const push = { push: 'HTTPS://10.0.0.2/t', 'push-kind': 'ntfy', 'push-secret-file': '/nowhere' };
  const { options } = await readOptions(['http://127.0.0.1'], push);
  assert.equal(options.push?.secretFile, '/nowhere');
});

const readOptions = async (positionals: readonly string[], values: Readonly<Record<string, string>> = {}) => {
  const read = await readWatchOptions({ positionals, values }, capturedIo());
  assert.ok(read.ok, read.ok ? '' : read.message);
  return read;
};

describe('the token', () => {
  test('comes from a file or the environment', async (t) => {
    const file = secretFile(testRunDirectory(t), 'a'.repeat(64), 0o600);
    const read = async (values: Readonly<Record<string, string>>, env: Readonly<Record<string, string>>) => {
      const got = await readWatchOptions({ positionals: ['http://127.0.0.1:1/'], values }, capturedIo({ env }));
      return got.ok ? [got.options.watched.token, got.options.watched.url] : got.message;
    };
    assert.deepEqual(await read({ 'token-file': file }, {}), ['a'.repeat(64), 'http://127.0.0.1:1']);
    assert.deepEqual(await read({}, { CASTELLAN_TOKEN: 'b' }), ['b', 'http://127.0.0.1:1']);
    assert.deepEqual(await read({}, {}), [null, 'http://127.0.0.1:1']);
  });
});

const up: Look = {
  reach: { ok: true, detail: '', isRefused: false },
  heartbeat: { ok: true, detail: '' },
  seats: null,
};
const away: Look = { reach: { ok: false, detail: 'x', isRefused: false }, heartbeat: null, seats: null };
const silent: Look = { ...up, heartbeat: { ok: false, detail: 'x' } };
const no: Finding = { ok: false, detail: 'x' };
const yes: Finding = { ok: true, detail: 'a' };

describe('a verdict', () => {
  const after = (...seen: readonly (readonly [Look, Finding])[]): readonly (Verdict | null)[] => {
    let judged = nothingJudged;
    let verdict: Verdict | null = null;
    return seen.map(([one, chatted]) => {
      judged = judge(judged, one, chatted, 3);
      verdict = verdictOf(judged, verdict);
      return verdict;
    });
  };

  test('is well only when somebody has seen work done', () => {
    assert.deepEqual(after([up, null], [up, yes], [up, null]), ['unproven', 'well', 'well']);
    assert.deepEqual(after([{ ...up, seats: yes }, null]), ['well']);
  });

  test('is believed after three failures in a row, and one success takes them back', () => {
    assert.deepEqual(
      after([up, yes], [away, null], [away, null], [up, null], [away, null], [away, null], [away, null]),
      ['well', 'well', 'well', 'well', 'well', 'well', 'unreachable'],
    );
    assert.deepEqual(after([up, no], [up, no], [up, no], [up, yes]), [null, null, 'no_work', 'well']);
    assert.deepEqual(after([away, null]), [null], 'of the first look alone nothing is said');
  });

  test('names what comes first when much is wrong', () => {
    const all = after([silent, no], [silent, no], [silent, no], [away, no], [away, no], [away, no]);
    assert.deepEqual([all[2], all[5]], ['stale', 'unreachable']);
  });

  test('does not count what a silent keeper said of seats before', () => {
    assert.deepEqual(after([{ ...up, seats: yes }, null], [up, null]), ['well', 'unproven']);
  });
});

test('a change is one line, what is not well is said again, and a receiver hears of each episode and its end', async (t) => {
  const receiver = await startReceiver(t);
  const io = capturedIo();
  const push = {
    name: 'watch',
    kind: 'webhook',
    url: receiver.url,
    level: 'notice',
    secretFile: null,
    ca: null,
  } as const;
  const options = { io, url: 'http://mini', host: 'mbp', isJson: false, remindMs: 60_000, push, wallMs: () => 0 };
  const teller = createTeller(options);
  t.after(teller.close);
  const tell = (verdict: Verdict, minute: number): void => teller.tell({ verdict, said: verdict }, minute * 60_000);
  for (const [verdict, minute] of [
    ['well', 0],
    ['well', 90],
    ['stale', 91],
    ['stale', 91.5],
    ['stale', 92],
    ['unreachable', 93],
    ['well', 94],
  ] as const)
    tell(verdict, minute);
  await teller.settled(t.signal);
  const lines = io.text.out.trim().split('\n');
  assert.deepEqual(
    lines.map((line) => line.slice(9)),
    ['well', 'stale', 'stale, still, for 1 min', 'unreachable', 'well'],
  );
  assert.deepEqual(
    receiver.came.map(({ body }) => JSON.parse(body)).map(({ event, kind }) => `${event} ${kind}`),
    ['raised watch_stale', 'recovered watch_stale', 'raised watch_unreachable', 'recovered watch_unreachable'],
  );
});

test('a watcher goes on until it is interrupted', async (t) => {
  let age: number | null = 1;
  const { url } = await said(t, () => age);
  const { options } = await readOptions([url]);
  const io = capturedIo();
  const watching = watch({ ...options, everyMs: 20 }, io);
  await eventually(() => io.text.out.includes('nobody has asked'));
  age = null;
  await eventually(() => io.text.out.includes('heartbeat stale'));
  age = 1;
  await eventually(() => io.text.out.trim().split('\n').length === 3);
  io.interrupt();
  assert.equal(await watching, 'unproven');
  assert.equal(io.listening(), 0);
});

describe('a watcher that is interrupted ends at once and tells nothing of it', () => {
  /** A hang is far longer than this. */
  const soonMs = 1_000;
  type Options = Parameters<typeof watch>[0];
  /** Interrupted as soon as the server that never answers has been asked. */
  const interrupted = async (
    options: Options,
    hangs: { readonly open: () => number },
  ): Promise<{ readonly verdict: Verdict | null; readonly out: string }> => {
    const io = capturedIo();
    const watching = watch(options, io);
    await eventually(() => hangs.open() === 1);
    const beganMs = performance.now();
    io.interrupt();
    const verdict = await watching;
    assert.ok(performance.now() - beganMs < soonMs);
    assert.equal(io.listening(), 0);
    return { verdict, out: io.text.out };
  };

  test('while a look is under way', async (t) => {
    const hangs = await rawServer(t, () => {});
    const { options } = await readOptions([hangs.url]);
    assert.deepEqual(await interrupted({ ...options, strikes: 1 }, hangs), { verdict: null, out: '' });
  });

  test('while a chat is', async (t) => {
    const good = await said(t, () => 1);
    const hangs = await rawServer(t, () => {});
    const { options } = await readOptions([good.url], { chat: `${hangs.url}/v1/chat/completions` });
    assert.deepEqual(await interrupted({ ...options, strikes: 1 }, hangs), { verdict: null, out: '' });
  });

  test('while it waits that what it sent is taken', async (t) => {
    const hangs = await rawServer(t, () => {});
    const { options } = await readOptions(['http://127.0.0.1:1'], { push: hangs.url });
    const { verdict } = await interrupted({ ...options, isOnce: true }, hangs);
    assert.equal(verdict, 'unreachable');
  });
});
