import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LoadedModel } from '../../helper/adapters/wire.ts';
import { type Config, defaultConfig, GB, seatDefaults } from '../../helper/config/config.ts';
import type { KeeperEvent } from '../../helper/keeper/judgement/events.ts';
import { processReading } from '../fakes/readings.ts';
import { liveConfig, runRelief, type VirtualProcess } from '../fakes/relief-world.ts';
import {
  bytesOf,
  configOf,
  honest,
  left,
  lmStudio,
  look,
  model,
  ollama,
  run,
  server,
  three,
  worker,
} from '../fakes/runtime-ladder.ts';

/** Models of foreign runtimes on the ladder: which go, which stay, and in which order. */

describe('models of a runtime on the ladder', () => {
  test('those of 35B and more go, the largest first, one in two minutes; 14B stays', () => {
    const { acts, models, state, why } = run(honest(three));
    assert.deepEqual(models, ['llama-70b', 'cilghal-35b']);
    assert.ok((acts[1]?.nowMs ?? 0) - (acts[0]?.nowMs ?? 0) >= 120_000);
    assert.equal(why(/qwen-14b/), 'too_small');
    assert.deepEqual(
      state.relief.deeds.map(({ outcome }) => outcome),
      ['effective', 'effective'],
    );
  });

  test('none below its step', () => {
    const { models, why } = run({ ...honest(three), swapGb: 16 });
    assert.deepEqual(models, []);
    // Below the second step nothing is judged on green at all.
    assert.equal(why(/LM Studio/), undefined);
  });

  test('all of ollama go, whatever their size', () => {
    const models = [model('small', 3), model('unknown', null, { bytes: 2 * GB })];
    const given = honest(models);
    const config = configOf([ollama]);
    assert.deepEqual(
      run({ ...given, config, look: (unloaded) => ({ ...given.look(unloaded), name: 'ollama' }) }).models,
      ['unknown', 'small'],
    );
  });

  test('one of unknown size stays where only large ones are meant', () => {
    const { models, why } = run(honest([model('mystery', null, { bytes: 30 * GB })]));
    assert.deepEqual(models, []);
    assert.equal(why(/mystery/), 'size_unknown');
  });

  describe('seats', () => {
    const seat = (change: Partial<Config['seats'][number]>): Config =>
      configOf([lmStudio], {
        seats: [
          {
            ...seatDefaults,
            name: 'Cilghal',
            class: 'protected',
            label: 'com.sanctum.cilghal',
            peakBytes: 21 * GB,
            ...change,
          },
        ],
      });

    test('a protected seat of 35B is never asked for, neither automatically nor of the operator', () => {
      const health = { listUrls: [], chatUrl: null, model: 'cilghal-35b', files: null, tls: null };
      const { models, why, state } = run({ ...honest(three), config: seat({ health }) });
      assert.deepEqual(models, ['llama-70b']);
      assert.equal(why(/cilghal-35b/), 'protected_seat');
      assert.deepEqual(state.relief.approvals.open, []);
    });

    test('nor anything of a runtime that serves at a port of it', () => {
      const { models, why } = run({ ...honest(three), config: seat({ port: 1234, name: 'Elsewhere' }) });
      assert.deepEqual(models, []);
      assert.equal(why(/llama-70b/), 'protected_seat');
    });

    test('one on call is left to its idle clock', () => {
      const { models, why } = run({ ...honest(three), config: seat({ class: 'on_call', name: 'llama-70b' }) });
      assert.deepEqual(models, ['cilghal-35b']);
      assert.equal(why(/llama-70b/), 'seat');
    });
  });

  describe('what does not help', () => {
    test('is tried twice and then left alone: listed for ever, or the memory is not returned', () => {
      const models = [model('llama-70b', 70)];
      const { acts, state, why } = run({ look: () => look(models), held: () => 42 * GB, untilMs: 1_500_000 });
      assert.equal(acts.length, 2);
      assert.equal(why(/llama-70b/), 'suppressed');
      assert.deepEqual(
        state.relief.deeds.map(({ outcome }) => outcome),
        ['useless', 'useless'],
      );
    });

    test('an instance that comes back under another name is the same model', () => {
      const again = (unloaded: readonly string[]): LoadedModel =>
        model('llama-70b', 70, { instance: unloaded.length === 0 ? 'llama-70b' : `llama-70b:${unloaded.length + 1}` });
      const { acts } = run({
        look: (unloaded) => look([again(unloaded)]),
        held: () => 42 * GB,
        untilMs: 1_500_000,
      });
      assert.deepEqual(
        acts.map(({ act }) => act.instance),
        ['llama-70b', 'llama-70b:2'],
      );
    });

    test('what its processes do not hold is not expected of it', () => {
      const boast = [model('llama-70b', 70, { bytes: 2 ** 50 })];
      const { acts } = run({ look: () => look(boast), held: () => 9 * GB, untilMs: 200_000 });
      assert.equal(acts[0]?.act.footprintBytes, 11 * GB);
    });

    test('less than would count is not asked for', () => {
      const { models, why } = run({
        config: configOf([{ ...lmStudio, leastBillions: 0 }]),
        look: () => look([model('tiny', 1, { bytes: 200 * 2 ** 20 })]),
        held: () => 200 * 2 ** 20,
      });
      assert.deepEqual(models, []);
      assert.equal(why(/tiny/), 'trifle');
    });
  });

  test('nothing is measured without a process, so nothing is asked for', () => {
    const given = honest(three);
    const { models, why } = run({ ...given, look: (unloaded) => ({ ...given.look(unloaded), server: null }) });
    assert.deepEqual(models, []);
    assert.equal(why(/llama-70b/), 'no_process');
  });

  test('a runtime that does not answer is passed over with what it said', () => {
    const { models, why } = run({ look: () => look([], { problem: 'connection refused' }), held: () => 42 * GB });
    assert.deepEqual(models, []);
    assert.equal(why(/LM Studio/), 'not_listed');
  });

  test('mlx_lm is told of and never asked', () => {
    const config = configOf([{ ...lmStudio, kind: 'mlx_lm', name: 'mlx_lm' }]);
    const { models, why } = run({ ...honest(three), config });
    assert.deepEqual(models, []);
    assert.equal(why(/mlx_lm/), 'stop_only');
  });

  test('in a dry run it is only said, once', () => {
    const config = { ...defaultConfig, relief: { ...defaultConfig.relief, runtimes: [lmStudio] } };
    const { models, state } = run({ ...honest([model('llama-70b', 70)]), config });
    assert.deepEqual(models, []);
    assert.deepEqual(
      state.relief.deeds.map(({ outcome, plan }) => [outcome, plan.act.verb]),
      [['dry_run', 'unload']],
    );
  });
});

