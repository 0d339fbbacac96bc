import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { failure } from '../../helper/protocol/errors.ts';
import type { PopoverState } from './popover-fixtures.ts';
import { missing, openShell, type PopoverShell, type WindowView } from './popover-states-shell.ts';
import { eventually } from './surroundings.ts';
import { ok, pageStates, stateOf } from './window-pages-fixtures.ts';
import { logRows } from './window-pages-log.ts';

/** The window's pages of log, health, what-if, policy and settings: what they say, and how they answer. */

const small: WindowView = { width: 760, height: 520 };
const large: WindowView = { width: 1200, height: 800 };

const refused = { ok: false, failure: failure('not_running') };

describe('pages of the window', { skip: missing, timeout: 200_000 }, () => {
  let shell: PopoverShell;
  before(async () => {
    shell = await openShell();
  });
  after(async () => {
    await shell?.close();
  });

  const open = async (state: PopoverState, view: WindowView, drawn: string): Promise<void> => {
    await shell.draw(state, view);
    await shell.page.waitForSelector(drawn);
    await shell.painted();
  };
  const at = (id: string) => shell.page.getByTestId(id);
  const callsOf = async (name: string) => (await shell.calls()).filter((call) => call.name === name);

  const draw = (name: string, view: WindowView): Promise<void> => {
    const state = pageStates[name];
    assert.ok(state !== undefined, name);
    return open(state.make(Date.now()), view, state.drawn);
  };

  test('text of 130 % fits into the smallest window', async () => {
    for (const page of ['log', 'health', 'what-if', 'policy', 'settings']) {
      await draw(page, small);
      await shell.page.evaluate("document.documentElement.style.fontSize = '130%'");
      await shell.painted();
      assert.deepEqual(await shell.probe('overflows()'), [], page);
      if (page === 'log') await shell.shoot('window-log-large-text');
    }
  });

  test('names that were made to break a page break none', async () => {
    for (const page of ['log', 'policy', 'settings']) {
      await draw(`${page}-hostile`, small);
      if (page === 'log') await at('log-what').first().click();
      assert.deepEqual(await shell.probe('overflows()'), [], page);
      assert.equal(await shell.page.locator('#page img').count(), 0, 'a name is no markup');
    }
  });

  test('the log says why it cannot be read, and what it left out', async () => {
    await draw('log-refused', small);
    assert.match((await at('log-problem').textContent()) ?? '', /No keeper is answering/);
    assert.equal(await at('log-problem').locator('code').last().textContent(), 'castellan doctor', 'no raw backticks');
    await draw('policy-refused', small);
    assert.equal(await at('policy-problem').locator('code').last().textContent(), 'castellan doctor');
    await draw('log-missed', small);
    assert.match((await at('log-skipped').textContent()) ?? '', /2 lines of the file are no rows/);
  });

  test('the log: by keys alone to a dry-run plan, its evidence, and "that was wrong"; filters; older rows; export', async () => {
    const exported = { kind: 'written', path: '/Users/neo/castellan-log.csv', rows: 21 };
    const answers = { exportLog: exported, markWrong: { ok: true, result: { gate: {} } } };
    await open(stateOf('log', {}, answers), large, '[data-testid=log-entry]');
    const entries = at('log-entry');
    const all = await entries.count();

    await at('log-what').first().focus();
    for (let line = 0; line < 3; line += 1) await shell.page.keyboard.press('ArrowDown');
    await shell.page.keyboard.press('Enter');
    assert.match((await shell.page.locator(':focus').textContent()) ?? '', /Kill.*qemu-system-aarch64/);
    await at('evidence').waitFor();
    await shell.page.keyboard.press('Tab');
    await shell.page.keyboard.press('Enter');
    assert.deepEqual(await shell.called('markWrong'), [13]);
    await at('said').waitFor();
    await shell.shoot('window-log-evidence');
    await shell.check('log evidence');

    await at('log-filter-verb').selectOption('Freeze');
    await shell.until(`document.querySelectorAll('[data-testid=log-entry]').length === 2`);
    await at('log-filter-level').selectOption('red');
    await shell.until(`document.querySelectorAll('[data-testid=log-entry]').length === 1`);
    await at('log-export-json').click();
    const [format, rows] = (await shell.called('exportLog')) as readonly [string, readonly { readonly kind: string }[]];
    assert.equal(format, 'json');
    assert.ok(rows.length > 0 && rows.length < all, 'only what the filters leave');
    await at('log-text').fill('nothing has this');
    await at('log-none').waitFor();
    assert.equal(await at('log-export-json').getAttribute('aria-disabled'), 'true');
    await at('log-clear').click();
    await shell.until(`document.querySelectorAll('[data-testid=log-entry]').length === ${all}`);
    await at('log-filter-who').selectOption('people');
    await shell.until(`document.querySelectorAll('[data-testid=log-entry]').length === 3`);
    await at('log-clear').click();

    await at('log-older').click();
    await shell.until(`document.querySelectorAll('[data-testid=log-entry]').length === ${all + 1}`);
    assert.equal(await at('log-older').count(), 0, 'there are none before');
    assert.equal((await callsOf('read')).filter(({ args }) => JSON.stringify(args).includes('"before":"b"')).length, 1);

    await at('log-export-csv').click();
    assert.deepEqual((await callsOf('exportLog')).at(-1)?.args, ['csv', null]);
    await shell.until(`document.querySelector('[data-testid=said]').textContent.includes('21 rows')`);
  });

  test('a keeper that is gone: pages keep what was read, say so, and offer nothing; without any, settings stand alone', async () => {
    const failed = failure('connection_lost');
    for (const [page, drawn, problem] of [
      ['log', '[data-testid=log-entry]', 'log-problem'],
      ['policy', '[data-testid=rule]', 'policy-problem'],
      ['settings', '[data-testid=config-row]', 'config-trouble'],
    ] as const) {
      await open(stateOf(page), small, drawn);
      await shell.push({ connection: { kind: 'lost', sinceMs: Date.now() - 8000, failure: failed } });
      await at(problem).waitFor();
      assert.match((await at(problem).textContent()) ?? '', /does not answer now\. What follows/);
      assert.equal(await shell.page.getByRole('button', { name: 'Bring back' }).count(), 0);
      if (page === 'log') await shell.shoot('window-log-lost');
    }
    await draw('settings-alone', small);
    assert.match((await at('helper').textContent()) ?? '', /It has not answered yet/);
    await shell.shoot('window-settings-alone');
  });

  test('new rows come by themselves, in what is known already', async () => {
    const nowMs = Date.now();
    const [plan, ...rest] = logRows(nowMs).filter((row) => row.plan === 12);
    const first = { 'read.log': ok({ rows: [plan], cursor: 'a', older: null }) };
    const state = stateOf('log', { ...first, 'read.log after': ok({ rows: rest, cursor: 'z' }) });
    await open(state, large, '[data-testid=log-entry]');
    assert.equal(await at('log-entry').getAttribute('data-outcome'), 'waiting');
    await shell.push({ status: state.snapshot.status, receivedAtMs: nowMs });
    await shell.until(`document.querySelector('[data-testid=log-entry]').dataset.outcome === 'helped'`);
    assert.equal(await at('log-entry').count(), 1, 'rows of one plan are one entry');
  });

  test('policy: what is locked says why, an edit is exact, what was shed can be brought back, going live is asked twice', async () => {
    const state = stateOf('policy', {}, { restore: { ok: true, result: {} }, setReliefMode: refused });
    const { status } = state.snapshot;
    assert.ok(status !== null);
    const gate = { ...status.relief.gate, state: 'open' as const, observedSeconds: 21_600, plans: 4 };
    const openGate = { ...state.snapshot, status: { ...status, relief: { ...status.relief, gate } } };
    await open({ ...state, snapshot: openGate }, large, '[data-testid=rule]');
    const locked = shell.page.locator('[data-testid=match][data-standing=locked]');
    assert.match((await locked.textContent()) ?? '', /Never acted upon: it belongs to the protected seat Cilghal\./);
    const edit = shell.page.locator('[data-code=missing_enforcer] [data-testid=edit]');
    assert.match((await edit.textContent()) ?? '', /depends_on = \["com\.sanctum\.other"\]/);
    await shell.page.getByRole('button', { name: 'Bring back com.sanctum.reranker' }).click();
    assert.deepEqual(await shell.called('restore'), ['com.sanctum.reranker']);
    await at('go-live').click();
    await at('mode-question').waitFor();
    await shell.shoot('window-policy-live');
    assert.equal((await callsOf('setReliefMode')).length, 0, 'nothing was asked yet');
    await shell.page.keyboard.press('Tab');
    await shell.page.keyboard.press('Enter');
    assert.deepEqual(await shell.called('setReliefMode'), ['live']);
  });

  test('settings: the app’s own are changed at once, what could not be kept is said, root’s are found by a word', async () => {
    await open(stateOf('settings'), large, '[data-testid=config-row]');
    await at('colour-in-tray').click();
    assert.deepEqual(await shell.called('setSettings'), [{ colourInTray: true }]);
    await at('shortcut').click();
    await shell.page.keyboard.press('Control+Alt+K');
    await at('shortcut').getByText('Change…').waitFor();
    await eventually(async () => (await callsOf('setSettings')).length === 2, 'the shortcut is asked for');
    assert.deepEqual((await callsOf('setSettings')).at(-1)?.args, [{ shortcut: 'Control+Alt+K' }]);
    await at('config-find').fill('cilghal');
    await shell.until(`document.querySelectorAll('[data-testid=config-row]').length === 2`);
    await at('config-find').fill('no such value');
    await at('config-none').waitFor();
  });

  test('health: a seat that does no work says what is offered, or why nothing is', async () => {
    await open(stateOf('health'), large, '[data-testid=health-offer]');
    assert.equal(
      await shell.page.locator('[data-seat=Cilghal] [data-testid=health-offer]').textContent(),
      'Recovery is not offered: whether its files are whole has not been found out yet.',
    );
  });

  test('what-if: a seat that is chosen is asked for, and the answer can be taken along', async () => {
    await open(stateOf('what-if'), large, '[data-testid=verdict]');
    await at('pick-seat').nth(1).click();
    await shell.until(`document.querySelector('.page-head').textContent.includes('Codestral')`);
    await at('copy-sum').click();
    await shell.until(`document.querySelector('[data-testid=copy-sum]').textContent === 'Copied'`);
    assert.equal(await shell.page.getByText('load anyway').count(), 0);
  });
});
