import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { presenceOn } from '../../build/start/answers.ts';
import { hasDisplay, parseStart } from '../../build/start/arguments.mjs';
import { appCommand, keeperCommand, statusCommand } from '../../build/start/commands.ts';

describe('arguments of npm start', () => {
  test('without any: this machine, the app where there is a display', () => {
    const there = parseStart([], 'linux', { DISPLAY: ':0' });
    assert.deepEqual(there, { kind: 'run', seconds: null, host: 'linux', runDirectory: null, config: null, app: true });
    const bare = parseStart([], 'linux', {});
    assert.ok(bare.kind === 'run' && !bare.app);
    const refused = parseStart(['--no-app'], 'darwin', {});
    assert.ok(refused.kind === 'run' && !refused.app && refused.host === 'darwin');
  });

  test('takes the simulated Mac anywhere and the other machine nowhere', () => {
    const sim = parseStart(['--host', 'sim'], 'linux', {});
    assert.ok(sim.kind === 'run' && sim.host === 'sim');
    assert.equal(parseStart(['--host', 'darwin'], 'linux', {}).kind, 'wrong');
  });

  test('refuses what it does not know, in a sentence', () => {
    for (const argv of [['--seconds', 'soon'], ['--seconds', '0'], ['--seconds', '-1'], ['--nonsense'], ['file']]) {
      const parsed = parseStart(argv, 'linux', {});
      assert.ok(parsed.kind === 'wrong' && parsed.problem.length > 10, argv.join(' '));
    }
    assert.equal(parseStart(['--help', '--nonsense'], 'linux', {}).kind, 'wrong');
    assert.equal(parseStart(['-h'], 'linux', {}).kind, 'help');
  });

  test('an empty DISPLAY is no display', () => {
    assert.ok(!hasDisplay('linux', { DISPLAY: '' }));
    assert.ok(hasDisplay('linux', { WAYLAND_DISPLAY: 'wayland-0' }));
    assert.ok(hasDisplay('darwin', {}));
  });
});

describe('what npm start runs', () => {
  const place = {
    root: '/a folder/castellan',
    runDirectory: '/run/x',
    env: { PATH: '/bin', ELECTRON_RUN_AS_NODE: '1' },
  };
  const electron = {
    kind: 'found',
    source: 'registry',
    version: '25.1.1',
    folder: '/e',
    executable: '/e/electron',
  } as const;

  test('all of it in the same run directory', () => {
    assert.deepEqual(keeperCommand(place, 'sim', '/c.toml').args.slice(1), [
      'keeper',
      '--run-dir',
      '/run/x',
      '--host',
      'sim',
      '--config',
      '/c.toml',
    ]);
    assert.deepEqual(statusCommand(place, 5).args.slice(1), [
      'status',
      '--watch',
      '--run-dir',
      '/run/x',
      '--seconds',
      '5',
    ]);
    assert.equal(appCommand(place, electron, false).env.CASTELLAN_RUN_DIR, '/run/x');
  });

  test('the sandbox is given up for root on Linux only, and Electron never runs as plain Node', () => {
    assert.deepEqual(appCommand(place, electron, false).args, [place.root]);
    const asRoot = appCommand(place, electron, true);
    assert.equal(asRoot.args.includes('--no-sandbox'), process.platform === 'linux');
    assert.ok(!('ELECTRON_RUN_AS_NODE' in asRoot.env));
  });
});

describe('looking for a keeper', () => {
  const listen = async (t: TestContext, greeting: string | null): Promise<string> => {
    const folder = mkdtempSync(path.join(tmpdir(), 'answers-'));
    const file = path.join(folder, 's.sock');
    const server = createServer((socket) => {
      socket.on('error', () => {});
      if (greeting !== null) socket.write(greeting);
    });
    await new Promise<void>((resolve) => server.listen(file, resolve));
    t.after(() => {
      server.close();
      rmSync(folder, { recursive: true, force: true });
    });
    return file;
  };

  test('one that greets answers; one that says nothing is silent; no socket is nobody', async (t) => {
    assert.equal(await presenceOn(await listen(t, 'hello')), 'answers');
    assert.equal(await presenceOn(await listen(t, null)), 'silent');
    assert.equal(await presenceOn(path.join(tmpdir(), 'no-such-castellan.sock')), 'nobody');
  });
});
