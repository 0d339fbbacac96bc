import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Locator } from 'playwright';
import { failure } from '../../helper/protocol/errors.ts';
import type { SeatStatus } from '../../helper/protocol/status.ts';
import { type PopoverState, status } from './popover-fixtures.ts';
import { states } from './popover-states-list.ts';
import { onCall, previews, refusedSum, servingSeats } from './popover-states-seats.ts';
import { missing, openShell, type PopoverShell } from './popover-states-shell.ts';

/** Seat cards, the sheet that says what would fit, and the rows of what seats were doing: looks, keys and answers. */

describe('seats in the popover', { skip: missing, timeout: 200_000 }, () => {
  let shell: PopoverShell;
  before(async () => {
    shell = await openShell();
  });
  after(async () => {
    await shell?.close();
  });

  const load = (state: PopoverState, answers: Readonly<Record<string, unknown>> = {}) =>
    shell.load({ ...state, answers: { previews, ...answers } });
  const card = (name: string) => shell.page.locator(`[data-testid=seat][data-seat="${name}"]`);
  const scrolledTo = (selector: string) =>
    shell.page.evaluate(`document.querySelector(${JSON.stringify(selector)}).scrollIntoView({ block: 'start' })`);
  const pushSeats = async (seats: readonly SeatStatus[]): Promise<void> => {
    const now = Date.now();
    await shell.push({ status: status(now, { seats: [...seats] }), receivedAtMs: now });
  };
  /** As it is read: cells and lines apart. */
  const words = async (locator: Locator): Promise<string> =>
    (await locator.allInnerTexts()).join(' ').replaceAll(/\s+/g, ' ');
  const callsOf = async (name: string) => (await shell.calls()).filter((call) => call.name === name);

  for (const name of ['seats-serving', 'seats-coming', 'seats-troubled'] as const) {
    test(`${name}: cards fit and are readable in light and dark, and at 130 %`, async () => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await shell.page.emulateMedia({ colorScheme });
        await load(states[name](Date.now()));
        await scrolledTo('.seats');
        await shell.shoot(`${name}-cards-${colorScheme}`);
        await scrolledTo('.seats li:last-child');
        await shell.shoot(`${name}-cards-end-${colorScheme}`);
      }
      await shell.page.emulateMedia({ colorScheme: 'light' });
      await shell.page.evaluate("document.documentElement.style.fontSize = '130%'");
      await shell.painted();
      await scrolledTo('.seats');
      await shell.shoot(`${name}-cards-130`);
      await shell.check(`${name} at 130 %`);
    });
  }

  test('every state has a word and a shape of its own', async () => {
    const seen = new Map<string, string>();
    for (const name of ['seats-serving', 'seats-coming', 'seats-troubled'] as const) {
      await load(states[name](Date.now()));
      for (const each of await shell.page.getByTestId('seat').all()) {
        const state = (await each.getAttribute('data-state')) ?? '';
        const shape = await each.locator('.seat-state svg').innerHTML();
        const word = (await each.getByTestId('seat-state').textContent()) ?? '';
        assert.ok(word.trim() !== '', state);
        assert.ok(
          ![...seen].some(([other, known]) => other !== state && known === shape),
          `${state} looks like another`,
        );
        seen.set(state, shape);
      }
    }
    assert.equal(seen.size, 12);
  });

  test('the countdown ticks by itself in its last minute; a tick more moves nothing', async () => {
    await load(states['seats-serving'](Date.now()));
    const stops = card('Codestral').getByTestId('stops');
    assert.equal(await stops.textContent(), 'stops in 4 min 12 s');
    await pushSeats([onCall({ state: 'idle', stopsInSeconds: 58 })]);
    await shell.until(`/stops in 5\\d s/.test(document.querySelector('[data-testid=stops]').textContent)`);
    const first = await stops.textContent();
    const places = () =>
      shell.page.evaluate(
        `JSON.stringify([...document.querySelectorAll('.seat button, .seat h3')].map((e) => e.getBoundingClientRect().x))`,
      );
    const before = await places();
    await shell.until(`document.querySelector('[data-testid=stops]').textContent !== ${JSON.stringify(first)}`);
    assert.equal(await places(), before);
    await pushSeats([onCall({ state: 'idle', stopsInSeconds: 9.5 })]);
    await shell.until(
      `document.querySelector('[data-testid=stops] [aria-live]').textContent === 'Codestral stops in 10 seconds.'`,
    );
  });

  test('Release, Keep and Load ask for just that, say what came of it, and a refusal shows its sum', async () => {
    await load(states['seats-serving'](Date.now()), {
      release: {
        ok: true,
        result: { seat: 'Codestral', outcome: 'draining', state: 'draining', said: 'Codestral is unloaded.' },
      },
      keep: { ok: true, result: { said: 'Codestral stays until 14:12.' } },
      load: {
        ok: true,
        result: {
          seat: 'Codestral',
          outcome: 'needs_shedding',
          state: 'absent',
          admission: refusedSum,
          retryAfterSeconds: 30,
          said: 'Codestral does not fit now: 512 MB short.',
        },
      },
    });
    const seat = card('Codestral');
    assert.equal(await card('Cilghal').getByTestId('seat-release').count(), 0, 'a protected seat is not released here');
    await seat.getByTestId('seat-keep').click();
    assert.deepEqual(await shell.called('keep'), ['Codestral', 60]);
    await seat.getByTestId('seat-note').getByText('stays until 14:12').waitFor();
    await seat.getByTestId('seat-release').click();
    assert.deepEqual(await shell.called('release'), ['Codestral', false, '']);
    await seat.getByTestId('seat-note').getByText('Codestral is unloaded.').waitFor();
    await pushSeats([onCall({ state: 'absent', footprintBytes: 0, rssBytes: 0, band: null, wiredBytes: 0 })]);
    await seat.getByTestId('seat-load').click();
    assert.deepEqual(await shell.called('load'), ['Codestral']);
    await seat.locator('[data-testid=seat-note][data-kind=refused]').getByText('512 MB short').waitFor();
    assert.match(await words(seat.getByTestId('sum')), /Left 13\.5 GB .*needs .* 14\.0 GB/);
    await scrolledTo('.seats');
    await shell.shoot('seat-refused');
    await shell.check('a refusal with its sum');
    await seat.getByRole('button', { name: 'Put away' }).click();
    await seat.getByTestId('seat-note').waitFor({ state: 'detached' });

    await shell.answer({ load: { ok: false, failure: failure('gateway_missing') } });
    await seat.getByTestId('seat-load').click();
    await seat.getByTestId('seat-note').getByText('The gateway does not answer').waitFor();
  });

  test('what is in use is released only when it is said twice, also when the requests came meanwhile', async () => {
    const busy = 'Qwen3-Coder-30B-4bit';
    await load(states['seats-serving'](Date.now()), {
      release: { ok: true, result: { seat: busy, outcome: 'draining', state: 'draining', said: 'It is unloaded.' } },
    });
    const seat = card(busy);
    await seat.getByTestId('seat-release').click();
    await seat.getByTestId('seat-confirm').getByText('2 requests are under way').waitFor();
    await scrolledTo('.seats');
    await shell.shoot('seat-confirm');
    await shell.check('cutting is confirmed');
    await shell.focuses(/Do nothing/);
    await shell.page.keyboard.press('Enter');
    await seat.getByTestId('seat-confirm').waitFor({ state: 'detached' });
    await shell.until(`document.activeElement.dataset.testid === 'seat-release'`);
    assert.deepEqual(await callsOf('release'), []);
    await seat.getByTestId('seat-release').click();
    await seat.getByRole('button', { name: 'Cut 2 requests' }).click();
    assert.deepEqual(await shell.called('release'), [busy, true, '']);

    await shell.answer({
      release: {
        ok: true,
        result: { seat: 'Codestral', outcome: 'in_flight', state: 'busy', said: '1 request is under way.' },
      },
    });
    await card('Codestral').getByTestId('seat-release').click();
    await pushSeats(servingSeats.map((each) => (each.name === 'Codestral' ? { ...each, inFlight: 1 } : each)));
    await card('Codestral').getByRole('button', { name: 'Cut 1 request' }).waitFor();
  });

  test('who may only look is offered nothing but the sum; without a keeper nothing at all', async () => {
    const { snapshot, history } = states['seats-serving'](Date.now());
    const cold = onCall({ state: 'absent', footprintBytes: 0, rssBytes: 0, band: null });
    const only = { ...snapshot, status: status(Date.now(), { seats: [...servingSeats, cold] }) };
    await load({ snapshot: { ...only, connection: { kind: 'connected', tier: 'read' } }, history });
    assert.equal(await shell.page.getByTestId('seat-release').count(), 0);
    assert.equal(await shell.page.getByTestId('seat-load').count(), 0);
    assert.equal(await shell.page.getByTestId('seat-fits').count(), 1);
    await load({ snapshot: { ...only, connection: states.lost(Date.now()).snapshot.connection }, history });
    const left = shell.page.locator('.seats button:not([data-testid=health]):not([data-testid=seat-health])');
    assert.equal(await left.count(), 0, 'what is known of their health can still be read');
    assert.equal(await shell.page.getByTestId('stops').count(), 0, 'old countdowns do not run on');
  });

  test('the sheet: the sum as the keeper gives it, asked again with each status at most once in two seconds', async () => {
    await shell.page.emulateMedia({ colorScheme: 'light' });
    await load(states['seats-serving'](Date.now()));
    await shell.page.getByTestId('what-if').click();
    const sheet = shell.page.getByTestId('what-if-sheet');
    await sheet.getByTestId('verdict').waitFor();
    await shell.page.getByTestId('pick-seat').nth(1).click();
    await sheet.locator('[data-verdict=refuse]').waitFor();
    const text = await words(sheet);
    assert.match(text, /Would Codestral fit now\?.*Does not fit: 512 MB short\..*A request now gets 503/);
    assert.match(text, /Installed 64\.0 GB Kept for Cilghal \(peak, always\) −41\.0 GB Everything else now −9\.5 GB/);
    assert.match(text, /Left 13\.5 GB Codestral needs \(declared peak\) 14\.0 GB/);
    assert.match(text, /Would fit if OrbStack Helper stops/);
    assert.equal(await sheet.locator('[data-testid=clause][data-outcome=not_evaluated]').count(), 1);
    for (const colorScheme of ['light', 'dark'] as const) {
      await shell.page.emulateMedia({ colorScheme });
      await shell.painted();
      await shell.shoot(`what-if-${colorScheme}`);
      await shell.check(`what would fit, ${colorScheme}`);
    }
    await shell.page.evaluate("document.documentElement.style.fontSize = '130%'");
    await shell.painted();
    await shell.shoot('what-if-130');
    await shell.check('what would fit at 130 %');
    await shell.page.evaluate("document.documentElement.style.fontSize = ''");

    const before = (await callsOf('preview')).length;
    for (let turn = 0; turn < 6; turn++) await pushSeats(servingSeats);
    await shell.answer({ previews: { ...previews, Codestral: previews.Cilghal } });
    await sheet.locator('[data-verdict=admit]').waitFor();
    const asked = (await callsOf('preview')).length - before;
    assert.ok(asked >= 1 && asked <= 3, `asked ${asked} times for seven statuses`);
    assert.equal((await shell.calls()).filter(({ name }) => ['load', 'release', 'keep'].includes(name)).length, 0);

    await shell.page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'detached' });
    assert.deepEqual(await callsOf('hide'), [], 'Escape closes the sheet first');
    await shell.until(`document.activeElement.dataset.testid === 'what-if'`);
    const after = (await callsOf('preview')).length;
    await pushSeats(servingSeats);
    await shell.painted();
    assert.equal((await callsOf('preview')).length, after, 'closed, it asks no more');
  });

  test('the sheet without an answer says why, and keeps the last one with its time', async () => {
    await load(states['seats-serving'](Date.now()), {
      previews: {},
      preview: { ok: false, failure: failure('not_ready') },
    });
    await shell.page.getByTestId('what-if').click();
    await shell.page.getByTestId('what-if-problem').getByText('has just started').waitFor();
    await shell.shoot('what-if-failing');
    await shell.check('the sheet without an answer');
    await shell.answer({ previews });
    await pushSeats(servingSeats);
    await shell.page.getByTestId('verdict').waitFor();
    await shell.push({ connection: states.lost(Date.now()).snapshot.connection });
    await shell.page.getByTestId('what-if-problem').getByText('What follows is from').waitFor();
    await shell.check('the sheet with an old answer');
    const now = Date.now();
    await shell.push({
      connection: { kind: 'connected', tier: 'console' },
      status: status(now, { seats: [] }),
      receivedAtMs: now,
    });
    await shell.page.getByText('No seats yet. Declare one').waitFor();
    await shell.check('the sheet without seats');
  });

  test('the rows under the chart: one a seat, to scale, in patterns, with words for who cannot see them', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await shell.page.emulateMedia({ colorScheme });
      await load(states['seats-past'](Date.now()));
      await shell.page.getByTestId('timeline').waitFor();
      await shell.shoot(`seats-past-rows-${colorScheme}`);
      await shell.check(`rows of the seats, ${colorScheme}`);
    }
    const label = (await shell.page.getByTestId('timeline').getAttribute('aria-label')) ?? '';
    assert.match(
      label,
      /^Seats, last 15 minutes\. Cilghal: ready now; ready \d+ %, busy \d+ % of the time\. Codestral: failed/,
    );
    const shares = (await shell.page.evaluate(`(() => {
      const row = document.querySelector('[data-testid=timeline-row][data-seat=Codestral] svg');
      const whole = row.getBoundingClientRect();
      const chart = document.querySelector('[data-testid=chart-tiers]').getBoundingClientRect();
      return {
        runs: [...row.querySelectorAll('g')].map((run) => {
          const box = run.querySelector('.block').getBoundingClientRect();
          return [run.dataset.state, (box.x - whole.x) / whole.width, box.width / whole.width];
        }),
        share: whole.width / chart.width,
      };
    })()`)) as { readonly runs: readonly (readonly [string, number, number])[]; readonly share: number };
    assert.ok(shares.share > 0.55 && shares.share < 0.7, `as wide as the plot: ${shares.share}`);
    const ready = shares.runs.find(([state]) => state === 'ready');
    // 640…380 s ago of 900 s, less the gap at 520…410 s.
    assert.ok(ready !== undefined && Math.abs(ready[1] - 260 / 900) < 0.02, JSON.stringify(shares.runs));
    await shell.page.getByTestId('chart-tiers').focus();
    await shell.page.keyboard.press('Home');
    await shell.until(
      `document.querySelector('[data-testid=timeline-row][data-seat=Codestral] .timeline-word').textContent === 'cold'`,
    );
    await shell.page.keyboard.press('Alt+ArrowDown');
    await shell.page.getByTestId('data-table').getByText('Codestral', { exact: true }).waitFor();
    await shell.check('the table with seats');
  });
});
