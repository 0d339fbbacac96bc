import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SeatState } from '../../helper/protocol/seats.ts';
import { type History, seatStateCodes } from '../../helper/protocol/status.ts';
import { readoutAt } from '../../renderer/data/charts/readout.ts';
import { addStatus, emptySeries, fromHistory, seatCodes } from '../../renderer/data/charts/series.ts';
import { tableHead, tableRows } from '../../renderer/data/charts/table.ts';
import { rowLabel, runsOf, runTitle, shownSeats, stateAt, statesAt } from '../../renderer/data/charts/timeline.ts';
import { sampleSeat } from '../fakes/sample-seat.ts';
import { sampleStatus } from '../fakes/sample-status.ts';

const from = Date.UTC(2026, 10, 22, 12);
const code = (state: SeatState | null) => (state === null ? null : seatStateCodes.indexOf(state));
const past = (states: Readonly<Record<string, readonly (SeatState | null)[]>>): History => {
  const count = Object.values(states)[0]?.length ?? 0;
  const none = new Array<number | null>(count).fill(null);
  return {
    range: '15m',
    fromMs: from,
    columnMs: 4000,
    totalBytes: 64,
    tiers: { wired: none, compressed: none, app: none, cached: none, free: none },
    swapUsedBytes: none,
    level: none,
    kernelLevel: none,
    compressorGrowthBytesPerSecond: none,
    reserveLineBytes: none,
    seats: Object.entries(states).map(([name, of]) => ({ name, state: of.map(code), footprintBytes: none })),
  };
};

describe('what the seats were doing', () => {
  const series = fromHistory(
    past({ Codestral: [null, 'absent', 'loading', 'ready', 'ready', null, 'idle'], Old: new Array(7).fill('absent') }),
  );
  const [codestral, old] = series.seats;
  assert.ok(codestral !== undefined && old !== undefined);

  test('codes are those of the protocol', () => {
    assert.deepEqual(seatCodes, seatStateCodes);
  });

  test('equal neighbours are one block, and what is not known is none', () => {
    assert.deepEqual(runsOf(codestral), [
      { state: 'absent', from: 1, to: 2 },
      { state: 'loading', from: 2, to: 3 },
      { state: 'ready', from: 3, to: 5 },
      { state: 'idle', from: 6, to: 7 },
    ]);
    assert.deepEqual(runsOf(old), [{ state: 'absent', from: 0, to: 7 }]);
    assert.equal(stateAt(codestral, 5), null);
    assert.equal(stateAt(codestral, 99), null);
  });

  test('a seat that is no longer declared has a row while it did something in this range', () => {
    assert.deepEqual(
      shownSeats(series, []).map(({ name }) => name),
      ['Codestral'],
    );
    assert.equal(shownSeats(series, ['Old']).length, 2);
  });

  test('words: for a block, for a row, under the cursor', () => {
    assert.match(
      runTitle(series, codestral, { state: 'ready', from: 3, to: 5 }),
      /^Codestral: ready, .* to .* \(0:08\)$/,
    );
    assert.equal(
      rowLabel(codestral),
      'Codestral: idle now; ready 40 %, cold 20 %, loading 20 %, idle 20 % of the time.',
    );
    assert.equal(rowLabel(old), 'Old: cold throughout.');
    assert.equal(rowLabel({ ...old, name: 'New', state: new Float64Array(3).fill(Number.NaN) }), 'New: nothing known.');
    assert.equal(statesAt(series.seats, 2), 'Codestral loading, Old cold');
    assert.equal(statesAt([codestral], 0), '');
    assert.equal(readoutAt(series, 2, from + 60_000).seats, 'Codestral loading, Old cold');
    assert.deepEqual(tableHead(series).slice(-2), ['Codestral', 'Old']);
    assert.deepEqual(tableRows(series, 7)[0]?.slice(-2), ['idle', 'cold']);
  });

  test('a status goes on where history ends, also for a seat that is new, and moves with the window', () => {
    const live = emptySeries('15m', 10, from + 900_000, 64);
    const at = (index: number, state: SeatState, name = 'Codestral') =>
      addStatus(
        live,
        sampleStatus({ atMs: live.fromMs + (index + 0.5) * live.columnMs, seats: [sampleSeat({ name, state })] }),
      );
    at(8, 'ready');
    at(9, 'busy');
    at(9, 'idle');
    at(9, 'ready', 'Devstral');
    const seen = () => live.seats.map((seat) => [seat.name, stateAt(seat, 7), stateAt(seat, 8), stateAt(seat, 9)]);
    assert.deepEqual(seen(), [
      ['Codestral', null, 'ready', 'idle'],
      ['Devstral', null, null, 'ready'],
    ]);
    at(10, 'failed');
    assert.deepEqual(seen(), [
      ['Codestral', 'ready', 'idle', 'failed'],
      ['Devstral', null, 'ready', null],
    ]);
  });
});
