import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lchownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { defaultConfig, GB } from '../../helper/config/config.ts';
import { checkConfigFile, loadConfig, problemText, reloadConfig } from '../../helper/config/load.ts';
import { readTrusted } from '../../helper/config/trusted.ts';
import { trustedOwners } from '../../helper/config/trusted-folders.ts';

const uid = process.getuid?.() ?? -1;
const owners = trustedOwners(uid);
const rules = { owners, totalBytes: 64 * GB };
const needsRoot = uid === 0 ? {} : { skip: 'only root can give files to another account' };
const stranger = 65534;

let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(join(realpathSync(tmpdir()), 'castellan-config-'));
  file = join(folder, 'castellan.toml');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (text: string | Uint8Array, mode = 0o644): void => {
  writeFileSync(file, text);
  chmodSync(file, mode);
};

describe('reading a file nobody else can change', () => {
  const read = (path = file, maxBytes = 1000) => readTrusted(path, { owners, maxBytes });
  const refusal = (path = file): string => {
    const result = read(path);
    assert.equal(result.ok, false);
    return result.ok ? '' : `${result.failure.code}: ${result.failure.detail}`;
  };

  test('gives its bytes', () => {
    write('[relief]\n', 0o600);
    const result = read();
    assert.ok(result.ok);
    assert.equal(new TextDecoder().decode(result.bytes), '[relief]\n');
  });

  test('a file of exactly the allowed size is read, one byte more is not', () => {
    write('x'.repeat(1000));
    assert.equal(read().ok, true);
    write('x'.repeat(1001));
    assert.match(refusal(), /^config_unreadable: .*1001 bytes; at most 1000/);
  });

  test('a missing file, or folder, is only missing', () => {
    for (const path of [file, join(folder, 'no/such/castellan.toml')]) {
      const result = read(path);
      assert.deepEqual([result.ok, !result.ok && result.missing], [false, true]);
    }
  });

  test('a mode that lets others write is refused, and named', () => {
    for (const [mode, text] of [
      [0o664, /0664/],
      [0o646, /0646/],
    ] as const) {
      write('', mode);
      assert.match(refusal(), text);
    }
  });

  test('a link is refused, also one to a good file', () => {
    const real = join(folder, 'real.toml');
    writeFileSync(real, '', { mode: 0o644 });
    symlinkSync(real, file);
    assert.match(refusal(), /^untrusted_path: .*is a link/);
  });

  test('a link among the folders is refused unless it is the machine’s own', () => {
    mkdirSync(join(folder, 'real'));
    writeFileSync(join(folder, 'real/castellan.toml'), '', { mode: 0o644 });
    symlinkSync(join(folder, 'real'), join(folder, 'link'));
    const result = read(join(folder, 'link/castellan.toml'));
    // As root, a link of root in a folder of root is as good as a folder; anybody else's is not.
    if (uid === 0) assert.equal(result.ok, true);
    else assert.match(refusal(join(folder, 'link/castellan.toml')), /link is a link/);
    rmSync(join(folder, 'link'));
    symlinkSync(join(folder, 'link'), join(folder, 'link'));
    assert.match(refusal(join(folder, 'link/castellan.toml')), /is a link/);
  });

  test('a second hard link is refused', () => {
    write('');
    linkSync(file, join(folder, 'second'));
    assert.match(refusal(), /2 hard links/);
  });

  test('a folder, a FIFO and a device are refused at once', () => {
    mkdirSync(file);
    assert.match(refusal(), /not a regular file/);
    rmSync(file, { recursive: true });
    assert.equal(spawnSync('mkfifo', [file]).status, 0);
    // Nobody writes into it: whoever opened it as a file would wait for ever.
    assert.match(refusal(), /not a regular file/);
    assert.match(refusal('/dev/zero'), /not a regular file/);
  });

  test('a folder others can write is refused, also when it is further up', () => {
    mkdirSync(join(folder, 'inner'));
    writeFileSync(join(folder, 'inner/castellan.toml'), '', { mode: 0o644 });
    chmodSync(folder, 0o777);
    assert.match(refusal(join(folder, 'inner/castellan.toml')), /mode 0777, so others can write/);
  });

  test('a sticky folder may hold a folder of ours but no file', () => {
    chmodSync(folder, 0o1777);
    write('');
    assert.match(refusal(), /mode 01777/);
    mkdirSync(join(folder, 'inner'), { mode: 0o755 });
    writeFileSync(join(folder, 'inner/castellan.toml'), '', { mode: 0o644 });
    assert.equal(read(join(folder, 'inner/castellan.toml')).ok, true);
  });

  test('another account’s file, folder or link is refused and its owner named', needsRoot, () => {
    write('');
    chownSync(file, stranger, stranger);
    assert.match(refusal(), /owner uid 65534 and mode 0644; the owner must be root/);
    chownSync(file, 0, 0);
    chownSync(folder, stranger, stranger);
    assert.match(refusal(), /owner uid 65534 and mode 0700/);
    chownSync(folder, 0, 0);
    chmodSync(folder, 0o1777);
    mkdirSync(join(folder, 'inner'));
    chownSync(join(folder, 'inner'), stranger, stranger);
    assert.match(refusal(join(folder, 'inner/castellan.toml')), /owner uid 65534/);
    chmodSync(folder, 0o755);
    symlinkSync('/etc', join(folder, 'theirs'));
    lchownSync(join(folder, 'theirs'), stranger, stranger);
    assert.match(refusal(join(folder, 'theirs/castellan.toml')), /theirs is a link/);
    chmodSync(folder, 0o1777);
    // A stranger may put a link to a folder of root into a sticky folder.
    symlinkSync('/etc', join(folder, 'link'));
    assert.match(refusal(join(folder, 'link/castellan.toml')), /link is a link/);
  });

  test('an ordinary account trusts root and itself', needsRoot, () => {
    write('');
    chownSync(file, stranger, stranger);
    assert.equal(readTrusted(file, { owners: trustedOwners(stranger), maxBytes: 10 }).ok, true);
    assert.deepEqual(trustedOwners(0), [0]);
    assert.deepEqual(trustedOwners(501), [0, 501]);
  });

  test('no environment variable relaxes a check', () => {
    write('', 0o666);
    const script = `import { readTrusted } from '${new URL('../../helper/config/trusted.ts', import.meta.url)}';
      const r = readTrusted(${JSON.stringify(file)}, { owners: ${JSON.stringify(owners)}, maxBytes: 10 });
      process.stdout.write(String(r.ok))`;
    const env = { CASTELLAN_RUN_DIR: folder, CASTELLAN_TRUST: '1', NODE_ENV: 'development', HOME: folder };
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], { env, encoding: 'utf8' });
    assert.equal(child.stdout, 'false', child.stderr);
  });
});

