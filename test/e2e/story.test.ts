import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LevelName } from '../../helper/protocol/status.ts';
import { writePast } from '../fakes/virtual-history.ts';
import { launchApp } from './harness.ts';
import { castellan, startDeadman, startKeeper, statusOf } from './keeper-process.ts';
import { card, clickNotification, proposed, rowsOf, simConfig, writeConfig } from './relief-asking.ts';
import { eventually, missing, openWorld } from './surroundings.ts';

/**
 * One bad quarter of an hour on the simulated Mac, as its operator sees it, with a live keeper and deadman: memory fills, what
 * fills it is frozen, a kernel in need makes Castellan ask, the answer is given from a notification, and all is well again.
 * The pictures are those of the README.
 */

const hourMs = 60 * 60_000;

describe('a story from green to red and back', { skip: missing, timeout: 230_000 }, () => {
  test('yellow, orange, a freeze by itself, red, an approval from a notification, its receipt, recovery', async (t) => {
    const world = await openWorld(t);
    writeConfig(world, simConfig);
    writePast(world.runDirectory, { lengthMs: hourMs, untilMs: Date.now() });
    await startKeeper(world, 'sim');
    await startDeadman(world);
    const app = await launchApp(world);
    const set = (...words: readonly string[]): Promise<string> => castellan(world, 'sim', 'set', ...words);
    const level = (name: LevelName): Promise<unknown> =>
      eventually(async () => (await statusOf(world)).level.name === name, `${name} is reached`, 60_000);
    await set('scenario', 'still');
    const page = await app.open();
    // Pinned, so that it stays while notifications come and go.
    await page.getByRole('button', { name: 'Keep open' }).click();
    const shoot = async (step: string, shown: string): Promise<void> => {
      await page.locator(shown).first().waitFor();
      await app.shoot(page, `story-${step}`);
    };
    const header = (name: LevelName): string => `[data-testid=level][data-level=${name}]`;

    await level('green');
    await shoot('1-green', header('green'));

    await set('spawn', 'runaway', '8GB');
    await set('leak', 'runaway', '250MB/s');
    await level('yellow');
    await shoot('2-yellow', header('yellow'));

    await eventually(async () => (await statusOf(world)).relief.frozen.length === 1, 'the hog is frozen', 60_000);
    await level('orange');
    await shoot('3-frozen', '[data-testid=frozen]');
    const freeze = (await rowsOf(world, 'intent')).find(({ verb }) => verb === 'freeze');
    assert.match(String(freeze?.target), /runaway/);
    assert.equal(freeze?.by, 'automatic');

    await set('available', '1.5GB');
    await level('red');
    const proposal = await proposed(world, 'bootout');
    assert.equal(proposal.target.name, 'Codestral');
    // Whether it is idle is not known, so one press is not enough.
    assert.equal(proposal.needsConfirmation, true);
    await clickNotification(world, app, proposal);
    await shoot('4-asked', '[data-testid=approval]');
    const intents = async (): Promise<readonly unknown[]> => (await rowsOf(world, 'intent')).map(({ verb }) => verb);
    assert.deepEqual(await intents(), ['freeze'], 'a click on the notification approves nothing');
    await card(page, proposal).getByTestId('approve').click();
    await card(page, proposal).getByTestId('yes').click();
    await eventually(
      async () => (await statusOf(world)).seats.find(({ name }) => name === 'Codestral')?.state === 'absent',
      'Codestral is gone',
      20_000,
    );
    await card(page, proposal).waitFor({ state: 'detached' });
    await eventually(
      () => world.bus.standing().every(({ summary }) => summary !== proposal.title),
      'the notification is taken off',
    );

    const receipt = await eventually(
      async () =>
        (await statusOf(world)).relief.activity.find(
          ({ verb, outcome }) => verb === 'bootout' && outcome === 'effective',
        ),
      'its effect is measured',
      30_000,
    );
    assert.match(receipt.got, /Gave back 1[23]\.\d GB/);
    await shoot('5-receipt', '[data-testid=activity][data-outcome=effective]');
    await assert.rejects(castellan(world, 'approve', String(proposal.id)), /approval_used|approval_unknown/);
    assert.deepEqual(
      [...(await intents()), ...(await rowsOf(world, 'receipt')).map(({ verb, effective }) => `${verb} ${effective}`)],
      ['freeze', 'bootout', 'freeze true', 'bootout true'],
    );

    await set('available', 'auto');
    await set('kill', 'runaway');
    await level('green');
    await eventually(async () => (await statusOf(world)).relief.frozen.length === 0, 'nothing is frozen any more');
    await shoot('6-green-again', header('green'));
    // What was asked meanwhile is withdrawn: on green nothing stands on the desktop.
    await eventually(() => world.bus.standing().length === 0, 'nothing is asked any more', 60_000);
  });
});
