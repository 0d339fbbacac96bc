import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright';
import type { Proposal } from '../../helper/protocol/relief.ts';
import { killProposal, proposal } from '../fakes/sample-relief.ts';
import { sampleSeat } from '../fakes/sample-seat.ts';
import type { Notification } from '../fakes/session-bus.ts';
import { type AskingKeeper, startAskingKeeper } from './asking-keeper.ts';
import { launchApp, type RunningApp } from './harness.ts';
import { doomed, well, zombie } from './popover-states-health.ts';
import { eventually, missing, openWorld, suiteOwner, type World } from './surroundings.ts';

/** From a proposal of the keeper over a notification and its click to the answer, in the real app on a real session bus. */

let used = 0;
/** Of its own episode, so that no test meets the memory of another. */
const asking = (change: Partial<Proposal> = {}, make = proposal): Proposal => {
  used += 1;
  return make({ id: 100 + used, episode: `episode ${used}`, ...change });
};

const startWorld = async (owner: {
  after(end: () => Promise<void>): void;
}): Promise<readonly [World, AskingKeeper]> => {
  const keeper = await startAskingKeeper(owner as TestContext);
  const world = await openWorld(owner);
  return [{ ...world, runDirectory: keeper.runDirectory }, keeper];
};

const notified = (world: World, app: RunningApp, count = 1): Promise<readonly Notification[]> =>
  eventually(
    () => {
      const standing = world.bus.standing();
      return standing.length === count && standing;
    },
    () => `${count} on the desktop: ${JSON.stringify(world.bus.notifications())}\n${app.output()}`,
  );
const heard = (app: RunningApp, count: number): Promise<unknown> =>
  eventually(
    async () => (await app.hook('snapshot')).status?.relief.pending.length === count,
    () => `the app hears of ${count}\n${app.output()}`,
  );
const popoverOf = (app: RunningApp): Promise<Page> =>
  eventually(
    async () =>
      (await app.hook('isOpen')) && app.electron.windows().find((each) => each.url().startsWith('castellan://app/')),
    () => `the popover opens\n${app.output()}`,
  );
const card = (page: Page, { episode }: Proposal) => page.locator(`[data-testid=approval][data-episode="${episode}"]`);