describe('loading at start', () => {
  test('no file: the defaults, and no problem', () => {
    assert.deepEqual(loadConfig(file, rules), {
      state: 'defaults',
      config: defaultConfig,
      problems: [],
      path: file,
      source: null,
    });
  });

  test('a good file', () => {
    write('[relief]\nmode = "live"\n');
    const loaded = loadConfig(file, rules);
    assert.equal(loaded.state, 'file');
    assert.equal(loaded.config.relief.mode, 'live');
  });

  test('a file with errors: the defaults, with line and fix, whatever else the file says', () => {
    write('[relief]\nmode = "live"\n[history]\nmax = 1\n');
    const { state, config, problems } = loadConfig(file, rules);
    assert.equal(state, 'invalid');
    assert.deepEqual(config, defaultConfig);
    assert.deepEqual(
      problems.map((problem) => problemText('castellan.toml', problem)),
      ['castellan.toml:4: history.max: 1 has no unit. Write "1 GB" if that is the unit you mean.'],
    );
  });

  test('a file that is not to be trusted is not even parsed', () => {
    write('[relief]\nmode = "live"\n', 0o666);
    const { state, config, problems } = loadConfig(file, rules);
    assert.equal(state, 'invalid');
    assert.deepEqual(config, defaultConfig);
    assert.match(problems[0]?.message ?? '', /mode 0666/);
    assert.equal(problems[0]?.line, null);
  });

  test('bytes that are not UTF-8 are named by line', () => {
    write(Buffer.concat([Buffer.from('# ä\n# ok\n'), Buffer.from([0x23, 0xe4, 0x0a, 0x23, 0xe4])]));
    const { state, problems } = loadConfig(file, rules);
    assert.equal(state, 'invalid');
    assert.deepEqual([problems[0]?.line, problems[0]?.message], [3, 'This line is not UTF-8 text.']);
  });

  test('10 MB are refused by size at once, without reading them', () => {
    write('');
    truncateSync(file, 10 * 2 ** 20);
    const from = performance.now();
    const { state, problems } = loadConfig(file, rules);
    const took = performance.now() - from;
    assert.equal(state, 'invalid');
    assert.match(problems[0]?.message ?? '', /10485760 bytes; at most 65536/);
    assert.ok(took < 1_000, `${took} ms`);
  });
});

