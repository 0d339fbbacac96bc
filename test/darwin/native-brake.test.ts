import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Config, defaultConfig } from '../../helper/config/config.ts';
import { createDarwinHost } from '../../helper/host/darwin/host.ts';
import { permitStop } from '../../helper/host/permits.ts';
import type { Host } from '../../helper/host/port.ts';
import { createSimHost } from '../../helper/host/sim/host.ts';
import type { ProcessSpec } from '../../helper/host/sim/scenario.ts';
import type { Effect } from '../../helper/keeper/judgement/effect.ts';
import { startLoop } from '../../helper/keeper/loop.ts';
import { createStandIn } from '../fakes/libsystem.ts';
import { standInSkip } from '../fakes/libsystem-build.ts';

const GB = 2 ** 30;

const config: Config = {
  ...defaultConfig,
  relief: {
    ...defaultConfig.relief,
    mode: 'live',
    entries: [
      {
        name: 'a converter',
        pattern: '^/opt/convert',
        class: 'freeze_only',
        freezeFloorBytes: GB,
        group: 'none',
        oracle: null,
        withoutAsking: false,
        ownerUid: null,
      },
    ],
  },
};

/** The keeper's loop on the macOS host in virtual time, with the machine filled by one process at a gigabyte a second. */
const drive = async (spec: Partial<ProcessSpec>) => {
  const sim = createSimHost();
  const stand = createStandIn(sim);
  const host: Host = createDarwinHost({
    ...stand,
    uid: 0,
    clock: { ...sim.clock, close: () => {} },
    runLaunchctl: (_args, done) => done('PID\tStatus\tLabel\n', 0),
  });
  const hog = sim.world.spawn({
    name: 'convert',
    command: '/opt/convert --all',
    uid: 501,
    footprintBytes: 2 * GB,
    ...spec,
  });
  const stopped: number[] = [];
  const held = new Set<string>();
  const carryOut = async (effect: Effect) => {
    if (effect.kind === 'act' && effect.plan.act.verb === 'freeze' && effect.plan.act.path === 'brake')
      for (const { id } of effect.plan.act.targets) {
        const result = host.stop(permitStop(id, 'test'));
        assert.ok(result.ok, JSON.stringify(result));
        stopped.push(id.pid);
      }
    return { outcome: 'ok' as const, detail: '' };
  };
  const faults: unknown[] = [];
  const loop = startLoop({
    host,
    config: () => config,
    carryOut,
    onFault: (fault) => faults.push(fault),
    onStep: (_input, { state, reasons }) => {
      for (const { text } of reasons) held.add(text);
      for (const { askFirst, denial } of state.relief.candidates) {
        for (const why of askFirst) held.add(why);
        if (denial !== null) held.add(denial.text);
      }
    },
  });
  loop.post({ type: 'config', state: 'file' });
  loop.post({ type: 'own', pids: [process.pid], firstLoginUid: 501 });
  loop.post({ type: 'deadman', state: 'present', foreignTombstones: 0 });
  sim.advance(4_000);
  const answer = sim.simulate('leak', `${hog.pid} 1 GB/s`);
  assert.ok(answer.ok, answer.ok ? '' : answer.detail);
  for (let ms = 0; ms < 60_000 && stopped.length === 0; ms += 100) {
    sim.advance(100);
    await new Promise(setImmediate);
  }
  loop.stop();
  await host.close();
  assert.deepEqual(faults, []);
  return { stopped, held: [...held], hog: hog.pid, state: sim.world.processes.get(hog.pid)?.state };
};

describe('the brake on a Mac', { skip: standInSkip }, () => {
  test('stops a harmless process of the list that fills the machine: nothing about it is left unknown', async () => {
    const { stopped, hog, state, held } = await drive({});
    assert.deepEqual(stopped, [hog], held.join('\n'));
    assert.equal(state, 'stopped');
  });

  test('does not stop one that listens, runs machines or belongs to macOS', async () => {
    for (const [spec, why] of [
      [{ listens: ['127.0.0.1:9000'] }, /listens on 127\.0\.0\.1:9000/],
      [{ isHypervisor: true }, /virtual machines/],
      [{ isPlatform: true }, /part of the operating system/],
    ] as const) {
      const { stopped, held } = await drive(spec);
      assert.deepEqual(stopped, [], why.source);
      assert.match(held.join('\n'), why);
    }
  });
});
