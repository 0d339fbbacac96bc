import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import {
  configPath,
  developmentRunDirectory,
  findRunDirectory,
  heartbeatPath,
  prepareRunDirectory,
  productionRunDirectory,
  socketPath,
  statePath,
} from '../../helper/keeper/life/run-directory.ts';

const uid = process.getuid?.() ?? -1;
const needsRoot = uid === 0 ? {} : { skip: 'only root can give folders to another account' };

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(realpathSync(tmpdir()), 'castellan-run-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const modeOf = (path: string): number => lstatSync(path).mode & 0o7777;
const refusal = (path: string, account = uid): string => {
  const prepared = prepareRunDirectory(path, account);
  assert.equal(prepared.ok, false);
  return prepared.ok ? '' : `${prepared.failure.code}: ${prepared.failure.detail}`;
};

describe('where the run directory is', () => {
  const env = { HOME: '/home/ann', XDG_RUNTIME_DIR: '/run/user/1000' };

  test('the flag decides, made absolute', () => {
    assert.equal(findRunDirectory({ flag: '/x/y/', platform: 'linux', uid: 1000, env }), '/x/y');
    assert.equal(findRunDirectory({ flag: 'run', platform: 'linux', uid: 1000, env }), join(process.cwd(), 'run'));
  });

  test('in development, by platform and account', () => {
    const rows = [
      ['linux', 1000, env, '/run/user/1000/castellan-dev'],
      ['linux', 1000, { HOME: '/home/ann' }, '/home/ann/.castellan-dev'],
      ['linux', 1000, { HOME: '/home/ann', XDG_RUNTIME_DIR: 'relative' }, '/home/ann/.castellan-dev'],
      ['linux', 0, env, '/run/castellan-dev'],
      ['darwin', 501, { HOME: '/Users/ann' }, '/Users/ann/Library/Application Support/Sanctum/Castellan-dev/run'],
    ] as const;
    for (const [platform, account, variables, path] of rows) {
      assert.equal(developmentRunDirectory({ platform, uid: account, env: variables }), path);
    }
  });

  test('root never follows its environment', () => {
    const misled = developmentRunDirectory({ platform: 'darwin', uid: 0, env: { HOME: '/tmp/evil' } });
    assert.doesNotMatch(misled, /evil/);
    assert.ok(
      developmentRunDirectory({ platform: 'linux', uid: 1000, env: { HOME: '' } }).startsWith(userInfo().homedir),
    );
  });

  test('without flag and without an installed keeper it is the development one', () => {
    // No test machine has an installed keeper; with one, its folder is the right answer.
    const found = findRunDirectory({ platform: 'linux', uid: 1000, env });
    assert.ok(['/run/user/1000/castellan-dev', '/run/castellan'].includes(found));
  });

  test('its files have one name each', () => {
    assert.equal(socketPath('/r'), '/r/castellan.sock');
    assert.equal(heartbeatPath('/r'), '/r/heartbeat');
    assert.equal(statePath('/r'), '/r/state');
    assert.equal(configPath('/r'), '/r/castellan.toml');
    assert.equal(configPath(productionRunDirectory('linux')), '/etc/castellan/castellan.toml');
    assert.equal(
      configPath(productionRunDirectory('darwin')),
      '/Library/Application Support/Sanctum/Castellan/castellan.toml',
    );
  });
});

describe('preparing it', () => {
  test('makes what is missing, passable for others, with a private state folder, whatever the umask', () => {
    const path = join(folder, 'a b/c/run');
    const before = process.umask(0o077);
    try {
      assert.deepEqual(prepareRunDirectory(path, uid), { ok: true, path, statePath: join(path, 'state') });
    } finally {
      process.umask(before);
    }
    assert.deepEqual([modeOf(join(folder, 'a b')), modeOf(path), modeOf(statePath(path))], [0o755, 0o755, 0o700]);
    assert.equal(prepareRunDirectory(path, uid).ok, true);
  });

  test('leaves the mode of an existing run directory, and closes its state folder', () => {
    mkdirSync(join(folder, 'state'), { mode: 0o755 });
    assert.equal(prepareRunDirectory(folder, uid).ok, true);
    assert.deepEqual([modeOf(folder), modeOf(join(folder, 'state'))], [0o700, 0o700]);
  });

  test('refuses links, wherever they lead', () => {
    mkdirSync(join(folder, 'real'));
    symlinkSync(join(folder, 'real'), join(folder, 'run'));
    assert.match(refusal(join(folder, 'run')), /^untrusted_path: .*run is a link/);
    symlinkSync(join(folder, 'real'), join(folder, 'real/state'));
    assert.match(refusal(join(folder, 'real')), /^untrusted_path: .*state is not a folder/);
    symlinkSync('/nowhere', join(folder, 'dangling'));
    assert.match(refusal(join(folder, 'dangling')), /is a link/);
  });

  test('refuses what others can write, at any height, with owner, mode and advice', () => {
    const run = join(folder, 'run');
    mkdirSync(run);
    chmodSync(run, 0o775);
    assert.match(refusal(run), /run has mode 0775, so others can write/);
    chmodSync(run, 0o755);
    mkdirSync(join(run, 'state'));
    chmodSync(join(run, 'state'), 0o770);
    assert.match(refusal(run), /state has owner uid \d+ and mode 0770, so others can write to it; use chmod go-w/);
    rmSync(join(run, 'state'), { recursive: true });
    chmodSync(folder, 0o777);
    assert.match(refusal(run), /mode 0777, so others can write/);
    chmodSync(folder, 0o1777);
    assert.equal(prepareRunDirectory(run, uid).ok, true);
  });

  test('refuses a folder of another account and names both', needsRoot, () => {
    const run = join(folder, 'run');
    mkdirSync(run);
    chownSync(run, 65534, 65534);
    assert.match(refusal(run), /run has owner uid 65534 and mode 0755; the owner must be root/);
    chownSync(run, 0, 0);
    assert.match(refusal(run, 65534), /owner uid 0 and mode 0755; a keeper with uid 65534 needs one of its own/);
  });

  test('a file in the way and a full path are said, not thrown', () => {
    writeFileSync(join(folder, 'file'), '');
    assert.match(refusal(join(folder, 'file')), /^untrusted_path: .*file is not a folder/);
    assert.match(refusal(join(folder, 'file/run')), /file is not a folder/);
    assert.match(refusal(join(folder, 'x'.repeat(300))), /^run_directory_failed: .*ENAMETOOLONG/);
    assert.match(refusal('/proc/castellan/run'), /^(run_directory_failed|untrusted_path): /);
  });
});
