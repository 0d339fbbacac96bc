import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Entry } from '../../helper/deadman/directory.ts';
import { groupsOf, judge, type Surroundings, spacingMs } from '../../helper/deadman/judge.ts';
import { compareStarts, createPsStarts, parsePs, readLinuxStarts } from '../../helper/deadman/starts.ts';
import { deadmanTimes } from '../../helper/deadman/times.ts';
import {
  dueMs,
  formatTombstone,
  parseTombstone,
  pidOfName,
  type Tombstone,
  tombstoneBytes,
} from '../../helper/deadman/tombstone.ts';
import { encodeLine, lineReader, parseFromDeadman, parseToDeadman } from '../../helper/deadman/wire.ts';

const sample: Tombstone = {
  pid: 4711,
  start: '88',
  started: '123456',
  boot: 'b',
  host: 'linux',
  instance: 'i',
  freeze: 3,
  command: '/usr/bin/hog --all',
  reason: 'it grows',
  footprintBytes: 2 ** 30,
  limitMs: 600_000,
  writtenMs: 1_000,
};

describe('a tombstone', () => {
  test('comes back as it was written, whatever its words, in one size', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ maxLength: 300 }), (command, reason) => {
        const file = formatTombstone({ ...sample, command, reason });
        assert.equal(file.length, tombstoneBytes);
        // What is no text at all (half a surrogate pair) is written as its replacement.
        const parsed = parseTombstone(file.toString('utf8'));
        assert.deepEqual(parsed, {
          ...sample,
          command: Buffer.from(command).toString(),
          reason: Buffer.from(reason).toString(),
        });
      }),
    );
  });

  test('with a command that is too long is cut and still fits', () => {
    const file = formatTombstone({ ...sample, command: '\u0001'.repeat(4096), reason: '漢'.repeat(4096) });
    assert.equal(file.length, tombstoneBytes);
    const parsed = parseTombstone(file.toString('utf8'));
    assert.equal(parsed?.pid, sample.pid);
    assert.ok((parsed?.command.length ?? 0) > 100);
  });

  test('that is anything else is none, and never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseTombstone(text)));
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.equal(parseTombstone(JSON.stringify(value)), null);
      }),
    );
    const keys = Object.keys(sample) as (keyof Tombstone)[];
    fc.assert(
      fc.property(
        fc.constantFrom(...keys),
        fc.oneof(fc.constant({}), fc.constant([]), fc.constant(true)),
        (key, wrong) => {
          assert.equal(parseTombstone(JSON.stringify({ ...sample, [key]: wrong })), null);
          const { [key]: _left, ...rest } = sample;
          assert.equal(parseTombstone(JSON.stringify(rest)), null);
        },
      ),
    );
  });

  test('of pid 1, 0, a negative or a broken one is none', () => {
    for (const pid of [1, 0, -1, 1.5, Number.NaN, 2 ** 31, '4711', null])
      assert.equal(parseTombstone(JSON.stringify({ ...sample, pid })), null, String(pid));
    for (const name of ['1', '0', '01', '-2', '1e3', ' 2', '4711x', '99999999999', '', '2147483648'])
      assert.equal(pidOfName(name), null, name);
    assert.equal(pidOfName('4711'), 4711);
  });

  test('is over at its limit, at most 600 s; one that was written by another clock counts from its first sight', () => {
    assert.equal(dueMs({ ...sample, writtenMs: 1_000, limitMs: 400 }, 2_000), 1_400);
    assert.equal(dueMs({ ...sample, writtenMs: 1_000, limitMs: 10_000_000 }, 2_000), 601_000);
    assert.equal(dueMs({ ...sample, writtenMs: 9_000_000, limitMs: 400 }, 2_000), 2_400);
  });
});

describe('starts', () => {
  test('differ by more than a second: another process', () => {
    assert.equal(compareStarts('1000', '1100'), 'same');
    assert.equal(compareStarts('1000', '1101'), 'other');
    assert.equal(compareStarts('Sun Nov 22 06:05:00 2026', 'Sun Nov 22 06:05:01 2026'), 'same');
    assert.equal(compareStarts('Sun Nov 22 06:05:00 2026', 'Sun Nov 22 06:05:02 2026'), 'other');
    assert.equal(compareStarts('Sun Nov  1 06:05:00 2026', 'Sun Nov 1 06:05:00 2026'), 'same');
    for (const [then, now] of [
      [null, '1'],
      ['1', null],
      ['yesterday', '1'],
    ] as const)
      assert.equal(compareStarts(then, now), 'unknown');
  });

  test('as ps prints them', () => {
    const output = [
      '    1 Sun Nov  1 00:00:09 2026 Ss',
      '  402 Sun Nov 22 06:05:00 2026 T+  ',
      'nonsense',
      ' 77 Sun Nov 22 2026 S',
      '',
    ].join('\n');
    assert.deepEqual(
      [...parsePs(output)],
      [
        [1, { started: 'Sun Nov 1 00:00:09 2026', isStopped: false }],
        [402, { started: 'Sun Nov 22 06:05:00 2026', isStopped: true }],
      ],
    );
    fc.assert(fc.property(fc.string(), (text) => void parsePs(text)));
  });

  test('by the real ps of this machine, all pids in one call; a pid that is gone has no row', async (t) => {
    const read = createPsStarts('/bin/ps');
    const seen = await read([process.pid, 4_000_001]);
    if (seen === null) return t.skip('no ps(1) here that prints lstart');
    assert.equal(seen.has(4_000_001), false);
    const own = seen.get(process.pid);
    const startedMs = Date.parse(`${own?.started} UTC`);
    // An hour off is another time zone; a minute may pass on a busy machine between its start and its clock's.
    assert.ok(Math.abs(startedMs - (Date.now() - process.uptime() * 1000)) < 60_000, String(own?.started));
    assert.equal(own?.isStopped, false);
  });

  test('of a ps that hangs, fails or is not there: nothing could be read', async () => {
    assert.equal(await createPsStarts('/no/such/ps')([1]), null);
    // Node throws of this one before it starts anything, as it does where there is no memory for another process.
    assert.equal(await createPsStarts('/no\0ps')([1]), null);
    assert.equal(await createPsStarts('/bin/false')([1]), null);
    assert.equal(await createPsStarts('/usr/bin/yes', 50)([1]), null);
  });

  test('on Linux from /proc', { skip: process.platform === 'linux' ? false : 'there is no /proc' }, async () => {
    const seen = await readLinuxStarts([process.pid, 4_000_001]);
    assert.match(seen?.get(process.pid)?.started ?? '', /^\d+$/);
    assert.equal(seen?.has(4_000_001), false);
  });
});

