import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { windowPages } from '../../app/ipc/contract.ts';
import { definitionId, definitions } from '../../renderer/data/definitions.ts';
import {
  firstOrder,
  groupState,
  nextOrder,
  orderGroups,
  searchGroups,
  totalsOf,
} from '../../renderer/data/processes/table.ts';
import { mayRelease, seatFigures } from '../../renderer/data/seats/figures.ts';
import { windowKey } from '../../renderer/window/keys.ts';
import { pageNames } from '../../renderer/window/page-names.ts';
import { GB, MB, row, seats } from '../e2e/popover-fixtures.ts';

const key = (code: string, held: Partial<Record<'metaKey' | 'ctrlKey' | 'altKey' | 'shiftKey', true>> = {}) => ({
  key: code === 'Tab' ? 'Tab' : code.replace('Digit', ''),
  code,
  metaKey: false,
  ctrlKey: false,
  altKey: false,
  shiftKey: false,
  ...held,
});

describe('keys of the window', () => {
  test('its pages are those main may ask for, in the order of the tabs', () => {
    assert.deepEqual([...pageNames], [...windowPages]);
  });
  test('⌘ or Ctrl with a digit chooses a page, ⌥ with one a range', () => {
    assert.deepEqual(windowKey(key('Digit3', { metaKey: true }), 'overview'), { kind: 'page', page: 'processes' });
    assert.deepEqual(windowKey(key('Digit8', { ctrlKey: true }), 'overview'), { kind: 'page', page: 'settings' });
    assert.deepEqual(windowKey({ ...key('Digit4', { altKey: true }), key: '¢' }, 'log'), {
      kind: 'range',
      range: '24h',
    });
  });
  test('Ctrl+Tab goes round, with Shift the other way', () => {
    assert.deepEqual(windowKey(key('Tab', { ctrlKey: true }), 'settings'), { kind: 'page', page: 'overview' });
    assert.deepEqual(windowKey(key('Tab', { ctrlKey: true, shiftKey: true }), 'overview'), {
      kind: 'page',
      page: 'settings',
    });
  });
  test('what is typed is left alone', () => {
    for (const press of [
      key('Digit1'),
      key('Tab'),
      key('Digit9', { metaKey: true }),
      key('Digit5', { altKey: true }),
      key('Digit1', { metaKey: true, ctrlKey: true }),
      key('Digit1', { metaKey: true, shiftKey: true }),
      key('KeyA', { metaKey: true }),
    ])
      assert.equal(windowKey(press, 'overview'), null, JSON.stringify(press));
  });
});

describe('definitions', () => {
  const folder = path.resolve(import.meta.dirname, '../../renderer');
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('definitions.ts'))
    .map((file) => readFileSync(path.join(folder, file), 'utf8'))
    .join('\n');
  test('each is a sentence, and some figure has it', () => {
    const figures = Object.entries(definitions);
    assert.deepEqual(
      figures.filter(([, text]) => !/^[A-Z].*\.$/s.test(text)),
      [],
    );
    const unused = figures.filter(([figure]) => !new RegExp(`['"\`.]${figure}\\b`).test(sources));
    assert.deepEqual(
      unused.map(([figure]) => figure),
      [],
      'used nowhere',
    );
  });
  test('each has an id of its own', () => {
    const ids = Object.keys(definitions).map((figure) => definitionId(figure as keyof typeof definitions));
    assert.equal(new Set(ids).size, ids.length);
  });
});

