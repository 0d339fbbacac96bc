import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { describe, test } from 'node:test';
import { findElectron } from '../../build/fetch/electron-runtime.ts';
import { appArguments, appEnvironment, launchApp } from './harness.ts';
import { startKeeper } from './keeper-process.ts';
import { eventually, kept, missing, openWorld, root } from './surroundings.ts';

describe('a second app', { skip: missing, timeout: 60_000 }, () => {
  test('opens the window of the first and ends well', async (t) => {
    const world = await openWorld(t);
    await startKeeper(world, 'linux');
    const first = await launchApp(world);
    assert.equal(await first.hook('isWindowShown'), false);

    const electron = findElectron(root);
    assert.ok(electron.kind === 'found');
    const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const args = [...sandbox, ...appArguments(world), '--anything=$(touch /nowhere)'];
    const second = kept(spawn(electron.executable, args, { env: appEnvironment(world), stdio: 'ignore' }));
    const timer = setTimeout(() => second.kill('SIGKILL'), 20_000);
    const code = await new Promise<number | null>((resolve) => second.once('exit', resolve));
    clearTimeout(timer);
    assert.equal(code, 0);
    await eventually(
      () => first.hook('isWindowShown'),
      () => `the first one opens its window\n${first.output()}`,
    );
    assert.doesNotMatch(first.output(), /touch/, 'what the second was started with is not repeated');
  });
});
