import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AppSnapshot } from '../../app/ipc/contract.ts';
import { quitQuestion } from '../../app/quit-question.ts';
import { initialState } from '../../app/state.ts';
import { type MenuEntry, trayMenu } from '../../app/tray-menu.ts';
import type { Status } from '../../helper/protocol/index.ts';
import { proposal, withRelief } from '../fakes/sample-relief.ts';

const settings = { numbersInTray: true, colourInTray: true, shortcut: null, openAtLogin: null };
const of = (status: Status | null, change: Partial<AppSnapshot> = {}): AppSnapshot => ({
  ...initialState('0.1.0', settings),
  connection: { kind: 'connected', tier: 'console' },
  status,
  ...change,
});
const line = (entry: MenuEntry): string => {
  if (entry.kind === 'separator') return '-';
  if (entry.kind === 'words') return `  ${entry.label}`;
  return `${entry.enabled ? '' : '(off) '}${entry.action}: ${entry.label}`;
};
const menu = (snapshot: AppSnapshot, canRemove = false): readonly string[] =>
  trayMenu(snapshot, 'Memory normal', canRemove).map(line);
const pauseLine = (snapshot: AppSnapshot): string => menu(snapshot).find((each) => /pause:/.test(each)) ?? '';

describe('the menu of the tray', () => {
  test('live and calm: what is needed without looking', () => {
    assert.deepEqual(menu(of(withRelief({}, 'live'))), [
      '  Memory normal',
      '-',
      'pause: Pause automatic actions for 15 min',
      '-',
      'popover: Open Castellan',
      'window: Open Window',
      'settings: Settings…',
      '-',
      'quit: Quit Castellan (the helper keeps running)',
    ]);
  });

  test('what waits for the operator comes first; what a dry run would ask does not count', () => {
    const waiting = [proposal(), proposal({ id: 2, dryRun: true })];
    assert.equal(menu(of(withRelief({ pending: waiting }, 'live')))[1], 'popover: 1 approval waits for you…');
    const two = [proposal(), proposal({ id: 2 })];
    assert.equal(menu(of(withRelief({ pending: two }, 'live')))[1], 'popover: 2 approvals wait for you…');
  });

  test('removing is offered to the app that registered the helper', () => {
    assert.ok(menu(of(withRelief({}, 'live')), true).includes('remove: Remove Castellan…'));
  });

  for (const [what, snapshot, expected] of [
    [
      'paused',
      of(withRelief({ paused: { endsInSeconds: 601 } }, 'live')),
      'unpause: Resume automatic actions (paused for another 11 min)',
    ],
    [
      'a moment before its end',
      of(withRelief({ paused: { endsInSeconds: 0.2 } }, 'live')),
      'unpause: Resume automatic actions (paused for another 1 min)',
    ],
    [
      'in a dry run',
      of(withRelief({}, 'dry_run')),
      '(off) pause: Pause automatic actions for 15 min (dry run: there are none)',
    ],
    [
      'where only reading is allowed',
      of(withRelief({}, 'live'), { connection: { kind: 'connected', tier: 'read' } }),
      '(off) pause: Pause automatic actions for 15 min',
    ],
    [
      'while the keeper is silent',
      of(withRelief({ paused: { endsInSeconds: 60 } }, 'live'), {
        connection: { kind: 'silent', sinceMs: 0, tier: 'console' },
      }),
      '(off) pause: Pause automatic actions for 15 min',
    ],
    ['before the first figures', of(null), '(off) pause: Pause automatic actions for 15 min'],
  ] as const)
    test(`the pause: ${what}`, () => assert.equal(pauseLine(snapshot), expected));
});

describe('leaving the app', () => {
  test('asks only while an answer is waited for that this account may give', () => {
    const waits = withRelief({ pending: [proposal()] }, 'live');
    assert.match(quitQuestion(of(waits))?.title ?? '', /^1 approval waits for you\. Quit all the same\?$/);
    assert.equal(quitQuestion(of(withRelief({ pending: [proposal({ dryRun: true })] }, 'dry_run'))), null);
    assert.equal(quitQuestion(of(withRelief({}, 'live'))), null);
    assert.equal(quitQuestion(of(waits, { connection: { kind: 'connected', tier: 'read' } })), null);
    assert.equal(quitQuestion(of(waits, { connection: { kind: 'connecting' } })), null);
    assert.equal(quitQuestion(of(null)), null);
  });
});
