import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { chargeFiles, type Holder } from '../../helper/host/linux/memfd-charge.ts';

const holderArbitrary = (pid: number): fc.Arbitrary<Holder> =>
  fc
    .record({
      startTicks: fc.nat({ max: 50 }),
      keys: fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 6 }),
      maps: fc.oneof(fc.constant('unknown' as const), fc.array(fc.constantFrom('a', 'b', 'c', 'd'))),
      shmemBytes: fc.constantFrom(0, 5, 100, 1000),
    })
    .map(({ startTicks, keys, maps, shmemBytes }) => ({
      pid,
      startTicks,
      files: new Map(keys.map((key, i) => [i + 3, key])),
      maps: maps === 'unknown' ? maps : new Set(maps.filter((key) => keys.includes(key))),
      shmemBytes,
    }));

const holdersArbitrary = fc.tuple(holderArbitrary(1), holderArbitrary(2), holderArbitrary(3));
const bytesOf = (key: string): number => 100 * (key.charCodeAt(0) - 96);

describe('charging memory files', () => {
  test('no file counts twice, whoever holds and maps it', () => {
    fc.assert(
      fc.property(holdersArbitrary, (holders) => {
        const keys = new Set(holders.flatMap((h) => [...h.files.values()]));
        const whole = [...keys].reduce((sum, key) => sum + bytesOf(key), 0);
        const charged = [...chargeFiles(holders, bytesOf).values()].reduce((a, b) => a + b, 0);
        assert.ok(charged >= 0 && charged <= whole);
      }),
    );
  });

  test('a file that nobody maps counts in full', () => {
    fc.assert(
      fc.property(holdersArbitrary, (holders) => {
        const unmapped = holders.map((h) => ({ ...h, maps: new Set<string>() }));
        const keys = new Set(holders.flatMap((h) => [...h.files.values()]));
        const whole = [...keys].reduce((sum, key) => sum + bytesOf(key), 0);
        const charged = [...chargeFiles(unmapped, bytesOf).values()].reduce((a, b) => a + b, 0);
        assert.equal(charged, whole);
      }),
    );
  });

  test('the order in which holders are found changes nothing', () => {
    fc.assert(
      fc.property(holdersArbitrary, (holders) => {
        assert.deepEqual(
          new Map([...chargeFiles(holders, bytesOf)].toSorted()),
          new Map([...chargeFiles(holders.toReversed(), bytesOf)].toSorted()),
        );
      }),
    );
  });

  test('of a mapped file only what the mapper’s shared memory cannot hold is added', () => {
    const holder = { pid: 7, startTicks: 1, files: new Map([[3, 'd']]), maps: new Set(['d']), shmemBytes: 150 };
    assert.deepEqual(chargeFiles([holder], bytesOf), new Map([[7, 250]]));
    assert.deepEqual(chargeFiles([{ ...holder, shmemBytes: 500 }], bytesOf), new Map());
  });

  test('who maps it has it in its shared memory, so an older one that only holds it is not charged', () => {
    const older = { pid: 7, startTicks: 1, files: new Map([[3, 'a']]), maps: new Set<string>(), shmemBytes: 0 };
    const mapper = { pid: 8, startTicks: 2, files: new Map([[3, 'a']]), maps: new Set(['a']), shmemBytes: 100 };
    assert.deepEqual(chargeFiles([older, mapper], bytesOf), new Map());
  });
});
