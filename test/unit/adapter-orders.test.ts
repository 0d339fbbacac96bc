import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { AdapterReply } from '../../helper/adapters/wire.ts';
import { defaultConfig, type RuntimeConfig } from '../../helper/config/config.ts';
import { createDropCaches, createPurge } from '../../helper/host/flush-caches.ts';
import { createActuator } from '../../helper/keeper/acting/actuator.ts';
import { createRuntimeWatch } from '../../helper/keeper/acting/runtimes.ts';
import { createUnload } from '../../helper/keeper/acting/runtimes-unload.ts';
import type { Effect } from '../../helper/keeper/judgement/effect.ts';
import type { KeeperEvent } from '../../helper/keeper/judgement/events.ts';
import { initialState } from '../../helper/keeper/judgement/state.ts';
import type { UnloadAct } from '../../helper/relief/acts.ts';

/** When runtimes are asked, what comes of an unload, and how caches are flushed. */

const folderFor = (t: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'castellan-adapter-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

const runtime: RuntimeConfig = {
  kind: 'ollama',
  name: 'ollama',
  url: 'http://localhost:11434/',
  tokenFile: null,
  cli: null,
  at: 'ladder_2',
  leastBillions: 0,
  withoutAsking: false,
};
const configOf = (runtimes: readonly RuntimeConfig[]) => () => ({
  ...defaultConfig,
  relief: { ...defaultConfig.relief, runtimes },
});

describe('runtimes are asked', () => {
  const watch = (given: {
    readonly runtimes?: readonly RuntimeConfig[];
    readonly reply?: () => Promise<AdapterReply>;
    readonly isListening?: boolean;
  }) => {
    const events: KeeperEvent[] = [];
    const asked: string[] = [];
    const warned: string[] = [];
    const clock = { nowMs: 0 };
    const after = createRuntimeWatch({
      host: {
        clock: { nowMs: () => clock.nowMs, wallMs: () => 0, at: () => () => {} },
        portOwner: async (address) => {
          asked.push(address);
          return given.isListening === false ? null : { pid: 7, command: 'ollama serve' };
        },
        identify: (pid) => ({ pid, start: 's' }),
      },
      config: configOf(given.runtimes ?? [runtime]),
      adapters: { ask: given.reply ?? (async () => ({ ok: true, op: 'list', models: [], note: '' })) },
      post: (event) => events.push(event),
      warn: (text) => warned.push(text),
    });
    const state = initialState(0);
    const at = (nowMs: number, step: 0 | 1, level: 0 | 1 = 0): Promise<void> => {
      clock.nowMs = nowMs;
      after({
        ...state,
        level: { ...state.level, level },
        relief: { ...state.relief, ladder: { ...state.relief.ladder, step } },
      });
      return new Promise((resolve) => setImmediate(resolve));
    };
    return { at, events, asked, warned };
  };

  test('only while memory is short, and every 30 s at most', async () => {
    const { at, events, asked } = watch({});
    await at(0, 0);
    assert.deepEqual(events, []);
    await at(2_000, 1);
    await at(4_000, 1);
    await at(31_000, 1);
    assert.equal(events.length, 1);
    await at(32_000, 0, 1);
    assert.equal(events.length, 2);
    assert.deepEqual(asked, ['127.0.0.1:11434', '127.0.0.1:11434']);
  });

  test('not again while one has not answered, and nobody waits for it', async () => {
    const { at, asked } = watch({ reply: () => new Promise(() => {}) });
    for (const nowMs of [0, 60_000, 120_000]) await at(nowMs, 1);
    assert.equal(asked.length, 1);
  });

  test('not where nobody listens: that is known without a child', async () => {
    const { at, events } = watch({
      isListening: false,
      reply: () => assert.fail('nobody is asked'),
    });
    await at(0, 1);
    const [event] = events;
    assert.ok(event?.type === 'runtime' && event.look.problem === 'nobody listens at its address');
  });

  test('not mlx_lm, which cannot unload', async () => {
    const { at, asked } = watch({ runtimes: [{ ...runtime, kind: 'mlx_lm' }] });
    await at(0, 1);
    assert.deepEqual(asked, []);
  });

  test('and what is wrong is told once', async () => {
    const { at, events, warned } = watch({ reply: async () => ({ ok: false, code: 'refused', note: 'no' }) });
    await at(0, 1);
    await at(30_000, 1);
    assert.equal(events.length, 2);
    assert.deepEqual(warned, ['the models of ollama are not known: no']);
  });
});

describe('what came of an unload', () => {
  const act: UnloadAct = {
    verb: 'unload',
    runtime: 'ollama',
    model: 'm',
    instance: 'm',
    server: { pid: 7, start: 's' },
    footprintBytes: 1,
  };
  const done = (reply: AdapterReply, change: { readonly start?: string; readonly isListed?: boolean } = {}) =>
    createUnload({
      adapters: { ask: async () => reply },
      host: { identify: (pid) => ({ pid, start: change.start ?? 's' }) },
      config: configOf(change.isListed === false ? [] : [runtime]),
    })(act, 'automatic');
  const seen = (what: 'gone' | 'listed' | 'unknown' | 'absent' | 'busy'): AdapterReply => ({
    ok: true,
    op: 'unload',
    seen: what,
    note: '',
  });

  test('is measured whenever it may have been asked for', async () => {
    assert.equal((await done(seen('gone'))).outcome, 'ok');
    assert.equal((await done(seen('listed'))).outcome, 'ok');
    assert.equal((await done(seen('unknown'))).outcome, 'timed_out');
    assert.equal((await done({ ok: false, code: 'too_late', note: '' })).outcome, 'timed_out');
  });
  test('is withdrawn when nothing was asked for', async () => {
    assert.equal((await done(seen('absent'))).outcome, 'withdrawn');
    assert.equal((await done(seen('busy'))).outcome, 'withdrawn');
    assert.equal((await done(seen('gone'), { start: 'another' })).outcome, 'withdrawn');
  });
  test('failed when it could not be asked', async () => {
    assert.equal((await done({ ok: false, code: 'unreachable', note: '' })).outcome, 'failed');
    assert.equal((await done(seen('gone'), { isListed: false })).outcome, 'failed');
  });
});

describe('flushing caches', () => {
  test('is offered to root only', () => {
    assert.equal(createPurge({ uid: 501 }), undefined);
    assert.equal(createDropCaches({ uid: 1000 }), undefined);
    assert.equal(createDropCaches({ uid: 0, path: '/nonexistent/drop_caches' }), undefined);
  });

  test('is one program without arguments or environment', async (t) => {
    const folder = folderFor(t);
    const [path, told] = [join(folder, 'purge'), join(folder, 'told')];
    writeFileSync(path, `#!/bin/sh\necho "$# [$HOME]" > ${told}\n`, { mode: 0o755 });
    assert.deepEqual(await createPurge({ uid: 0, path })?.(), { ok: true });
    assert.equal(readFileSync(told, 'utf8'), '0 []\n');
    writeFileSync(path, '#!/bin/sh\nexit 3\n');
    assert.equal((await createPurge({ uid: 0, path })?.())?.ok, false);
    assert.equal((await createPurge({ uid: 0, path: `${path}-gone` })?.())?.ok, false);
  });

  test('is a 1 in the switch of the kernel, which is never made', async (t) => {
    const folder = folderFor(t);
    const path = join(folder, 'drop_caches');
    writeFileSync(path, '');
    const flush = createDropCaches({ uid: 0, path });
    assert.deepEqual(await flush?.(), { ok: true });
    assert.equal(readFileSync(path, 'utf8'), '1');
    assert.equal(statSync(path).size, 1);
    rmSync(path);
    assert.equal((await flush?.())?.ok, false);
    assert.equal(existsSync(path), false);
  });
});

describe('carrying out what is no signal and no service', () => {
  const planOf = (verb: 'purge' | 'unload'): Extract<Effect, { kind: 'act' }> => ({
    id: 1,
    kind: 'act',
    by: 'automatic',
    plan: {
      id: 1,
      hash: '',
      act:
        verb === 'purge'
          ? { verb }
          : { verb, runtime: 'ollama', model: 'm', instance: 'm', server: { pid: 7, start: 's' }, footprintBytes: 1 },
      reason: '',
      cause: { kind: 'ladder', step: 3 },
      expected: { counter: 'cache', bytes: 1, bytesPerSecond: 0 },
      plannedMs: 0,
    },
  });
  const unused = (): never => assert.fail('not for this');
  const actuatorOf = (change: { readonly flushes?: boolean; readonly takesRows?: boolean }) => {
    const done: string[] = [];
    const rows: string[] = [];
    const actuator = createActuator({
      host: {
        services: { pids: unused, lastExits: unused, bootstrap: unused, bootout: unused, print: unused },
        signal: unused,
        kill: unused,
        identify: unused,
        clock: { nowMs: () => 0, wallMs: () => 0, at: () => () => {} },
        ...(change.flushes === false
          ? {}
          : {
              flushCaches: async () => {
                done.push('flushed');
                return { ok: true };
              },
            }),
      },
      freezer: { freeze: unused, resume: unused, resumeWithin: unused },
      unload: async ({ model }, by) => {
        done.push(`${model} ${by}`);
        return { outcome: 'withdrawn', detail: 'busy' };
      },
      audit: (row) => {
        rows.push(row.kind);
        return change.takesRows !== false;
      },
    });
    return { actuator, done, rows };
  };

  test('has its rows before and after', async () => {
    const { actuator, done, rows } = actuatorOf({});
    assert.equal((await actuator.carryOut(planOf('purge'))).outcome, 'ok');
    assert.equal((await actuator.carryOut(planOf('unload'))).outcome, 'withdrawn');
    assert.deepEqual(done, ['flushed', 'm automatic']);
    assert.deepEqual(rows, ['intent', 'result', 'intent', 'result']);
  });

  test('is not done without its row, nor where there is no way', async () => {
    const { actuator, done } = actuatorOf({ takesRows: false });
    assert.equal((await actuator.carryOut(planOf('purge'))).outcome, 'failed');
    assert.equal((await actuator.carryOut(planOf('unload'))).outcome, 'failed');
    assert.deepEqual(done, []);
    assert.equal((await actuatorOf({ flushes: false }).actuator.carryOut(planOf('purge'))).outcome, 'failed');
  });
});
