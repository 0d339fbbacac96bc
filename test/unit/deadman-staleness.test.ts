import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { initialStaleness, pollStaleness, type StaleAct, type Staleness } from '../../helper/deadman/staleness.ts';
import { deadmanTimes } from '../../helper/deadman/times.ts';

const times = deadmanTimes;

/** Polls at these moments after an advance at 0; the acts of each, as `second act`. */
const polled = (
  seconds: readonly number[],
  look: {
    readonly socketAt?: readonly number[];
    readonly fileAt?: readonly number[];
    readonly hasKeeper?: boolean;
  } = {},
  from: Staleness = { ...initialStaleness(times), polledMs: 0, graceMs: 0 },
): { readonly told: readonly string[]; readonly state: Staleness } => {
  let state = from;
  const told: string[] = [];
  for (const second of seconds) {
    const { after, acts } = pollStaleness(
      state,
      {
        nowMs: second * 1000,
        socketAdvanced: look.socketAt?.includes(second) ?? false,
        fileAdvanced: look.fileAt?.includes(second) ?? false,
        hasKeeper: look.hasKeeper ?? true,
      },
      times,
    );
    state = after;
    told.push(...acts.map((act: StaleAct) => `${second} ${act}`));
  }
  return { told, state };
};

const every5 = (to: number): readonly number[] =>
  Array.from({ length: Math.floor(to / 5) }, (_, index) => (index + 1) * 5);

describe('whether the keeper advances', () => {
  test('29.9 s say nothing, 30 s tell it', () => {
    assert.deepEqual(polled([5, 10, 15, 20, 25, 29.9]).told, []);
    assert.deepEqual(polled([5, 10, 15, 20, 25, 30]).told, ['30 alert']);
  });

  test('59.9 s resume nobody, 60 s do', () => {
    const minute = every5(55);
    assert.deepEqual(polled([...minute, 59.9]).told, ['30 alert']);
    assert.deepEqual(polled([...minute, 60]).told, ['30 alert', '60 resume', '60 restart_keeper']);
  });

  test('either the socket or the file is enough, and one advance begins the count anew', () => {
    assert.deepEqual(
      polled(every5(80), { socketAt: [25, 50, 75] }).told.filter((act) => !act.includes('file')),
      [],
    );
    assert.deepEqual(polled(every5(80), { fileAt: [25, 50, 75] }).told, []);
    assert.deepEqual(
      polled(every5(65), { socketAt: [40] }).told.filter((act) => act.includes('resume')),
      [],
    );
  });

  test('a file that stands still while the socket advances is told once, and resumes nobody', () => {
    const seconds = every5(100);
    assert.deepEqual(polled(seconds, { socketAt: seconds }).told, ['30 file_alert']);
    assert.deepEqual(polled(seconds, { socketAt: seconds, fileAt: [20, 40, 60, 80, 100] }).told, []);
  });

  test('a late poll counts for at most 15 s', () => {
    // 25 s late twice: 15 + 15, not 50.
    assert.deepEqual(polled([25, 50]).told, ['50 alert']);
    assert.equal(polled([25]).state.staleMs, 15_000);
  });

  test('a gap of more than 30 s begins the count anew, with 15 s that do not count', () => {
    const asleep = polled([5, 10, 15, 20, 25, 55.1]);
    assert.equal(asleep.state.staleMs, 0);
    const after = polled([60.1, 65.1, 70.1], {}, asleep.state);
    assert.equal(after.state.staleMs, 0);
    assert.equal(polled([75.1], {}, after.state).state.staleMs, 5_000);
    assert.equal(polled([5, 10, 15, 20, 25, 54.9]).state.staleMs, 40_000, '29.9 s are no gap: 25 + 15');
  });

  test('it does so once: a machine on which every poll is late resumes all the same', () => {
    const late = Array.from({ length: 8 }, (_, index) => (index + 1) * 31);
    const { told } = polled(late);
    assert.ok(
      told.some((act) => act.endsWith('resume')),
      told.join(),
    );
  });

  test('after an advance another gap may begin the count anew', () => {
    const first = polled([40, 45], { socketAt: [45] });
    assert.equal(polled([50, 55, 90], {}, first.state).state.staleMs, 0);
  });

  test('resuming is asked for at every look while it lasts, the restart once in ten minutes', () => {
    const { told } = polled(every5(1300));
    assert.equal(told.filter((act) => act.endsWith(' resume')).length, (1300 - 60) / 5 + 1);
    assert.deepEqual(
      told.filter((act) => act.endsWith('restart_keeper')),
      ['60 restart_keeper', '660 restart_keeper', '1260 restart_keeper'],
    );
    assert.equal(told.filter((act) => act.endsWith('alert')).length, 1);
  });

  test('nobody is restarted when nobody is there', () => {
    assert.deepEqual(
      polled(every5(120), { hasKeeper: false }).told.filter((act) => act.includes('restart')),
      [],
    );
  });

  test('after its own start the deadman gives 15 s more', () => {
    const fresh = initialStaleness(times);
    assert.deepEqual(polled([0, ...every5(44)], {}, fresh).told, []);
    assert.deepEqual(polled([0, ...every5(45)], {}, fresh).told, ['45 alert']);
  });

  test('whatever the polls: never resumed before 60 s without advance, always after 60 s of punctual ones', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ pause: fc.integer({ min: 1, max: 100_000 }), advanced: fc.boolean() }), { maxLength: 60 }),
        (steps) => {
          let state = initialStaleness(times);
          let nowMs = 0;
          let advancedMs = 0;
          for (const { pause, advanced } of steps) {
            nowMs += pause;
            if (advanced) advancedMs = nowMs;
            const look = { nowMs, socketAdvanced: advanced, fileAdvanced: false, hasKeeper: true };
            const { after, acts } = pollStaleness(state, look, times);
            state = after;
            if (acts.includes('resume')) assert.ok(nowMs - advancedMs >= times.resumeMs);
          }
          let resumed = false;
          for (let polls = 0; polls < 16; polls += 1) {
            nowMs += 5_000;
            const look = { nowMs, socketAdvanced: false, fileAdvanced: false, hasKeeper: true };
            const { after, acts } = pollStaleness(state, look, times);
            state = after;
            resumed ||= acts.includes('resume');
          }
          assert.ok(resumed);
        },
      ),
    );
  });
});