describe('the steps of the ladder', () => {
  const agent = (pid: number): VirtualProcess => ({ reading: processReading(pid, { footprintBytes: 2 * GB }) });
  const actsOn = (
    change: Partial<Config['relief']>,
    availableGb: number | ((nowMs: number) => number),
    untilMs = 900_000,
  ) => {
    const unloaded: string[] = [];
    const { effects, state } = runRelief(
      {
        processes: [{ reading: server }, worker(() => bytesOf(three, unloaded), undefined), agent(801), agent(802)],
        services: [
          ['com.apple.siriknowledged', 801],
          ['com.sanctum.memory-vault', 802],
        ],
        available: (nowMs) => (typeof availableGb === 'number' ? availableGb : availableGb(nowMs)) * GB,
      },
      {
        config: liveConfig({
          entries: [],
          services: [
            { label: 'com.sanctum.memory-vault', at: 'orange' },
            { label: 'com.apple.siriknowledged', at: 'ladder_1' },
          ],
          runtimes: [lmStudio],
          ...change,
        }),
        untilMs,
        events: [
          { atMs: 1_000, event: () => ({ type: 'adapters', names: ['purge'] }) },
          ...Array.from({ length: Math.ceil(untilMs / 30_000) }, (_, i) => ({
            atMs: i * 30_000 + 5_000,
            event: (): KeeperEvent => ({ type: 'runtime', look: look(left(three, unloaded)) }),
          })),
        ],
        outcome: (effect) => {
          if (effect.kind === 'act' && effect.plan.act.verb === 'unload') unloaded.push(effect.plan.act.instance);
          return 'ok';
        },
      },
    );
    const acts = effects.flatMap(({ effect }) => (effect.kind === 'act' ? [effect.plan.act] : []));
    return {
      state,
      acts: acts.map((act) => ('label' in act ? `${act.verb} ${act.label}` : 'model' in act ? act.model : act.verb)),
    };
  };

  test('come in their order: background services, large models, services, caches', () => {
    // Yellow on the second step, and then orange on the third.
    const { acts } = actsOn({ purge: 'automatic' }, (nowMs) => (nowMs < 430_000 ? 7 : 3.5));
    assert.deepEqual(
      acts.filter((each, i) => acts.indexOf(each) === i),
      ['shed com.apple.siriknowledged', 'llama-70b', 'cilghal-35b', 'shed com.sanctum.memory-vault', 'purge'],
    );
  });

  test('caches are flushed as castellan.toml says: never, asked first, or by itself, and twice at most where it is useless', () => {
    assert.ok(!actsOn({ purge: 'off', runtimes: [], services: [] }, 6).acts.includes('purge'));
    const asked = actsOn({ purge: 'ask', runtimes: [], services: [] }, 6, 120_000);
    assert.deepEqual(asked.acts, []);
    assert.equal(asked.state.relief.approvals.open[0]?.plan.act.verb, 'purge');
    // Nothing of the simulated caches ever goes away.
    const automatic = actsOn({ purge: 'automatic', runtimes: [], services: [] }, 6, 1_800_000);
    assert.deepEqual(automatic.acts, ['purge', 'purge']);
    assert.ok(automatic.state.relief.deeds.every(({ outcome }) => outcome === 'useless'));
  });

  test('above the third step caches stay', () => {
    assert.deepEqual(actsOn({ purge: 'automatic', runtimes: [], services: [] }, 7).acts, []);
  });
});
