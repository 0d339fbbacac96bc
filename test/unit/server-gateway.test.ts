import assert from 'node:assert/strict';
import { chmodSync, lstatSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { findGatewayAccount } from '../../helper/keeper/server/gateway-account.ts';
import { gatewaySocketPath } from '../../helper/keeper/server/gateway-socket.ts';
import { gatewayTokenPath, prepareGatewayToken } from '../../helper/keeper/server/gateway-token.ts';
import { createMutationLimit } from '../../helper/keeper/server/mutations.ts';
import { isGatewayVerb, isVerb, requests } from '../../helper/protocol/requests.ts';
import { eventually, sampleGatewaySeat, startGatewayKeeper } from '../fakes/gateway-keeper.ts';
import {
  errorCodeOf,
  openClient,
  ownUid,
  peerAs,
  type RawClient,
  rawClient,
  startSocketKeeper,
  testRunDirectory,
} from '../fakes/socket-keeper.ts';

const ask = async (client: RawClient, verb: string, args: unknown = {}): Promise<Record<string, unknown>> => {
  client.send({ type: 'request', id: 7, verb, args });
  for (;;) {
    const message = await client.next();
    assert.ok(message !== 'closed', verb);
    if (message.type === 'reply') return message;
  }
};

describe('gateway.sock', () => {
  test('is a closed file of the gateway’s account and gives the tier gateway', async (t) => {
    const keeper = await startGatewayKeeper(t);
    const seen = lstatSync(gatewaySocketPath(keeper.runDirectory));
    assert.equal(seen.mode & 0o7777, 0o600);
    assert.equal(seen.uid, ownUid());
    const client = await openClient(t, gatewaySocketPath(keeper.runDirectory));
    assert.equal(client.tier, 'gateway');
  });

  test('turns every other account away, root included', async (t) => {
    const runDirectory = testRunDirectory(t);
    let uid = ownUid();
    const path = join(runDirectory, 'gateway.sock');
    await startSocketKeeper(t, { path, gatewayUid: ownUid(), peerOf: peerAs(() => uid) });
    for (const other of [ownUid() + 1, ownUid() === 0 ? 501 : 0]) {
      uid = other;
      const client = await rawClient(t, path);
      assert.deepEqual((await client.rest()).map(errorCodeOf), ['not_allowed']);
    }
  });

  test('takes the verbs of the gateway and no other', async (t) => {
    const keeper = await startGatewayKeeper(t);
    const client = await openClient(t, gatewaySocketPath(keeper.runDirectory));
    for (const verb of Object.keys(requests).filter((name) => isVerb(name) && !isGatewayVerb(name)))
      assert.equal(errorCodeOf(await ask(client, verb)), 'not_allowed', verb);
    assert.equal((await ask(client, 'read.status')).ok, true);
    assert.equal((await ask(client, 'seat.ensure', { seat: 'Codestral' })).ok, true);
  });

  test('has one session: a newer one ends the one before, and a handshake that never ends takes nobody’s place', async (t) => {
    const keeper = await startGatewayKeeper(t);
    const path = gatewaySocketPath(keeper.runDirectory);
    const first = await openClient(t, path);
    await rawClient(t, path);
    assert.equal((await ask(first, 'read.status')).ok, true);
    const second = await openClient(t, path);
    assert.equal(errorCodeOf((await first.rest()).at(-1)), 'too_many_connections');
    assert.equal((await ask(second, 'read.status')).ok, true);
    second.socket.destroy();
    await eventually(() => keeper.states.at(-1) === 'missing');
    assert.equal(keeper.states[0], 'present');
  });

  test('sends a view to whoever subscribes, and with each beat', async (t) => {
    const keeper = await startGatewayKeeper(t, { beatMs: 20 });
    const client = await openClient(t, gatewaySocketPath(keeper.runDirectory));
    client.send({ type: 'request', id: 1, verb: 'subscribe', args: { topics: ['seats'] } });
    for (let events = 0; events < 3; ) {
      const message = await client.next();
      assert.ok(message !== 'closed');
      if (message.type !== 'event') continue;
      assert.equal(message.topic, 'seats');
      events += 1;
    }
  });

  test('limits what a gateway may change to once a second for each seat, but not how often it asks for one', async (t) => {
    const keeper = await startGatewayKeeper(t, { seats: [sampleGatewaySeat()] });
    const client = await openClient(t, gatewaySocketPath(keeper.runDirectory));
    const traffic = { seat: 'Codestral', inFlight: 0, bytes: 1, ticks: 0 };
    const codes: (string | null)[] = [];
    for (let at = 0; at < 20; at += 1) codes.push(errorCodeOf(await ask(client, 'seat.traffic', traffic)));
    assert.equal(codes[0], null);
    assert.ok(codes.filter((code) => code === 'rate_limited').length >= 10, codes.join());
    assert.equal((await ask(client, 'seat.traffic', { ...traffic, seat: 'other' })).ok, true);
    for (let at = 0; at < 20; at += 1) assert.equal((await ask(client, 'seat.ensure', { seat: 'Codestral' })).ok, true);
  });

  test('is taken over from a keeper that was killed', async (t) => {
    const keeper = await startGatewayKeeper(t);
    await keeper.stop();
    writeFileSync(join(keeper.runDirectory, 'unrelated'), '');
    await keeper.start();
    const client = await openClient(t, gatewaySocketPath(keeper.runDirectory));
    assert.equal(client.tier, 'gateway');
  });

  test('and its topic is for the gateway alone', async (t) => {
    const { path } = await startSocketKeeper(t);
    const client = await openClient(t, path);
    assert.equal(errorCodeOf(await ask(client, 'subscribe', { topics: ['seats'] })), 'not_allowed');
  });
});

describe('the limit on changes', () => {
  test('forgets seats that were named long ago, so that names cannot fill memory', () => {
    let now = 0;
    const limit = createMutationLimit(() => now);
    const refused = Array.from({ length: 2_000 }, (_, at) => limit('seat.traffic', `s${at}`)).filter(
      (one) => one !== null,
    );
    assert.ok(refused.length > 0);
    now = 60_000;
    assert.equal(limit('seat.traffic', 'another'), null);
  });
});

describe('the account of the gateway', () => {
  test('is what the flag says, else one’s own, and for root never root', () => {
    assert.deepEqual(findGatewayAccount({ flag: 4242, ownUid: 0, ownGid: 0 }), {
      ok: true,
      account: { uid: 4242, gid: 4242 },
    });
    assert.deepEqual(findGatewayAccount({ ownUid: 501, ownGid: 20 }), { ok: true, account: { uid: 501, gid: 20 } });
    const ofRoot = findGatewayAccount({ ownUid: 0, ownGid: 0 });
    assert.ok(!ofRoot.ok || ofRoot.account.uid > 0);
  });
});

describe('the token', () => {
  const account = { uid: ownUid(), gid: process.getgid?.() ?? 0 };
  const prepare = (runDirectory: string): string => {
    assert.equal(prepareGatewayToken(runDirectory, ownUid(), account), null);
    return readFileSync(gatewayTokenPath(runDirectory), 'latin1');
  };

  test('is made once, for the keeper’s account and the gateway’s group', (t) => {
    const runDirectory = testRunDirectory(t);
    const token = prepare(runDirectory);
    assert.match(token, /^[0-9a-f]{64}\n$/);
    const seen = lstatSync(gatewayTokenPath(runDirectory));
    assert.equal(seen.mode & 0o7777, 0o640);
    assert.equal(seen.gid, account.gid);
    assert.equal(prepare(runDirectory), token);
  });

  test('that others could have read, that is a link, or that is none is made anew', (t) => {
    const runDirectory = testRunDirectory(t);
    const path = gatewayTokenPath(runDirectory);
    const token = prepare(runDirectory);
    chmodSync(path, 0o644);
    const second = prepare(runDirectory);
    assert.notEqual(second, token);
    rmSync(path);
    writeFileSync(join(runDirectory, 'elsewhere'), token, { mode: 0o640 });
    symlinkSync(join(runDirectory, 'elsewhere'), path);
    assert.notEqual(prepare(runDirectory), token);
    assert.ok(lstatSync(path).isFile());
    writeFileSync(path, 'short');
    assert.match(prepare(runDirectory), /^[0-9a-f]{64}\n$/);
  });

  test('that cannot be made is told', (t) => {
    const runDirectory = testRunDirectory(t);
    assert.match(prepareGatewayToken(join(runDirectory, 'gone'), ownUid(), account) ?? '', /ENOENT/);
  });
});
