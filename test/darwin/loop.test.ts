import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { type Config, defaultConfig } from '../../helper/config/config.ts';
import { createDarwinHost } from '../../helper/host/darwin/host.ts';
import type { Host } from '../../helper/host/port.ts';
import { createSimHost, type SimHost } from '../../helper/host/sim/host.ts';
import type { Scenario } from '../../helper/host/sim/scenario.ts';
import type { AuditFacts } from '../../helper/journal/audit.ts';
import { createSettings } from '../../helper/keeper/acting/settings.ts';
import type { KeeperState } from '../../helper/keeper/judgement/state.ts';
import { type Loop, startLoop } from '../../helper/keeper/loop.ts';
import { createStandIn, type StandIn } from '../fakes/libsystem.ts';
import { standInSkip } from '../fakes/libsystem-build.ts';
import { createLaunchctlOn } from '../fakes/service-launchctl.ts';
import { set, still } from '../unit/sim-tools.ts';

const config: Config = {
  ...defaultConfig,
  bands: [{ name: 'the model server', pattern: '^/opt/serve', band: 'HOME' }],
};

interface Running {
  readonly sim: SimHost;
  readonly stand: StandIn;
  readonly host: Host;
  readonly loop: Loop;
  readonly rows: readonly Extract<AuditFacts, { readonly kind: 'setting' }>[];
  /** State after every sample. */
  readonly states: readonly KeeperState[];
  readonly faults: readonly unknown[];
  /** Lets virtual time pass, and what was decided be carried out. */
  advance(ms: number): Promise<void>;
}

/** The keeper's loop, with real orders for bands, in virtual time. */
const start = (
  t: TestContext,
  { scenario, isRoot = true, on = 'darwin' }: { scenario?: Scenario; isRoot?: boolean; on?: 'darwin' | 'sim' } = {},
): Running => {
  const sim = createSimHost({ scenario: scenario ?? still() });
  const stand = createStandIn(sim);
  stand.isRoot = isRoot;
  const darwin = createDarwinHost({
    ...stand,
    uid: isRoot ? 0 : 501,
    clock: { ...sim.clock, close: () => {} },
    runLaunchctl: createLaunchctlOn(sim),
  });
  const host = on === 'darwin' ? darwin : sim;
  const rows: Extract<AuditFacts, { readonly kind: 'setting' }>[] = [];
  const states: KeeperState[] = [];
  const faults: unknown[] = [];
  const settings = createSettings({
    host,
    audit: (row) => {
      if (row.kind === 'setting') rows.push(row);
      return true;
    },
  });
  const loop = startLoop({
    host,
    config: () => config,
    carryOut: async (effect) =>
      effect.kind === 'band' || effect.kind === 'gpu_limit' || effect.kind === 'probe'
        ? settings(effect)
        : { outcome: 'ok', detail: '' },
    onFault: (fault) => faults.push(fault),
    onStep: ({ reading }, { state }) => {
      if (reading !== null) states.push(state);
    },
  });
  loop.post({ type: 'config', state: 'file' });
  loop.post({ type: 'own', pids: [], firstLoginUid: 501 });
  t.after(async () => {
    loop.stop();
    await darwin.close();
  });
  const advance = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 1_000) {
      sim.advance(1_000);
      await new Promise(setImmediate);
    }
  };
  return { sim, stand, host, loop, rows, states, faults, advance };
};

const serve = ({ sim }: Running, pid?: number, command = '/opt/serve --model x'): number =>
  sim.world.spawn({ name: 'serve', command, uid: 501, footprintBytes: 2 ** 30 }, pid).pid;

const bandOf = ({ sim }: Running, pid: number): number | undefined => sim.world.processes.get(pid)?.band;

