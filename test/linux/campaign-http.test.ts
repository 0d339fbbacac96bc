import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';

/** A short one of `npm run campaign http`: each attack that has a name, and fuzzed requests beside slow clients. */
test('whatever is sent to the API that is no request as it should be: no crash, no seat is ordered, always a 4xx or a close', {
  skip: process.platform === 'linux' ? false : 'its seats run under the supervisor that stands in for launchd',
  timeout: 120_000,
}, async (t) => {
  const given = Number(process.env.CASTELLAN_SEED);
  const seed = Number.isInteger(given) && given > 0 ? given >>> 0 : Math.floor(Math.random() * 2 ** 32);
  t.diagnostic(`seed ${seed}`);
  const { NODE_TEST_CONTEXT: _context, ...env } = process.env;
  const program = join(import.meta.dirname, '../campaign/http.ts');
  const child = spawn(process.execPath, ['--no-warnings', program, '--runs', '1200', '--seed', String(seed)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  });
  t.after(() => child.kill('SIGTERM'));
  const [said, complained, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  for (const line of said.split('\n').slice(-3)) if (line !== '') t.diagnostic(line);
  assert.equal(code, 0, `${said}${complained}`);
  assert.match(said, new RegExp(`^15\\d\\d requests passed: no crash, no effect, seed ${seed}`, 'm'));
});
