import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seatStateCodes } from '../../helper/protocol/status.ts';
import { gatewayLine, gatewayProblems } from '../../renderer/data/screens/gateway.ts';
import { buttonsOf, exitText, groupOf, seatView, stateWords } from '../../renderer/data/seats/seats.ts';
import { exactSpan, spokenExactSpan } from '../../renderer/text/format.ts';
import { GB, seats, status } from '../e2e/popover-fixtures.ts';
import { sampleSeat } from '../fakes/sample-seat.ts';

const onCall = sampleSeat({ name: 'Codestral', class: 'on_call', note: '', band: null, wiredBytes: 0 });
const cold = { ...onCall, state: 'absent', footprintBytes: 0, rssBytes: 0 } as const;
/** Facts keep together by spaces that do not break. */
const factsOf = (seat: typeof onCall) => seatView(seat).facts.map(({ text }) => text.replaceAll('\u00a0', ' '));

describe('a seat on its card', () => {
  const [seat = sampleSeat()] = seats;
  test('says what it uses of its declared peak, what it holds wired, its band, and what RSS says', () => {
    const view = seatView(seat);
    assert.equal(view.use, '21.0 of 41.0 GB peak');
    assert.deepEqual(factsOf(seat), ['wired 18.0', 'band CRITICAL', 'RSS says 45 MB', 'peak at 32K tokens of context']);
    assert.deepEqual([view.peakShare, view.proposedShare, view.says], [1, null, []]);
  });

  test('over its peak the bar passes the tick and the excess is named', () => {
    const view = seatView({ ...seat, footprintBytes: 43.1 * GB });
    assert.equal(view.share, 1);
    assert.ok(view.peakShare < 1);
    assert.deepEqual(view.says, ['2.1 GB over its declared peak.']);
  });

  test('a peak that should be declared has its own tick, beyond the declared one', () => {
    const view = seatView({ ...seat, proposedPeakBytes: 45 * GB });
    assert.deepEqual([view.proposedShare, view.peakShare < 1], [1, true]);
    assert.deepEqual(view.says, ['It has needed 45.0 GB: declare that as its peak.']);
    assert.equal(seatView({ ...seat, proposedPeakBytes: 30 * GB }).proposedShare, null, 'it lowers nothing');
  });

  test('not running it says what it needs, what starts it and how it ended', () => {
    const view = seatView({ ...cold, proxy: '127.0.0.1:1340', lastExit: -9 });
    assert.deepEqual([view.state, view.use, view.says], ['Cold', 'needs 41.0 GB', []]);
    assert.deepEqual(view.facts.at(0)?.text, 'starts with a connection to 127.0.0.1:1340');
    assert.deepEqual(factsOf({ ...cold, lastExit: -9 }), ['ended by SIGKILL last']);
    assert.deepEqual(seatView({ ...onCall, lastExit: 78, rssBytes: onCall.footprintBytes }).facts, []);
  });

  test('what does not agree with what was declared is a sentence', () => {
    const says = (band: NonNullable<typeof onCall.band>) => seatView({ ...onCall, band }).says.join(' ');
    assert.equal(says({ wanted: 'IDLE', found: 'IDLE', state: 'held', detail: '' }), '');
    assert.match(says({ wanted: 'IDLE', found: 'HOME', state: 'drifted', detail: '' }), /is HOME and should be IDLE/);
    assert.match(says({ wanted: 'IDLE', found: null, state: 'refused', detail: 'EPERM' }), /refuses .* IDLE: EPERM\./);
    assert.match(says({ wanted: 'IDLE', found: 'HOME', state: 'contested', detail: '' }), /keeps changing .* HOME/);
    assert.match(says({ wanted: 'IDLE', found: null, state: 'unknown', detail: '' }), /cannot be read\./);
    assert.match(seatView({ ...onCall, pendingRestart: true }).says.join(), /another wired limit.*next start/);
    assert.deepEqual(seatView({ ...cold, pendingRestart: true }).says, [], 'nothing runs: nothing is pending');
  });

  test('a state that few know is explained, unless the keeper says more', () => {
    assert.match(seatView({ ...onCall, state: 'hollow' }).says.join(), /its model is gone/);
    assert.match(seatView({ ...onCall, state: 'doomed' }).says.join(), /its next start will not succeed/);
    assert.deepEqual(seatView({ ...onCall, state: 'doomed', why: 'Its file is gone.' }).says, ['Its file is gone.']);
    assert.equal(seatView({ ...cold, state: 'failed' }).use, 'needs 41.0 GB', 'it failed and holds nothing');
    assert.equal(seatView({ ...onCall, state: 'failed' }).use, '21.0 of 41.0 GB peak', 'it failed and holds memory');
  });

  test('every state has a word and a group', () => {
    assert.deepEqual(Object.keys(stateWords).sort(), [...seatStateCodes].sort());
    assert.deepEqual(Object.keys(groupOf).sort(), [...seatStateCodes].sort());
    assert.equal(new Set(Object.values(stateWords)).size, seatStateCodes.length);
  });

  test('how a run ended, in words', () => {
    assert.deepEqual([0, 1, 78, -15, -31].map(exitText), [
      'ended normally last',
      'last exit 1',
      'last exit 78, its configuration is wrong',
      'ended by SIGTERM last',
      'ended by signal 31 last',
    ]);
  });
});

