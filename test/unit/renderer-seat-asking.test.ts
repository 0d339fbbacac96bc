import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Bridge } from '../../app/ipc/contract.ts';
import { failure } from '../../helper/protocol/errors.ts';
import { createSeatAsking } from '../../renderer/data/seats/asking.ts';
import { refusedSum } from '../e2e/popover-states-seats.ts';

type Calls = Pick<Bridge, 'load' | 'keep' | 'release'>;
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const seat = 'Codestral';

const make = (change: Partial<Calls> = {}) => {
  const calls: (readonly unknown[])[] = [];
  const noted =
    <A extends readonly unknown[], R>(name: string, call: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> => {
      calls.push([name, ...args]);
      return call(...args);
    };
  const given: Calls = {
    load: async () => ({
      ok: true,
      result: { seat, outcome: 'ready', state: 'ready', admission: null, retryAfterSeconds: null, said: 'It serves.' },
    }),
    keep: async () => ({ ok: true, result: { said: 'It stays.' } }),
    release: async () => ({
      ok: true,
      result: { seat, outcome: 'draining', state: 'draining', said: 'It is unloaded.' },
    }),
    ...change,
  };
  const asking = createSeatAsking(
    { load: noted('load', given.load), keep: noted('keep', given.keep), release: noted('release', given.release) },
    () => 5000,
  );
  return { asking, calls };
};

describe('what is asked of a seat', () => {
  test('each answer stands on its card, in the words of the keeper', async () => {
    const { asking, calls } = make();
    asking.keep(seat, 60);
    await settled();
    const note = { kind: 'done', text: 'It stays.', admission: null, asksToCut: false, atMs: 5000 };
    assert.deepEqual(asking.notes.value.get(seat), note);
    asking.release(seat, false);
    assert.equal(asking.notes.value.get(seat), undefined, 'a new question puts the old answer away');
    assert.equal(asking.busy.value.get(seat), 'release');
    await settled();
    assert.equal(asking.notes.value.get(seat)?.text, 'It is unloaded.');
    assert.equal(asking.busy.value.size, 0);
    assert.deepEqual(calls, [
      ['keep', seat, 60],
      ['release', seat, false, ''],
    ]);
    asking.putAway(seat);
    assert.equal(asking.notes.value.size, 0);
  });

  test('a load that does not fit keeps its sum; one that never became ready has failed', async () => {
    const answer = {
      seat,
      state: 'absent',
      outcome: 'needs_shedding',
      admission: refusedSum,
      retryAfterSeconds: 30,
      said: 'It does not fit.',
    } as const;
    const refused = make({ load: async () => ({ ok: true, result: answer }) });
    refused.asking.load(seat);
    await settled();
    const note = refused.asking.notes.value.get(seat);
    assert.deepEqual([note?.kind, note?.admission], ['refused', refusedSum]);
    const never = make({ load: async () => ({ ok: true, result: { ...answer, outcome: 'never_ready' } }) });
    never.asking.load(seat);
    await settled();
    assert.equal(never.asking.notes.value.get(seat)?.kind, 'failed');
  });

  test('requests that came meanwhile are asked about, and other refusals are not', async () => {
    const answered = async (outcome: 'in_flight' | 'protected' | 'failed' | 'absent') => {
      const { asking } = make({
        release: async () => ({ ok: true, result: { seat, outcome, state: 'busy', said: 'So.' } }),
      });
      asking.release(seat, false);
      await settled();
      const note = asking.notes.value.get(seat);
      return [note?.kind, note?.asksToCut];
    };
    assert.deepEqual(await answered('in_flight'), ['refused', true]);
    assert.deepEqual(await answered('protected'), ['refused', false]);
    assert.deepEqual(await answered('failed'), ['failed', false]);
    assert.deepEqual(await answered('absent'), ['done', false]);
  });

  test('a failure is said with what to do; a bridge that breaks leaves no seat busy', async () => {
    const refused = make({ keep: async () => ({ ok: false, failure: failure('unknown_seat') }) });
    refused.asking.keep(seat, 60);
    await settled();
    assert.match(refused.asking.notes.value.get(seat)?.text ?? '', /no seat of that name\. See `castellan services`/);
    const broken = make({ load: () => Promise.reject(new Error('load failed')) });
    broken.asking.load(seat);
    await settled();
    assert.deepEqual([broken.asking.notes.value.get(seat)?.kind, broken.asking.busy.value.size], ['failed', 0]);
  });

  test('one question at a time for a seat, others are free; a load can be called off', async () => {
    let end = (): void => {};
    const held = new Promise<void>((resolve) => {
      end = resolve;
    });
    const { asking, calls } = make({
      load: async () => {
        await held;
        return { ok: false, failure: failure('act_failed') };
      },
    });
    asking.load(seat);
    asking.load(seat);
    asking.keep(seat, 60);
    asking.keep('Devstral', 60);
    asking.release(seat, false);
    await settled();
    assert.deepEqual(
      calls.map(([name, of]) => `${name} ${of}`),
      [`load ${seat}`, 'keep Devstral', `release ${seat}`],
    );
    assert.equal(asking.notes.value.get(seat)?.text, 'It is unloaded.');
    end();
    await settled();
    assert.equal(asking.busy.value.size, 0);
    asking.clear();
    assert.equal(asking.notes.value.size, 0);
  });
});