describe('approvals by notification', { skip: missing, timeout: 200_000 }, () => {
  const suite = suiteOwner(after);
  let world: World;
  let keeper: AskingKeeper;
  let app: RunningApp;
  before(async () => {
    [world, keeper] = await startWorld(suite);
    app = await launchApp(world);
  });
  beforeEach(async () => {
    keeper.setMode('live');
    keeper.ask([]);
    await app.hook('hide');
    await heard(app, 0);
    await notified(world, app, 0);
  });

  test('one notification; a click opens the card; Approve approves exactly that; then both are gone', async () => {
    const wanted = asking();
    const before = world.bus.notifications().length;
    keeper.ask([wanted]);
    const [told] = await notified(world, app);
    assert.deepEqual([told?.summary, told?.urgency], [wanted.title, 1]);
    assert.match(told?.body ?? '', /explains 96 % of the fill\. Stops growth/);
    const headline = 'Memory normal · 1 approval waits';
    await eventually(async () => (await app.tray.menu())[0] === headline, 'the tray’s menu says so');

    keeper.ask([{ ...wanted, id: wanted.id + 50, reissued: 1 }]);
    await eventually(async () => (await app.hook('snapshot')).status?.relief.pending[0]?.reissued === 1, 're-issued');
    assert.equal(world.bus.notifications().length, before + 1, 'silently');

    world.bus.click(told?.id ?? 0);
    const page = await popoverOf(app);
    const shown = card(page, wanted);
    await shown.waitFor();
    await page.waitForFunction('document.activeElement.dataset.testid === "not-now"');
    assert.equal(keeper.approvals().length, 0, 'a click on the body approves nothing');
    await app.shoot(page, 'approval-card');
    const done = keeper.approvals().length;
    await shown.getByTestId('approve').click();
    await page.getByText('Done as asked.').waitFor();
    assert.deepEqual(keeper.approvals().slice(done), [{ id: wanted.id + 50, hash: wanted.hash, confirmed: false }]);
    await shown.waitFor({ state: 'detached' });
    await notified(world, app, 0);
  });

  test('the button of the notification acts at once on what can be undone, with the popover closed', async () => {
    const wanted = asking({ verb: 'shed', title: 'Shed com.sanctum.memory-vault?' });
    keeper.ask([wanted]);
    await notified(world, app);
    assert.equal(await app.hook('pressNotification', wanted.episode, 'approve'), true);
    await eventually(() => keeper.approvals().some(({ id }) => id === wanted.id), 'it is approved');
    await notified(world, app, 0);
    assert.equal(await app.hook('isOpen'), false);

    const other = asking();
    keeper.ask([other]);
    await notified(world, app);
    await app.hook('pressNotification', other.episode, 'not_now');
    await eventually(() => keeper.denials().includes(other.id), 'it is denied');
    await notified(world, app, 0);
  });

  test('a kill needs the second confirmation, wherever it is answered first', async () => {
    const wanted = asking({}, killProposal);
    keeper.ask([wanted]);
    await notified(world, app);
    await app.hook('pressNotification', wanted.episode, 'approve');
    const page = await popoverOf(app);
    const shown = card(page, wanted);
    await shown.getByTestId('confirm').getByText('This cannot be undone').waitFor();
    await page.waitForFunction('document.activeElement.textContent === "Do nothing"');
    await app.shoot(page, 'approval-confirm');
    assert.ok(!keeper.approvals().some(({ id }) => id === wanted.id));
    await shown.getByTestId('yes').click();
    await eventually(() => keeper.approvals().find(({ id }) => id === wanted.id), 'it is approved');
    assert.equal(keeper.approvals().find(({ id }) => id === wanted.id)?.confirmed, true);
  });

  test('an approval that comes too late is answered with its sentence, and approves nothing', async () => {
    const wanted = asking();
    keeper.ask([wanted]);
    const [told] = await notified(world, app);
    // The click overtakes the news.
    keeper.askSilently([], 'approval_expired');
    world.bus.click(told?.id ?? 0);
    const page = await popoverOf(app);
    await card(page, wanted).getByTestId('approve').click();
    await page.getByTestId('said').getByText('The proposal has expired; nothing was done.').waitFor();
    await app.shoot(page, 'approval-expired');
    keeper.ask([]);
    await card(page, wanted).waitFor({ state: 'detached' });
    assert.ok(!keeper.approvals().some(({ id }) => id === wanted.id));
  });

  test('a press that arrives after the proposal has gone is told what became of it, and touches no other', async () => {
    const wanted = asking();
    keeper.ask([wanted]);
    await notified(world, app);
    const other = asking({ hash: 'of another act' });
    keeper.ask([other], 'approval_withdrawn');
    await heard(app, 1);
    await eventually(
      () => world.bus.standing().every(({ summary }) => summary === other.title),
      'the first is withdrawn',
    );
    for (const press of ['approve', 'body', 'not_now'] as const) {
      await app.hook('hide');
      await app.hook('pressNotification', wanted.episode, press);
      const page = await popoverOf(app);
      await page
        .getByTestId('said')
        .getByText('Withdrawn, nothing was done: the cause of the proposal is gone.')
        .waitFor();
    }
    assert.ok(!keeper.approvals().some(({ id }) => id === wanted.id || id === other.id));
    assert.ok(!keeper.denials().includes(other.id));
  });

  test('when it has become another act the press only shows it', async () => {
    const wanted = asking();
    keeper.ask([wanted]);
    await notified(world, app);
    keeper.ask([{ ...wanted, id: wanted.id + 50, hash: 'another' }], 'approval_changed');
    await eventually(async () => (await app.hook('snapshot')).status?.relief.pending[0]?.hash === 'another', 'changed');
    await app.hook('pressNotification', wanted.episode, 'approve');
    const page = await popoverOf(app);
    await page.getByTestId('said').getByText('it has changed since the notification').waitFor();
    await card(page, wanted).waitFor();
    assert.ok(!keeper.approvals().some(({ id }) => id === wanted.id || id === wanted.id + 50));
  });

  test('dismissed, it stays in the popover and does not come back', async () => {
    const wanted = asking();
    keeper.ask([wanted]);
    const [told] = await notified(world, app);
    const count = world.bus.notifications().length;
    world.bus.dismiss(told?.id ?? 0);
    await sleep(2500);
    assert.equal(world.bus.notifications().length, count);
    const page = await app.open();
    await card(page, wanted).waitFor();
  });

  test('a dry run notifies nothing; it is shown what would be asked, and how long it still takes', async () => {
    const count = world.bus.notifications().length;
    const gate = { state: 'counting', observedSeconds: 6_480, neededSeconds: 21_600, plans: 1, wrong: 0 } as const;
    keeper.setMode('dry_run', { gate });
    keeper.ask([asking({ dryRun: true })]);
    await heard(app, 1);
    const page = await app.open();
    await page.getByText('DRY RUN · 4 h 12 min left').waitFor();
    await page.getByTestId('would-ask').waitFor();
    assert.equal(await page.getByTestId('approval').count(), 0);
    await eventually(
      async () => /Dry run: relief is only shown\. 4 hours of it left/.test((await app.hook('tray')).label),
      'the tray',
      15_000,
    );
    assert.equal(world.bus.notifications().length, count);
  });

  test('a seat that does no work is told of once; a click shows its health, and it is taken off when it works again', async () => {
    const before = world.bus.notifications().length;
    keeper.setSeats([sampleSeat({ health: zombie })]);
    const [told] = await notified(world, app);
    assert.equal(told?.summary, 'Cilghal does not do its work');
    assert.match(told?.body ?? '', /^It accepts connections and does no work\. .* Nothing is restarted by itself\.$/);
    await eventually(async () => (await app.tray.menu())[0] === 'Memory normal · 1 seat not well', 'the tray’s menu');
    world.bus.click(told?.id ?? 0);
    const page = await popoverOf(app);
    await page.locator('[data-testid=health-seat][data-seat=Cilghal][data-mark=zombie]').waitFor();
    await app.shoot(page, 'seat-alert-page');
    // The click has taken it off; it is not shown again while it lasts.
    await notified(world, app, 0);
    keeper.setSeats([sampleSeat({ health: doomed })]);
    const [files] = await notified(world, app);
    assert.equal(files?.summary, 'Cilghal would not start again');
    keeper.setSeats([sampleSeat({ health: well })]);
    await notified(world, app, 0);
    assert.equal(world.bus.notifications().length, before + 2);
    keeper.setSeats(null);
    // A page that Playwright is attached to never becomes hidden, and is met again as it was left.
    await page.keyboard.press('Escape');
    await page.getByTestId('health-sheet').waitFor({ state: 'detached' });
  });

  test('a desktop that shows none is told of in the popover, until it shows one', async () => {
    world.bus.refuseNotifications(true);
    try {
      keeper.ask([asking()]);
      const page = await app.open();
      await page.getByTestId('banner-notifications').waitFor();
      await app.shoot(page, 'no-notifications');
    } finally {
      world.bus.refuseNotifications(false);
    }
    keeper.ask([asking()]);
    const page = await app.open();
    await page.getByTestId('banner-notifications').waitFor({ state: 'detached' });
  });
});

