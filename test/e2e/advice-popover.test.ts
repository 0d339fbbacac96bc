import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { statusSchema } from '../../helper/protocol/status.ts';
import { adviceStates } from './popover-states-advice.ts';
import { missing, openShell, type PopoverShell } from './popover-states-shell.ts';

/** A suggestion in the popover: one line that opens, whose words are words. */

describe('advice in the popover', { skip: missing, timeout: 200_000 }, () => {
  let shell: PopoverShell;
  before(async () => {
    shell = await openShell();
  });
  after(async () => {
    await shell?.close();
  });

  const line = () => shell.page.locator('.advice-line');
  const opened = async (): Promise<void> => {
    await line().click();
    await shell.page.getByTestId('runbook').waitFor();
    await shell.page.evaluate("document.querySelector('.advice').scrollIntoView({ block: 'start' })");
  };

  for (const [name, make] of Object.entries(adviceStates))
    test(`${name}: open it fits, is readable and accessible in light and dark, and at 130 %`, async () => {
      statusSchema.parse(make(Date.now()).snapshot.status);
      await shell.load(make(Date.now()));
      await opened();
      for (const colorScheme of ['light', 'dark'] as const) {
        await shell.page.emulateMedia({ colorScheme });
        await shell.painted();
        await shell.shoot(`${name}-open-${colorScheme}`);
        await shell.check(`${name} open, ${colorScheme}`);
      }
      await shell.page.evaluate("document.documentElement.style.fontSize = '130%'");
      await shell.painted();
      await shell.shoot(`${name}-open-130`);
      assert.deepEqual(await shell.probe<readonly unknown[]>('overflows()'), [], `${name} at 130 %`);
    });

  test('closed it is one line with its source and age, and opens and closes', async () => {
    await shell.load(adviceStates.advice(Date.now()));
    assert.match((await line().textContent()) ?? '', /^Suggestion from advisor\.example\.org · 4 min ago$/);
    assert.equal(await line().getAttribute('aria-expanded'), 'false');
    assert.equal(await shell.page.getByTestId('advice-answer').count(), 0);
    await opened();
    assert.match(
      (await shell.page.getByTestId('advice-answer').textContent()) ?? '',
      /nothing of it is carried out\..*Save its work\./s,
    );
    await line().click();
    await shell.until("document.querySelector('[data-testid=runbook]') === null");
  });

  test('what it says is neither markup nor a link nor a button', async () => {
    await shell.load(adviceStates['advice-long'](Date.now()));
    await opened();
    const answer = shell.page.getByTestId('advice-answer');
    assert.equal(await answer.locator('a, b, button, img, script, [onclick]').count(), 0);
    assert.match((await answer.textContent()) ?? '', /<b>https:\/\/example\.org\//);
  });

  test('without an answer it says why, and the runbook stands alone', async () => {
    await shell.load(adviceStates['advice-offline'](Date.now()));
    assert.equal(await line().textContent(), 'What to look at now');
    await opened();
    assert.match((await shell.page.locator('.advice').textContent()) ?? '', /gave no answer\. https:\/\/advisor/);
    assert.equal(await shell.page.getByTestId('advice-answer').count(), 0);
  });
});
