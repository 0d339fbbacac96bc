import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { launchApp } from './harness.ts';
import { startKeeper, startSupervisor, statusOf } from './keeper-process.ts';
import { eventually, missing, openWorld } from './surroundings.ts';

/** A file that a seat's next start needs is gone from a real disk: a real keeper finds it, the app tells it and shows it. */

const seatLines = (name: string, program: string, ...more: readonly string[]): string =>
  [
    '[[seat]]',
    `name = "${name}"`,
    'class = "on_call"',
    `label = "test.castellan.${name.toLowerCase()}"`,
    'peak = "64 MB"',
    'probe_cmd = ["/bin/true"]',
    `command = ["${program}", "600"]`,
    ...more,
  ].join('\n');

describe('health in the app', { skip: missing, timeout: 120_000 }, () => {
  test('the program of a seat is gone: a notification says so, and a click on it shows which file', async (t) => {
    const world = await openWorld(t);
    mkdirSync(world.runDirectory, { recursive: true, mode: 0o755 });
    const gone = path.join(world.runDirectory, 'no such server');
    const whole = path.join(world.runDirectory, 'server');
    writeFileSync(whole, '#!/bin/sh\nexec sleep "$1"\n', { mode: 0o755 });
    const text = [
      seatLines('Whole', whole, '[seat.health]'),
      seatLines('Gone', gone, '[seat.health]'),
      seatLines('Unasked', whole),
    ].join('\n');
    writeFileSync(path.join(world.runDirectory, 'castellan.toml'), `${text}\n`, { mode: 0o644 });
    await startSupervisor(world);
    const keeper = await startKeeper(world, 'linux');
    await eventually(
      async () =>
        (await statusOf(world)).seats.some(({ health }) => health?.channels.some(({ state }) => state === 'fail')),
      () => `the keeper has looked at the files\n${keeper.log()}`,
      20_000,
    );

    const app = await launchApp(world);
    const told = await eventually(
      () => world.bus.standing()[0],
      () => `a notification\n${app.output()}`,
    );
    assert.equal(told.summary, 'Gone would not start again');
    assert.ok(told.body.startsWith(`${gone} is gone.`), told.body);
    assert.equal(world.bus.standing().length, 1, 'nothing is said of the one that is whole');
    world.bus.click(told.id);
    const page = await eventually(
      async () =>
        (await app.hook('isOpen')) && app.electron.windows().find((each) => each.url().startsWith('castellan://app/')),
      () => `the popover opens\n${app.output()}`,
    );
    const seat = (name: string) => page.locator(`[data-testid=health-seat][data-seat=${name}]`);
    const standing = (name: string) => seat(name).locator('[data-channel=integrity]').getAttribute('data-standing');
    await seat('Gone').getByText(`${gone} is gone.`).waitFor();
    assert.deepEqual([await standing('Gone'), await standing('Whole')], ['fail', 'pass']);
    assert.equal(await seat('Unasked').getAttribute('data-mark'), 'unchecked');
    assert.equal(await seat('Whole').locator('[data-channel=inference]').getAttribute('data-standing'), 'off');
    await app.shoot(page, 'health-gone');
    await page.keyboard.press('Escape');
    await page.locator('[data-testid=seat][data-seat=Gone]').getByText('Files fail.').waitFor();
    assert.equal(await page.getByTestId('seat-verdict').count(), 1);
  });
});
