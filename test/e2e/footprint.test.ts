import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { describe, test } from 'node:test';
import { launchApp } from './harness.ts';
import { startKeeper, statusOf } from './keeper-process.ts';
import { end, eventually, kept, missing, openWorld, root, type World } from './surroundings.ts';

const MB = 2 ** 20;

/** A process that holds memory; its pid once it says that it does. */
const hold = async (world: World, fake: string, bytes: number, ...flags: readonly string[]): Promise<number> => {
  // Of a name of its own: the popover shows processes of one program as one row.
  const args = [...flags, `--title=${path.basename(fake, '.ts')}`, path.join(root, 'test/fakes', fake), String(bytes)];
  const child = kept(spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] }));
  world.defer(() => end(child));
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await eventually(() => text.includes('ok\n'), `${fake} holds ${bytes} bytes`);
  return child.pid ?? 0;
};

describe('memory that RSS does not see', { skip: missing, timeout: 120_000 }, () => {
  test('300 MB in an unmapped memfd ranks above 100 MB of RSS, in the terminal and on the screen', async (t) => {
    const world = await openWorld(t);
    const hidden = await hold(world, 'memfd-holder.ts', 300 * MB);
    const open = await hold(world, 'victim.ts', 100 * MB, '--expose-gc');
    // Last, so that its first pass over all processes meets them: on a calm machine the next one comes 30 s later.
    await startKeeper(world, 'linux');

    const processes = await eventually(async () => {
      const { processes: listed } = await statusOf(world, '--all');
      const found = listed.some((each) => each.pid === hidden && each.footprintBytes > 300 * MB);
      return found && listed.some((each) => each.pid === open) && listed;
    }, 'the keeper has read both processes');
    const told = (pid: number) => {
      const at = processes.findIndex((each) => each.pid === pid);
      const row = processes[at];
      assert.ok(row !== undefined);
      return { at, ...row };
    };
    const [more, less] = [told(hidden), told(open)];
    assert.ok(more.at < less.at, `the memfd's holder is ${more.at}th, the other ${less.at}th`);
    assert.ok(more.footprintBytes >= 300 * MB && more.footprintBytes < 360 * MB, `${more.footprintBytes} bytes`);
    assert.ok(less.footprintBytes >= 95 * MB && less.footprintBytes < 160 * MB, `${less.footprintBytes} bytes`);
    assert.ok(less.rssBytes >= 100 * MB);
    assert.ok(more.rssBytes < 100 * MB && more.rssBytes < less.rssBytes, `RSS of the holder: ${more.rssBytes} bytes`);

    const app = await launchApp(world);
    const page = await app.open();
    const shown = await eventually(async () => {
      const rows = await page.getByTestId('top-row').all();
      const seen = await Promise.all(
        rows.map(async (row) => ({
          pid: Number(await row.getAttribute('data-pid')),
          footprint: Number(await row.getAttribute('data-footprint')),
          rss: Number(await row.getAttribute('data-rss')),
        })),
      );
      return seen.some(({ pid }) => pid === hidden) && seen.some(({ pid }) => pid === open) && seen;
    }, 'both are on the screen');
    const pids = shown.map(({ pid }) => pid);
    assert.ok(pids.indexOf(hidden) < pids.indexOf(open), `${pids}`);
    assert.deepEqual(
      shown.map(({ footprint }) => footprint),
      shown.map(({ footprint }) => footprint).sort((a, b) => b - a),
      'largest footprint first',
    );
    const row = shown[pids.indexOf(hidden)];
    assert.ok(row !== undefined && row.footprint >= 300 * MB && row.rss < 100 * MB, JSON.stringify(row));
    await app.shoot(page, 'memfd');
  });
});
