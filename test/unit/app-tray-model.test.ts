import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AppSnapshot, Connection } from '../../app/ipc/contract.ts';
import { initialState } from '../../app/state.ts';
import { spokenDuration, type TrayModel, trayModel } from '../../app/tray-model.ts';
import { GB } from '../../helper/config/config.ts';
import { failure } from '../../helper/protocol/errors.ts';
import type { Gate } from '../../helper/protocol/relief.ts';
import type { LevelName, Status } from '../../helper/protocol/status.ts';
import { frozen, proposal, withRelief } from '../fakes/sample-relief.ts';
import { sampleStatus } from '../fakes/sample-status.ts';

const now = 1_000_000;
const settings = { numbersInTray: true, colourInTray: true, shortcut: null, openAtLogin: null };
const connected: Connection = { kind: 'connected', tier: 'console' };

const snapshot = (
  status: Status | null,
  connection: Connection = connected,
  change: Partial<AppSnapshot> = {},
): AppSnapshot => ({
  ...initialState('0.1.0', settings),
  connection,
  status,
  receivedAtMs: now,
  ...change,
});
const model = (...args: Parameters<typeof snapshot>): TrayModel => trayModel(snapshot(...args), now);

const atLevel = (name: LevelName, availableBytes: number, forSeconds: number): Status => {
  const base = sampleStatus({ mode: { name: 'live', reasons: [] } });
  return { ...base, machine: { ...base.machine, availableBytes }, level: { ...base.level, name, forSeconds } };
};
const levels = {
  green: model(atLevel('green', 22.7 * GB, 720)),
  yellow: model(atLevel('yellow', 6.2 * GB, 130)),
  orange: model(atLevel('orange', 3.1 * GB, 185)),
  red: model(atLevel('red', 1.2 * GB, 44)),
};
const unreachable = {
  connecting: model(null, { kind: 'connecting' }),
  missing: model(null, { kind: 'missing', failure: failure('not_running') }),
  refused: model(null, { kind: 'refused', failure: failure('untrusted_server') }),
  older: model(null, { kind: 'helper_older', helper: '0.0.9', app: '0.1.0' }),
  lost: model(sampleStatus(), { kind: 'lost', sinceMs: now - 42_000, failure: failure('connection_lost') }),
  stale: model(sampleStatus(), { kind: 'silent', sinceMs: now - 42_000, tier: 'console' }),
};
/** What is left of a picture when colour cannot be seen. */
const shapes = ({ picture: { shape, badge, mark, waits, dimmed } }: TrayModel): string =>
  `${shape} ${badge} ${mark} ${waits ? 'dot' : 'plain'} ${dimmed}`;

