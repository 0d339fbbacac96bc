import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AuditFacts } from '../../helper/journal/audit.ts';
import { onCallSeat, seatName, startSeatKeeper } from '../fakes/seat-keeper.ts';

/** The hourly digest of what is known of each seat, beside the look at its files every five minutes. Virtual time. */

const minute = 60_000;
const hour = 60 * minute;
const files = { program: '/opt/mlx/server', beside: [], sha256: null };
const health = { listUrls: [], chatUrl: null, model: null, files, tls: null };

type Digest = Extract<AuditFacts, { kind: 'digest' }>;

const start = (others: Parameters<typeof startSeatKeeper>[0] = {}) => {
  const keeper = startSeatKeeper({ seat: { class: 'protected', health }, ...others });
  const digests = (): readonly { readonly atMs: number; readonly row: Digest }[] =>
    keeper.rows().flatMap(({ atMs, row }) => (row.kind === 'digest' ? [{ atMs, row }] : []));
  return { keeper, digests };
};

describe('the digest of seats', () => {
  test('comes once an hour, while files are looked at twelve times an hour', () => {
    const { keeper, digests } = start();
    keeper.runUntil(6 * hour + minute);
    const looks = keeper.fileLooks().filter((atMs) => atMs >= hour && atMs < 3 * hour);
    assert.equal(looks.length, 24);
    const times = digests().map(({ atMs }) => atMs);
    assert.equal(times.length, 6);
    for (const [at, time] of times.entries()) assert.ok(Math.abs(time - (15 * minute + at * hour)) <= 4_000, `${time}`);
  });

  test('says what is known, whether it is well or not: verdict, channels, and which file the next start would take', () => {
    const { keeper, digests } = start();
    keeper.see({ filesSaid: 'ok signed:ad_hoc version:7-100-1 Signed ad hoc.' });
    keeper.runUntil(20 * minute);
    assert.deepEqual(digests().at(-1)?.row.files, {
      program: '/opt/mlx/server',
      sha256: null,
      signed: 'ad_hoc',
      version: '7-100-1',
      isChanged: null,
      detail: 'Signed ad hoc.',
    });
    const row = digests().at(-1)?.row;
    assert.deepEqual([row?.seat, row?.channels.map(({ state }) => state)], [seatName, ['off', 'off', 'pass']]);
    keeper.runUntil(hour + 20 * minute);
    assert.equal(digests().at(-1)?.row.files?.isChanged, false);
    keeper.see({ filesSaid: 'ok signed:developer_id version:9-100-2 ' });
    keeper.runUntil(2 * hour + 20 * minute);
    const [changed, signed] = [digests().at(-1)?.row.files?.isChanged, digests().at(-1)?.row.files?.signed];
    assert.deepEqual([changed, signed], [true, 'developer_id']);
    keeper.see({ filesFault: 'missing /opt/mlx/server is gone.' });
    keeper.runUntil(3 * hour + 20 * minute);
    const gone = digests().at(-1)?.row;
    assert.deepEqual([gone?.files?.version, gone?.files?.isChanged], [null, null]);
    assert.deepEqual(gone?.channels.at(-1)?.state, 'fail');
  });

  test('after a sleep there is one, and a seat of which nothing is asked has none', () => {
    const { keeper, digests } = start({ others: [onCallSeat({ name: 'Mute', label: 'com.mute', port: 1_400 })] });
    keeper.runUntil(20 * minute);
    keeper.sleepUntil(9 * hour + 20 * minute);
    keeper.runUntil(9 * hour + 30 * minute);
    assert.deepEqual(
      digests().map(({ row }) => row.seat),
      [seatName, seatName],
    );
  });
});
