import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isServing, seatState } from '../../helper/protocol/seats.ts';
import { newSeat } from '../../helper/seats/seating.ts';
import { afterCue, type Cue, cued, cues, transitions } from '../../helper/seats/transitions.ts';

const states = seatState.options;

/** The ways a seat goes, written out by hand: state, cue, state after it. */
const ways: readonly (readonly [string, Cue, string])[] = [
  ['absent', 'asked', 'admitting'],
  ['admitting', 'dismissed', 'absent'],
  ['admitting', 'ordered', 'starting'],
  ['starting', 'appeared', 'loading'],
  ['loading', 'served', 'ready'],
  ['ready', 'used', 'busy'],
  ['busy', 'rested', 'ready'],
  ['ready', 'quieted', 'idle'],
  ['idle', 'woken', 'ready'],
  ['idle', 'used', 'busy'],
  ['idle', 'closed', 'draining'],
  ['draining', 'gone', 'absent'],
  ['draining', 'reopened', 'ready'],
  ['loading', 'failed', 'failed'],
  ['starting', 'failed', 'failed'],
  ['failed', 'asked', 'admitting'],
  ['failed', 'served', 'ready'],
  ['failed', 'gone', 'failed'],
  ['ready', 'froze', 'frozen'],
  ['frozen', 'thawed', 'loading'],
  ['ready', 'emptied', 'hollow'],
  ['hollow', 'filled', 'ready'],
  ['idle', 'unbootable', 'doomed'],
  ['doomed', 'bootable', 'ready'],
  ['ready', 'appeared', 'loading'],
  ['ready', 'gone', 'absent'],
];

const nothingHappens: readonly (readonly [string, Cue])[] = [
  // Its orderly end is not called back, paused or counted as use.
  ['draining', 'served'],
  ['draining', 'used'],
  ['draining', 'froze'],
  ['draining', 'asked'],
  // One start for all who ask.
  ['starting', 'asked'],
  ['loading', 'ordered'],
  ['ready', 'asked'],
  // Load time is not idle.
  ['loading', 'quieted'],
  ['starting', 'quieted'],
  // A model that is gone is not ready because its server answers.
  ['hollow', 'served'],
  ['frozen', 'served'],
  // What would not come back is not counted down.
  ['doomed', 'quieted'],
];

describe('transitions of a seat', () => {
  test('each way is in the table', () => {
    for (const [from, cue, to] of ways) assert.equal(afterCue(from as never, cue), to, `${from} ${cue}`);
  });

  test('what changes nothing is not', () => {
    for (const [from, cue] of nothingHappens) assert.equal(afterCue(from as never, cue), from, `${from} ${cue}`);
  });

  test('every state can be reached from absent, and absent from every state', () => {
    const next = (state: (typeof states)[number]) => cues.map((cue) => afterCue(state, cue));
    const reach = (from: (typeof states)[number]): ReadonlySet<string> => {
      const seen = new Set([from]);
      for (const state of seen) for (const each of next(state)) seen.add(each);
      return seen;
    };
    assert.deepEqual([...reach('absent')].sort(), [...states].sort());
    for (const state of states) assert.ok(reach(state).has('absent'), state);
  });

  test('every state whose process runs can be frozen, can end by itself, and starts over with a new process', () => {
    for (const state of ['loading', 'ready', 'busy', 'idle', 'hollow', 'doomed', 'failed'] as const) {
      assert.equal(afterCue(state, 'froze'), 'frozen', state);
      assert.ok(['absent', 'failed'].includes(afterCue(state, 'gone')), state);
      assert.equal(afterCue(state, 'appeared'), 'loading', state);
    }
  });

  test('only readiness, and the end of what kept it from serving, lead to a state that serves', () => {
    const leading = states.flatMap((from) =>
      isServing(from) ? [] : cues.filter((cue) => isServing(afterCue(from, cue))).map((cue) => `${from} ${cue}`),
    );
    assert.deepEqual(leading.sort(), ['draining reopened', 'failed served', 'hollow filled', 'loading served']);
  });

  test('a cue that changes nothing leaves the seat as it is, with its time and its reason', () => {
    const seat = newSeat('Codestral', 5);
    assert.equal(cued(seat, 'served', 10, 'why'), seat);
    const asked = cued(seat, 'asked', 10, 'why');
    assert.deepEqual([asked.state, asked.sinceMs, asked.why], ['admitting', 10, 'why']);
    assert.equal(cued(asked, 'ordered', 11).why, '');
    assert.equal(Object.keys(transitions).length, states.length);
  });
});
