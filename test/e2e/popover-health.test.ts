import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Locator } from 'playwright';
import { statusSchema } from '../../helper/protocol/status.ts';
import { status } from './popover-fixtures.ts';
import { healthStates, well, zombie } from './popover-states-health.ts';
import { onCall } from './popover-states-seats.ts';
import { missing, openShell, type PopoverShell } from './popover-states-shell.ts';

/** The health of seats in the popover: its line and sign on the card, its page, and how one comes there and back. */

describe('health in the popover', { skip: missing, timeout: 200_000 }, () => {
  let shell: PopoverShell;
  before(async () => {
    shell = await openShell();
  });
  after(async () => {
    await shell?.close();
  });

  const sheet = () => shell.page.getByTestId('health-sheet');
  const scrolledTo = (selector: string) =>
    shell.page.evaluate(`document.querySelector(${JSON.stringify(selector)}).scrollIntoView({ block: 'start' })`);
  const focusOn = (selector: string) => shell.until(`document.activeElement.matches(${JSON.stringify(selector)})`);
  /** As it is read: lines apart. */
  const words = async (locator: Locator): Promise<string> =>
    (await locator.allInnerTexts()).join(' ').replaceAll(/\s+/g, ' ');
  const cardsDiffer: ReadonlySet<string> = new Set(['health-verdicts', 'health-mixed']);

  for (const [name, make] of Object.entries(healthStates)) {
    test(`${name}: cards fit and are readable in light and dark, and the page at 130 %`, async () => {
      statusSchema.parse(make(Date.now()).snapshot.status);
      await shell.load(make(Date.now()));
      for (const colorScheme of ['light', 'dark'] as const) {
        await shell.page.emulateMedia({ colorScheme });
        await scrolledTo('.seats');
        await shell.shoot(`${name}-cards-${colorScheme}`);
        await shell.check(`${name} cards, ${colorScheme}`, !cardsDiffer.has(name));
      }
      await shell.page.getByTestId('health').click();
      await sheet().waitFor();
      await shell.page.evaluate("document.documentElement.style.fontSize = '130%'");
      await shell.painted();
      assert.deepEqual(await shell.probe<readonly unknown[]>('overflows()'), [], `${name} at 130 %`);
      await scrolledTo('.rest-title');
      await shell.shoot(`${name}-end-130`);
    });
  }

  test('what is wrong is a line with a shape of its own; what was not asked is neither well nor ill', async () => {
    const shapes = new Map<string, string>();
    for (const make of [healthStates['health-verdicts'], healthStates['health-mixed']]) {
      await shell.load(make(Date.now()));
      for (const sign of await shell.page.getByTestId('seat-health').all()) {
        const mark = (await sign.getAttribute('data-mark')) ?? '';
        const svg = sign.locator('svg');
        const shape = await svg.innerHTML();
        const tone = (await svg.getAttribute('class')) ?? '';
        // Of one that does not run there is no verdict: that its files are gone is a cross.
        if (mark === 'unknown' && tone.includes('is-ill')) continue;
        // Healthy has two: whole, and as far as it was asked.
        if (mark !== 'healthy')
          assert.ok(![...shapes].some(([other, known]) => other !== mark && known === shape), mark);
        shapes.set(mark, shape);
        if (mark === 'unchecked' || mark === 'unknown') assert.match(tone, /is-open/, mark);
      }
    }
    assert.equal(shapes.size, 10);
    await shell.load(healthStates['health-verdicts'](Date.now()));
    const lines = await shell.page.getByTestId('seat-verdict').allInnerTexts();
    assert.equal(lines.length, 7);
    assert.match(lines[6] ?? '', /^Files fail\. .* is gone\.$/);
    assert.match(lines[0] ?? '', /^Zombie\. It accepts connections and does no work\.$/);
    await shell.load(healthStates['health-well'](Date.now()));
    assert.equal(await shell.page.getByTestId('seat-verdict').count(), 0);
    const sign = shell.page.getByTestId('seat-health').first();
    assert.match((await sign.getAttribute('title')) ?? '', /^Healthy: worked 4 min ago\. It answers/);
    assert.equal(await sign.getAttribute('aria-label'), 'Health of Cilghal: healthy, worked 4 minutes ago');
  });

  test('keys: the sign of a seat leads to that seat on the page, Tab to what follows, Escape back to the sign', async () => {
    await shell.load(healthStates['health-many'](Date.now()));
    const name = 'Model 42 of 64';
    await shell.page.locator(`[data-seat="${name}"] [data-testid=seat-health]`).focus();
    await shell.page.keyboard.press('Enter');
    await focusOn(`[data-testid=health-seat][data-seat="${name}"]`);
    const inView = (await shell.page.evaluate(
      '(() => { const box = document.activeElement.getBoundingClientRect(); return box.top >= 0 && box.top < innerHeight - 80; })()',
    )) as boolean;
    assert.ok(inView, 'it is scrolled to');
    await shell.shoot('health-seat-of-many');
    await shell.page.keyboard.press('Shift+Tab');
    await focusOn('[aria-label=Back]');
    await shell.page.keyboard.press('Escape');
    await sheet().waitFor({ state: 'detached' });
    await focusOn(`[data-seat="${name}"] [data-testid=seat-health]`);
    assert.deepEqual(
      (await shell.calls()).filter((call) => call.name === 'hide'),
      [],
      'Escape closes the page first',
    );
    await shell.page.getByTestId('health').focus();
    await shell.page.keyboard.press('Enter');
    await focusOn('[aria-label=Back]');
    await shell.page.keyboard.press('Enter');
    await sheet().waitFor({ state: 'detached' });
    await focusOn('[data-testid=health]');
    await shell.page.keyboard.press('Escape');
    await shell.called('hide');
  });

  test('the page follows what is reported, a notification leads to its seat, and without a keeper it says from when it is', async () => {
    const name = 'Codestral';
    await shell.load(healthStates['health-well'](Date.now()));
    const attention = { nth: 1, episode: null, confirm: null, said: null, health: name };
    await shell.push({ attention });
    await focusOn(`[data-testid=health-seat][data-seat=${name}]`);
    const row = shell.page.locator(`[data-testid=health-seat][data-seat=${name}]`);
    assert.equal(await row.getAttribute('data-mark'), 'healthy');
    const now = Date.now();
    await shell.push({ status: status(now, { seats: [onCall({ health: zombie })] }), receivedAtMs: now });
    await shell.page.waitForSelector(`[data-seat=${name}][data-mark=zombie]`);
    const chat = row.locator('[data-channel=inference]');
    assert.match(
      await words(chat),
      /Chat fails 2 of 2 strikes .*did not answer within 60 s timeout, 2 min ago, after 60000 ms · last success 25 min ago/,
    );
    assert.match(await words(row.locator('[data-channel=cheap]')), /List ok 0 of 3 strikes/);
    assert.equal(await shell.page.getByTestId('health-old').count(), 0);
    await shell.push({ connection: healthStates['health-lost'](now).snapshot.connection });
    await shell.page.getByTestId('health-old').getByText('What follows is from').waitFor();
    await shell.push({ attention: { ...attention, nth: 2, health: 'a seat that is no more' } });
    await focusOn('[aria-label=Back]');
  });

  test('where nothing is asked it says the lines that would have it asked', async () => {
    await shell.load(healthStates['health-none'](Date.now()));
    await shell.page.getByTestId('health').click();
    assert.match(await words(shell.page.getByTestId('health-lines')), /^\[seat\.health\] list = \[/);
    await shell.push({ status: status(Date.now(), { seats: [{ ...onCall(), health: well }] }) });
    await shell.page.getByTestId('health-how-to').waitFor({ state: 'detached' });
  });
});