describe('reloading', () => {
  const seat = '[[seat]]\nname = "A"\nclass = "protected"\nlabel = "a"\npeak = "41 GB"\nprobe_cmd = ["/bin/true"]\n';

  test('takes a good file and says what changed', () => {
    write(seat);
    const first = loadConfig(file, rules);
    write(`${seat.replace('41', '42')}[relief]\nmode = "live"\n`);
    const { loaded, current, diff, problems } = reloadConfig(first, file, rules);
    assert.equal(loaded, true);
    assert.deepEqual(diff, ['relief.mode: dry_run → live', 'seat "A".peak: 41 GB → 42 GB']);
    assert.deepEqual(problems, []);
    assert.deepEqual({ ...current, source: null }, { ...loadConfig(file, rules), source: null });
    assert.equal(current.source?.text, loadConfig(file, rules).source?.text);
  });

  test('keeps the last good configuration on errors, and again, until the file is right', () => {
    write(seat);
    const first = loadConfig(file, rules);
    write(`${seat}wired = 1\n`);
    const second = reloadConfig(first, file, rules);
    assert.equal(second.loaded, false);
    assert.deepEqual(second.diff, []);
    assert.deepEqual([second.current.state, second.current.config], ['file', first.config]);
    assert.equal(second.problems[0]?.line, 7);
    assert.match(second.current.problems[0]?.message ?? '', /loaded before stays in force/);
    chmodSync(file, 0o666);
    const third = reloadConfig(second.current, file, rules);
    assert.deepEqual([third.loaded, third.current.config], [false, first.config]);
    assert.equal(third.current.problems.length, 2);
    write(seat);
    const fourth = reloadConfig(third.current, file, rules);
    assert.deepEqual([fourth.loaded, fourth.diff, fourth.current.problems], [true, [], []]);
  });

  test('no mistake in what was added last costs the seats, the addresses or the bands', () => {
    const machine =
      '[api]\nextra_listen = ["10.10.10.1:2189"]\n[gpu]\nwired_limit = "48 GB"\n[[band]]\nname = "Q"\npattern = \'/q$\'\nband = "HOME"\n';
    const call =
      '[[seat]]\nname = "B"\nclass = "on_call"\nlabel = "b"\npeak = "14 GB"\nready.url = "http://127.0.0.1:9/"\nproxy.target = "127.0.0.1:9"\n';
    const text = `${machine}${seat}${call}`;
    write(text);
    const first = loadConfig(file, rules);
    assert.equal(first.state, 'file');
    for (const [from, to] of [
      ['"HOME"', '160'],
      ['127.0.0.1:9/', '10.0.0.1:9/'],
      ['"127.0.0.1:9"', '"127.0.0.1:1340"'],
      ['10.10.10.1', '0.0.0.0'],
      ['probe_cmd', '#'],
      ['48 GB', '48'],
    ] as const) {
      write(text.replace(from, to));
      const second = reloadConfig(first, file, rules);
      assert.deepEqual([second.loaded, second.current.config, second.diff], [false, first.config, []], from);
      assert.ok(
        second.problems.every(({ line, fix }) => line !== null && fix !== ''),
        from,
      );
    }
    write(text.replace('127.0.0.1:9"', '127.0.0.1:10"').replace('10.10.10.1', '10.10.10.2').replace('HOME', 'IDLE'));
    assert.deepEqual(reloadConfig(first, file, rules).diff, [
      'api.extra_listen: ["10.10.10.1:2189"] → ["10.10.10.2:2189"]',
      'band "Q".band: HOME → IDLE',
      'seat "B".port: 9 → 10',
      'seat "B".proxy.target: 127.0.0.1:9 → 127.0.0.1:10',
    ]);
  });

  test('a file that vanished is an error, an empty one means the defaults', () => {
    write(seat);
    const first = loadConfig(file, rules);
    unlinkSync(file);
    const gone = reloadConfig(first, file, rules);
    assert.deepEqual([gone.loaded, gone.current.config], [false, first.config]);
    assert.match(gone.problems[0]?.message ?? '', /does not exist/);
    write('');
    const emptied = reloadConfig(gone.current, file, rules);
    assert.deepEqual([emptied.loaded, emptied.current.config], [true, defaultConfig]);
  });

  test('an invalid start is cured by a good file, or by none', () => {
    write('nonsense');
    const first = loadConfig(file, rules);
    const second = reloadConfig(first, file, rules);
    assert.deepEqual([second.loaded, second.current.state], [false, 'invalid']);
    assert.deepEqual(second.current.problems, second.problems);
    unlinkSync(file);
    assert.equal(reloadConfig(first, file, rules).current.state, 'defaults');
    write(seat);
    assert.equal(reloadConfig(first, file, rules).current.state, 'file');
  });
});

test('checking tells valid, invalid, missing and unreadable apart and loads nothing', () => {
  assert.equal(checkConfigFile(file, rules).state, 'missing');
  write('[relief]\n');
  const valid = checkConfigFile(file, rules);
  assert.ok(valid.state === 'valid');
  assert.deepEqual([valid.config, valid.warnings], [defaultConfig, []]);
  const finding = { paths: [['relief', 'mode']], message: 'x', fix: 'y' } as const;
  assert.deepEqual(valid.place([finding]), [{ line: 1, key: 'relief.mode', message: 'x', fix: 'y' }]);
  write('[relef]\n');
  const invalid = checkConfigFile(file, rules);
  assert.equal(invalid.state === 'invalid' && invalid.problems[0]?.line, 1);
  chmodSync(file, 0o622);
  const unreadable = checkConfigFile(file, rules);
  assert.equal(unreadable.state === 'unreadable' && unreadable.failure.code, 'untrusted_path');
});
