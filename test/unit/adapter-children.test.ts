import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AdapterReply, AdapterRequest } from '../../helper/adapters/wire.ts';
import { createAdapterAccount } from '../../helper/keeper/acting/adapter-account.ts';
import { createAdapters } from '../../helper/keeper/acting/adapters.ts';

/** What the keeper makes of adapters that hang, lie and babble, and whose rights they get. */

const request: AdapterRequest = { op: 'list', url: 'http://127.0.0.1:1', tokenFile: null, cli: null, limitMs: 500 };
const folderFor = (t: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'castellan-adapter-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** A child that runs this script in place of an adapter. */
const adaptersOf = (t: TestContext, script: string) => {
  const adapters = createAdapters({
    account: () => Promise.resolve({ ok: true, account: null }),
    command: ['/bin/sh', '-c', script],
  });
  t.after(adapters.close);
  return adapters;
};

const codeOf = (reply: AdapterReply): string => (reply.ok ? 'ok' : reply.code);
const isAlive = (pid: number): boolean => {
  try {
    // A zombie that nobody has waited for has ended.
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

describe('a child in place of an adapter', () => {
  test('that hangs is killed with all it started, while the loop goes on', async (t) => {
    const file = join(folderFor(t), 'pids');
    let ticks = 0;
    const timer = setInterval(() => ticks++, 20);
    t.after(() => clearInterval(timer));
    const reply = await adaptersOf(t, `trap '' TERM; sleep 60 & echo $$ $! > ${file}; wait`).ask('ollama', request);
    assert.equal(codeOf(reply), 'too_late');
    assert.ok(ticks > 10, `${ticks} ticks went by`);
    const pids = readFileSync(file, 'utf8').trim().split(' ').map(Number);
    assert.equal(pids.length, 2);
    while (pids.some(isAlive)) await sleep(20);
  });

  test('that leaves its output open to another is not waited for', async (t) => {
    const reply = await adaptersOf(t, 'sleep 60 & exit 0').ask('ollama', request);
    assert.equal(codeOf(reply), 'too_late');
  });

  for (const [what, script] of Object.entries({
    'says nothing': 'exit 0',
    'says too much': 'yes | head -c 1000000',
    'says too much and goes on': 'yes',
    'says no JSON': 'echo hello',
    'says bytes': "printf '\\377\\376\\000'",
    'ends with an error': `echo '{"ok":true,"op":"list","models":[],"note":""}'; exit 1`,
    'is killed': 'kill -9 $$',
    'answers another question': `echo '{"ok":true,"op":"unload","seen":"gone","note":""}'`,
    'says more than it was asked': `echo '{"ok":true,"op":"list","models":[],"note":"","more":1}'`,
    'names what is not printable': `printf '{"ok":true,"op":"list","models":[{"id":"a\\\\u001b[2J","instance":"a","bytes":1,"billions":1,"busy":null}],"note":""}'`,
    'names what turns the line around': `printf '{"ok":true,"op":"list","models":[{"id":"\\\\u202eb07","instance":"a","bytes":1,"billions":1,"busy":null}],"note":""}'`,
    'says a size that is none': `echo '{"ok":true,"op":"list","models":[{"id":"a","instance":"a","bytes":1e300,"billions":1,"busy":null}],"note":""}'`,
    'says a negative one': `echo '{"ok":true,"op":"list","models":[{"id":"a","instance":"a","bytes":1,"billions":-1,"busy":null}],"note":""}'`,
    'speaks of prototypes': `echo '{"__proto__":{"ok":true},"op":"list","models":[],"note":""}'`,
  }))
    test(`that ${what} has said nothing`, async (t) => {
      assert.equal(codeOf(await adaptersOf(t, script).ask('ollama', request)), 'not_understood');
    });

  test('that does not exist is a reason', async (t) => {
    const adapters = createAdapters({
      account: () => Promise.resolve({ ok: true, account: null }),
      command: ['/nonexistent/castellan'],
    });
    t.after(adapters.close);
    assert.equal(codeOf(await adapters.ask('ollama', request)), 'unreachable');
  });

  test('has no environment and is told its role', async (t) => {
    const file = join(folderFor(t), 'told');
    process.env.SECRET_OF_THE_KEEPER = 'x';
    t.after(() => delete process.env.SECRET_OF_THE_KEEPER);
    await adaptersOf(t, `{ echo "$0 $1 [$SECRET_OF_THE_KEEPER]"; cat; } > ${file}`).ask('llama_swap', request);
    assert.equal(readFileSync(file, 'utf8'), `adapter llama_swap []\n${JSON.stringify(request)}`);
  });
});

describe('whose rights an adapter gets', () => {
  const run = async (_: string, [flag, of]: readonly string[]) =>
    of === 'nobody'
      ? { code: 0, output: '-2\n' }
      : of === '501' && flag === '-g'
        ? { code: 0, output: '20\n' }
        : { code: 1, output: '' };
  const found = (hostKind: 'darwin' | 'linux', ownUid: number, consoleUid: number | null) =>
    createAdapterAccount({ hostKind, ownUid, consoleUid: () => consoleUid, run })();
  const nobody = { uid: 4_294_967_294, gid: 4_294_967_294 };

  test('those of the user at the console', async () => {
    assert.deepEqual(await found('darwin', 0, 501), { ok: true, account: { uid: 501, gid: 20 } });
  });
  test('those of nobody while nobody is there, and on Linux', async () => {
    assert.deepEqual(await found('darwin', 0, null), { ok: true, account: nobody });
    assert.deepEqual(await found('linux', 0, 0), { ok: true, account: nobody });
  });
  test('never those of root, whoever has the console', async () => {
    assert.deepEqual(await found('darwin', 0, 0), { ok: true, account: nobody });
  });
  test('its own of a keeper that is not root', async () => {
    assert.deepEqual(await found('linux', 1000, 1000), { ok: true, account: null });
  });
  test('nobody’s where the group cannot be found out: it is not asked', async () => {
    assert.equal((await found('darwin', 0, 777)).ok, false);
  });
});
