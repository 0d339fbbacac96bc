import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { status } from './popover-fixtures.ts';
import { states } from './popover-states-list.ts';
import { missing, openShell, type PopoverShell, runHidden } from './popover-states-shell.ts';

/** What the popover does: keys, buttons, rows that keep still, announcements, and how long drawing takes. */

interface Painted {
  readonly runs: readonly (readonly [number, number])[];
  readonly share: number;
  readonly wired: number;
  readonly app: number;
}

describe('behaviour of the popover', { skip: missing, timeout: 120_000 }, () => {
  let shell: PopoverShell;
  before(async () => {
    shell = await openShell();
  });
  after(async () => {
    await shell?.close();
  });

  test('keys: Escape hides, Ctrl+4 shows a day, arrows read the chart, ⌥↓ opens the table', async () => {
    await shell.load(states.green(Date.now()));
    await shell.page.keyboard.press('Control+4');
    await shell.page.waitForSelector('[data-testid=range-24h][aria-pressed=true]');
    const before = await shell.page.getByTestId('readout').textContent();
    await shell.page.getByTestId('chart-tiers').focus();
    await shell.page.keyboard.press('ArrowLeft');
    await shell.page.keyboard.press('ArrowLeft');
    const after = await shell.page.getByTestId('readout').textContent();
    assert.notEqual(after, before);
    assert.match(after ?? '', /ago · Normal · kernel normal/);
    await shell.shoot('cursor');
    await shell.page.keyboard.press('Alt+ArrowDown');
    await shell.page.waitForSelector('[data-testid=data-table]');
    assert.ok((await shell.page.getByTestId('data-table').locator('tbody tr').count()) >= 10);
    await shell.check('table');
    await shell.shoot('table');
    await shell.page.keyboard.press('Escape');
    await shell.called('hide');
  });

  test('the picture is that of the data: tiers to scale, a gap left open', async () => {
    await shell.page.emulateMedia({ colorScheme: 'light' });
    await shell.load(states.green(Date.now()));
    const seen = await shell.probe<Painted>('paintedTiers()');
    assert.ok(seen.share > 0.55 && seen.share < 0.7, `the plot is ${seen.share} of the chart's width`);
    assert.equal(seen.runs.length, 2, 'one gap');
    const [, gapFrom] = seen.runs[0] ?? [];
    const [gapTo] = seen.runs[1] ?? [];
    // 520…410 s ago of 900 s.
    assert.ok(
      Math.abs((gapFrom ?? 0) - 380 / 900) < 0.02 && Math.abs((gapTo ?? 0) - 490 / 900) < 0.02,
      `${gapFrom}…${gapTo}`,
    );
    assert.ok(Math.abs(seen.app / seen.wired - 19 / 20.2) < 0.12, `app ${seen.app} px, wired ${seen.wired} px`);
  });

  test('buttons: retry, how to update, pin, close', async () => {
    await shell.load(states.lost(Date.now()));
    await shell.page.getByRole('button', { name: 'Try again' }).click();
    await shell.called('retry');
    await shell.load(states.older(Date.now()));
    await shell.page.getByRole('button', { name: 'How to update' }).click();
    assert.deepEqual(await shell.called('open'), ['operations-manual']);
    await shell.page.getByRole('button', { name: 'Keep open' }).click();
    assert.deepEqual(await shell.called('setPinned'), [true]);
    await shell.page.getByRole('button', { name: 'Close' }).click();
    await shell.called('hide');
  });

  test('rows show footprint and RSS, keep their places while hovered, and can be sorted as RSS tools do', async () => {
    await shell.load(states.green(Date.now()));
    const first = shell.page.getByTestId('top-row').first();
    assert.equal(await first.getAttribute('data-pid'), '412');
    assert.match((await first.textContent()) ?? '', /21\.0 GB[\s\S]*45 MB[\s\S]*RSS sees 0\.2 %/);
    await first.hover();
    const now = Date.now();
    const grown = status(now).top.map((each) => (each.pid === 1204 ? { ...each, footprintBytes: 30 * 2 ** 30 } : each));
    await shell.push({ status: status(now, { top: grown }), receivedAtMs: now });
    await shell.page.getByText('paused').waitFor();
    await shell.until(`document.querySelector('[data-pid="1204"]').dataset.footprint > 3e10`);
    assert.equal(await first.getAttribute('data-pid'), '412', 'hovered rows stay');
    await shell.shoot('paused');
    await shell.page.mouse.move(200, 20);
    await shell.until(`document.querySelector('[data-testid=top-row]').dataset.pid === '1204'`);
    await shell.page.getByRole('button', { name: 'Sort by RSS' }).click();
    await shell.page.getByText('what RSS-based tools see').waitFor();
    await shell.shoot('by-rss');
  });

  test('a change of level is announced once', async () => {
    await shell.load(states.green(Date.now()));
    const now = Date.now();
    const next = states.red(now).snapshot;
    await shell.push({ status: next.status, receivedAtMs: now });
    await shell.page.waitForSelector('[data-level=red]');
    assert.equal(
      await shell.page.locator('[aria-live=polite]').last().textContent(),
      'Memory critical. 1.2 gigabytes available.',
    );
  });

  test('tells main when the first frame with data is painted', async () => {
    await shell.load(states.connecting(Date.now()));
    assert.ok(!(await shell.calls()).some((call) => call.name === 'painted'));
    const now = Date.now();
    await shell.push({ connection: { kind: 'connected', tier: 'console' }, status: status(now), receivedAtMs: now });
    await shell.called('painted');
  });

  // How long both take is told and not judged: a busy machine must not fail a test.
  test('draws each sample, and every range over a day', async (t) => {
    await shell.load(states.green(Date.now()));
    await shell.probe('observe()');
    for (let turn = 0; turn < 40; turn++) {
      const now = Date.now() + turn * 2000;
      await shell.push({ status: status(now), receivedAtMs: now });
      await shell.page.evaluate('new Promise((done) => requestAnimationFrame(done))');
    }
    const updates = await shell.probe<readonly number[]>('observed()');
    const switches: number[] = [];
    for (const range of ['24h', '15m', '6h', '24h', '1h', '24h', '15m', '24h', '1h', '24h']) {
      switches.push(await shell.probe<number>(`timeSwitch('${range}')`));
    }
    const median = (values: readonly number[]): number =>
      [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
    const worst = (values: readonly number[]): number => Math.max(...values);
    t.diagnostic(
      `chart update, ${updates.length} times: median ${median(updates).toFixed(1)} ms, worst ${worst(updates).toFixed(1)} ms`,
    );
    t.diagnostic(
      `range switch with reply, ${switches.length} times: median ${median(switches).toFixed(1)} ms, worst ${worst(switches).toFixed(1)} ms`,
    );
    assert.ok(updates.length >= 20, `${updates.length} updates seen`);
    assert.equal(switches.length, 10);
  });

  test('hidden, it draws nothing and asks for nothing; shown, it is up to date', async () => {
    const now = Date.now();
    const seen = await runHidden({
      first: states.green(now),
      next: { ...states.red(now).snapshot, receivedAtMs: now },
      drawn: '[data-testid=top-row]',
    });
    assert.deepEqual(seen, {
      whileShown: { visibility: 'visible', level: 'green', asked: 1 },
      whileHidden: { visibility: 'hidden', level: 'green', updates: 0, called: 0 },
      shownAgain: { visibility: 'visible', level: 'red' },
      open: { shown: '', shownAgain: '' },
    });
  });

  test('what was said or half confirmed is not met again at the next opening', async () => {
    const now = Date.now();
    const first = states['approval-kill'](now);
    const said = { kind: 'refused', title: 'Freeze node?', text: 'It has expired.' } as const;
    const { status } = first.snapshot;
    assert.ok(first.snapshot.attention !== null && status !== null);
    const { open } = (await runHidden({
      first: { ...first, snapshot: { ...first.snapshot, attention: { ...first.snapshot.attention, said } } },
      next: { status: { ...status, level: { ...status.level, name: 'orange' } }, receivedAtMs: now, attention: null },
      drawn: '[data-testid=top-row]',
    })) as { readonly open: unknown };
    assert.deepEqual(open, { shown: 'said confirm', shownAgain: '' });
  });
});
