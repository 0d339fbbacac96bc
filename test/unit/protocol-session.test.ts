import assert from 'node:assert/strict';
import { describe, mock, test } from 'node:test';
import { type Failure, failure } from '../../helper/protocol/errors.ts';
import { createDecoder, limitFromKeeper, limitToKeeper } from '../../helper/protocol/frame.ts';
import { encodeMessage, parseJson } from '../../helper/protocol/json.ts';
import { createSession, type KnownHelper, type Ready, type SessionEvent } from '../../helper/protocol/session.ts';
import { actWaitMs } from '../../helper/protocol/verbs.ts';
import { protocolVersion } from '../../helper/protocol/version.ts';
import { sampleStatus } from '../fakes/sample-status.ts';

const nonce = 'ab'.repeat(32);
const greeting = { type: 'greeting', nonce, protocol: { oldest: 1, newest: 1 }, version: '0.1.0' };
const welcome = { type: 'welcome', protocol: 1, tier: 'read', instance: 'i1' };

/** A session with a keeper that is a hand: `say` writes to it, `sent` is what it wrote. */
const sessionByHand = (options: { protocol?: number; timeoutMs?: number } = {}) => {
  const decoder = createDecoder(limitToKeeper);
  const sent: Record<string, unknown>[] = [];
  const ready: Ready[] = [];
  const events: SessionEvent[] = [];
  const closed: { failure: Failure; helper: KnownHelper | null }[] = [];
  const session = createSession({
    client: 'app',
    ...options,
    send: (bytes) => {
      for (const payload of decoder.push(bytes).payloads) {
        const parsed = parseJson(payload);
        assert.ok(parsed.ok);
        sent.push(parsed.value as Record<string, unknown>);
      }
    },
    onReady: (one) => ready.push(one),
    onEvent: (...event) => events.push(event),
    onClosed: (why, helper) => closed.push({ failure: why, helper }),
  });
  const say = (message: unknown): void => session.receive(encodeMessage(message, limitFromKeeper));
  const shakeHands = (): void => {
    say(greeting);
    say(welcome);
  };
  return { session, say, shakeHands, sent, ready, events, closed };
};

