import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDarwinHost } from '../../helper/host/darwin/host.ts';
import { bindNative, type NativeFunction } from '../../helper/host/darwin/native.ts';
import { createPressureEvents } from '../../helper/host/darwin/pressure-events.ts';
import { createSimHost } from '../../helper/host/sim/host.ts';
import { createStandIn, type StandIn } from '../fakes/libsystem.ts';
import { standInSkip } from '../fakes/libsystem-build.ts';

const openMac = () => {
  const sim = createSimHost();
  const stand = createStandIn(sim);
  const host = createDarwinHost({ ...stand, uid: 0, runLaunchctl: (_args, done) => done('PID\tStatus\tLabel\n', 0) });
  return { sim, stand, host };
};

/** The events alone, with a short pause behind a failure; `fail` makes that many waits in a row fail. */
const eventsOn = (stand: StandIn) => {
  const native = bindNative(stand);
  let left = 0;
  const kevent: NativeFunction = Object.assign((...args: readonly (number | string)[]) => native.call.kevent(...args), {
    async: (...args: readonly unknown[]) => {
      const done = args.at(-1) as (fault: unknown, count: unknown) => void;
      native.call.kevent.async(...args.slice(0, -1), (fault: unknown, count: unknown) => {
        if (Number(count) < 0) left -= 1;
        // Before the next wait can begin.
        if (left === 0) stand.failing.clear();
        done(fault, count);
      });
    },
  });
  const fail = async (times: number): Promise<void> => {
    left = times;
    stand.failing.set('kevent', { result: -1, errno: 4 });
    // The wait under way ends, and those behind it fail.
    stand.pressure();
    await until(`${times} failures`, () => left === 0);
  };
  return { events: createPressureEvents({ ...native, call: { ...native.call, kevent } }, 20), fail };
};

/** Keeps this thread from everything, as a long step of the loop would. */
const block = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

const until = async (what: string, done: () => boolean): Promise<void> => {
  for (let tries = 0; !done(); tries += 1) {
    if (tries > 2_000) assert.fail(`not within 10 s: ${what}`);
    await sleep(5);
  }
};

describe('pressure events on a real thread', { skip: standInSkip }, () => {
  test('what came while the loop was busy is heard after it, once, and the next one is heard, too', async () => {
    const { stand, host } = openMac();
    let heard = 0;
    host.onPressure(() => (heard += 1));
    assert.equal(stand.count('privilegedListeners'), 1, 'as root it asks to be told first');
    // The thread really waits before anything happens.
    const threads = stand.library.func('standin_waiting', 'int', []) as unknown as () => number;
    await until('the thread waits', () => threads() === 1);
    for (let times = 0; times < 3; times += 1) {
      stand.pressure();
      block(50);
    }
    assert.equal(heard, 0, 'nothing is called in the middle of a step');
    await until('heard', () => heard > 0);
    await until('waiting again', () => threads() === 1);
    // Three in a row are one, or two when the thread was quick to wait again.
    assert.ok(heard <= 2, `${heard}`);
    const before = heard;
    stand.pressure();
    await until('heard again', () => heard > before);
    await host.close();
  });

  test('closing wakes the thread that waits, and leaves no queue and no call behind', async () => {
    const { stand, host } = openMac();
    host.onPressure(() => {});
    const threads = stand.library.func('standin_waiting', 'int', []) as unknown as () => number;
    await until('the thread waits', () => threads() === 1);
    const before = stand.delivered();
    await host.close();
    assert.equal(stand.delivered(), before + 1, 'woken by its own event, not by its timeout');
    assert.deepEqual([stand.waiting(), threads(), stand.queues()], [0, 0, 0]);
    await host.close();
  });

  test('a listener that throws away its subscription within the call does not end the others', async () => {
    const { stand, host } = openMac();
    let others = 0;
    const stop = host.onPressure(() => stop());
    host.onPressure(() => (others += 1));
    for (let times = 1; times <= 2; times += 1) {
      stand.pressure();
      await until(`heard ${times}`, () => others >= times);
    }
    await host.close();
  });

  test('a wait that fails is tried again after a pause, and given up the third time in a row', async () => {
    const { stand, host } = openMac();
    const { events, fail } = eventsOn(stand);
    let heard = 0;
    events.subscribe(() => (heard += 1));
    await fail(2);
    const before = heard;
    await until('heard again', () => {
      stand.pressure();
      return heard > before;
    });
    assert.equal(events.fact(), null);
    await fail(3);
    await until('given up', () => events.fact() !== null);
    assert.match(events.fact()?.detail ?? '', /three times in a row/);
    assert.equal(stand.waiting(), 0);
    await events.close();
    await host.close();
  });

  test('a process that ends with the call under way ends as it was told to, by exit or by close', async () => {
    const fakes = path.resolve(import.meta.dirname, '../fakes/libsystem.ts');
    const host = path.resolve(import.meta.dirname, '../../helper/host');
    const script = (ending: string): string => `
      const { createSimHost } = await import('${host}/sim/host.ts');
      const { createDarwinHost } = await import('${host}/darwin/host.ts');
      const { createStandIn } = await import('${fakes}');
      const stand = createStandIn(createSimHost());
      const mac = createDarwinHost({ ...stand, uid: 0, runLaunchctl: (_args, done) => done('', 0) });
      mac.onPressure(() => {});
      const threads = stand.library.func('standin_waiting', 'int', []);
      while (threads() === 0) await new Promise((resolve) => setTimeout(resolve, 2));
      ${ending}`;
    for (const [ending, code] of [
      ['process.exit(7)', 7],
      ['await mac.close()', 0],
      ['throw new Error("fault")', 1],
    ] as const) {
      const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', script(ending)], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
      const [status, signal] = (await once(child, 'close')) as [number | null, string | null];
      assert.deepEqual([status, signal], [code, null], `${ending}: ${said}`);
    }
  });
});
