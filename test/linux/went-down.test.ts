import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { run } from '../../helper/cli/main.ts';
import type { Status } from '../../helper/protocol/status.ts';
import { capturedIo } from '../fakes/captured-io.ts';

const main = fileURLToPath(new URL('../../helper/main.ts', import.meta.url));
const skip = process.platform === 'linux' ? false : 'a real keeper of this machine is Linux’s';

describe('a machine that goes down under the keeper', { skip }, () => {
  test('is told of by the next one, with what was measured last, until a keeper has ended in order before a restart', {
    timeout: 90_000,
  }, async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'castellan-down-'));
    const children: ChildProcess[] = [];
    t.after(async () => {
      for (const child of children) child.kill('SIGKILL');
      await sleep(50);
      rmSync(directory, { recursive: true, force: true });
    });
    const mark = join(directory, 'state', 'run.json');
    const start = async (): Promise<ChildProcess> => {
      const child = spawn(process.execPath, [main, 'keeper', '--run-dir', directory, '--host', 'linux'], {
        stdio: 'ignore',
      });
      children.push(child);
      return child;
    };
    const end = async (child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    };
    /** When it has answered, and has something to show of the day before. */
    const status = async (): Promise<Status> => {
      for (;;) {
        const io = capturedIo();
        const code = await run(['status', '--json', '--run-dir', directory], io);
        if (code === 0) return JSON.parse(io.text.out) as Status;
        await sleep(200);
      }
    };
    /** What is on the disk was written in another boot of this machine. */
    const reboot = (): void => {
      const written = JSON.parse(readFileSync(mark, 'utf8')) as Record<string, unknown>;
      writeFileSync(mark, JSON.stringify({ ...written, bootId: 'the boot before' }));
    };

    const first = await start();
    assert.equal((await status()).wentDown, null);
    await sleep(3_000);
    await end(first, 'SIGKILL');
    const second = await start();
    assert.equal((await status()).wentDown, null, 'the machine went on');
    await end(second, 'SIGKILL');

    reboot();
    const third = await start();
    const { wentDown, machine } = await status();
    assert.ok(wentDown?.last, JSON.stringify(wentDown));
    assert.equal(wentDown.last.level, 'green');
    const { availableBytes } = wentDown.last;
    assert.ok(
      availableBytes !== null && availableBytes > 0 && availableBytes <= machine.totalBytes,
      JSON.stringify(wentDown),
    );
    assert.equal(wentDown.report, null);
    await end(third, 'SIGTERM');
    const fourth = await start();
    assert.deepEqual((await status()).wentDown, wentDown, 'also by those after it');
    await end(fourth, 'SIGTERM');

    reboot();
    await start();
    assert.equal((await status()).wentDown, null, 'it was told to end before');
  });
});
