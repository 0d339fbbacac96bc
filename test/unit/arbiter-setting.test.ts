import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { answerWish, lookAt, newSetting, type Setting, type Sight } from '../../helper/arbiter/setting.ts';

const minute = 60_000;
const asWanted = { kind: 'as_wanted' } as const;
const other = { kind: 'other' } as const;
const can = { mayWish: true, setsUnread: false };

/** Looks and answers in turn; gives the times at which it wished, and what is left. */
const story = (
  steps: readonly (readonly [atMs: number, sight: Sight, answer?: 'ok' | 'failed' | 'timed_out' | null])[],
): { readonly wished: readonly number[]; readonly overwritten: number; readonly setting: Setting } => {
  let setting = newSetting;
  let overwritten = 0;
  const wished: number[] = [];
  for (const [atMs, sight, answer = 'ok'] of steps) {
    const looked = lookAt(setting, sight, atMs, can);
    setting = looked.setting;
    if (looked.isOverwritten) overwritten++;
    if (!looked.wish) continue;
    wished.push(atMs);
    if (answer !== null) setting = answerWish(setting, answer, 'not permitted', atMs + 1);
  }
  return { wished, overwritten, setting };
};

describe('a setting of the kernel', () => {
  test('what is as wanted is left alone', () => {
    const { wished, setting } = story([
      [0, asWanted],
      [2_000, asWanted],
      [4_000, asWanted],
    ]);
    assert.deepEqual(wished, []);
    assert.equal(setting.state, 'held');
    assert.equal(setting.heldSinceMs, 0);
  });

  test('what is not is set once, and then held', () => {
    const { wished, overwritten, setting } = story([
      [0, other],
      [2_000, asWanted],
    ]);
    assert.deepEqual(wished, [0]);
    assert.equal(overwritten, 0);
    assert.equal(setting.state, 'held');
  });

  test('while an answer is awaited it is not asked for again', () => {
    const { wished, setting } = story([
      [0, other, null],
      [2_000, other],
      [4_000, other],
    ]);
    assert.deepEqual(wished, [0]);
    assert.equal(setting.state, 'drifted');
  });

  test('an answer that never comes counts as a refusal', () => {
    const { wished, setting } = story([
      [0, other, null],
      [30_000, other],
      [60_000, other],
    ]);
    assert.deepEqual(wished, [0]);
    assert.equal(setting.state, 'refused');
    assert.equal(setting.detail, 'nobody answered');
  });

  test('a refusal is tried again after ten minutes and not before, and lasts until the kernel agrees', () => {
    const looks = Array.from({ length: 700 }, (_, at) => [at * 2_000, other, 'failed'] as const);
    const { wished, setting } = story(looks);
    assert.deepEqual(wished, [0, 10 * minute + 2_000, 20 * minute + 4_000]);
    assert.equal(setting.state, 'refused');
    assert.equal(setting.detail, 'not permitted');
    const retried = story([...looks, [31 * minute, other, 'ok']]);
    assert.equal(retried.setting.state, 'held');
    assert.equal(retried.setting.detail, '');
  });

  test('the third change by others within ten minutes is the last that is answered by nothing', () => {
    const { wished, overwritten, setting } = story([
      [0, other],
      [2_000, other],
      [4_000, other],
      [6_000, other],
      [8_000, other],
      [60 * minute, other],
    ]);
    assert.deepEqual(wished, [0, 2_000, 4_000]);
    assert.equal(overwritten, 3);
    assert.equal(setting.state, 'contested');
    assert.match(setting.detail, /three|3 times/);
  });

  test('changes that are far apart are answered each time', () => {
    const looks = Array.from({ length: 12 }, (_, at) => [
      [at * 6 * minute, other] as const,
      [at * 6 * minute + 2_000, asWanted] as const,
    ]).flat();
    const { wished, overwritten, setting } = story(looks);
    assert.equal(wished.length, 12);
    assert.equal(overwritten, 11);
    assert.equal(setting.state, 'held');
  });

  test('a contest is over when it has been as wanted for ten minutes without a break', () => {
    const fight = [0, 2_000, 4_000, 6_000].map((atMs) => [atMs, other] as const);
    const until = (ms: number) =>
      Array.from({ length: ms / 2_000 }, (_, at) => [8_000 + at * 2_000, asWanted] as const);
    assert.equal(story([...fight, ...until(10 * minute)]).setting.state, 'contested');
    const over = story([...fight, ...until(10 * minute + 2_000)]).setting;
    assert.equal(over.state, 'held');
    assert.deepEqual(over.overwrittenMs, []);
    const broken = story([
      ...fight,
      ...until(9 * minute),
      [10 * minute, other],
      [11 * minute, asWanted],
      [19 * minute, asWanted],
    ]);
    assert.equal(broken.setting.state, 'contested');
  });

  test('what cannot be read is unknown, or refused where the kernel says so, and is not set', () => {
    const unreadable = { kind: 'unreadable', isRefused: false, detail: 'no such call' } as const;
    const { wished, setting } = story([[0, unreadable]]);
    assert.deepEqual(wished, []);
    assert.equal(setting.state, 'unknown');
    assert.equal(story([[0, { ...unreadable, isRefused: true }]]).setting.state, 'refused');
    assert.deepEqual(
      story([
        [0, unreadable],
        [2_000, other],
      ]).wished,
      [2_000],
    );
  });

  test('a process that has just started is set before it was read, once', () => {
    const look = { mayWish: true, setsUnread: true };
    const first = lookAt(newSetting, { kind: 'not_looked' }, 0, look);
    assert.equal(first.wish, true);
    assert.equal(lookAt(first.setting, { kind: 'not_looked' }, 2_000, look).wish, false);
    assert.equal(lookAt(newSetting, { kind: 'not_looked' }, 0, can).wish, false);
  });

  test('nothing is set while it may not be, and a change by others is counted all the same', () => {
    const held = lookAt(newSetting, asWanted, 0, can).setting;
    const looked = lookAt(held, other, 2_000, { mayWish: false, setsUnread: true });
    assert.equal(looked.wish, false);
    assert.equal(looked.isOverwritten, true);
    assert.equal(looked.setting.state, 'drifted');
    const later = lookAt(looked.setting, other, 4_000, can);
    assert.equal(later.wish, true);
    assert.equal(later.isOverwritten, false);
  });

  test('an answer that nobody waits for changes nothing', () => {
    const held = lookAt(newSetting, asWanted, 0, can).setting;
    assert.equal(answerWish(held, 'failed', 'late', 5_000), held);
  });
});