describe('what may be done with a seat', () => {
  const offered = (change: Partial<typeof onCall>, canAct = true) => buttonsOf({ ...onCall, ...change }, canAct);
  test('by its state', () => {
    assert.deepEqual(offered({ state: 'absent' }), ['load', 'fits']);
    assert.deepEqual(offered({ state: 'failed' }), ['again', 'fits']);
    assert.deepEqual(offered({ state: 'loading' }), ['cancel']);
    assert.deepEqual(offered({ state: 'idle' }), ['keep', 'release']);
    assert.deepEqual(offered({ state: 'busy' }), ['release']);
    assert.deepEqual(offered({ state: 'draining' }), []);
  });
  test('a protected seat is never released, and who may only look may only ask', () => {
    for (const state of seatStateCodes) {
      const forProtected = offered({ state, class: 'protected' });
      assert.ok(!forProtected.some((button) => ['release', 'cancel', 'keep'].includes(button)), state);
      assert.ok(
        offered({ state }, false).every((button) => button === 'fits'),
        state,
      );
    }
  });
});

describe('a countdown', () => {
  test('to the second below an hour', () => {
    assert.deepEqual([58.9, 252, 240, 3700, -1].map(exactSpan), [
      '58 s',
      '4 min 12 s',
      '4 min 0 s',
      '1 h 1 min',
      '0 s',
    ]);
    assert.deepEqual([61, 192, 240].map(spokenExactSpan), ['1 minute 1 second', '3 minutes 12 seconds', '4 minutes']);
  });
});

describe('the gateway', () => {
  const gateway = (change: Partial<ReturnType<typeof status>['gateway']>) =>
    status(0, { gateway: { state: 'present', listen: '127.0.0.1:2189', problems: [], ...change } });
  test('has problems only when something is wrong with it', () => {
    assert.deepEqual(gatewayProblems(gateway({})), []);
    assert.deepEqual(gatewayProblems(gateway({ state: 'missing', listen: '' })), [], 'there never was one');
    assert.deepEqual(gatewayProblems(gateway({ state: 'missing' })), [
      'The gateway is gone: nobody answers at 127.0.0.1:2189.',
    ]);
    assert.deepEqual(gatewayProblems(gateway({ problems: ['127.0.0.1:2189 is taken by pid 12, node'] })), [
      '127.0.0.1:2189 is taken by pid 12, node.',
    ]);
  });
  test('the sheet says where it listens', () => {
    assert.match(gatewayLine(gateway({})), /listens at 127\.0\.0\.1:2189/);
    assert.match(gatewayLine(gateway({ state: 'missing' })), /is gone/);
    assert.match(gatewayLine(gateway({ state: 'missing', listen: '' })), /No gateway has answered/);
    assert.match(gatewayLine(gateway({ listen: '' })), /listens nowhere/);
  });
});
