import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';

/** A short one of the campaign of `npm run campaign kill-points`: the deadman's times are a tenth, and each run another one. */
test('keeper and deadman killed or stopped at 50 points: nothing stays frozen, and no row is lost', {
  skip: process.platform === 'linux' ? false : 'looks into /proc',
  timeout: 170_000,
}, async (t) => {
  const given = Number(process.env.CASTELLAN_SEED);
  const seed = Number.isInteger(given) && given > 0 ? given >>> 0 : Math.floor(Math.random() * 2 ** 32);
  t.diagnostic(`seed ${seed}`);
  const { NODE_TEST_CONTEXT: _context, ...env } = process.env;
  const program = join(import.meta.dirname, '../campaign/kill-points.ts');
  const args = ['--runs', '50', '--seed', String(seed), '--scale', '0.1', '--lanes', '8'];
  const child = spawn(process.execPath, ['--no-warnings', program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  });
  t.after(() => child.kill('SIGTERM'));
  const [said, complained, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  for (const line of said.split('\n').slice(-4)) if (line !== '') t.diagnostic(line);
  assert.equal(code, 0, `${said}${complained}`);
  assert.match(said, new RegExp(`^50 of 50 runs passed, \\d+ processes were frozen when struck, seed ${seed}`, 'm'));
});
