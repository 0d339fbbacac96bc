import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, startChild } from '../../build/start/child.ts';
import { isLiving } from '../../build/start/process-group.ts';
import { healthyMs, maxDeaths, restartDelayMs, supervise } from '../../build/start/supervise.ts';

const script = (source: string): Child =>
  startChild({
    name: 'child',
    command: process.execPath,
    args: ['-e', source],
    cwd: process.cwd(),
    env: { ...process.env, NODE_TEST_CONTEXT: '' },
    graceMs: 300,
  });

const idle = 'setInterval(() => {}, 1000);';

describe('a child of npm start', () => {
  test('ends when asked', async () => {
    const child = script(idle);
    await sleep(150);
    await child.stop();
    assert.equal((await child.ended).signal, 'SIGTERM');
  });

  test('is killed when it does not listen', async () => {
    const child = script(`process.on('SIGTERM', () => {}); ${idle}`);
    await sleep(300);
    await child.stop();
    assert.equal((await child.ended).signal, 'SIGKILL');
  });

  test('ends though it is stopped', async () => {
    const child = script(idle);
    await sleep(150);
    process.kill(child.pid ?? 0, 'SIGSTOP');
    await child.stop();
    assert.equal((await child.ended).signal, 'SIGTERM');
  });

  test('takes its own children with it, also when it dies by itself', async () => {
    const child = script(
      `const c = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(idle)}], { stdio: 'ignore' });
       console.log(c.pid); setTimeout(() => process.exit(3), 200);`,
    );
    const ending = await child.ended;
    assert.equal(ending.code, 3);
    assert.ok(!isLiving(Number(ending.lastLines[0])));
  });

  test('that cannot be started says why', async () => {
    const child = startChild({ name: 'x', command: '/no/such', args: [], cwd: '/', env: {}, graceMs: 100 });
    const ending = await child.ended;
    assert.equal(ending.code, 127);
    assert.match(ending.lastLines.join(), /ENOENT/);
    await child.stop();
  });
});

describe('supervision', () => {
  test('says a death at once with the last lines, and starts again after a second', async () => {
    const said: string[] = [];
    let starts = 0;
    const start = (): Child => {
      starts += 1;
      return starts === 1 ? script(`console.error('out of luck'); process.exit(9);`) : script(idle);
    };
    const supervised = supervise({ name: 'keeper', start, isMeant: () => false, say: (line) => said.push(line) });
    const until = Date.now() + 10_000;
    while (starts < 2 && Date.now() < until) await sleep(25);
    await supervised.stop();
    assert.equal(await supervised.done, 'stopped');
    assert.equal(starts, 2);
    assert.match(said[0] ?? '', /^keeper died \(code 9\)/);
    assert.equal(said[1], '  out of luck');
    assert.equal(said[2], 'keeper starts again in 1 s');
  });

  test('ends without a new start when the ending was meant or another took over', async () => {
    const meant = supervise({ name: 'x', start: () => script(''), isMeant: ({ code }) => code === 0, say: () => {} });
    assert.equal(await meant.done, 'ended');
    const needless = supervise({
      name: 'x',
      start: () => script('process.exit(4)'),
      isMeant: () => false,
      isNeedless: async () => true,
      say: () => {},
    });
    assert.equal(await needless.done, 'ended');
  });

  test('does not wait out the back-off when it is stopped', async () => {
    let died: () => void = () => {};
    const death = new Promise<void>((resolve) => {
      died = resolve;
    });
    const say = (line: string): void => {
      if (line.includes('starts again')) died();
    };
    // Whoever waited this one out would not end before the test's own limit.
    const delayMs = (): number => 3_600_000;
    const start = () => script('process.exit(1)');
    const supervised = supervise({ name: 'x', start, isMeant: () => false, say, delayMs });
    await death;
    await supervised.stop();
    assert.equal(await supervised.done, 'stopped');
  });

  test('waits longer from death to death and gives up in the end', () => {
    assert.deepEqual([1, 2, 3, 4, 5, 9].map(restartDelayMs), [1000, 2000, 4000, 8000, 16_000, 16_000]);
    assert.ok(maxDeaths > 3 && healthyMs > restartDelayMs(maxDeaths));
  });
});
