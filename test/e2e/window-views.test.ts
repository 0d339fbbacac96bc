import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { WindowPage } from '../../app/ipc/contract.ts';
import { statusSchema } from '../../helper/protocol/status.ts';
import { missing, openShell, type PopoverShell, runHidden, type WindowView } from './popover-states-shell.ts';
import { type WindowStateName, windowStates } from './window-states-list.ts';

/** The window's overview, seats and processes, and its frame: what they say, and how they answer to keys. */

const small: WindowView = { width: 760, height: 520 };
const large: WindowView = { width: 1200, height: 800 };

describe('views of the window', { skip: missing, timeout: 200_000 }, () => {
  let shell: PopoverShell;
  before(async () => {
    shell = await openShell();
  });
  after(async () => {
    await shell?.close();
  });

  const at = (id: string) => shell.page.getByTestId(id);
  const open = async (name: WindowStateName, page: WindowPage, view = large): Promise<void> => {
    const state = windowStates[name](Date.now());
    if (state.snapshot.status !== null) statusSchema.parse(state.snapshot.status);
    await shell.draw({ ...state, snapshot: { ...state.snapshot, windowGoal: { nth: 1, page } } }, view);
    await shell.page.waitForSelector(`[data-testid=page-${page}]`);
    await shell.painted();
  };
  const drawn = {
    overview: '[data-testid=event-mark]',
    seats: '[data-testid=timeline-row]',
    processes: '[data-name="Google Chrome"]',
  } as const satisfies Partial<Record<WindowPage, string>>;

  test('without figures the window says why, above or instead of the page, as the popover does', async () => {
    for (const [name, kind] of [
      ['lost', 'lost'],
      ['missing', 'missing'],
      ['not-installed', 'not_installed'],
    ] as const) {
      await open(name, 'overview', small);
      assert.equal(await at('state-screen').getAttribute('data-kind'), kind);
    }
    for (const name of ['icon-hidden', 'icon-hidden-missing'] as const) {
      await open(name, 'overview', small);
      assert.match((await at('banner-icon').textContent()) ?? '', /see the icon\?.*⌃⌥M opens the popover/);
    }
    await at('banner-icon').getByRole('button').click();
    assert.deepEqual(await shell.called('open'), ['menu-bar']);
    await open('config-invalid', 'seats', small);
    await at('banner-config').waitFor();
  });

  test('tabs: arrows, Home and End, ⌘ or Ctrl with a digit, Ctrl+Tab', async () => {
    await open('eventful', 'overview');
    await at('tab-overview').focus();
    await shell.page.keyboard.press('ArrowRight');
    await at('page-seats').waitFor();
    await shell.focuses(/tab-seats/);
    await shell.page.keyboard.press('ArrowLeft');
    await shell.page.keyboard.press('ArrowLeft');
    await at('page-settings').waitFor();
    await shell.page.keyboard.press('Home');
    await at('page-overview').waitFor();
    await shell.page.keyboard.press('Control+3');
    await at('page-processes').waitFor();
    await shell.page.keyboard.press('Control+Tab');
    await at('page-log').waitFor();
    assert.equal(await shell.page.getByRole('tab', { selected: true }).textContent(), 'Log');
  });

  test('the overview: one cursor over all rows, moved by keys, read out in words; events by keys', async () => {
    await open('eventful', 'overview');
    await shell.page.waitForSelector(drawn.overview);
    const readout = async (): Promise<string> => (await at('readout').textContent()) ?? '';
    await at('chart-tiers').focus();
    await shell.page.keyboard.press('End');
    await shell.until(`document.querySelectorAll('.rows svg .cursor').length >= 6`);
    assert.match(await readout(), /wired 20\.2, compressed 6\.4/);
    await at('event-mark').last().focus();
    await shell.until(`/Resume LM Studio Helper/.test(document.querySelector('[data-testid=readout]').textContent)`);
    await shell.page.keyboard.press('ArrowLeft');
    await shell.until(`/Shed memory-vault/.test(document.querySelector('[data-testid=readout]').textContent)`);
    await shell.page.keyboard.press('Home');
    await shell.focuses(/event-mark/);
    assert.match(
      await shell.page.locator('[data-testid=row-growth]').getAttribute('aria-label').then(String),
      /Compressor/,
    );
    assert.match(
      (await at('forecast').textContent()) ?? '',
      /9\.7 GB before.*in about 4 min 10 s.*next victim LM Studio/,
    );
    const described = await at('forecast').locator('.defined').first().getAttribute('aria-describedby');
    assert.match((await shell.page.locator(`#${described}`).textContent()) ?? '', /before the kernel itself warns/);
    await shell.page.keyboard.press('Alt+2');
    await shell.until(`document.querySelector('[data-testid=range-1h]').matches('[aria-pressed=true]')`);
  });

  test('rows of the overview share the edges of the plot', async () => {
    await open('eventful', 'overview');
    await shell.page.waitForSelector(drawn.overview);
    const edges = await shell.page.evaluate<readonly (readonly [number, number])[]>(
      `[...document.querySelectorAll('.row-plot, .timeline-row > svg, .event-marks')].map((row) => {
        const { left, right } = row.getBoundingClientRect();
        return [left, right];
      })`,
    );
    assert.ok(edges.length >= 7);
    for (const [left, right] of edges) {
      assert.ok(Math.abs(left - (edges[0]?.[0] ?? 0)) <= 1, `${left} and ${edges[0]?.[0]}`);
      assert.ok(Math.abs(right - (edges[0]?.[1] ?? 0)) <= 1, `${right} and ${edges[0]?.[1]}`);
    }
  });

  test('processes: sorted, searched, opened; the order stands still under the pointer; watched only while shown', async () => {
    await open('eventful', 'processes');
    assert.deepEqual(await shell.called('watchProcesses'), [true]);
    await shell.page.waitForSelector(drawn.processes);
    const names = (): Promise<readonly string[]> =>
      shell.page.evaluate(
        `[...document.querySelectorAll('[data-testid=process-group]')].map((row) => row.dataset.name)`,
      );
    assert.deepEqual((await names()).slice(0, 4), ['Cilghal', 'Codestral', 'LM Studio', 'Google Chrome']);
    assert.match((await at('process-totals').textContent()) ?? '', /GB in use here, RSS tells of 9\.9 GB \(19 %\)/);
    await at('sort-name').click();
    assert.equal((await names())[0], 'Castellan');
    await at('process-group').first().hover();
    await shell.page.getByText('order paused').waitFor();
    await shell.page.getByRole('button', { name: '7 processes of Google Chrome' }).click();
    assert.equal(await at('process-row').count(), 7);
    await shell.page.keyboard.press('Control+f');
    await shell.page.keyboard.type('45013');
    await shell.until(`document.querySelectorAll('[data-testid=process-group]').length === 1`);
    assert.deepEqual(await names(), ['LM Studio']);
    await at('tab-log').click();
    await at('page-log').waitFor();
    const calls = (await shell.calls()).filter(({ name }) => name === 'watchProcesses');
    assert.deepEqual(calls.at(-1)?.args, [false]);
  });

  for (const page of ['overview', 'processes'] as const)
    test(`hidden, ${page} draws nothing and asks for nothing; shown, it is up to date`, async () => {
      const now = Date.now();
      const state = windowStates.eventful(now);
      const seen = (await runHidden({
        first: { ...state, snapshot: { ...state.snapshot, windowGoal: { nth: 1, page } } },
        next: { status: windowStates.red(now).snapshot.status, receivedAtMs: now },
        view: small,
        drawn: drawn[page],
      })) as Readonly<Record<'whileHidden' | 'shownAgain', unknown>>;
      assert.deepEqual(seen.whileHidden, { visibility: 'hidden', level: 'green', updates: 0, called: 0 });
      assert.deepEqual(seen.shownAgain, { visibility: 'visible', level: 'red' });
    });

  test('seats: a protected one is released by its name and nothing less; its sum leads to what-if', async () => {
    await open('eventful', 'seats');
    await shell.page.waitForSelector(drawn.seats);
    await shell.answer({
      release: { ok: true, result: { seat: 'Cilghal', outcome: 'draining', state: 'draining', said: 'It ends.' } },
    });
    await at('seat-release-protected').click();
    await shell.focuses(/protected-name/);
    await shell.check('protected release');
    await shell.page.keyboard.type('cilghal');
    await shell.page.keyboard.press('Enter');
    assert.equal(await at('protected-yes').isDisabled(), true);
    await shell.page.keyboard.press('Escape');
    await shell.focuses(/seat-release-protected/);
    assert.equal((await shell.calls()).filter(({ name }) => name === 'release').length, 0);
    await shell.page.keyboard.press('Enter');
    await shell.focuses(/protected-name/);
    await shell.page.keyboard.type('Cilghal');
    await shell.page.keyboard.press('Enter');
    assert.deepEqual(await shell.called('release'), ['Cilghal', true, 'Cilghal']);
    await shell.page.getByText('It ends.').waitFor();
    await at('seat-health').first().click();
    await at('page-health').waitFor();
  });
});