describe('the judgement of a tombstone', () => {
  const here: Surroundings = { boot: 'b', host: 'linux', self: 99 };
  const entry = (change: Partial<Tombstone> = {}): Entry => {
    const tombstone = { ...sample, ...change };
    return { path: `/stopped/${tombstone.pid}`, pid: tombstone.pid, resumer: null, tombstone };
  };
  const seen = (started: string | null, isStopped: boolean | null = true) =>
    new Map([[sample.pid, { started, isStopped }]]);

  test('the same process is resumed, and so is one whose start cannot be read, or nothing can', () => {
    for (const starts of [seen('123456'), seen('123500'), seen(null), null])
      assert.equal(judge(entry(), here, starts).kind, 'resume');
  });

  test('another one, another boot, another machine, one that ended: no signal', () => {
    assert.equal(judge(entry(), here, seen('999999')).kind, 'retire');
    assert.equal(judge(entry({ boot: 'c' }), here, null).kind, 'retire');
    assert.equal(judge(entry({ host: 'sim' }), here, null).kind, 'retire');
    assert.equal(judge(entry({ host: 'darwin' }), here, null).kind, 'retire');
    assert.equal(judge(entry(), here, new Map()).kind, 'retire');
    assert.equal(judge(entry({ pid: 99 }), here, null).kind, 'retire');
  });

  test('a boot that cannot be told is no other boot', () => {
    assert.equal(judge(entry({ boot: 'c' }), { ...here, boot: null }, seen('123456')).kind, 'resume');
  });

  test('one that cannot be read resumes a process that is stopped, and only such a one', () => {
    const broken: Entry = { path: '/stopped/4711', pid: 4711, resumer: null, tombstone: null };
    assert.equal(judge(broken, here, seen('1', true)).kind, 'resume');
    assert.equal(judge(broken, here, seen('1', null)).kind, 'resume');
    assert.equal(judge(broken, here, seen('1', false)).kind, 'retire');
    assert.equal(judge({ ...broken, pid: null }, here, null).kind, 'retire');
  });

  test('groups: members together, smallest sum first, what cannot be read last', () => {
    const of = (pid: number, freeze: number, footprintBytes: number) => entry({ pid, freeze, footprintBytes });
    const broken: Entry = { path: '/stopped/9', pid: 9, resumer: null, tombstone: null };
    const groups = groupsOf([broken, of(2, 1, 50), of(3, 2, 80), of(4, 1, 40), of(5, 3, 10)]);
    assert.deepEqual(
      groups.map(({ entries }) => entries.map(({ pid }) => pid)),
      [[5], [3], [2, 4], [9]],
    );
  });

  test('a second between two; with more than can be in time, less', () => {
    assert.equal(spacingMs(1, deadmanTimes), 1000);
    assert.equal(spacingMs(8, deadmanTimes), 1000);
    assert.ok(spacingMs(10_000, deadmanTimes) * 9_999 <= 8_001);
  });
});

describe('what is said on the socket', () => {
  test('lines come whole, however they are cut; too long a one ends it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 40 }), { maxLength: 8 }),
        fc.integer({ min: 1, max: 7 }),
        (words, cut) => {
          const lines = words.map((word) => JSON.stringify(word));
          const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
          const taken: string[] = [];
          const read = lineReader((line) => taken.push(line) > 0);
          for (let at = 0; at < bytes.length; at += cut) assert.ok(read(bytes.subarray(at, at + cut)));
          assert.deepEqual(taken, lines);
        },
      ),
    );
    assert.equal(lineReader(() => true)(Buffer.alloc(5000, 'x')), false);
    assert.equal(lineReader(() => false)(Buffer.from('x\n')), false);
  });

  test('what is none of the messages is none, and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        assert.equal(parseToDeadman(text), null);
        assert.equal(parseFromDeadman(text), null);
      }),
    );
    for (const message of [
      { type: 'hello', instance: 'i', pid: 1, started: null, boot: 'b' },
      { type: 'hello', instance: '', pid: 5, started: null, boot: 'b' },
      { type: 'beat', sequence: -1 },
      { type: 'watch', request: 1, tombstone: 'x'.repeat(40) },
    ])
      assert.equal(parseToDeadman(JSON.stringify(message)), null);
    const hello = { type: 'hello', instance: 'i', pid: 5, started: '7', boot: 'b' } as const;
    assert.deepEqual(parseToDeadman(encodeLine(hello)), hello);
  });
});
