import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { presenceOn } from '../../build/start/answers.ts';
import { describeReading, firstReading } from '../../build/start/reading.ts';

const root = path.resolve(import.meta.dirname, '../..');

interface Start {
  readonly child: ChildProcess;
  readonly text: () => string;
  readonly ended: Promise<number | null>;
}

/** `npm start` without npm and without the set-up, in a terminal's place. */
const start = (runDirectory: string, ...more: readonly string[]): Start => {
  const { DISPLAY: _x, WAYLAND_DISPLAY: _wayland, NODE_TEST_CONTEXT: _context, ...env } = process.env;
  const args = [path.join(root, 'build/start/main.ts'), '--run-dir', runDirectory, ...more];
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));
  return { child, text: () => text, ended };
};

const folderFor = (t: TestContext): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'start-'));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
};

const until = async (condition: () => boolean | Promise<boolean>, what: () => string): Promise<void> => {
  for (const end = performance.now() + 20_000; !(await condition()); await sleep(50)) {
    assert.ok(performance.now() < end, what());
  }
};

/** Living processes whose command line names the run directory. */
const usersOf = (runDirectory: string): readonly string[] =>
  readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(runDirectory);
    } catch {
      return false;
    }
  });

describe('npm start in a terminal', { skip: process.platform === 'linux' ? false : 'looks into /proc' }, () => {
  test('shows a reading, ends by itself and leaves nothing running', async (t) => {
    const folder = folderFor(t);
    const run = start(folder, '--seconds', '1');
    t.after(() => run.child.kill('SIGKILL'));
    assert.equal(await run.ended, 0, run.text());
    assert.match(run.text(), /available of/);
    assert.deepEqual(usersOf(folder), []);
  });

  test('is joined by a second one, which leaves it running; a signal ends all of the first', async (t) => {
    const folder = folderFor(t);
    const first = start(folder, '--host', 'sim');
    t.after(() => first.child.kill('SIGTERM'));
    await until(() => /available of/.test(first.text()), first.text);
    const second = start(folder, '--seconds', '1');
    t.after(() => second.child.kill('SIGTERM'));
    assert.equal(await second.ended, 0, second.text());
    assert.match(second.text(), /already answers/);
    assert.equal(await presenceOn(path.join(folder, 'castellan.sock')), 'answers');

    const status = await firstReading({ root, runDirectory: folder, env: process.env }, AbortSignal.timeout(10_000));
    assert.ok(status);
    assert.match(describeReading(status), /^\w+, \d+\.\d GB of 64\.0 GB available$/);

    first.child.kill('SIGINT');
    assert.equal(await first.ended, 0);
    assert.deepEqual(usersOf(folder), []);
  });

  test('runs the deadman, starts it again when it dies, and ends it last', async (t) => {
    const folder = folderFor(t);
    const run = start(folder, '--host', 'sim');
    t.after(() => run.child.kill('SIGTERM'));
    await until(() => /available of/.test(run.text()), run.text);
    const pidOf = (role: string): number =>
      Number(usersOf(folder).find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`\0${role}\0`)));
    const [deadman, keeper] = [pidOf('deadman'), pidOf('keeper')];
    assert.ok(deadman > 1 && keeper > 1);
    process.kill(deadman, 'SIGKILL');
    await until(() => /deadman died \(signal SIGKILL\)/.test(run.text()), run.text);
    await until(() => pidOf('deadman') > 1, run.text);
    assert.equal(pidOf('keeper'), keeper, 'the keeper goes on meanwhile');

    const again = pidOf('deadman');
    await until(() => existsSync(path.join(folder, 'deadman.sock')), run.text);
    let keeperWentFirst = false;
    const watch = setInterval(() => {
      const [deadmanLives, keeperLives] = [existsSync(`/proc/${again}`), existsSync(`/proc/${keeper}`)];
      if (deadmanLives && !keeperLives) keeperWentFirst = true;
    }, 2);
    run.child.kill('SIGINT');
    const code = await run.ended;
    clearInterval(watch);
    assert.equal(code, 0, run.text());
    assert.ok(keeperWentFirst);
    assert.deepEqual(usersOf(folder), []);
  });

  test('says at once that the keeper died and starts it again', async (t) => {
    const folder = folderFor(t);
    const run = start(folder);
    t.after(() => run.child.kill('SIGTERM'));
    await until(() => /available of/.test(run.text()), run.text);
    const keeper = usersOf(folder).find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('\0keeper\0'));
    process.kill(Number(keeper), 'SIGKILL');
    await until(() => /keeper died \(signal SIGKILL\)/.test(run.text()), run.text);
    await until(async () => (await presenceOn(path.join(folder, 'castellan.sock'))) === 'answers', run.text);
    run.child.kill('SIGTERM');
    assert.equal(await run.ended, 0);
    assert.deepEqual(usersOf(folder), []);
  });
});
