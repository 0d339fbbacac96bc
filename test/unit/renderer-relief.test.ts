import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Gate } from '../../helper/protocol/relief.ts';
import {
  cardKey,
  cardsOf,
  confirmation,
  planLine,
  secondsLeft,
  spokenCard,
  spokenCountdown,
  targetLine,
  wouldAsk,
} from '../../renderer/data/relief/approvals.ts';
import {
  activityView,
  badgeView,
  firstFew,
  frozenLine,
  modeQuestion,
  standingLines,
} from '../../renderer/data/relief/relief.ts';
import { bannersFor } from '../../renderer/data/screens/banners.ts';
import { GB } from '../e2e/popover-fixtures.ts';
import { activity, frozen, killProposal, proposal, withRelief } from '../fakes/sample-relief.ts';

describe('cards of what waits', () => {
  const a = proposal({ id: 1, episode: 'a' });
  const b = proposal({ id: 2, episode: 'b' });
  const c = proposal({ id: 3, episode: 'c' });

  test('those that were there keep their places; new ones come below; a dry run has none', () => {
    const held = [cardKey(b), cardKey(a)];
    const order = cardsOf([c, a, b, proposal({ dryRun: true, episode: 'd' })], held).map(({ episode }) => episode);
    assert.deepEqual(order, ['b', 'a', 'c']);
    assert.equal(wouldAsk([a, proposal({ dryRun: true, episode: 'd' })]).length, 1);
  });

  test('re-issued it is the same card; another act is another', () => {
    assert.equal(cardKey(a), cardKey({ ...a, id: 9, reissued: 2, expiresInSeconds: 3 }));
    assert.notEqual(cardKey(a), cardKey({ ...a, hash: 'other' }));
  });

  test('the countdown runs from when it was told, and not below zero or backwards', () => {
    assert.equal(secondsLeft(98, 1000, 3500), 95.5);
    assert.equal(secondsLeft(2, 1000, 9000), 0);
    assert.equal(secondsLeft(98, 5000, 1000), 98);
    assert.equal(secondsLeft(98, null, 1000), 98);
  });

  test('a screen reader hears it at 60, 30 and 10 s only', () => {
    const heard = [100, 61, 60, 45, 30, 11, 10, 5, 1, 0].map(spokenCountdown);
    const [minute, half, ten] = [
      '1 minute left to answer.',
      '30 seconds left to answer.',
      '10 seconds left to answer.',
    ];
    assert.deepEqual(heard, ['', '', minute, minute, half, half, ten, ten, ten, '']);
    assert.match(spokenCard(a, 98), /^Freeze node \(pid 45013\)\? It grows.* Expires in 1 minute\.$/);
  });

  test('what the title says is not said again', () => {
    assert.equal(targetLine(a), '8.6 GB footprint');
    assert.equal(targetLine({ ...a, title: 'Freeze it?' }), 'node, pid 45013 · 8.6 GB footprint');
    assert.equal(targetLine({ ...a, target: { ...a.target, count: 4 } }), '8.6 GB footprint · 4 processes');
    const machine = { ...a.target, kind: 'machine', name: '', pid: null, footprintBytes: 0 } as const;
    assert.equal(targetLine({ ...a, target: machine }), '');
  });

  test('the second confirmation says what is lost; the plan names exactly one act', () => {
    assert.match(confirmation(killProposal()).text, /cannot be undone/);
    assert.equal(confirmation(killProposal()).yes, 'Yes, kill it');
    assert.doesNotMatch(confirmation(proposal({ verb: 'bootout' })).text, /undone/);
    assert.equal(
      planLine({ ...a, reissued: 2 }),
      'Proposal 1 · freeze · pid 45013 started 45013.1 · plan 5f0c2e91a7d34b66 · asked again 2 times',
    );
  });
});

