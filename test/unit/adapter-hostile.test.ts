import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { adaptersFor, list } from '../fakes/runtime-child.ts';
import { type Hostility, startHostileServer } from '../fakes/runtime-server.ts';

/** Adapters as real children, against whoever may listen in a runtime's place. */

const concurrency = 4;

describe('against whoever listens there', { concurrency }, () => {
  const codes: Readonly<Record<Hostility, string>> = {
    hanging: 'too_late',
    dripping: 'too_late',
    gigabyte: 'not_understood',
    endless: 'not_understood',
    headers: 'not_understood',
    garbage: 'not_understood',
    html: 'not_understood',
    deep: 'not_understood',
    redirect: 'not_understood',
    token: 'refused',
    hangup: 'unreachable',
  };
  for (const [how, code] of Object.entries(codes) as [Hostility, string][])
    test(how, async (t) => {
      const elsewhere = await startHostileServer('html');
      t.after(elsewhere.close);
      const server = await startHostileServer(how, elsewhere.url);
      t.after(server.close);
      const reply = await adaptersFor(t).ask('ollama', list(server.url, { limitMs: 5_000 }));
      assert.ok(!reply.ok && reply.code === code, JSON.stringify(reply));
      assert.deepEqual(elsewhere.asked, [], 'nobody else is asked');
    });

  test('only this machine is asked', async (t) => {
    const adapters = adaptersFor(t);
    for (const url of ['http://192.0.2.1:1234', 'https://127.0.0.1:1234', 'http://127.0.0.1.example:80', 'nonsense']) {
      const reply = await adapters.ask('ollama', list(url));
      assert.ok(!reply.ok && reply.code === 'bad_request', `${url}: ${JSON.stringify(reply)}`);
    }
  });
});