describe('the list of processes', () => {
  const rows = [
    row({ pid: 1, name: 'small', footprintBytes: 10 * MB, rssBytes: 20 * MB, growthBytesPerSecond: null }),
    row({ pid: 2, name: 'large', footprintBytes: 90 * MB, rssBytes: 5 * MB, growthBytesPerSecond: -MB }),
    row({ pid: 31, name: 'Mid', footprintBytes: 40 * MB, rssBytes: 40 * MB, growthBytesPerSecond: 9 * MB }),
  ];
  const order = (by: Parameters<typeof nextOrder>[1], times = 1): readonly string[] => {
    let wanted = { ...firstOrder, by: 'peak' } as typeof firstOrder;
    for (let nth = 0; nth < times; nth++) wanted = nextOrder(wanted, by);
    return orderGroups(searchGroups(rows, ''), wanted).map(({ name }) => name);
  };
  test('figures begin with the largest, names with A; pressed again it is turned round', () => {
    assert.deepEqual(order('footprint'), ['large', 'Mid', 'small']);
    assert.deepEqual(order('footprint', 2), ['small', 'Mid', 'large']);
    assert.deepEqual(order('rss'), ['Mid', 'small', 'large']);
    assert.deepEqual(order('name'), ['large', 'Mid', 'small']);
  });
  test('what is not known stands last, whichever way', () => {
    assert.deepEqual(order('growth'), ['Mid', 'large', 'small']);
    assert.deepEqual(order('growth', 2), ['large', 'Mid', 'small']);
  });
  test('is searched by name, command and process id, whatever the case', () => {
    const found = (text: string) => searchGroups(rows, text).map(({ name }) => name);
    assert.deepEqual(found('MID'), ['Mid']);
    assert.deepEqual(found('31'), ['Mid']);
    assert.deepEqual(found('/usr/local/bin/sm'), ['small']);
    assert.deepEqual(found('nobody'), []);
  });
  test('of an app that is not named so, only what was found is shown', () => {
    const app = (pid: number, name: string) =>
      row({ pid, name, command: `/Applications/A.app/Contents/${name}`, footprintBytes: MB, rssBytes: MB });
    const [group] = searchGroups([app(5, 'one'), app(6, 'two')], 'two');
    assert.deepEqual(
      group?.rows.map(({ pid }) => pid),
      [6],
    );
  });
  test('says what is frozen, and how much RSS leaves out of all', () => {
    const [group] = searchGroups([{ ...rows[0], state: 'stopped' } as (typeof rows)[number]], '');
    assert.ok(group !== undefined);
    assert.equal(groupState(group), 'frozen');
    assert.deepEqual(totalsOf(searchGroups(rows, '')), { footprintBytes: 140 * MB, rssBytes: 65 * MB });
  });
});

describe('figures of a seat', () => {
  const [cilghal, codestral] = seats;
  assert.ok(cilghal !== undefined && codestral !== undefined);
  const shown = (seat: typeof cilghal) => Object.fromEntries(seatFigures(seat).map(({ name, value }) => [name, value]));
  test('declared, measured and what RSS sees of it', () => {
    const figures = shown(cilghal);
    assert.equal(figures['Declared peak'], '41.0 GB');
    assert.equal(figures.Highest, '38.0 GB');
    assert.equal(figures.RSS, '45 MB, sees 0.2 %');
    assert.equal(figures.Band, 'CRITICAL');
  });
  test('of one that does not run only what is declared', () => {
    const figures = shown({ ...codestral, state: 'absent', footprintBytes: 0, pids: [], lastExit: 78 });
    assert.equal(figures.Footprint, undefined);
    assert.equal(figures.Wired, '2.0 GB declared');
    assert.match(figures['Last run'] ?? '', /78/);
  });
  test('a band that is not held is said as it is', () => {
    const band = { wanted: 'CRITICAL', found: null, state: 'refused', detail: '' } as const;
    assert.equal(shown({ ...cilghal, band }).Band, 'not known, CRITICAL wanted');
  });
  test('only a protected one is released by its name', () => {
    assert.equal(mayRelease(cilghal), true);
    assert.equal(mayRelease({ ...cilghal, state: 'absent' }), false);
    assert.equal(mayRelease(codestral), false);
  });
  test('what is proposed is told', () => {
    assert.equal(shown({ ...cilghal, proposedPeakBytes: 44 * GB })['Proposed peak'], '44.0 GB');
  });
});
