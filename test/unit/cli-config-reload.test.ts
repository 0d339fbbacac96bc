import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { run } from '../../helper/cli/main.ts';
import { capturedIo } from '../fakes/captured-io.ts';
import { keeperWith, problem } from '../fakes/scripted-editor.ts';
import { ownUid, startSocketKeeper, testRunDirectory } from '../fakes/socket-keeper.ts';

describe('castellan config reload', () => {
  const reload = async (runDirectory: string, ...more: string[]) => {
    const io = capturedIo();
    return { code: await run(['config', 'reload', '--run-dir', runDirectory, ...more], io), ...io.text };
  };

  test('prints what changes and what to look at', async (t) => {
    const { runDirectory } = await keeperWith(
      t,
      () => ({ ok: true, result: { loaded: true, diff: ['a: 1 → 2', 'b: not set → 3'], problems: [problem] } }),
      '/etc/c.toml',
    );
    const { code, out } = await reload(runDirectory);
    assert.equal(code, 0);
    assert.equal(
      out,
      'warning: /etc/c.toml:2: history.max: Too much. Write less.\na: 1 → 2\nb: not set → 3\nLoaded.\n',
    );
  });

  test('a file with errors is exit 1, and --json says the same', async (t) => {
    const result = { loaded: false, diff: [], problems: [problem] };
    const { runDirectory } = await keeperWith(t, () => ({ ok: true, result }), '/etc/c.toml');
    const { code, out } = await reload(runDirectory);
    assert.equal(code, 1);
    assert.match(out, /^error: .*\nNothing was loaded; the configuration before stays in force\.\n$/);
    const json = await reload(runDirectory, '--json');
    assert.equal(json.code, 1);
    assert.deepEqual(JSON.parse(json.out), { ...result, path: '/etc/c.toml' });
  });

  test('nothing changed is said, too; without a keeper exit 3; without the right exit 4', async (t) => {
    const same = await keeperWith(t, () => ({ ok: true, result: { loaded: true, diff: [], problems: [] } }));
    assert.deepEqual((await reload(same.runDirectory)).out, 'Loaded; nothing changed.\n');
    assert.equal((await reload(testRunDirectory(t))).code, 3);
    const { runDirectory } = await startSocketKeeper(t, { consoleUid: () => null, keeperUid: 0, peerOf: asStranger() });
    const refused = await reload(runDirectory);
    assert.equal(refused.code, 4);
    assert.match(refused.err, /^not_allowed: /);
  });
});

/** The server tests its `peerOf` on a connection of its own, which must be named rightly; everyone after it is a stranger. */
const asStranger = () => {
  let asked = 0;
  return () => {
    asked += 1;
    return { ok: true, pid: process.pid, uid: asked === 1 ? ownUid() : 4242, gid: 0 } as const;
  };
};
