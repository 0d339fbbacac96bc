import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { constants } from '../../helper/host/darwin/bindings.ts';
import { createDarwinHost } from '../../helper/host/darwin/host.ts';
import { createServices, runLaunchctl } from '../../helper/host/darwin/services.ts';
import { permitStop } from '../../helper/host/permits.ts';
import type { Host } from '../../helper/host/port.ts';
import { createSimHost, type SimHost } from '../../helper/host/sim/host.ts';
import { createStandIn, type StandIn } from '../fakes/libsystem.ts';
import { standInSkip } from '../fakes/libsystem-build.ts';

interface Mac {
  readonly sim: SimHost;
  readonly stand: StandIn;
  open(uid?: number): Host;
}

const makeMac = (): Mac => {
  const sim = createSimHost();
  const stand = createStandIn(sim);
  return {
    sim,
    stand,
    open: (uid = 0) => createDarwinHost({ ...stand, uid, runLaunchctl: (_args, done) => done(launchctlList(sim)) }),
  };
};

const launchctlList = (sim: SimHost): string =>
  `PID\tStatus\tLabel\n${[...(sim.services.pids() ?? [])].map(([label, pid]) => `${pid ?? '-'}\t0\t${label}\n`).join('')}`;

const idOf = (host: Host, pid: number) => {
  const id = host.identify(pid);
  assert.ok('start' in id);
  return id;
};

describe('the macOS host on a stand-in libSystem', { skip: standInSkip }, () => {
  test('reads the same machine as the simulation it stands on', () => {
    const { sim, open } = makeMac();
    const host = open();
    sim.advance(350_000);
    const { atMs: _a, ...native } = host.readMachine('slot');
    const { atMs: _b, ...simulated } = sim.readMachine('slot');
    assert.deepEqual(native, simulated);
  });

  test('reads the same processes, command lines and services too', () => {
    const { sim, open } = makeMac();
    const host = open();
    sim.advance(60_000);
    const native = host.readProcesses();
    assert.deepEqual(native.facts, []);
    const expected = sim.readProcesses().processes;
    assert.equal(native.processes.length, expected.length);
    for (const [i, p] of native.processes.entries()) {
      const e = expected[i];
      assert.ok(e);
      assert.deepEqual(
        { ...p, state: '', cpuMs: 0, name: '', compressedBytes: 0 },
        { ...e, state: '', cpuMs: 0, name: '', compressedBytes: 0 },
      );
      assert.ok(Math.abs(p.cpuMs - e.cpuMs) <= 1);
      assert.equal(p.compressedBytes, null);
    }
    assert.deepEqual(host.services.pids(), sim.services.pids());
  });

  test('says what it is and what is missing without root', () => {
    const { open } = makeMac();
    const root = open().facts;
    assert.equal(root.os, 'macOS 15.5 (24F74)');
    assert.equal(root.missing.length, 2);
    assert.match(root.missing[0] ?? '', /traffic at ports is not measured\.$/);
    assert.match(root.missing[1] ?? '', /not a signed release/);
    const facts = open(501).facts;
    assert.equal(facts.missing.length, 5);
    assert.match(facts.missing.join(' '), /cannot be read without root/);
  });

  test('without root, what cannot be read is a fact and the own processes are listed', () => {
    const { stand, open } = makeMac();
    stand.isRoot = false;
    const host = open(501);
    const table = host.readProcesses();
    assert.ok(table.processes.length > 0 && table.processes.every((p) => p.uid === 501));
    assert.deepEqual(
      table.facts.map((fact) => `${fact.sensor} ${fact.problem}`),
      ['processes refused'],
    );
    const launchd = host.readChosen([idOf(host, 1)])[0];
    assert.ok(launchd !== undefined && 'problem' in launchd && launchd.problem === 'refused');
    const band = host.setBand(idOf(host, table.processes[0]?.id.pid ?? 0), 'CRITICAL');
    assert.ok(!band.ok && band.problem === 'refused' && /EPERM/.test(band.detail));
  });

  test('falls back to the older usage structure, once', () => {
    const { sim, stand, open } = makeMac();
    stand.usageVersion = constants.RUSAGE_INFO_V4;
    const table = open().readProcesses();
    assert.equal(table.processes.length, sim.world.processes.size);
    assert.ok(table.processes.some((p) => p.footprintBytes === 21 * 2 ** 30 && p.peakFootprintBytes === 41 * 2 ** 30));
  });

  test('before macOS 15 there is no segment estimate and no complaint', () => {
    const { stand, open } = makeMac();
    stand.unknownSysctls.add('vm.compressor_segment_limit');
    const reading = open().readMachine('slot');
    assert.equal(reading.segments, null);
    assert.deepEqual(reading.facts, []);
  });

  test('every refusal of a sensor is a fact', () => {
    const { stand, open } = makeMac();
    const host = open();
    stand.failing.set('host_statistics64', { result: 5, errno: 0 });
    stand.failing.set('sysctlbyname', { result: -1, errno: constants.EPERM });
    const reading = host.readMachine('slot');
    assert.equal(reading.availableBytes, null);
    assert.equal(reading.swap, null);
    assert.equal(reading.kernelLevel, null);
    assert.deepEqual(
      reading.facts.map((fact) => fact.sensor),
      ['memory', 'swap', 'kernel_level'],
    );
    stand.failing.set('proc_listallpids', { result: -1, errno: constants.ENOMEM });
    assert.deepEqual(
      host.readProcesses().facts.map((fact) => `${fact.problem} ${fact.detail}`),
      ['refused proc_listallpids: ENOMEM'],
    );
  });

  test('each errno of a signal or a band has its answer', () => {
    const { sim, stand, open } = makeMac();
    const host = open();
    const pid = sim.services.pids()?.get('com.sanctum.mlx') ?? 0;
    const id = idOf(host, pid);
    const outcomes = {
      [constants.ESRCH]: 'vanished',
      [constants.EPERM]: 'refused',
      [constants.EINVAL]: 'unsupported',
      99: 'refused',
    };
    for (const [errno, problem] of Object.entries(outcomes)) {
      stand.failing.set('kill', { result: -1, errno: Number(errno) });
      // This one returns the errno.
      stand.failing.set('proc_signal_with_audittoken', { result: Number(errno), errno: Number(errno) });
      stand.failing.set('memorystatus_control', { result: -1, errno: Number(errno) });
      for (const result of [host.stop(permitStop(id, 'test')), host.readBand(id), host.setBand(id, 'HOME')])
        assert.ok(!result.ok && result.problem === problem, JSON.stringify(result));
    }
    stand.failing.clear();
    assert.ok(!host.signal(idOf(host, 1), 'SIGTERM').ok);
    assert.deepEqual(host.setBand(id, 'CRITICAL'), { ok: true, band: 'CRITICAL', raw: 190 });
  });

  test('bands are left alone on releases that number them otherwise', () => {
    const { stand, open } = makeMac();
    stand.unknownSysctls.add('kern.osrelease');
    const host = open();
    const set = host.setBand(idOf(host, 1), 'IDLE');
    assert.ok(!set.ok && set.problem === 'unsupported');
    assert.match(host.facts.missing.join(' '), /macOS 13/);
  });

  test('a table that fills the buffer is read again with a larger one', () => {
    const { sim, open } = makeMac();
    for (let i = 0; i < 3_000; i += 1)
      sim.world.spawn({ name: `p${i}`, command: `/bin/p${i}`, uid: 501, footprintBytes: 2 ** 20 });
    assert.equal(open().readProcesses().processes.length, sim.world.processes.size);
  });

  test('one call waits for pressure at a time, and closing ends it at once', async () => {
    const { stand, open } = makeMac();
    const host = open();
    let heard = 0;
    const stops = [1, 2, 3].map(() => host.onPressure(() => (heard += 1)));
    assert.equal(stand.waiting(), 1);
    stand.pressure();
    for (let tries = 0; heard < 3 && tries < 2_000; tries += 1) await sleep(5);
    assert.equal(heard, 3);
    assert.equal(stand.waiting(), 1);
    for (const stop of stops) stop();
    // The call is still under way until its own time is over, unless closing ends it.
    assert.equal(stand.waiting(), 1);
    await host.close();
    assert.equal(stand.waiting(), 0);
  });

  test('without the filter for pressure the reading says that events do not come', () => {
    const { stand, open } = makeMac();
    stand.failing.set('kevent', { result: -1, errno: constants.EINVAL });
    const host = open();
    host.onPressure(() => {});
    assert.deepEqual(
      host.readMachine('slot').facts.map((fact) => `${fact.sensor} ${fact.problem} ${fact.detail}`),
      ['events unavailable EVFILT_MEMORYSTATUS: EINVAL'],
    );
  });

  test('services are not known before launchctl has answered, nor after it failed', () => {
    const { stand } = makeMac();
    const answers: ((output: string | null, code?: number | null) => void)[] = [];
    const host = createDarwinHost({ ...stand, uid: 0, runLaunchctl: (_args, done) => void answers.push(done) });
    const facts = () => host.readMachine('slot').facts.filter(({ sensor }) => sensor === 'services');
    assert.equal(host.services.pids(), null);
    assert.deepEqual(facts(), [], 'it has been asked just now');
    answers.shift()?.(null, null);
    assert.equal(host.services.pids(), null);
    assert.deepEqual(facts(), [
      { sensor: 'services', problem: 'unavailable', detail: 'launchctl list failed (no answer)' },
    ]);
    assert.deepEqual(
      host.readMachine('fast').facts.filter(({ sensor }) => sensor === 'services'),
      [],
    );
  });
});

