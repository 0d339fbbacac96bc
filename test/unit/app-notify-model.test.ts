import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  againAfterMs,
  dismissed,
  type Judged,
  judgeNotifications,
  meaningOf,
  type NotifyInput,
  type NotifyMemory,
  nothingTold,
  notificationWords,
  pressOfAction,
} from '../../app/notify-model.ts';
import type { Proposal } from '../../helper/protocol/relief.ts';
import { killProposal, proposal, withRelief } from '../fakes/sample-relief.ts';

const start = 1_700_000_000_000;
const input = (pending: readonly Proposal[], nowMs = start, mayAnswer = true): NotifyInput => ({
  status: withRelief({ pending: [...pending] }),
  mayAnswer,
  nowMs,
});
const away = (nowMs: number): NotifyInput => ({ status: null, mayAnswer: false, nowMs });
/** Ids shown and episodes withdrawn at each step. */
const run = (
  ...inputs: readonly NotifyInput[]
): { readonly steps: readonly string[]; readonly memory: NotifyMemory } => {
  let memory = nothingTold;
  const steps = inputs.map((each) => {
    const judged: Judged = judgeNotifications(memory, each);
    memory = judged.memory;
    return [...judged.show.map(({ id }) => `+${id}`), ...judged.withdraw.map((episode) => `-${episode}`)].join(' ');
  });
  return { steps, memory };
};
const seconds = (n: number): number => start + n * 1000;

describe('what is notified', () => {
  test('a proposal is notified once, however often it is re-issued, and taken off when it goes', () => {
    const { steps } = run(
      input([proposal()]),
      input([proposal()], seconds(2)),
      input([proposal({ id: 2, reissued: 1 })], seconds(121)),
      input([proposal({ id: 9, hash: 'other', reissued: 2 })], seconds(242)),
      input([], seconds(244)),
      input([], seconds(246)),
    );
    assert.deepEqual(steps, ['+1', '', '', '', '-freeze:45013.1', '']);
  });

  test('once more after half an hour, and never a third time while it lasts', () => {
    const every = Array.from({ length: 300 }, (_, at) => input([proposal()], seconds(at * 30)));
    const shownAt = run(...every).steps.flatMap((step, at) => (step === '' ? [] : [at * 30]));
    assert.deepEqual(shownAt, [0, againAfterMs / 1000]);
  });

  test('one that flaps is not notified at each return; forgotten after half an hour away', () => {
    const flapping = Array.from({ length: 60 }, (_, at) => input(at % 2 === 0 ? [proposal()] : [], seconds(at * 20)));
    assert.equal(run(...flapping).steps.filter((step) => step.startsWith('+')).length, 1);
    const gone = run(
      input([proposal()]),
      input([], seconds(2)),
      input([], seconds(1803)),
      input([proposal()], seconds(1804)),
    );
    assert.deepEqual(gone.steps, ['+1', '-freeze:45013.1', '', '+1']);
    assert.equal(run(input([proposal()]), input([], seconds(2)), input([], seconds(1803))).memory.size, 0);
  });

  test('each episode has its own', () => {
    const { steps } = run(input([proposal(), killProposal()]), input([killProposal()], seconds(2)));
    assert.deepEqual(steps, ['+1 +7', '-freeze:45013.1']);
  });

  test('a dry run is not notified, nor an account that may not answer', () => {
    assert.deepEqual(run(input([proposal({ dryRun: true })])).steps, ['']);
    assert.deepEqual(run(input([proposal()], start, false)).steps, ['']);
    assert.deepEqual(run(input([proposal()]), input([proposal({ dryRun: true })], seconds(2))).steps, [
      '+1',
      '-freeze:45013.1',
    ]);
  });

  test('a short loss of the keeper takes nothing away; a long one does when it would have expired', () => {
    const { steps } = run(input([proposal()]), away(seconds(5)), input([proposal()], seconds(9)));
    assert.deepEqual(steps, ['+1', '', '']);
    assert.deepEqual(run(input([proposal()]), away(seconds(97)), away(seconds(98)), away(seconds(99))).steps, [
      '+1',
      '',
      '-freeze:45013.1',
      '',
    ]);
  });

  test('one that the operator took away is not shown again before its time, and not withdrawn twice', () => {
    const { memory } = run(input([proposal()]));
    const without = dismissed(memory, proposal().episode);
    assert.deepEqual(judgeNotifications(without, input([proposal()], seconds(10))).show, []);
    assert.deepEqual(judgeNotifications(without, input([], seconds(10))).withdraw, []);
    assert.equal(judgeNotifications(without, input([proposal()], start + againAfterMs)).show.length, 1);
    assert.equal(dismissed(memory, 'no such episode'), memory);
  });

  test('the words are the proposal’s own; what takes a second confirmation is reviewed, not approved', () => {
    assert.deepEqual(notificationWords(proposal()), {
      title: 'Freeze node (pid 45013)?',
      body: 'It grows by 850 MB/s and explains 96 % of the fill. Stops growth of 850 MB/s; frees no memory by itself.',
      actions: ['Approve', 'Not now'],
    });
    assert.deepEqual(notificationWords(killProposal()).actions, ['Review…', 'Not now']);
    assert.deepEqual(notificationWords(killProposal({ needsConfirmation: false })).actions, ['Review…', 'Not now']);
  });
});

