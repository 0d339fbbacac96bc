import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readInputs } from '../../helper/journal/inputs.ts';
import { type ReplayedStep, replayInputs } from '../../helper/keeper/judgement/input-lines.ts';

const main = fileURLToPath(new URL('../../helper/main.ts', import.meta.url));

describe('journal of inputs', () => {
  for (const ending of ['SIGTERM', 'SIGKILL'] as const)
    test(`a real keeper ended by ${ending} replays to the beats it wrote`, { timeout: 60_000 }, async (t) => {
      const directory = mkdtempSync(join(tmpdir(), 'castellan-replay-'));
      const keeper = spawn(process.execPath, [main, 'keeper', '--run-dir', directory, '--host', 'linux'], {
        stdio: 'ignore',
      });
      const ended = new Promise((resolve) => keeper.once('exit', resolve));
      t.after(async () => {
        keeper.kill('SIGKILL');
        await ended;
        rmSync(directory, { recursive: true, force: true });
      });
      await sleep(9_000);
      const beat = JSON.parse(readFileSync(join(directory, 'heartbeat'), 'utf8')) as Record<string, unknown>;
      if (ending === 'SIGKILL') await sleep(1_000);
      keeper.kill(ending);
      await ended;

      const steps: ReplayedStep[] = [];
      for await (const step of replayInputs(readInputs(join(directory, 'state', 'inputs')))) steps.push(step);
      const beats = steps.flatMap(({ decision }) =>
        decision.effects.flatMap((effect) => (effect.kind === 'heartbeat' ? [effect.heartbeat] : [])),
      );
      const replayed = beats.find(({ sequence }) => sequence === beat.sequence);
      assert.ok(replayed !== undefined, `beat ${beat.sequence} of ${beats.length} replayed`);
      for (const [name, value] of Object.entries(replayed)) assert.equal(beat[name], value, name);
      assert.ok(steps.some(({ input }) => input.reading?.table?.processes.some(({ id }) => id.pid === keeper.pid)));
    });

  test('what cannot be replayed is passed over until the next checkpoint', async () => {
    const steps: ReplayedStep[] = [];
    const lines = [
      '{"nowMs":0,"reading":null,"events":[]}',
      '{"gap":{"lostLines":3}}',
      '{"nowMs":1,"reading":null,"events":[]}',
    ];
    for await (const step of replayInputs(lines)) steps.push(step);
    assert.deepEqual(steps, []);
  });
});