describe('tray model', () => {
  test('every level is told by shape alone', () => {
    assert.deepEqual([levels.green, levels.yellow, levels.orange, levels.red].map(shapes), [
      'outline none none plain false',
      'outline triangle none plain false',
      'outline diamond none plain false',
      'filled hexagon none plain false',
    ]);
  });

  test('so is a helper that is missing, old figures, a dry run, and observing only', () => {
    const observing = sampleStatus({ mode: { name: 'observe_only', reasons: ['memory sensor fails'] } });
    const all = [
      ...Object.values(levels),
      unreachable.missing,
      unreachable.refused,
      unreachable.stale,
      model(sampleStatus()),
      model(observing),
      model(withRelief({ pending: [proposal()] })),
      model(withRelief({ frozen: [frozen()] })),
      model(sampleStatus(), { kind: 'silent', sinceMs: now - 8000, tier: 'console' }),
    ].map(shapes);
    assert.equal(new Set(all).size, all.length);
  });

  test('what is said aloud', () => {
    assert.equal(levels.green.label, 'Castellan. Memory normal. 22.7 gigabytes available. 1 seat, 1 ready.');
    assert.equal(
      levels.yellow.label,
      'Castellan. Memory getting tight for 2 minutes. 6.2 gigabytes available. Largest: Cilghal, 21.0 gigabytes.',
    );
    assert.match(levels.orange.label, /Memory pressure high for 3 minutes\./);
    assert.match(levels.red.label, /Memory critical for 40 seconds\./);
    assert.equal(unreachable.missing.label, 'Castellan helper is not running.');
    assert.equal(unreachable.lost.label, 'Castellan helper stopped 40 seconds ago.');
    assert.equal(
      unreachable.stale.label,
      'Castellan helper has not answered for 40 seconds. The figures shown are old.',
    );
    assert.match(model(sampleStatus()).label, /Dry run: relief is only shown\. 5 hours of it left\.$/);
  });

  test('quiet on green: no title; otherwise the headroom, at most seven characters', () => {
    assert.deepEqual(
      [levels.green, levels.yellow, levels.orange, levels.red, unreachable.stale].map(({ title }) => title),
      ['', '6.2G', '3.1G', '1.2G !', '--'],
    );
    assert.ok(model(atLevel('red', 4096 * GB, 1)).title.length <= 7);
    const without = { settings: { ...settings, numbersInTray: false } };
    assert.equal(model(atLevel('red', GB, 1), connected, without).title, '');
  });

  test('colour only when not normal, and not when the operator wants none', () => {
    assert.deepEqual(
      Object.values(levels).map(({ picture }) => picture.colour),
      [null, 'yellow', 'orange', 'red'],
    );
    const plain = { settings: { ...settings, colourInTray: false } };
    assert.equal(model(atLevel('red', GB, 1), connected, plain).picture.colour, null);
  });

  test('a level from orange up is shown before an invalid configuration', () => {
    const config: Status['config'] = { path: '/x', state: 'invalid', problems: [] };
    const badge = (status: Status): string => model({ ...status, config }).picture.badge;
    assert.equal(badge(atLevel('green', 20 * GB, 1)), 'exclamation');
    assert.equal(badge(atLevel('orange', 3 * GB, 1)), 'diamond');
  });

  test('the fill is wired and compressed in fifths of the memory, also when sensors fail', () => {
    const filled = (wired: number, compressed: number): number => {
      const base = sampleStatus();
      const tiers = { wired: wired * GB, compressed: compressed * GB, app: 0, cached: 0, free: 0 };
      return model({ ...base, machine: { ...base.machine, tiers } }).picture.fill;
    };
    assert.deepEqual([filled(0, 0), filled(20, 6), filled(32, 20), filled(60, 20)], [0, 2, 4, 5]);
    const base = sampleStatus();
    const blind = model({ ...base, machine: { ...base.machine, tiers: null, availableBytes: null } });
    assert.equal(blind.picture.fill, 0);
    assert.match(blind.label, /Available memory unknown/);
  });

  test('what waits and what is frozen is told by mark, title, menu and words; a dry run asks nothing', () => {
    const both = model(
      withRelief({ pending: [proposal(), proposal({ id: 2, episode: 'b' })], frozen: [frozen({ count: 3 })] }),
    );
    assert.deepEqual([both.picture.waits, both.picture.mark, both.title], [true, 'frozen', '·2']);
    assert.equal(both.headline, 'Memory normal · 2 approvals wait · 3 processes frozen');
    assert.match(
      both.label,
      /^Castellan\. 2 approvals wait\. 3 processes frozen\. The first expires in 1 minute\. Memory normal\./,
    );
    const dry = model(withRelief({ pending: [proposal({ dryRun: true })] }));
    assert.deepEqual([dry.picture.waits, dry.title, dry.headline], [false, '', 'Memory normal']);
  });

  test('the count fits beside the headroom', () => {
    const many = Array.from({ length: 12 }, (_, id) => proposal({ id, episode: `e${id}` }));
    const titles = [1.23, 9.96, 42, 4096].map((figure) => {
      const status = atLevel('red', figure * GB, 1);
      return model({ ...status, relief: { ...status.relief, pending: many } }).title;
    });
    assert.deepEqual(titles, ['1.2G ·9', '10G ·9', '42G ·9', '999G ·9']);
  });

  test('the dry run says how long it still takes, and when it could end', () => {
    const gate = { state: 'counting', observedSeconds: 0, neededSeconds: 21_600, plans: 0, wrong: 0 } as const;
    const at = (change: Partial<Gate>): string => model(withRelief({ gate: { ...gate, ...change } }, 'dry_run')).label;
    assert.match(at({ observedSeconds: 21_600 - 1500 }), /relief is only shown\. 25 minutes of it left\.$/);
    assert.match(at({ observedSeconds: 21_600, state: 'open' }), /Going live is possible\.$/);
  });

  test('a silence first dims, then makes the figures old', () => {
    const silentFor = (ms: number): TrayModel =>
      model(sampleStatus(), { kind: 'silent', sinceMs: now - ms, tier: 'console' });
    assert.equal(silentFor(6000).picture.dimmed, true);
    assert.equal(silentFor(29_999).picture.shape, 'outline');
    assert.equal(silentFor(30_000).picture.shape, 'dashed');
  });

  test('durations are coarse, so that a label seldom changes', () => {
    assert.deepEqual([0, 1000, 9999, 59_999, 60_000, 3_599_999, 7_200_000, -5].map(spokenDuration), [
      '0 seconds',
      '1 second',
      '9 seconds',
      '50 seconds',
      '1 minute',
      '59 minutes',
      '2 hours',
      '0 seconds',
    ]);
  });
});