describe('what was done', () => {
  test('plan against result, and whether it may be called wrong', () => {
    const done = activityView(activity());
    assert.deepEqual(
      [done.what, done.outcome, done.poor, done.canMark],
      ['Freeze node (pid 45013)', 'helped', false, false],
    );
    assert.equal(done.against, 'Stops growth of 850 MB/s. Got: Growth fell to 0 MB/s within 2 s.');
    assert.deepEqual(
      [activityView(activity({ outcome: 'useless' })).poor, activityView(activity({ outcome: 'failed' })).poor],
      [true, true],
    );
    assert.equal(activityView(activity({ outcome: 'pending', got: '' })).against, 'Stops growth of 850 MB/s.');
    assert.equal(activityView(activity({ outcome: 'dry_run' })).canMark, true);
    assert.equal(activityView(activity({ outcome: 'dry_run', markedWrong: true })).canMark, false);
  });

  test('what is frozen, shed and left alone', () => {
    assert.equal(frozenLine(frozen({ count: 5 })), 'Frozen by the brake · pid 45013 · 8.6 GB · 5 processes');
    const lines = standingLines(
      withRelief({
        shed: [
          { label: 'a', sinceSeconds: 90, restoresInSeconds: null, staysDown: false },
          { label: 'b', sinceSeconds: 700, restoresInSeconds: 300, staysDown: false },
          { label: 'c', sinceSeconds: 4000, restoresInSeconds: null, staysDown: true },
        ],
        suppressed: [{ target: 'd', why: 'It did not help.', wouldHelp: 'Less of Cilghal would.' }],
      }),
    );
    assert.deepEqual(lines, [
      'a is shed for 1 min; comes back when memory is calm.',
      'b is shed for 11 min; comes back in 5 min.',
      'c is shed for 1 h 6 min; stays down until you bring it back.',
      'd: It did not help. Less of Cilghal would.',
    ]);
    assert.deepEqual(firstFew(lines, 3), [lines[0], lines[1], 'And 2 more.']);
    assert.deepEqual(firstFew(lines, 4), lines);
  });
});

describe('dry run and gate', () => {
  const gate: Gate = { state: 'counting', observedSeconds: 6_480, neededSeconds: 21_600, plans: 0, wrong: 0 };
  const at = (change: Partial<Gate>, mode: 'dry_run' | 'live' | 'observe_only' = 'dry_run') =>
    withRelief({ gate: { ...gate, ...change } }, mode);

  test('the badge counts down, then offers to go live; live has none', () => {
    assert.deepEqual(badgeView(at({}))?.text, 'DRY RUN · 4 h 12 min left');
    assert.deepEqual([badgeView(at({}))?.open, badgeView(at({ state: 'open' }))?.open], [false, true]);
    assert.equal(badgeView(at({ state: 'open' }))?.text, 'DRY RUN');
    assert.equal(badgeView(at({}, 'live')), null);
    assert.deepEqual(badgeView(at({ state: 'open' }, 'observe_only'))?.open, false);
  });

  test('a dry run that is forced counts down to nothing and offers no way out', () => {
    const seen = at({ state: 'open' });
    const why = 'CASTELLAN_DRY_RUN is set: nothing can leave the dry run.';
    assert.deepEqual(badgeView({ ...seen, mode: { name: 'dry_run', reasons: [why] } }), {
      text: 'FORCED DRY RUN',
      title: why,
      open: false,
    });
  });

  test('going live says what was seen, and that nothing was', () => {
    assert.match(
      modeQuestion('live', at({ observedSeconds: 21_600 })).text,
      /No act was planned in 6 h\. So none of it/,
    );
    const seen = modeQuestion('live', at({ plans: 3, wrong: 1, observedSeconds: 21_600 })).text;
    assert.match(seen, /3 acts were planned in 6 h, 1 marked as wrong\.$/);
    assert.match(modeQuestion('dry_run', at({}, 'live')).text, /only says what it would do/);
  });
});

describe('banners of relief', () => {
  const titles = (...args: Parameters<typeof bannersFor>): readonly string[] =>
    bannersFor(...args).map(({ title }) => title);

  test('calm has none; each trouble has one', () => {
    assert.deepEqual(titles(withRelief({})), []);
    const troubled = withRelief({
      deadman: 'missing',
      conflict: { target: 'node', sinceSeconds: 130 },
      wiredLeak: { seat: 'Codestral', bytes: 11.2 * GB },
      envelope: { peaksBytes: 69.1 * GB, overBytes: 5.1 * GB },
      missingEnforcers: ['com.sanctum.valve', 'com.sanctum.other'],
    });
    assert.deepEqual(titles(troubled, 'The bus is gone'), [
      'The deadman is missing',
      'Something else resumes node',
      '11.2 GB of wired memory did not come back',
      'Declared peaks exceed RAM by 5.1 GB',
      'The policy counts on services that are not there',
      'Notifications cannot be shown',
    ]);
    assert.deepEqual(titles(withRelief({ deadman: 'not_ready' })), [], 'a start is no trouble');
  });
});
