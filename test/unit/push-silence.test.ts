import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createSilence } from '../../helper/gateway/push/silence.ts';

/** Whether the keeper has fallen silent, in virtual time: steps are ten seconds. */

const counting = (t: TestContext) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  let nowMs = 5_000;
  let told = 0;
  const silence = createSilence({
    afterMs: 60_000,
    nowMs: () => nowMs,
    onSilent: () => {
      told += 1;
    },
  });
  t.after(silence.close);
  const step = (elapsedMs = 10_000): void => {
    nowMs += elapsedMs;
    t.mock.timers.tick(10_000);
  };
  return { silence, told: () => told, step };
};

const steps = (count: number, step: () => void): void => {
  for (let n = 0; n < count; n++) step();
};

test('who says nothing for a minute is silent, once, until it speaks again', (t) => {
  const { silence, told, step } = counting(t);
  steps(20, step);
  assert.equal(told(), 0, 'it has never spoken');
  silence.heard();
  steps(5, step);
  assert.equal(told(), 0);
  steps(20, step);
  assert.equal(told(), 1);
  silence.heard();
  steps(6, step);
  assert.equal(told(), 2);
});

test('who speaks in time is not', (t) => {
  const { silence, told, step } = counting(t);
  for (let n = 0; n < 20; n++) {
    silence.heard();
    steps(5, step);
  }
  assert.equal(told(), 0);
});

test('hours that this process slept through are no silence of anybody', (t) => {
  const { silence, told, step } = counting(t);
  silence.heard();
  steps(5, step);
  step(8 * 3_600_000);
  steps(5, step);
  assert.equal(told(), 0, 'what it has not heard while it slept says nothing');
  step();
  assert.equal(told(), 1, 'and what it has not heard since does');
});
