import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, linkSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { buildExecutable, nodeOptions } from '../../build/executable/executable.ts';

const root = path.resolve(import.meta.dirname, '../..');

describe('the single executable', () => {
  let executable = '';
  before(async () => {
    executable = (await buildExecutable()).path;
  });
  const run = (file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    spawnSync(file, [...args], {
      encoding: 'utf8',
      timeout: 20_000,
      cwd: '/',
      env: { PATH: process.env.PATH, ...env },
    });

  test('runs on its own', () => {
    const { stdout, stderr, status } = run(executable, ['version']);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^castellan \d+\.\d+\.\d+/);
    assert.equal(stderr, '');
  });

  test('takes no Node options from its environment', (t) => {
    const folder = mkdtempSync(path.join(root, 'dist', 'options-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(path.join(folder, 'evil.cjs'), `process.stdout.write('evil');`);
    const preload = `--require ${path.join(folder, 'evil.cjs').replaceAll(' ', '\\ ')}`;
    assert.doesNotMatch(run(executable, ['version'], { NODE_OPTIONS: preload }).stdout, /evil/);
    assert.equal(run(executable, ['version'], { NODE_OPTIONS: '--no-such-option' }).status, 0);
  });

  test('loads no library that its environment names, and keeps no compiled code where that says', (t) => {
    const folder = mkdtempSync(path.join(root, 'dist', 'environment-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const config = path.join(folder, 'openssl.cnf');
    const engine = `[e]\ndynamic_path = ${path.join(folder, 'evil.so')}\ninit = 1\n`;
    writeFileSync(config, `nodejs_conf = n\nopenssl_conf = n\n[n]\nengines = s\n[s]\ne = e\n${engine}`);
    // Node itself reads it: it looks for the library that is not there.
    const node = spawnSync(process.execPath, ['-e', '0'], { env: { OPENSSL_CONF: config }, encoding: 'utf8' });
    assert.match(node.stderr, /evil\.so/);
    const cache = path.join(folder, 'cache');
    const env = { OPENSSL_CONF: config, NODE_COMPILE_CACHE: cache };
    const { status, stdout, stderr } = run(executable, ['self-check'], env);
    assert.deepEqual([status, stderr], [0, ''], stdout);
    const kept = existsSync(cache) ? readdirSync(cache, { recursive: true, withFileTypes: true }) : [];
    assert.deepEqual(
      kept.filter((each) => each.isFile()).map((each) => each.name),
      [],
    );
  });

  test('loads koffi from its own folder, and only for the keeper', (t) => {
    // A hard link is the same file in a folder without koffi's native half.
    const folder = mkdtempSync(path.join(root, 'dist', 'alone-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const alone = path.join(folder, 'castellan');
    linkSync(executable, alone);
    assert.equal(run(alone, ['version']).status, 0);
    const keeper = run(alone, ['keeper', '--run-dir', path.join(folder, 'run')]);
    assert.equal(keeper.signal, null, 'it ends by itself');
    assert.notEqual(keeper.status, 0);
    assert.match(keeper.stderr, /koffi\.node/);
  });

  test('is a deadman without koffi, too', async (t) => {
    const folder = mkdtempSync(path.join(root, 'dist', 'deadman-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const alone = path.join(folder, 'castellan');
    linkSync(executable, alone);
    const { stdout, status } = run(alone, ['deadman', '--help']);
    assert.equal(status, 0);
    assert.match(stdout, /^castellan deadman: resumes frozen processes/);
    const deadman = spawn(alone, ['deadman', '--run-dir', path.join(folder, 'run')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    t.after(() => deadman.kill('SIGKILL'));
    const ended = once(deadman, 'exit');
    const [said] = await once(deadman.stderr, 'data');
    assert.match(String(said), /^deadman: started, pid \d+/);
    deadman.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null], 'it ended in order when it was told to');
  });

  test('keeps of each role a script of its own, without the libraries of the others', () => {
    // What is not in a role's script it cannot evaluate; and these words are found where the library is.
    const libraries = {
      koffi: 'koffi.node',
      zod: 'ZodMini',
      re2js: 'RE2JS',
      sqlite: 'node:sqlite',
      toml: 'TomlError',
      plist: 'xmldom',
      log: 'transports',
      prom: 'prom-client',
      http: 'node:http',
    };
    const whole = readFileSync(executable);
    const inScript = (role: string): readonly string[] => {
      const script = readFileSync(path.join(root, 'dist/executable', `castellan-${role}.cjs`));
      assert.ok(whole.includes(script), `the script of the ${role} is the one in the executable`);
      return Object.entries(libraries).flatMap(([library, word]) => (script.includes(word) ? [library] : []));
    };
    assert.deepEqual(inScript('deadman'), []);
    assert.deepEqual(inScript('append-alert'), []);
    assert.deepEqual(inScript('keeper'), ['koffi', 'zod', 're2js', 'sqlite', 'toml', 'log']);
    // It reads castellan.toml, so that no seat on call starts by an older property list.
    assert.deepEqual(inScript('supervisor'), ['zod', 're2js', 'sqlite', 'toml', 'plist', 'log']);
    assert.deepEqual(inScript('gateway'), ['zod', 'prom', 'http'], 'neither native code nor a database');
    assert.deepEqual(inScript('adapters'), ['zod', 'http'], 'it has a user’s rights, and meets strangers');
  });

  test('has the schemas of what a keeper says with those who read it only', () => {
    const script = (role: string): string =>
      readFileSync(path.join(root, 'dist/executable', `castellan-${role}.cjs`), 'utf8');
    assert.doesNotMatch(script('keeper'), /\b(?:statusSchema|reliefStatusSchema|historySchema)\b/);
    assert.match(script('cli'), /\bstatusSchema\b/);
  });

  test('takes the compiled form of its scripts', () => {
    // A form that V8 refuses is compiled anew without a word: only the time and the memory would tell.
    const check = `
      const { readFileSync } = require('node:fs');
      const { compileFunction } = require('node:vm');
      const [file] = process.argv.slice(1);
      const { cachedDataRejected } = compileFunction(readFileSync(file, 'latin1'), ['exports', 'require', 'module'],
        { cachedData: readFileSync(file + '.cache') });
      process.stdout.write(String(cachedDataRejected));
    `;
    for (const role of [
      'keeper',
      'deadman',
      'supervisor',
      'gateway',
      'append-alert',
      'adapters',
      'self-check',
      'cli',
    ]) {
      const file = path.join(root, 'dist/executable', `castellan-${role}.cjs`);
      const { stdout } = spawnSync(process.execPath, [...nodeOptions, '-e', check, file], { encoding: 'utf8' });
      assert.equal(stdout, 'false', role);
    }
  });

  test('shows no path of the machine it was built on', () => {
    const { stderr } = run(executable, ['keeper', '--host', 'nonsense']);
    assert.ok(!stderr.includes(root));
  });
});
