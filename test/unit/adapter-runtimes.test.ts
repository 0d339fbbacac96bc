import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { AdapterReply, RuntimeKind } from '../../helper/adapters/wire.ts';
import { createAdapters } from '../../helper/keeper/acting/adapters.ts';
import { adaptersFor, isRoot, list, unload } from '../fakes/runtime-child.ts';
import { type FakeRuntimeOptions, startFakeRuntime } from '../fakes/runtime-server.ts';

/** Adapters as the keeper runs them: real children, against servers that behave as the runtimes do, and worse. */

const GB = 2 ** 30;
const startFor = async (t: TestContext, options: FakeRuntimeOptions) => {
  const runtime = await startFakeRuntime(options);
  t.after(runtime.close);
  return runtime;
};

const modelsIn = (reply: AdapterReply) => {
  assert.ok(reply.ok && reply.op === 'list', JSON.stringify(reply));
  return reply.models;
};
const seenIn = (reply: AdapterReply): string => {
  assert.ok(reply.ok && reply.op === 'unload', JSON.stringify(reply));
  return reply.seen;
};

const folderFor = (t: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'castellan-adapter-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  // The child is nobody.
  chmodSync(folder, 0o755);
  return folder;
};

const concurrency = 4;

describe('adapters', { concurrency }, () => {
  describe('list what is loaded, and nothing else', { concurrency }, () => {
    const cases: readonly { readonly kind: RuntimeKind; readonly expected: readonly unknown[] }[] = [
      {
        kind: 'lm_studio',
        expected: [
          { id: 'llama-3.3-70b', instance: 'llama-3.3-70b', bytes: 40 * GB, billions: 70.6, busy: null },
          { id: 'mixtral-8x7b', instance: 'mixtral-8x7b', bytes: 24 * GB, billions: 56, busy: null },
        ],
      },
      {
        kind: 'ollama',
        expected: [
          { id: 'llama-3.3-70b', instance: 'llama-3.3-70b', bytes: 40 * GB, billions: 70.6, busy: null },
          { id: 'mixtral-8x7b', instance: 'mixtral-8x7b', bytes: 24 * GB, billions: 56, busy: null },
        ],
      },
      {
        kind: 'llama_cpp',
        expected: [
          { id: 'llama-3.3-70b', instance: 'llama-3.3-70b', bytes: 40 * GB, billions: 70, busy: true },
          { id: 'mixtral-8x7b', instance: 'mixtral-8x7b', bytes: 24 * GB, billions: 56, busy: false },
        ],
      },
      {
        kind: 'llama_swap',
        expected: [
          { id: 'llama-3.3-70b', instance: 'llama-3.3-70b', bytes: null, billions: 70, busy: null },
          { id: 'mixtral-8x7b', instance: 'mixtral-8x7b', bytes: null, billions: 56, busy: null },
        ],
      },
      { kind: 'mlx_lm', expected: [] },
    ];
    const models = [
      { id: 'llama-3.3-70b', bytes: 40 * GB, params: '70.6B', isBusy: true },
      { id: 'mixtral-8x7b', bytes: 24 * GB },
    ];
    for (const { kind, expected } of cases)
      test(kind, async (t) => {
        const runtime = await startFor(t, { kind, models });
        assert.deepEqual(modelsIn(await adaptersFor(t).ask(kind, list(runtime.url))), expected);
        assert.deepEqual(runtime.loadedByAccident, []);
      });
  });

  describe('unload, and believe only the list', { concurrency }, () => {
    const models = [{ id: 'org/big model-70b', bytes: 40 * GB }, { id: 'other-35b' }];
    for (const kind of ['lm_studio', 'ollama', 'llama_cpp', 'llama_swap'] as const) {
      test(`${kind}: gone`, async (t) => {
        const runtime = await startFor(t, { kind, models });
        const adapters = adaptersFor(t);
        assert.equal(seenIn(await adapters.ask(kind, unload(runtime.url, 'org/big model-70b'))), 'gone');
        assert.deepEqual(
          modelsIn(await adapters.ask(kind, list(runtime.url))).map(({ id }) => id),
          ['other-35b'],
        );
        assert.deepEqual(runtime.loadedByAccident, []);
      });

      test(`${kind}: said to be done, and listed for ever`, async (t) => {
        const runtime = await startFor(t, { kind, models, trap: 'stopping' });
        const request = unload(runtime.url, 'org/big model-70b', { limitMs: 4_500 });
        assert.equal(seenIn(await adaptersFor(t).ask(kind, request)), 'listed');
      });
    }

    test('what is not loaded is not asked for', async (t) => {
      const runtime = await startFor(t, { kind: 'ollama', models });
      assert.equal(seenIn(await adaptersFor(t).ask('ollama', unload(runtime.url, 'absent'))), 'absent');
      assert.deepEqual(runtime.asked, ['GET /api/ps']);
    });

    test('what answers somebody is left alone, unless it was approved', async (t) => {
      const runtime = await startFor(t, { kind: 'llama_cpp', models: [{ id: 'busy-70b', isBusy: true }] });
      const adapters = adaptersFor(t);
      assert.equal(seenIn(await adapters.ask('llama_cpp', unload(runtime.url, 'busy-70b'))), 'busy');
      assert.ok(!runtime.asked.some((each) => each.startsWith('POST')));
      const approved = unload(runtime.url, 'busy-70b', { evenBusy: true });
      assert.equal(seenIn(await adapters.ask('llama_cpp', approved)), 'gone');
    });

    test('an error is told', async (t) => {
      const runtime = await startFor(t, { kind: 'ollama', models, trap: 'refuses' });
      const reply = await adaptersFor(t).ask('ollama', unload(runtime.url, 'other-35b'));
      assert.ok(!reply.ok && reply.code === 'refused', JSON.stringify(reply));
    });

    test('mlx_lm says that it can only be stopped', async (t) => {
      const runtime = await startFor(t, { kind: 'mlx_lm', models: [] });
      const adapters = adaptersFor(t);
      const listed = await adapters.ask('mlx_lm', list(runtime.url));
      assert.match(listed.note, /can only be stopped as a whole/);
      // Not even the list of what the disk has, which costs a walk through its cache.
      assert.deepEqual(runtime.asked, ['GET /health']);
    });

    test('a llama-server with one model says that it can only be stopped', async (t) => {
      const body = JSON.stringify({ data: [{ id: 'only-70b', object: 'model' }] });
      const server = createServer((_, response) => response.end(body));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      t.after(() => server.close());
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const reply = await adaptersFor(t).ask('llama_cpp', list(url));
      assert.ok(!reply.ok && reply.code === 'unsupported', JSON.stringify(reply));
    });
  });

  describe('LM Studio', { concurrency }, () => {
    test('another instance of the same model is told of', async (t) => {
      const runtime = await startFor(t, { kind: 'lm_studio', models: [{ id: 'big-70b' }], trap: 'ttl_duplicate' });
      const reply = await adaptersFor(t).ask('lm_studio', unload(runtime.url, 'big-70b'));
      assert.equal(seenIn(reply), 'gone');
      assert.match(reply.note, /1 more of the same model is loaded/);
    });

    test('instances of one model are unloaded by their own names', async (t) => {
      const models = [{ id: 'big-70b' }, { id: 'big-70b', instance: 'big-70b:2' }];
      const runtime = await startFor(t, { kind: 'lm_studio', models });
      const adapters = adaptersFor(t);
      const second = { ...unload(runtime.url, 'big-70b:2'), model: 'big-70b' };
      assert.equal(seenIn(await adapters.ask('lm_studio', second)), 'gone');
      assert.deepEqual(
        modelsIn(await adapters.ask('lm_studio', list(runtime.url))).map(({ instance }) => instance),
        ['big-70b'],
      );
    });

    test('200 where there is no such path is no success', async (t) => {
      const runtime = await startFor(t, { kind: 'lm_studio', models: [{ id: 'big-70b' }], trap: 'wrong_path' });
      const reply = await adaptersFor(t).ask('lm_studio', unload(runtime.url, 'big-70b', { cli: '/nonexistent/lms' }));
      assert.ok(!reply.ok && reply.code === 'not_understood', JSON.stringify(reply));
    });

    const fakeLms = (t: TestContext): { readonly lms: string; readonly state: string } => {
      const folder = folderFor(t);
      const [lms, state] = [join(folder, 'lms'), join(folder, 'loaded')];
      writeFileSync(state, '[{"identifier":"big","modelKey":"org/big-70b","sizeBytes":40000000000,"status":"idle"}]\n');
      chmodSync(state, 0o666);
      // What a shell would make of the name must not matter.
      const script = [
        '#!/bin/sh',
        `if [ "$1 $2" = "ps --json" ]; then cat ${state}; exit 0; fi`,
        `if [ "$1" = unload ] && [ $# = 2 ] && [ "$2" = big ]; then echo '[]' > ${state}; exit 0; fi`,
        'exit 3',
      ];
      writeFileSync(lms, `${script.join('\n')}\n`);
      chmodSync(lms, 0o755);
      return { lms, state };
    };

    test('an older one is asked by its command line', async (t) => {
      const { lms } = fakeLms(t);
      const runtime = await startFor(t, { kind: 'lm_studio', models: [], trap: 'wrong_path' });
      const adapters = adaptersFor(t);
      const [model] = modelsIn(await adapters.ask('lm_studio', list(runtime.url, { cli: lms })));
      assert.deepEqual(model, { id: 'org/big-70b', instance: 'big', bytes: 4e10, billions: 70, busy: false });
      const reply = await adapters.ask('lm_studio', unload(runtime.url, 'big', { cli: lms }));
      assert.equal(seenIn(reply), 'gone');
    });

    test('its command line has the rights of the user and nothing of the environment', {
      skip: !isRoot && 'needs root',
    }, async (t) => {
      const folder = folderFor(t);
      const lms = join(folder, 'lms');
      const row = '{"identifier":"uid $(id -u) groups $(id -G) secret [$SECRET] home $HOME"}';
      writeFileSync(lms, `#!/bin/sh\ncat <<END\n[${row}]\nEND\n`);
      chmodSync(lms, 0o755);
      process.env.SECRET = 'of the keeper';
      t.after(() => delete process.env.SECRET);
      const runtime = await startFor(t, { kind: 'lm_studio', models: [], trap: 'wrong_path' });
      const [model] = modelsIn(await adaptersFor(t).ask('lm_studio', list(runtime.url, { cli: lms })));
      assert.equal(model?.id, 'uid 65534 groups 65534 secret [] home /nonexistent');
    });

    test('as root no command line is run', { skip: !isRoot && 'needs root' }, async (t) => {
      const { lms } = fakeLms(t);
      const runtime = await startFor(t, { kind: 'lm_studio', models: [], trap: 'wrong_path' });
      const adapters = createAdapters({ account: () => Promise.resolve({ ok: true, account: null }) });
      t.after(adapters.close);
      const reply = await adapters.ask('lm_studio', list(runtime.url, { cli: lms }));
      assert.ok(!reply.ok && /is not run as root/.test(reply.note), JSON.stringify(reply));
    });

    test('a token is sent, read with the rights of the user', async (t) => {
      const folder = folderFor(t);
      const [tokenFile, secret] = [join(folder, 'token'), join(folder, 'secret')];
      writeFileSync(tokenFile, 'sk-lm-1234\n', { mode: 0o644 });
      writeFileSync(secret, 'sk-root\n', { mode: 0o600 });
      const runtime = await startFor(t, { kind: 'lm_studio', models: [] });
      const adapters = adaptersFor(t);
      modelsIn(await adapters.ask('lm_studio', list(runtime.url, { tokenFile })));
      assert.equal(runtime.authorization(), 'Bearer sk-lm-1234');
      if (!isRoot) return;
      const reply = await adapters.ask('lm_studio', list(runtime.url, { tokenFile: secret }));
      assert.ok(!reply.ok && /EACCES/.test(reply.note), JSON.stringify(reply));
    });
  });
});
