import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CodeRole, PeerCode, PeerCodeResult, PeerToken, PeerTokenResult } from '../../helper/host/peer.ts';
import { createPeerGuard } from '../../helper/keeper/server/peer-guard.ts';
import { failure } from '../../helper/protocol/errors.ts';
import {
  errorCodeOf,
  helloTo,
  openClient,
  ownUid,
  peerAs,
  rawClient,
  sampleHandlers,
  startSocketKeeper,
} from '../fakes/socket-keeper.ts';

/** The order of the handshake where programs are told apart, with answers of the test's choice for the kernel's. */

const tokenOf = (pid: number, pidVersion = 1): PeerToken => ({
  bytes: Uint8Array.from({ length: 32 }, (_, at) => (at === 20 ? pid : at === 28 ? pidVersion : 0)),
  pid,
  pidVersion,
});

interface Answers {
  token: PeerTokenResult;
  code: PeerCodeResult | Promise<PeerCodeResult>;
}

const code = (answers: Answers): PeerCode & { readonly asked: string[] } => {
  const asked: string[] = [];
  return {
    asked,
    tokenOf: () => {
      asked.push('token');
      return answers.token;
    },
    check: async ({ pid }) => {
      asked.push(`check ${pid}`);
      return answers.code;
    },
  };
};

const ours = (role: CodeRole = 'app'): Answers => ({
  token: { ok: true, token: tokenOf(7) },
  code: { ok: true, role },
});

const guardOf = (answers: Answers, more: Partial<Parameters<typeof createPeerGuard>[0]> = {}) => {
  const asking = code(answers);
  const guard = createPeerGuard({
    code: asking,
    tokenNow: (by) => by.tokenOf(3),
    isOpen: () => true,
    pid: 7,
    ...more,
  });
  return { guard, asked: asking.asked };
};

const codeOf = (step: { readonly ok: boolean } & { readonly failure?: { readonly code: string } }): string =>
  step.ok ? 'passed' : (step.failure?.code ?? '');

describe('the guard of a connection', () => {
  test('reads the token at once, then looks at the code; twice, and the token again behind that', async () => {
    const { guard, asked } = guardOf(ours());
    const begun = guard();
    assert.deepEqual(asked, ['token'], 'before anything else has a turn');
    const first = await begun;
    assert.ok(first.ok);
    assert.deepEqual(asked, ['token', 'check 7']);
    const second = await first.next.confirm('app');
    assert.ok(second.ok);
    assert.deepEqual(asked, ['token', 'check 7', 'token', 'check 7', 'token']);
    assert.equal(second.next.still(), null);
  });

  test('lets nobody begin whose token or code is not known', async () => {
    const { guard: tokenless } = guardOf({ ...ours(), token: { ok: false, detail: 'EINVAL' } });
    assert.equal(codeOf(await tokenless()), 'client_untrusted');
    const { guard: strange } = guardOf({ ...ours(), code: { ok: false, problem: 'refused', detail: 'unsigned' } });
    assert.equal(codeOf(await strange()), 'client_untrusted');
    const { guard: old } = guardOf({ ...ours(), code: { ok: false, problem: 'outdated', detail: 'build 3' } });
    assert.equal(codeOf(await old()), 'client_too_old');
  });

  test('tells a token that differs in any single byte', async () => {
    for (let at = 0; at < 32; at += 1) {
      const answers = ours();
      const { guard } = guardOf(answers);
      const first = await guard();
      assert.ok(first.ok);
      const other = tokenOf(7);
      other.bytes[at] = 255;
      answers.token = { ok: true, token: other };
      assert.equal(codeOf(await first.next.confirm('app')), 'client_untrusted', `byte ${at}`);
    }
  });

  test('does not open when code or token change while the code is checked again', async () => {
    const answers = ours();
    const { guard } = guardOf(answers);
    const first = await guard();
    assert.ok(first.ok);
    answers.code = { ok: false, problem: 'refused', detail: 'changed in memory' };
    assert.equal(codeOf(await first.next.confirm('app')), 'client_untrusted');
    const slow = Promise.withResolvers<PeerCodeResult>();
    answers.code = slow.promise;
    const confirming = first.next.confirm('app');
    answers.token = { ok: true, token: tokenOf(7, 2) };
    slow.resolve({ ok: true, role: 'app' });
    assert.equal(codeOf(await confirming), 'client_untrusted');
  });

  test('holds a client to what it is signed as', async () => {
    const said = [
      ['app', 'app', 'passed'],
      ['app', 'cli', 'client_untrusted'],
      ['app', 'gateway', 'client_untrusted'],
      ['helper', 'app', 'client_untrusted'],
      ['helper', 'cli', 'passed'],
      ['helper', 'gateway', 'passed'],
    ] as const;
    for (const [role, client, wanted] of said) {
      const first = await guardOf(ours(role)).guard();
      assert.ok(first.ok);
      assert.equal(codeOf(await first.next.confirm(client)), wanted, `${role} says ${client}`);
    }
  });

  test('asks the further condition of the pid in the token, and of the kernel’s word where there are no tokens', async () => {
    const pids: number[] = [];
    const admits = async (pid: number) => {
      pids.push(pid);
      return pid === 7 ? null : failure('client_untrusted', `pid ${pid}`);
    };
    assert.equal(codeOf(await guardOf(ours(), { pid: 1, admits }).guard()), 'passed');
    assert.equal(codeOf(await guardOf(ours(), { pid: 8, admits, code: undefined }).guard()), 'client_untrusted');
    assert.deepEqual(pids, [7, 8]);
  });

  test('claims nothing beyond the user where programs cannot be told apart', async () => {
    const first = await guardOf(ours(), { code: undefined }).guard();
    assert.ok(first.ok);
    const second = await first.next.confirm('gateway');
    assert.ok(second.ok);
    assert.equal(second.next.still(), null);
  });
});

