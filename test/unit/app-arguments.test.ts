import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isSteered } from '../../app/arguments.ts';
import { dropStandardStreams } from '../../app/standard-streams.ts';

describe('a packaged app', () => {
  test('takes no arguments but those that mean nothing', () => {
    assert.equal(isSteered([]), false);
    assert.equal(isSteered(['-psn_0_123456']), false);
    assert.equal(isSteered(['/Users/neo/some file']), false);
    const steering = [
      '--no-sandbox',
      '--remote-debugging-port=9222',
      '--remote-debugging-pipe',
      '--renderer-cmd-prefix=/tmp/x',
      '--js-flags=--expose-gc',
      '--inspect',
      '-psn_0_1 --inspect',
      '--anything',
    ];
    for (const argument of steering) assert.equal(isSteered(['x', argument]), true, argument);
  });

  test('has no standard streams: each is closed and leads nowhere, before another file can have its number', () => {
    const calls: string[] = [];
    const free: number[] = [];
    const dropped = dropStandardStreams({
      isNowhere: (fd) => fd === 1,
      close: (fd) => {
        calls.push(`close ${fd}`);
        free.push(fd);
      },
      open: () => {
        const fd = free.shift() ?? -1;
        calls.push(`open ${fd}`);
        return fd;
      },
    });
    assert.equal(dropped, true);
    assert.deepEqual(calls, ['close 0', 'open 0', 'close 2', 'open 2']);
  });

  test('does not go on when another file got there first', () => {
    const taken = { isNowhere: () => false, close: () => {}, open: () => 17 };
    assert.equal(dropStandardStreams(taken), false);
  });

  test('that the system started, with all three nowhere, closes nothing', () => {
    const never = (): never => {
      throw new Error('touched');
    };
    assert.equal(dropStandardStreams({ isNowhere: () => true, close: never, open: never }), true);
  });
});
