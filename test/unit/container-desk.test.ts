import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DockerReply, DockerRequest } from '../../helper/adapters/docker-wire.ts';
import { problem } from '../../helper/adapters/wire.ts';
import type { ContainerOrder, Heard } from '../../helper/containers/orders.ts';
import type { AuditFacts } from '../../helper/journal/audit.ts';
import { createContainerDesk } from '../../helper/keeper/acting/container-desk.ts';
import { idOf } from '../fakes/docker-engine.ts';

/** How orders about containers are carried out: never without a row, and whatever the adapter says. */

const setUp = (reply: DockerReply, isWritten = true) => {
  const asked: DockerRequest[] = [];
  const rows: AuditFacts[] = [];
  const heard: Heard[] = [];
  const desk = createContainerDesk({
    adapters: {
      askDocker: (request) => {
        asked.push(request);
        return Promise.resolve(reply);
      },
    },
    audit: (facts) => {
      rows.push(facts);
      return isWritten;
    },
    post: (each) => heard.push(each),
  });
  return { desk, asked, rows, heard };
};

const stop: ContainerOrder = {
  op: 'stop',
  plan: 7,
  socket: '/s',
  id: idOf(0),
  name: 'jellyfin',
  startedAt: '2026-11-22T13:53:40Z',
  mostCpuMs: 1,
  mostNetworkBytes: 1,
  reason: 'it idles',
};
const restart: ContainerOrder = { op: 'restart', plan: 8, argv: ['/bin/true'], reason: 'closed' };

describe('a stop', () => {
  const rows: readonly (readonly [DockerReply, string])[] = [
    [{ ok: true, op: 'stop', seen: 'exited', note: '' }, 'ok'],
    [{ ok: true, op: 'stop', seen: 'running', note: '' }, 'timed_out'],
    [{ ok: true, op: 'stop', seen: 'unknown', note: '' }, 'timed_out'],
    [{ ok: true, op: 'stop', seen: 'busy', note: '' }, 'withdrawn'],
    [{ ok: true, op: 'stop', seen: 'changed', note: '' }, 'withdrawn'],
    [{ ok: true, op: 'stop', seen: 'absent', note: '' }, 'withdrawn'],
    [problem('too_late', 'no answer'), 'timed_out'],
    [problem('refused', 'no'), 'failed'],
    [{ ok: true, op: 'restart', code: 0, note: '' }, 'failed'],
  ];
  for (const [reply, outcome] of rows)
    test(`that comes to ${JSON.stringify(reply)} is ${outcome}, between its two rows`, async () => {
      const { desk, asked, rows: written, heard } = setUp(reply);
      await desk.carryOut(stop);
      assert.deepEqual(
        written.map((row) => (row.kind === 'result' ? [row.kind, row.plan, row.outcome] : row.kind)),
        ['intent', ['result', 7, outcome]],
      );
      assert.equal(asked.length, 1);
      assert.deepEqual(
        heard.map(({ op }) => op),
        ['stop'],
      );
    });

  test('without its row in the audit log is not asked for', async () => {
    const { desk, asked, heard } = setUp({ ok: true, op: 'stop', seen: 'exited', note: '' }, false);
    await desk.carryOut(stop);
    assert.deepEqual(asked, []);
    assert.ok(heard[0]?.op === 'stop' && !heard[0].reply.ok);
  });
});

describe('a restart', () => {
  test('has begun at once, and its end is heard of with its exit code', async () => {
    for (const [reply, isOk] of [
      [{ ok: true, op: 'restart', code: 0, note: '' }, true],
      [{ ok: true, op: 'restart', code: 1, note: 'no VM' }, false],
      [problem('refused', 'no such file'), false],
    ] satisfies [DockerReply, boolean][]) {
      const { desk, rows, heard } = setUp(reply);
      assert.equal((await desk.carryOut(restart)).detail, 'begun');
      while (heard.length === 0) await new Promise((resolve) => setImmediate(resolve));
      assert.ok(heard[0]?.op === 'restart' && heard[0].ok === isOk, JSON.stringify(heard));
      assert.deepEqual(
        rows.map(({ kind }) => kind),
        ['intent', 'result'],
      );
    }
  });

  test('without its row is not run', async () => {
    const { desk, asked, heard } = setUp({ ok: true, op: 'restart', code: 0, note: '' }, false);
    await desk.carryOut(restart);
    while (heard.length === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(asked, []);
    assert.ok(heard[0]?.op === 'restart' && !heard[0].ok);
  });
});

test('a look that is answered otherwise is no look', async () => {
  const { desk, heard } = setUp({ ok: true, op: 'restart', code: 0, note: '' });
  await desk.carryOut({ op: 'look', socket: null, knownPorts: [] });
  assert.ok(heard[0]?.op === 'look' && !heard[0].reply.ok);
});
