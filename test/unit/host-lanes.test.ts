import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createAccounts } from '../../helper/host/darwin/accounts.ts';
import { createLanes, type Lanes } from '../../helper/host/darwin/lanes.ts';
import type { Native } from '../../helper/host/darwin/native.ts';

/** Calls of macOS that never come back, and who must not wait for them. */

const begun = (lanes: Lanes) => {
  const order: string[] = [];
  const ends = new Map<string, () => void>();
  const ask = (owner: number, name: string, isWanted = () => true): Promise<string> =>
    lanes({
      owner,
      isWanted,
      run: () => {
        order.push(name);
        return new Promise((resolve) => ends.set(name, () => resolve(name)));
      },
      unwanted: () => 'unwanted',
    });
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.();
    await turn();
  };
  return { order, ask, end };
};

describe('work for many owners on few threads', () => {
  test('work that hangs holds up its owner and nobody else', async () => {
    const { order, ask, end } = begun(createLanes(2));
    void ask(501, 'hangs');
    void ask(501, 'behind it');
    const other = ask(0, 'root');
    assert.deepEqual(order, ['hangs', 'root']);
    void ask(0, 'root again');
    await end('root');
    assert.equal(await other, 'root');
    assert.deepEqual(order, ['hangs', 'root', 'root again']);
  });

  test('no more is under way than there may be, and it goes on in the order asked for', async () => {
    const { order, ask, end } = begun(createLanes(2));
    for (const owner of [1, 2, 3, 4]) void ask(owner, `of ${owner}`);
    assert.deepEqual(order, ['of 1', 'of 2']);
    await end('of 2');
    await end('of 1');
    assert.deepEqual(order, ['of 1', 'of 2', 'of 3', 'of 4']);
  });

  test('what nobody wants any more is dropped while it waits, and does not pile up', async () => {
    const { order, ask, end } = begun(createLanes(1));
    void ask(501, 'hangs');
    let isWanted = true;
    const dropped = ask(501, 'gone', () => isWanted);
    isWanted = false;
    const last = ask(501, 'last');
    assert.equal(await dropped, 'unwanted');
    await end('hangs');
    await end('last');
    assert.equal(await last, 'last');
    assert.deepEqual(order, ['hangs', 'last']);
  });

  test('a fault is for who asked, and the next is done', async () => {
    const lanes = createLanes(1);
    const work = { owner: 1, isWanted: () => true, unwanted: () => 'unwanted' };
    await assert.rejects(lanes({ ...work, run: async () => assert.fail('fault') }), /fault/);
    assert.equal(await lanes({ ...work, run: async () => 'done' }), 'done');
  });
});

describe('accounts of a directory that does not answer', () => {
  test('are not waited for without end, and keep one thread for all who ask', async () => {
    let calls = 0;
    const never = {
      async: () => {
        calls += 1;
      },
    };
    const accounts = createAccounts({ call: { getpwnam_r: never, getpwuid_r: never } } as unknown as Native, 20);
    for (const name of ['neo', 'neo', 'trinity'])
      await assert.rejects(accounts.byName(name), /getpwnam_r: no answer within 0\.02 s/);
    await assert.rejects(accounts.byUid(501), /getpwuid_r/);
    assert.equal(calls, 1);
  });
});