describe('client session', () => {
  test('answers the greeting with a hello that echoes the nonce, and is ready after the welcome', () => {
    const { session, say, sent, ready } = sessionByHand();
    say(greeting);
    assert.deepEqual(sent, [{ type: 'hello', nonce, protocol: protocolVersion, client: 'app', version: '0.1.0' }]);
    assert.equal(ready.length, 0);
    say(welcome);
    assert.deepEqual(ready, [{ tier: 'read', instance: 'i1', protocol: 1, helperVersion: '0.1.0' }]);
    session.close();
  });

  test('replies find their requests in any order, in pieces of any size', async () => {
    const { session, shakeHands, sent } = sessionByHand();
    shakeHands();
    const doctor = session.request('read.doctor', {});
    const list = session.request('read.processes', { all: true });
    assert.deepEqual(sent.slice(1), [
      { type: 'request', id: 0, verb: 'read.doctor', args: {} },
      { type: 'request', id: 1, verb: 'read.processes', args: { all: true } },
    ]);
    const replies = [
      { type: 'reply', id: 1, ok: true, result: { atMs: 5, processes: [] } },
      { type: 'reply', id: 0, ok: false, error: failure('not_allowed', 'because') },
    ];
    for (const reply of replies)
      for (const byte of encodeMessage(reply, limitFromKeeper)) session.receive(Uint8Array.of(byte));
    assert.deepEqual(await list, { ok: true, result: { atMs: 5, processes: [] } });
    assert.deepEqual(await doctor, { ok: false, failure: failure('not_allowed', 'because') });
    session.close();
  });

  test('events arrive with their topic; topics of a newer keeper are passed over', () => {
    const { session, say, shakeHands, events, closed } = sessionByHand();
    shakeHands();
    say({ type: 'event', topic: 'status', data: sampleStatus() });
    say({ type: 'event', topic: 'weather', data: 'fine' });
    assert.deepEqual(events, [['status', sampleStatus()]]);
    assert.deepEqual(closed, []);
    session.close();
  });

  test('fields that a newer keeper adds are let through, a missing one is not', async () => {
    const { session, say, shakeHands } = sessionByHand();
    shakeHands();
    const more = session.request('read.status', {});
    say({ type: 'reply', id: 0, ok: true, result: { ...sampleStatus(), moon: 'full' } });
    assert.equal((await more).ok, true);
    const less = session.request('read.status', {});
    const { level: _, ...without } = sampleStatus();
    say({ type: 'reply', id: 1, ok: true, result: without });
    const answer = await less;
    assert.equal(answer.ok ? '' : answer.failure.code, 'bad_answer');
    session.close();
  });

  test('an error code of a newer keeper keeps its words', async () => {
    const { session, say, shakeHands } = sessionByHand();
    shakeHands();
    const answer = session.request('read.status', {});
    const error = { code: 'moon_full', message: 'The moon is full.', todo: 'Wait.', detail: '' };
    say({ type: 'reply', id: 0, ok: false, error });
    const given = await answer;
    assert.ok(!given.ok);
    assert.equal(given.failure.code, 'bad_answer');
    assert.match(given.failure.detail, /moon_full: The moon is full\./);
    session.close();
  });

  test('an older helper is told apart from a newer one, and no hello is sent to either', () => {
    const older = sessionByHand({ protocol: 3 });
    older.say({ ...greeting, protocol: { oldest: 1, newest: 2 }, version: '0.0.9' });
    assert.equal(older.closed[0]?.failure.code, 'client_too_new');
    assert.deepEqual(older.closed[0]?.helper, { version: '0.0.9', skew: 'older' });
    assert.deepEqual(older.sent, []);

    const newer = sessionByHand({ protocol: 3 });
    newer.say({ ...greeting, protocol: { oldest: 4, newest: 5 }, version: '2.0.0', colour: 'new in 5' });
    assert.equal(newer.closed[0]?.failure.code, 'client_too_old');
    assert.deepEqual(newer.closed[0]?.helper, { version: '2.0.0', skew: 'newer' });
    assert.deepEqual(newer.sent, []);
  });

  test('a goodbye closes with its reason, before the greeting as after the welcome', async () => {
    const early = sessionByHand();
    early.say({ type: 'goodbye', error: failure('too_many_connections') });
    assert.deepEqual(early.closed, [{ failure: failure('too_many_connections'), helper: null }]);

    const late = sessionByHand();
    late.shakeHands();
    const answer = late.session.request('read.status', {});
    late.say({ type: 'goodbye', error: failure('shutting_down') });
    assert.equal(late.closed[0]?.failure.code, 'shutting_down');
    assert.deepEqual(await answer, { ok: false, failure: failure('shutting_down') });
    assert.equal(late.closed.length, 1);
  });

  test('messages out of turn, unknown ones and broken bytes close once', () => {
    const bad: readonly ((hand: ReturnType<typeof sessionByHand>) => void)[] = [
      ({ say }) => say(welcome),
      ({ say }) => say({ type: 'event', topic: 'status', data: sampleStatus() }),
      ({ say, shakeHands }) => {
        shakeHands();
        say(greeting);
      },
      ({ say }) => say({ type: 'sing' }),
      ({ say }) => say(17),
      ({ session }) => session.receive(new TextEncoder().encode('HTTP/1.1 400 Bad Request\r\n')),
      ({ say, shakeHands }) => {
        shakeHands();
        say({ type: 'event', topic: 'status', data: {} });
      },
    ];
    for (const act of bad) {
      const hand = sessionByHand();
      act(hand);
      hand.say(greeting);
      hand.session.transportClosed();
      assert.equal(hand.closed.length, 1);
      assert.match(hand.closed[0]?.failure.code ?? '', /^bad_(frame|answer)$/);
    }
  });

  test('a transport that ends fails what is open; before the greeting nobody was running', async () => {
    const { session, shakeHands, closed } = sessionByHand();
    shakeHands();
    const answer = session.request('read.status', {});
    session.transportClosed('ECONNRESET');
    assert.deepEqual(await answer, { ok: false, failure: failure('connection_lost', 'ECONNRESET') });
    assert.equal(closed[0]?.failure.code, 'connection_lost');
    const after = await session.request('read.status', {});
    assert.equal(after.ok ? '' : after.failure.code, 'connection_lost');

    const never = sessionByHand();
    never.session.transportClosed();
    assert.equal(never.closed[0]?.failure.code, 'not_running');
  });

  test('an answer that comes when something has been done is waited for as long as the keeper waits for it', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const { session, shakeHands } = sessionByHand({ timeoutMs: 1000 });
      shakeHands();
      const ended: string[] = [];
      const quick = session.request('read.pending', {}).then(() => ended.push('quick'));
      const slow = session.request('approve', { id: 1, hash: 'h', nonce: 'n' }).then(() => ended.push('slow'));
      mock.timers.tick(1000);
      await quick;
      mock.timers.tick(actWaitMs - 1);
      await Promise.resolve();
      assert.deepEqual(ended, ['quick']);
      mock.timers.tick(1);
      await slow;
      assert.deepEqual(ended, ['quick', 'slow']);
      session.close();
    } finally {
      mock.timers.reset();
    }
  });

  test('a keeper that does not greet, and one that does not answer, are given up in time', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const silent = sessionByHand({ timeoutMs: 1000 });
      mock.timers.tick(1000);
      assert.equal(silent.closed[0]?.failure.code, 'answer_timeout');

      const { session, say, shakeHands, closed } = sessionByHand({ timeoutMs: 1000 });
      shakeHands();
      const answer = session.request('read.doctor', {});
      mock.timers.tick(1000);
      assert.deepEqual(await answer, { ok: false, failure: failure('answer_timeout', 'read.doctor') });
      // Its late reply is not an error, and does not answer the next request.
      say({ type: 'reply', id: 0, ok: true, result: { checks: [] } });
      assert.deepEqual(closed, []);
      session.close();
    } finally {
      mock.timers.reset();
    }
  });

  test('arguments too long for a frame fail by themselves, the session goes on', async () => {
    const { session, shakeHands, sent, closed } = sessionByHand();
    shakeHands();
    const answer = await session.request('sim.set', { key: 'k', value: 'x'.repeat(limitToKeeper) });
    assert.equal(answer.ok ? '' : answer.failure.code, 'frame_too_large');
    assert.equal(sent.length, 1);
    assert.deepEqual(closed, []);
    session.close();
  });

  test('closing by our own wish fails what is open and tells nobody', async () => {
    const { session, shakeHands, closed } = sessionByHand();
    shakeHands();
    const answer = session.request('read.status', {});
    session.close();
    assert.equal((await answer).ok, false);
    session.transportClosed();
    assert.deepEqual(closed, []);
  });
});
