import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Status } from '../../helper/protocol/status.ts';
import { headerSentence } from '../../renderer/text/sentence.ts';
import { GB, MB, row, rows, status } from '../e2e/popover-fixtures.ts';

const base = status(1_000_000);
const level = (
  name: Status['level']['name'],
  arms: Partial<Status['level']['arms']>,
  over: Partial<Status['level']> = {},
) => ({
  ...base.level,
  name,
  forSeconds: 40,
  arms: { ...base.level.arms, ...arms },
  ...over,
});
const growing = row({
  pid: 9,
  name: 'LM Studio',
  footprintBytes: 8.6 * GB,
  rssBytes: 1,
  growthBytesPerSecond: 72 * MB,
});
const soon: Status['forecast'] = {
  kind: 'evaluated',
  ratio: 0.7,
  distanceBytes: 3 * GB,
  rateBytesPerSecond: 100 * MB,
  secondsToWarn: 220,
  segmentShare: null,
  lastScore: null,
  nextVictim: null,
};
const tight = { ...base.machine, availableBytes: 3.1 * GB };

const cases: readonly (readonly [name: string, over: Partial<Status>, sentence: string])[] = [
  ['green with a reserve', {}, '20.0 GB more kept for Cilghal; nothing to do.'],
  ['green without seats', { reserve: null }, 'Nothing to do.'],
  ['a reserve of nothing', { reserve: { lineBytes: 64 * GB, keptBytes: 0, for: ['Cilghal'] } }, 'Nothing to do.'],
  [
    'green but the kernel will warn',
    { forecast: soon, top: [growing] },
    'LM Studio grows 72 MB/s; kernel warning in about 3 min 40 s.',
  ],
  [
    'green, a worse level being confirmed',
    { level: { ...base.level, pending: { name: 'yellow', inSeconds: 3.2 } }, top: [...rows] },
    'Yellow in 3 s if it stays like this.',
  ],
  [
    'yellow by available memory, nothing grows',
    { level: level('yellow', { available: 'yellow' }), reserve: null },
    'Available memory is getting low; dry run, relief is only shown; Cilghal is largest with 21.0 GB.',
  ],
  [
    'orange with a culprit and a forecast',
    { level: level('orange', { available: 'orange' }), machine: tight, forecast: soon, reserve: null, top: [growing] },
    'Available memory is low; LM Studio grows 72 MB/s; kernel warning in about 3 min 40 s.',
  ],
  [
    'orange, and the peak of a seat no longer fits',
    {
      level: level('orange', { available: 'orange' }),
      machine: tight,
      mode: { name: 'live', reasons: [] },
      top: [growing],
    },
    'Available memory is low; LM Studio grows 72 MB/s; 16.9 GB short of the declared peak of Cilghal.',
  ],
  [
    'red by swap alone',
    {
      level: level('red', { swap: 'red' }),
      machine: {
        ...base.machine,
        swap: { totalBytes: 20 * GB, usedBytes: 19.2 * GB, inBytesPerSecond: 0, outBytesPerSecond: 0 },
      },
      mode: { name: 'live', reasons: [] },
      top: [],
    },
    'Swap is 96 % full (19.2 of 20.0 GB).',
  ],
  [
    'red by the kernel',
    {
      level: level('red', { kernel: 'red' }),
      machine: { ...base.machine, kernelLevel: 4 },
      mode: { name: 'live', reasons: [] },
      top: [],
    },
    'The kernel reports critical pressure.',
  ],
  [
    'red, and one process holds most of what is compressed',
    {
      level: level('red', { kernel: 'red' }),
      machine: { ...base.machine, kernelLevel: 4 },
      forecast: {
        ...soon,
        secondsToWarn: null,
        nextVictim: { pid: 9, name: 'LM Studio', compressedBytes: 30 * GB, share: 0.62 },
      },
      mode: { name: 'live', reasons: [] },
      top: [],
    },
    'The kernel reports critical pressure; macOS would end LM Studio first.',
  ],
  [
    'red, and nobody holds half of what is compressed',
    {
      level: level('red', { kernel: 'red' }),
      machine: { ...base.machine, kernelLevel: 4 },
      forecast: { ...soon, secondsToWarn: null, nextVictim: { pid: 9, name: 'x', compressedBytes: GB, share: 0.5 } },
      mode: { name: 'live', reasons: [] },
      top: [],
    },
    'The kernel reports critical pressure.',
  ],
  [
    'red by growth alone',
    {
      level: level('red', { available: 'orange' }, { growthEscalated: true }),
      machine: { ...base.machine, compressorGrowthBytesPerSecond: 240 * MB },
      mode: { name: 'live', reasons: [] },
      top: [],
    },
    'The compressor grows 240 MB/s.',
  ],
  [
    'the level is still held but no arm says so any more',
    { level: level('yellow', {}), mode: { name: 'live', reasons: [] }, top: [], reserve: null },
    'Recovering.',
  ],
  ['observing only', { mode: { name: 'observe_only', reasons: ['swap'] }, reserve: null }, 'Observing only.'],
  [
    'our own process is never the culprit',
    {
      level: level('yellow', { available: 'yellow' }),
      mode: { name: 'live', reasons: [] },
      reserve: null,
      top: [{ ...growing, own: true }],
    },
    'Available memory is getting low.',
  ],
];

describe('the one sentence of the header', () => {
  for (const [name, over, sentence] of cases) {
    test(`${name}: ${sentence}`, () => assert.equal(headerSentence({ ...base, ...over }), sentence));
  }

  test('seats of up to 28 characters are called by their whole names', () => {
    const name = 'Qwen3-Coder-30B-A3B-Instruct';
    assert.equal(name.length, 28);
    const called = headerSentence({
      ...base,
      reserve: { lineBytes: 44 * GB, keptBytes: 20 * GB, for: [name, 'Cilghal'] },
    });
    assert.equal(called, `20.0 GB more kept for ${name} and Cilghal; nothing to do.`);
  });

  test('has at most three facts, whatever happens at once', () => {
    const all = headerSentence({
      ...base,
      level: level('red', { available: 'red', swap: 'red', kernel: 'red' }, { growthEscalated: true }),
      machine: { ...tight, availableBytes: 1 * GB, compressorGrowthBytesPerSecond: 300 * MB },
      forecast: soon,
      top: [growing],
    });
    assert.equal(all.split('; ').length, 3);
  });
});