describe("the keeper's loop on the stand-in libSystem", { skip: standInSkip }, () => {
  test('judges the machine as it does on the simulation itself, through pressure and back', async (t) => {
    const seen = async (on: 'darwin' | 'sim') => {
      const run = start(t, { on });
      await run.advance(10_000);
      set(run.sim, 'available', '3 GB');
      await run.advance(30_000);
      set(run.sim, 'available', 'auto');
      await run.advance(60_000);
      assert.deepEqual(run.faults, []);
      return run.states.map(({ level, machine }) => [level.level, machine?.availableBytes, machine?.kernelLevel]);
    };
    const native = await seen('darwin');
    assert.deepEqual(native, await seen('sim'));
    assert.ok(new Set(native.map(([level]) => level)).size > 1, 'the level moved');
  });

  test('a band is set, set again when somebody else changed it, and left alone after the third time', async (t) => {
    const run = start(t);
    const pid = serve(run);
    await run.advance(60_000);
    assert.equal(bandOf(run, pid), 160);
    for (let times = 0; times < 3; times += 1) {
      const p = run.sim.world.processes.get(pid);
      assert.ok(p);
      p.band = 40;
      await run.advance(10_000);
      assert.equal(bandOf(run, pid), times < 2 ? 160 : 40, `overwritten ${times + 1} times`);
    }
    await run.advance(60_000);
    assert.equal(bandOf(run, pid), 40);
    assert.equal(run.rows.filter(({ outcome }) => outcome === 'ok').length, 3);
    assert.deepEqual(run.faults, []);
  });

  test('a stranger that gets the pid of a banded process keeps the band it was born with', async (t) => {
    const run = start(t);
    const pid = serve(run);
    await run.advance(60_000);
    assert.equal(bandOf(run, pid), 160);
    set(run.sim, 'kill', String(pid));
    serve(run, pid, '/usr/bin/stranger');
    await run.advance(120_000);
    assert.equal(bandOf(run, pid), 180);
    assert.equal(run.rows.length, 1);
    assert.deepEqual(run.faults, []);
  });

  test('a process that macOS manages is left to it, and the loop goes on', async (t) => {
    const run = start(t);
    const pid = serve(run);
    run.stand.managed.add(pid);
    await run.advance(60_000);
    assert.equal(bandOf(run, pid), 180);
    assert.ok(run.rows.length >= 1 && run.rows.every(({ outcome }) => outcome === 'failed'));
    assert.match(run.rows[0]?.detail ?? '', /manages the band/);
    assert.deepEqual(run.faults, []);
  });

  test('without root nothing is set, what is seen is judged, and what is not is said', async (t) => {
    const run = start(t, { isRoot: false });
    const pid = serve(run);
    await run.advance(60_000);
    assert.equal(bandOf(run, pid), 180);
    // It cannot even be read, so nothing is tried.
    assert.deepEqual(run.rows, []);
    assert.match(JSON.stringify(run.loop.state().arbiter), /"refused".*EPERM/);
    const table = run.host.readProcesses();
    assert.ok(
      table.processes.some(({ id }) => id.pid === pid),
      'one’s own processes are read',
    );
    assert.deepEqual(
      table.facts.map(({ sensor, problem }) => `${sensor} ${problem}`),
      ['processes refused'],
    );
    assert.notEqual(run.loop.state().machine?.availableBytes ?? null, null);
    assert.deepEqual(run.faults, []);
  });

  test('a kernel that refuses everything for a while is facts, and all is well afterwards', async (t) => {
    const run = start(t);
    await run.advance(10_000);
    for (const name of ['host_statistics64', 'sysctlbyname', 'proc_listallpids', 'proc_pidinfo', 'proc_pid_rusage'])
      run.stand.failing.set(name, { result: name === 'host_statistics64' ? 5 : -1, errno: 1 });
    await run.advance(20_000);
    assert.equal(run.loop.state().machine?.availableBytes ?? null, null);
    run.stand.failing.clear();
    await run.advance(60_000);
    assert.notEqual(run.loop.state().machine?.availableBytes ?? null, null);
    assert.deepEqual(run.faults, []);
  });
});
