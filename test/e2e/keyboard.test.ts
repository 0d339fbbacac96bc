import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { killProposal, proposal } from '../fakes/sample-relief.ts';
import { states } from './popover-states-list.ts';
import { previews } from './popover-states-seats.ts';
import { missing, openShell, type PopoverShell } from './popover-states-shell.ts';
import { stateOf } from './window-pages-fixtures.ts';

/** From opening to result with the keyboard alone: one sees where the focus is, it begins where nothing is done, and it is not lost. */

describe('without a mouse', { skip: missing, timeout: 60_000 }, () => {
  let shell: PopoverShell;
  before(async () => {
    shell = await openShell();
  });
  after(async () => {
    await shell?.close();
  });
  beforeEach(() => shell.page.emulateMedia({ colorScheme: 'light' }));

  const at = (id: string) => shell.page.getByTestId(id);
  /** A ring of two pixels, in a colour that is not the ground's, around what has the focus. */
  const seesRing = async (): Promise<void> => {
    const ring = await shell.page.evaluate<readonly [boolean, string, string, string]>(`(() => {
      const { outlineWidth, outlineStyle, outlineColor } = getComputedStyle(document.activeElement);
      return [document.activeElement.matches(':focus-visible'), outlineWidth, outlineStyle, outlineColor];
    })()`);
    const where = await shell.probe<string>('focused()');
    assert.deepEqual(ring.slice(0, 3), [true, '2px', 'solid'], where);
    assert.doesNotMatch(ring[3], /, 0\)$/, where);
  };
  /** Goes on with Tab, or back with Shift+Tab, until the focus is there; the ring is seen all the way. */
  const goTo = async (where: RegExp, key = 'Tab'): Promise<void> => {
    for (let stop = 0; stop < 80; stop += 1) {
      await shell.page.keyboard.press(key);
      await seesRing();
      if (where.test(await shell.probe<string>('focused()'))) return;
    }
    assert.fail(`${where} is not reached`);
  };
  const press = (key: string): Promise<void> => shell.page.keyboard.press(key);
  const isArmed = (id: string): Promise<void> =>
    shell.until(`document.querySelector('[data-testid=${id}]')?.ariaDisabled === 'false'`);
  const callsOf = async (name: string) => (await shell.calls()).filter((call) => call.name === name);
  const takeCardAway = async (): Promise<void> => {
    const { status } = states.approval(Date.now()).snapshot;
    assert.ok(status !== null);
    const relief = { ...status.relief, pending: [] };
    await shell.push({ status: { ...status, relief }, receivedAtMs: Date.now() });
    await at('approval').waitFor({ state: 'detached' });
  };

  test('approve: the focus begins on Not now, and is on the answer when the card has gone', async () => {
    const approve = { ok: true, result: { plan: 3, outcome: 'done', detail: 'Frozen.' } };
    await shell.load({ ...states.approval(Date.now()), answers: { approve } });
    await shell.focuses(/not-now/);
    await seesRing();
    await isArmed('approve');
    await goTo(/^button approve/, 'Shift+Tab');
    await press('Enter');
    assert.deepEqual(await shell.called('approve'), [proposal().id, proposal().hash, false]);
    await at('said').getByText('Frozen.').waitFor();
    await shell.focuses(/^button approve/);
    await seesRing();
    await takeCardAway();
    await shell.focuses(/Put away/);
    await seesRing();
    await press('Enter');
    await at('said').waitFor({ state: 'detached' });
  });

  test('what cannot be undone: Return begins nothing, and its way back leads to where one came from', async () => {
    const approve = { ok: true, result: { plan: 3, outcome: 'done', detail: 'Ended.' } };
    const { snapshot, history } = states['approval-kill'](Date.now());
    await shell.load({ snapshot: { ...snapshot, attention: null }, history, answers: { approve } });
    await shell.focuses(/not-now/);
    await isArmed('approve');
    await goTo(/^button approve/, 'Shift+Tab');
    await press('Enter');
    await shell.focuses(/Do nothing/);
    await seesRing();
    await press('Enter');
    await shell.focuses(/^button approve/);
    assert.deepEqual(await callsOf('approve'), []);
    await isArmed('approve');
    await press('Enter');
    await shell.focuses(/Do nothing/);
    await isArmed('yes');
    await goTo(/^button yes/);
    await press('Enter');
    assert.deepEqual(await shell.called('approve'), [killProposal().id, killProposal().hash, true]);
    await takeCardAway();
    await shell.focuses(/Put away/);
  });

  test('deny: Return at once, and the answer has the focus', async () => {
    await shell.load({ ...states.approval(Date.now()), answers: { deny: { ok: true, result: {} } } });
    await shell.focuses(/not-now/);
    await press('Enter');
    assert.deepEqual(await shell.called('deny'), [proposal().id, proposal().hash]);
    await at('said').getByText('Nothing was done').waitFor();
    await takeCardAway();
    await shell.focuses(/Put away/);
    assert.deepEqual(await callsOf('approve'), []);
  });

  test('a card that goes by itself leaves the focus at the beginning, not nowhere', async () => {
    await shell.load(states.approval(Date.now()));
    await shell.focuses(/not-now/);
    await takeCardAway();
    await press('Tab');
    await seesRing();
  });

  test('what-if: from a seat’s card to its sum, to another seat, and back to that card', async () => {
    await shell.load({ ...states['seats-coming'](Date.now()), answers: { previews } });
    await goTo(/^button seat-fits/);
    const seat = await shell.page.evaluate<string>('document.activeElement.closest("[data-seat]").dataset.seat');
    await press('Enter');
    await at('verdict').waitFor();
    await shell.focuses(/Back/);
    await seesRing();
    await goTo(/pick-seat/);
    await press('Enter');
    await press('Escape');
    await at('what-if-sheet').waitFor({ state: 'detached' });
    await shell.focuses(/^button seat-fits/);
    assert.equal(await shell.page.evaluate('document.activeElement.closest("[data-seat]").dataset.seat'), seat);
    assert.deepEqual(await callsOf('hide'), []);
  });

  test('export: from the popover to the log, to its file, and the focus stays', async () => {
    await shell.load(states.green(Date.now()));
    await press('Control+l');
    assert.deepEqual(await shell.called('openWindow'), ['log']);
    const exportLog = { kind: 'written', path: '/Users/neo/castellan-log.csv', rows: 21 };
    await shell.draw(stateOf('log', {}, { exportLog }), { width: 760, height: 520 });
    await at('log-entry').first().waitFor();
    await goTo(/log-export-csv/);
    await press('Enter');
    assert.deepEqual(await shell.called('exportLog'), ['csv', null]);
    await at('said').getByText('castellan-log.csv').waitFor();
    await shell.focuses(/log-export-csv/);
    await seesRing();
  });
});