describe('what a press on a notification means', () => {
  const shown = proposal();

  test('the body only ever opens the card', () => {
    const card = { kind: 'card', episode: shown.episode, confirm: false, changed: false };
    assert.deepEqual(meaningOf('body', shown, input([shown])), card);
    const killing = meaningOf('body', killProposal(), input([killProposal()]));
    assert.deepEqual(killing, { ...card, episode: 'kill:1204.1' });
  });

  test('a button acts on exactly what was shown, also when that was re-issued meanwhile', () => {
    assert.deepEqual(meaningOf('approve', shown, input([proposal({ id: 4, reissued: 1 })])), {
      kind: 'approve',
      id: 4,
      hash: shown.hash,
    });
    assert.deepEqual(meaningOf('not_now', shown, input([shown])), { kind: 'deny', id: 1, hash: shown.hash });
  });

  test('another act of the same episode is put before the operator, by whatever button', () => {
    const other = input([proposal({ id: 4, hash: 'other' })]);
    for (const press of ['body', 'approve', 'not_now'] as const) {
      assert.deepEqual(meaningOf(press, shown, other), {
        kind: 'card',
        episode: shown.episode,
        confirm: false,
        changed: true,
      });
    }
  });

  test('what cannot be undone goes to its second confirmation, even if the proposal asks for none', () => {
    for (const needsConfirmation of [true, false]) {
      const kill = killProposal({ needsConfirmation });
      assert.deepEqual(meaningOf('approve', kill, input([kill])), {
        kind: 'card',
        episode: kill.episode,
        confirm: true,
        changed: false,
      });
    }
    const protectedSeat = proposal({ verb: 'bootout', needsConfirmation: true });
    assert.equal(meaningOf('approve', protectedSeat, input([protectedSeat])).kind, 'card');
    const onCall = proposal({ verb: 'bootout' });
    assert.equal(meaningOf('approve', onCall, input([onCall])).kind, 'approve');
  });

  test('pressed late it is gone, and nothing else is touched', () => {
    for (const press of ['body', 'approve', 'not_now'] as const) {
      assert.deepEqual(meaningOf(press, shown, input([killProposal()])), { kind: 'gone' });
      assert.deepEqual(meaningOf(press, shown, away(start)), { kind: 'gone' });
      assert.deepEqual(meaningOf(press, shown, input([proposal({ dryRun: true })])), { kind: 'gone' });
    }
  });

  test('buttons by their index; one that is not known does no more than the body', () => {
    assert.deepEqual([0, 1, 2, -1].map(pressOfAction), ['approve', 'not_now', 'body', 'body']);
  });
});
