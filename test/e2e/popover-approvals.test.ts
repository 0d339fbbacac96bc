import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { failure } from '../../helper/protocol/errors.ts';
import { killProposal, proposal } from '../fakes/sample-relief.ts';
import type { PopoverState } from './popover-fixtures.ts';
import { states } from './popover-states-list.ts';
import { missing, openShell, type PopoverShell } from './popover-states-shell.ts';

/** What the cards of the popover do: where the focus goes, what is asked of main, what is said of the answer. */

describe('answers in the popover', { skip: missing, timeout: 120_000 }, () => {
  let shell: PopoverShell;
  before(async () => {
    shell = await openShell();
  });
  after(async () => {
    await shell?.close();
  });
  const load = (state: PopoverState, answers: Readonly<Record<string, unknown>> = {}): Promise<void> =>
    shell.load({ ...state, answers });
  const pushRelief = async (change: object): Promise<void> => {
    const { status } = states.approval(Date.now()).snapshot;
    assert.ok(status !== null);
    await shell.push({ status: { ...status, relief: { ...status.relief, ...change } }, receivedAtMs: Date.now() });
  };
  const said = async (): Promise<string> => (await shell.page.getByTestId('said').textContent()) ?? '';

  test('the first focus is on Not now; Approve sends what the card shows, once, and says what came of it', async () => {
    await load(states.approval(Date.now()), {
      approve: { ok: true, result: { plan: 3, outcome: 'done', detail: 'Frozen.' } },
    });
    await shell.focuses(/not-now/);
    const approve = shell.page.getByTestId('approve');
    await approve.click();
    assert.deepEqual(await shell.called('approve'), [proposal().id, proposal().hash, false]);
    assert.match(await said(), /Freeze node \(pid 45013\)\? Frozen\./);
    assert.ok(await approve.isDisabled(), 'answered once');
    await pushRelief({ pending: [] });
    await shell.page.getByTestId('approval').waitFor({ state: 'detached' });
    assert.equal((await shell.calls()).filter(({ name }) => name === 'approve').length, 1);
    await shell.page.getByRole('button', { name: 'Put away' }).click();
    await shell.until(`document.querySelector('.pinned') === null`);
  });

  test('what cannot be undone takes a second button, elsewhere, and Return does nothing', async () => {
    await load(states.approvals(Date.now()), {
      approve: { ok: true, result: { plan: 3, outcome: 'done', detail: 'Ended.' } },
    });
    const card = shell.page.locator('[data-verb=kill]');
    const first = await card.getByTestId('approve').boundingBox();
    await card.getByTestId('approve').click();
    const yes = card.getByTestId('yes');
    const second = await yes.boundingBox();
    assert.ok(first !== null && second !== null);
    const apart = first.x + first.width <= second.x || second.x + second.width <= first.x;
    assert.ok(apart, `Approve ${JSON.stringify(first)}, Yes ${JSON.stringify(second)}`);
    await shell.focuses(/Do nothing/);
    await shell.page.keyboard.press('Enter');
    await card.getByTestId('approve').waitFor();
    assert.deepEqual(
      (await shell.calls()).filter(({ name }) => name === 'approve'),
      [],
    );
    await card.getByTestId('approve').click();
    await yes.click();
    assert.deepEqual(await shell.called('approve'), [killProposal().id, killProposal().hash, true]);
  });

  test('a card whose act has changed asks from the beginning', async () => {
    await load(states['approval-kill'](Date.now()));
    await shell.page.getByTestId('confirm').waitFor();
    await pushRelief({ pending: [killProposal({ id: 8, hash: 'another' })] });
    await shell.page.getByTestId('confirm').waitFor({ state: 'detached' });
  });

  test('a refusal is said with what to do, and the card can be answered again', async () => {
    await load(states.approval(Date.now()), { approve: { ok: false, failure: failure('approval_expired') } });
    await shell.page.getByTestId('approve').click();
    assert.match(await said(), /has expired; nothing was done\. While its cause lasts/);
    assert.ok(await shell.page.getByTestId('approve').isEnabled());
    await load(states.approval(Date.now()), { deny: { ok: true, result: {} } });
    await shell.page.getByTestId('not-now').click();
    assert.deepEqual(await shell.called('deny'), [proposal().id, proposal().hash]);
    assert.match(await said(), /Nothing was done/);
  });

  test('Why tells impact and plan; a new card takes neither the focus nor the place of another', async () => {
    await load(states.approval(Date.now()));
    await shell.page.getByRole('button', { name: 'Why' }).click();
    const more = (await shell.page.getByTestId('why-more').textContent()) ?? '';
    assert.match(more, /explains 96 %.*listens on 127\.0\.0\.1:1234.*pid 45013 started.*plan 5f0c2e91a7d34b66/);
    await shell.check('why');
    await pushRelief({ pending: [killProposal({ id: 0 }), proposal()] });
    await shell.page.locator('[data-verb=kill]').waitFor();
    const order = await shell.page
      .getByTestId('approval')
      .evaluateAll((cards) => cards.map((card) => card.dataset.verb));
    assert.deepEqual(order, ['freeze', 'kill']);
    await shell.focuses(/Why/);
    const spoken = await shell.page.locator('[aria-live=assertive]').textContent();
    assert.match(spoken ?? '', /^End qemu-system-aarch64.*Expires in 1 minute/);
  });

  test('the countdown moves nothing', async () => {
    await load(states.approval(Date.now()));
    const at = (expiresInSeconds: number) => pushRelief({ pending: [proposal({ expiresInSeconds })] });
    const places = async () =>
      JSON.stringify(
        await shell.page.evaluate(`[...document.querySelectorAll('.pinned h2, .pinned .countdown, .pinned button')]
          .map((element) => { const box = element.getBoundingClientRect(); return [box.x, box.y, box.width]; })`),
      );
    await at(100.9);
    const before = await places();
    for (const left of [88.9, 61.9, 11.9, 7.9]) {
      await at(left);
      await shell.painted();
      assert.equal(await places(), before, `${left} s left`);
    }
    assert.equal(await shell.page.locator('.countdown [aria-live]').textContent(), '10 seconds left to answer.');
  });

  test('what is frozen can be resumed; a plan of the dry run can be called wrong', async () => {
    await load(states.frozen(Date.now()), { resume: { ok: true, result: { resumed: 1 } } });
    await shell.page.getByRole('button', { name: 'Resume node' }).click();
    assert.deepEqual(await shell.called('resume'), [3]);
    await load(states['dry-run'](Date.now()), { markWrong: { ok: false, failure: failure('plan_unknown') } });
    assert.equal(await shell.page.getByTestId('approval').count(), 0, 'a dry run asks nothing');
    assert.match((await shell.page.getByTestId('would-ask').textContent()) ?? '', /would ask End qemu/);
    assert.equal(await shell.page.getByTestId('badge').textContent(), 'DRY RUN · 4 h 12 min left');
    await shell.page.getByRole('button', { name: 'That was wrong' }).click();
    assert.deepEqual(await shell.called('markWrong'), [12]);
    assert.match(await said(), /There is no such plan/);
  });

  test('going live is asked once more', async () => {
    const result = {
      mode: 'live',
      gate: states['gate-open'](0).snapshot.status?.relief.gate,
      said: 'Live from now on.',
    };
    await load(states['gate-open'](Date.now()), { setReliefMode: { ok: true, result } });
    await shell.page.getByRole('button', { name: 'Go live…' }).click();
    await shell.focuses(/Stay in dry run/);
    await shell.shoot('go-live');
    await shell.check('go live');
    assert.deepEqual(
      (await shell.calls()).filter(({ name }) => name === 'setReliefMode'),
      [],
    );
    await shell.page.getByRole('button', { name: 'Yes, go live' }).click();
    assert.deepEqual(await shell.called('setReliefMode'), ['live']);
    assert.match(await said(), /Live from now on/);
  });

  test('an account that may only look is offered no answers', async () => {
    const { snapshot, history } = states.approvals(Date.now());
    await load({ snapshot: { ...snapshot, connection: { kind: 'connected', tier: 'read' } }, history });
    assert.equal(await shell.page.getByTestId('approve').count(), 0);
    assert.equal(await shell.page.getByRole('button', { name: /^Resume/ }).count(), 0);
    assert.match(
      (await shell.page.getByTestId('approval').first().textContent()) ?? '',
      /Only the user at the console/,
    );
  });

  test('when the keeper is gone nothing can be answered; what is frozen still counts down', async () => {
    const { snapshot, history } = states.approvals(Date.now());
    const connection = states.lost(Date.now()).snapshot.connection;
    await load({ snapshot: { ...snapshot, connection }, history });
    assert.equal(await shell.page.getByTestId('approval').count(), 0);
    assert.match((await shell.page.getByTestId('frozen').textContent()) ?? '', /resumes \d:\d\d/);
    assert.equal(await shell.page.getByRole('button', { name: /^Resume/ }).count(), 0);
    await shell.check('lost with frozen');
  });
});