describe('approvals with apps that come and go', { skip: missing, timeout: 120_000 }, () => {
  test('after a restart of the app what is open is notified once more, and can be answered', async (t) => {
    const [world, keeper] = await startWorld(t);
    const wanted = asking();
    keeper.ask([wanted]);
    const first = await launchApp(world);
    await notified(world, first);
    await first.kill();

    const second = await launchApp(world);
    await eventually(() => world.bus.notifications().length === 2, 'told once more');
    await sleep(2500);
    assert.equal(world.bus.notifications().length, 2);
    world.bus.click(world.bus.notifications()[1]?.id ?? 0);
    const page = await popoverOf(second);
    await card(page, wanted).getByTestId('approve').click();
    await eventually(() => keeper.approvals().length === 1, 'approved');
    await eventually(
      () => !world.bus.standing().some(({ id }) => id === world.bus.notifications()[1]?.id),
      'taken off',
    );

    keeper.ask([asking()]);
    await eventually(() => world.bus.notifications().length === 3, 'another');
    const left = world.bus.notifications()[2]?.id;
    // Nobody would hear the answer any more: leaving is asked about, and the answer may be no.
    await second.answers(0);
    await second.hook('pressMenu', 'quit');
    await eventually(async () => (await second.asked()).length === 1, 'it asks');
    assert.match((await second.asked())[0] ?? '', /^1 approval waits for you\. Quit all the same\?$/);
    assert.ok(world.bus.standing().some(({ id }) => id === left));
    process.kill(second.pid, 'SIGTERM');
    await eventually(() => !world.bus.standing().some(({ id }) => id === left), 'nothing stays that nobody would hear');
  });

  test('of two apps one answers; the other is told, and loses its card and its notification', async (t) => {
    const [world, keeper] = await startWorld(t);
    const other = { ...(await openWorld(t)), runDirectory: world.runDirectory };
    const [one, two] = [await launchApp(world), await launchApp(other)];
    const wanted = asking();
    keeper.ask([wanted]);
    await notified(world, one);
    const [told] = await notified(other, two);
    other.bus.click(told?.id ?? 0);
    const page = await popoverOf(two);
    await card(page, wanted).waitFor();

    // Both see the card when the first answers.
    keeper.askSilently([wanted]);
    await one.hook('pressNotification', wanted.episode, 'approve');
    await eventually(() => keeper.approvals().length === 1, 'approved by the first');
    await card(page, wanted).getByTestId('approve').click();
    await page.getByTestId('said').getByText('already answered; nothing was done again').waitFor();
    keeper.ask([]);
    await card(page, wanted).waitFor({ state: 'detached' });
    await notified(world, one, 0);
    await notified(other, two, 0);
    assert.equal(keeper.approvals().length, 1);
  });
});