describe('the list of services of macOS', () => {
  test('is not known where no process can be started, and that throws nothing into the loop', async () => {
    // Node throws of this argument before it starts anything, as it does where there is no memory for another process.
    const answer = await new Promise((resolve) => runLaunchctl(['li\0st'], (...told) => resolve(told)));
    assert.deepEqual(answer, [null, null]);
  });

  test('is null before the first answer and after a failure, and what the last answer said in between', () => {
    const answers: ((output: string | null, code?: number | null) => void)[] = [];
    let nowMs = 0;
    const services = createServices(
      () => nowMs,
      (_args, done) => void answers.push(done),
    );
    const next = (output: string | null, code?: number): void => {
      nowMs += 2_000;
      services.read();
      answers.shift()?.(output, code);
    };
    assert.equal(services.read(), null);
    assert.equal(services.fact(), null);
    next('PID\tStatus\tLabel\n812\t0\tcom.sanctum.mlx\n-\t0\tcom.idle\n', 0);
    assert.deepEqual(
      [...(services.read() ?? [])],
      [
        ['com.sanctum.mlx', 812],
        ['com.idle', null],
      ],
    );
    assert.equal(services.fact(), null);
    next(null, 1);
    assert.equal(services.read(), null);
    assert.match(services.fact()?.detail ?? '', /launchctl list failed \(1\)/);
    next('PID\tStatus\tLabel\n', 0);
    assert.equal(services.read()?.size, 0, 'an empty list is a list');
    assert.equal(services.fact(), null);
  });
});