const start = async (t: Parameters<typeof startSocketKeeper>[0], answers: Answers) => {
  const done: string[] = [];
  // The keeper's own connection, by which it tests that it is told the truth.
  const token = answers.token;
  answers.token = { ok: true, token: { ...tokenOf(0), pid: process.pid } };
  const keeper = await startSocketKeeper(t, {
    peerOf: peerAs(ownUid),
    peerCode: code(answers),
    keeperUid: ownUid(),
    times: { helloMs: 500, idleMs: 60_000 },
    handlers: sampleHandlers({
      'relief.clear_leak': () => {
        done.push('clear_leak');
        return { ok: true, result: {} };
      },
    }),
  });
  answers.token = token;
  return { ...keeper, done };
};

const change = { type: 'request', id: 1, verb: 'relief.clear_leak', args: {} };

describe('a server that tells programs apart', () => {
  test('does not listen when the kernel gives its own connection another pid', async (t) => {
    const wrong = code(ours());
    await assert.rejects(startSocketKeeper(t, { peerOf: peerAs(ownUid), peerCode: wrong }), /peer_unknown/);
  });

  test('carries out nothing for a session whose token has changed, and closes it', async (t) => {
    const answers = ours('helper');
    const { path, done } = await start(t, answers);
    const client = await openClient(t, path);
    answers.token = { ok: true, token: tokenOf(8) };
    client.send(change);
    assert.deepEqual((await client.rest()).map(errorCodeOf), ['client_untrusted']);
    assert.deepEqual(done, []);
  });

  test('does not tell what came of it when the token changed meanwhile', async (t) => {
    const answers = ours('helper');
    const { path } = await start(t, answers);
    const client = await openClient(t, path);
    const reads: string[] = [];
    const before = answers.token;
    // The first look is before the change, the second behind it.
    Object.defineProperty(answers, 'token', {
      get: () => {
        reads.push('token');
        return reads.length === 1 ? before : { ok: false, detail: 'EINVAL' };
      },
    });
    client.send(change);
    assert.deepEqual((await client.rest()).map(errorCodeOf), ['client_untrusted']);
    assert.equal(reads.length, 2);
  });

  test('lets nobody in by a fault of its own, and goes on', async (t) => {
    const answers = ours('helper');
    const { path, log } = await start(t, answers);
    const greeted = await rawClient(t, path);
    const greeting = await greeted.next();
    const broken = Promise.reject(new Error('no framework'));
    broken.catch(() => {});
    answers.code = broken;
    greeted.send(helloTo(greeting));
    assert.deepEqual((await greeted.rest()).map(errorCodeOf), ['internal']);
    const next = await rawClient(t, path);
    assert.deepEqual((await next.rest()).map(errorCodeOf), ['internal']);
    assert.match(log.join('\n'), /handshake: Error: no framework/);
    answers.code = { ok: true, role: 'helper' };
    await openClient(t, path);
  });

  test('looks at nobody again who only reads', async (t) => {
    const answers = ours('helper');
    const { path } = await start(t, answers);
    const client = await openClient(t, path);
    answers.token = { ok: false, detail: 'EINVAL' };
    client.send({ type: 'request', id: 1, verb: 'read.status', args: {} });
    assert.equal(((await client.next()) as { ok?: boolean }).ok, true);
  });

  test('says that it is late when a check does not end, before the greeting and before the welcome', async (t) => {
    const answers = ours('helper');
    const { path, log } = await start(t, answers);
    const never = new Promise<PeerCodeResult>(() => {});
    const waiting = await rawClient(t, path);
    const greeting = await waiting.next();
    answers.code = never;
    waiting.send(helloTo(greeting));
    const early = await rawClient(t, path);
    assert.deepEqual((await waiting.rest()).map(errorCodeOf), ['handshake_failed']);
    assert.deepEqual((await early.rest()).map(errorCodeOf), ['handshake_failed']);
    assert.match(log.join('\n'), /checked again in time[\s\S]*checked in time/);
  });
});

describe('between hello and welcome', () => {
  test('nothing may come: a request, half a frame or a line of a log closes', async (t) => {
    const { path } = await startSocketKeeper(t);
    const behind = [JSON.stringify(change), '{"type":"request"', 'x'];
    for (const [at, more] of behind.entries()) {
      const client = await rawClient(t, path);
      const hello = helloTo(await client.next());
      client.socket.cork();
      client.send(hello);
      if (at === 0) client.send(change);
      else if (at === 1) client.write(Uint8Array.of(0xff, 0x43));
      else client.write(more);
      client.socket.uncork();
      const [code] = (await client.rest()).map(errorCodeOf);
      assert.ok(code === 'handshake_failed' || code === 'bad_frame', code ?? 'it was let in');
    }
  });
});
