import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createFakeServices, type FakeServices, type MacKind } from '../fakes/registration-services.ts';
import { launchApp, type RunningApp } from './harness.ts';
import { startKeeper } from './keeper-process.ts';
import { eventually, missing, openWorld } from './surroundings.ts';

/** The helper's registration in the real app, with a real keeper; only what macOS would say is the test's. */

interface Global {
  mac: FakeServices;
  readonly __castellan: { readonly useServices: (port: FakeServices) => void };
}

const useMac = (app: RunningApp, kind: MacKind): Promise<void> =>
  app.electron.evaluate(
    (_electron, [source, given]) => {
      const here = globalThis as unknown as Global;
      // The text is this test's own, and runs in the app under test.
      here.mac = new Function('kind', `return (${source})(kind);`)(given) as FakeServices;
      here.__castellan.useServices(here.mac);
    },
    [createFakeServices.toString(), kind] as const,
  );

const macOf = <T>(app: RunningApp, call: 'sets' | 'approve'): Promise<T> =>
  app.electron.evaluate((_electron, name) => {
    const { mac } = globalThis as unknown as Global;
    return (name === 'sets' ? [...mac.sets] : mac.approve()) as unknown;
  }, call) as Promise<T>;

describe('registering the helper', { skip: missing, timeout: 120_000 }, () => {
  test('installed, approved, answering, removed: each is seen, and the helper does what the app was asked for', async (t) => {
    const world = await openWorld(t);
    const app = await launchApp(world);
    const page = await app.open();
    const screen = (kind: string) => page.locator(`[data-testid=state-screen][data-kind=${kind}]`);
    // Here nothing can be registered, and nothing is offered.
    await screen('missing').waitFor();

    await useMac(app, 'finds_nothing');
    await screen('not_installed').getByRole('button', { name: 'Install helper…' }).click();
    await screen('registering').waitFor();
    await screen('not_installed').getByText('put there by its installer').waitFor({ timeout: 30_000 });

    await useMac(app, 'asks');
    await screen('not_installed').getByRole('button', { name: 'Install helper…' }).click();
    await screen('needs_approval').getByRole('button', { name: 'Open Settings' }).click();
    await macOf(app, 'approve');
    await screen('starting').waitFor({ timeout: 10_000 });

    const keeper = await startKeeper(world, 'sim');
    await page.waitForSelector('[data-testid=level]:not([data-level=unknown])', { timeout: 20_000 });
    await app.hook('askRemoval');
    await screen('ask_removal').getByRole('button', { name: 'Cancel' }).click();
    await page.waitForSelector('[data-testid=top-row]');
    assert.deepEqual(await macOf(app, 'sets'), ['deadman on', 'keeper on', 'gateway on']);

    await app.hook('askRemoval');
    await screen('ask_removal').getByRole('button', { name: 'Remove, keep data' }).click();
    await screen('removed').getByText('Castellan is removed').waitFor({ timeout: 20_000 });
    await app.shoot(page, 'removed');
    assert.deepEqual(await macOf<readonly string[]>(app, 'sets').then((sets) => sets.slice(3)), [
      'gateway off',
      'keeper off',
      'deadman off',
    ]);
    await eventually(() => keeper.log().includes('castellan keeper: removed'), 'the keeper gave everything back');
    assert.equal(keeper.child.exitCode, null, 'it waits to be ended');
  });
});
