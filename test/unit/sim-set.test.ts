import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sensors } from '../../helper/host/reading.ts';
import { scenarios } from '../../helper/host/sim/default-scenario.ts';
import { createSimHost, type SimHost } from '../../helper/host/sim/host.ts';
import { simKeys } from '../../helper/host/sim/keys.ts';
import { type Failure, failures, sensorFailures } from '../../helper/host/sim/sensors.ts';
import { checkSensors, initialSensors } from '../../helper/memory/sensors.ts';
import { GB, MB, set, still } from './sim-tools.ts';

const stillHost = (): SimHost => createSimHost({ scenario: still() });

const refusedWith = (host: SimHost, key: string, value: string, hint: RegExp): void => {
  const answer = host.simulate(key, value);
  assert.ok(!answer.ok, `${key} ${value} was accepted`);
  assert.match(answer.detail, hint);
};

describe('castellan sim set', () => {
  test('help lists every key and scenario', () => {
    const text = set(stillHost(), 'help', '');
    for (const key of Object.keys(simKeys)) assert.match(text, new RegExp(`(^|; )${key}\\b`));
    for (const { name } of scenarios) assert.ok(text.includes(name));
  });

  test('available holds exactly what was asked for while the machine lives on, until auto', () => {
    const host = createSimHost();
    for (const gigabytes of [3, 7.5, 1]) {
      set(host, 'available', `${gigabytes} GB`);
      for (let i = 0; i < 20; i += 1) {
        const { availableBytes } = host.readMachine('slot');
        assert.ok(Math.abs((availableBytes ?? 0) - gigabytes * GB) < 5 * host.facts.pageBytes, `${availableBytes}`);
        host.advance(777);
      }
    }
    assert.ok(host.readProcesses().processes.some((p) => p.name === 'ballast' && p.footprintBytes > 10 * GB));
    set(host, 'available', 'auto');
    host.advance(1_000);
    assert.ok((host.readMachine('slot').availableBytes ?? 0) > 15 * GB);
    assert.ok(!host.readProcesses().processes.some((p) => p.name === 'ballast'));
  });

  test('available refuses what the machine does not have, and says what it has', () => {
    refusedWith(stillHost(), 'available', '60 GB', /At most 1\d\.\d GB/);
  });

  test('ending the ballast ends the hold', () => {
    const host = stillHost();
    set(host, 'available', '2 GB');
    set(host, 'kill', 'ballast');
    host.advance(500);
    assert.ok((host.readMachine('slot').availableBytes ?? 0) > 15 * GB);
  });

  test('swap in use makes files of 1 GB to hold it; the total can be set apart from it', () => {
    const host = stillHost();
    set(host, 'swap_used', '27 GB');
    const { swap } = host.readMachine('slot');
    assert.deepEqual([swap?.usedBytes, swap?.totalBytes], [27 * GB, 28 * GB]);
    set(host, 'swap_total', '40GB');
    assert.equal(host.readMachine('slot').swap?.totalBytes, 40 * GB);
    set(host, 'swap_used', 'auto');
    set(host, 'swap_total', 'auto');
    assert.equal(host.readMachine('slot').swap?.totalBytes, 0);
  });

  test('the kernel level is what was set, and a listener hears of it', () => {
    const host = stillHost();
    let heard = 0;
    host.onPressure(() => {
      heard += 1;
    });
    for (const level of [2, 4, 1]) {
      set(host, 'kernel_level', String(level));
      host.advance(300);
      assert.equal(host.readMachine('slot').kernelLevel, level);
    }
    assert.equal(heard, 3);
    refusedWith(host, 'kernel_level', '3', /no 3/);
  });

  test('a process is found by pid, seat, label or name', () => {
    const host = stillHost();
    const pid = host.services.pids()?.get('com.sanctum.mlx-codestral');
    for (const name of [String(pid), 'codestral', 'Codestral', 'com.sanctum.mlx-codestral'])
      assert.match(set(host, 'footprint', `${name} 12 GB`), new RegExp(`pid ${pid}\\) 12\\.0 GB`));
    refusedWith(host, 'kill', 'nobody', /Cilghal, Codestral/);
    refusedWith(host, 'signal', 'launchd KILL', /may not be signalled/);
  });

  test('footprint can be reached over time: a load burst', () => {
    const host = stillHost();
    set(host, 'footprint', 'Cilghal 31 GB in 10 s');
    const at = (): number =>
      (host.readProcesses().processes.find((p) => p.wiredBytes === 18 * GB)?.footprintBytes ?? 0) / GB;
    host.advance(5_000);
    assert.ok(Math.abs(at() - 26) < 0.2, `${at()}`);
    host.advance(6_000);
    assert.ok(Math.abs(at() - 31) < 0.01, `${at()}`);
  });

  test('what does not fit at once waits for the compressor, and nothing becomes negative', () => {
    const host = stillHost();
    set(host, 'spawn', 'hog 40 GB');
    for (let i = 0; i < 200; i += 1) {
      const r = host.readMachine('slot');
      for (const part of [r.freeBytes, r.cachedBytes, r.appBytes, r.compressorBytes]) assert.ok(part >= 0);
      const sum = r.freeBytes + r.cachedBytes + r.appBytes + r.compressorBytes + r.wiredBytes;
      assert.ok(Math.abs(sum - r.totalBytes) < 10 * MB, `${sum / GB}`);
      host.advance(100);
    }
  });

  test('a leak starts, goes on and ends', () => {
    const host = stillHost();
    set(host, 'spawn', 'node helper 100 MB');
    set(host, 'leak', 'node helper 200 MB/s');
    host.advance(5_000);
    const size = (): number =>
      host.readProcesses().processes.find((p) => p.name === 'node helper')?.footprintBytes ?? 0;
    assert.ok(Math.abs(size() - 1_100 * MB) < 20 * MB, `${size() / MB}`);
    set(host, 'leak', 'node helper 0 MB/s');
    const stoppedAt = size();
    host.advance(5_000);
    assert.ok(Math.abs(size() - stoppedAt) < 20 * MB);
    set(host, 'free', 'node helper 500 MB');
    assert.ok(size() < stoppedAt - 400 * MB);
  });

  test('whatever is wrong is answered with what would be right', () => {
    const host = stillHost();
    refusedWith(host, 'availible', '3GB', /Keys: help, available/);
    refusedWith(host, 'available', '3', /unit|like/);
    refusedWith(host, 'available', '3 GiB', /Write "3 GB"/);
    refusedWith(host, 'leak', 'Codestral 200MB', /MB\/s/);
    refusedWith(host, 'footprint', '41GB', /name and a size/);
    refusedWith(host, 'signal', 'Codestral HUP', /STOP, CONT, TERM or KILL/);
    refusedWith(host, 'service', 'com.sanctum.mlx', /up or down/);
    refusedWith(host, 'service', 'com.sanctum.none up', /com\.sanctum\.mlx/);
    refusedWith(host, 'sensor', 'smell zero', /memory, swap/);
    refusedWith(host, 'sensor', 'swap constant', /ok, refused, implausible/);
    refusedWith(host, 'scenario', 'doom', /default/);
  });

  test('another scenario is another machine: no identity of the old one lives on', () => {
    const host = createSimHost();
    const before = host.readProcesses().processes.map((p) => p.id);
    host.advance(5_000);
    set(host, 'scenario', 'still');
    const after = new Set(host.readProcesses().processes.map((p) => p.id.start));
    for (const id of before) assert.ok(!after.has(id.start));
    assert.ok(host.clock.nowMs() === 5_000 && host.readMachine('slot').atMs === 5_000);
  });

  test('a scenario plans what happens, in its own time', () => {
    const host = createSimHost();
    host.advance(10_000);
    set(host, 'scenario', 'leak');
    host.advance(59_000);
    const runaway = (): number => host.readProcesses().processes.find((p) => p.name === 'runaway')?.footprintBytes ?? 0;
    assert.equal(runaway(), 0);
    host.advance(12_000);
    assert.ok(runaway() > 4 * GB * 0.9, `${runaway() / GB}`);
  });
});

describe('sensors that fail', () => {
  /** Facts that the reader has after two minutes of samples. */
  const factsAfter = (sensor: string, failure: Failure): readonly string[] => {
    const host = createSimHost();
    host.advance(10_000);
    set(host, 'sensor', `${sensor} ${failure}`);
    let state = initialSensors;
    const found = new Set<string>();
    for (let i = 0; i < 60; i += 1) {
      host.advance(2_000);
      const checked = checkSensors(state, host.readMachine('slot'));
      state = checked.state;
      for (const fact of [...checked.reading.facts, ...host.readProcesses().facts])
        found.add(`${fact.sensor} ${fact.problem}`);
    }
    return [...found];
  };

  for (const sensor of sensors)
    for (const failure of failures) {
      if (!sensorFailures[sensor].includes(failure) || failure === 'ok') continue;
      test(`${sensor} ${failure} becomes a typed fact`, () => {
        const facts = factsAfter(sensor, failure);
        assert.ok(
          facts.some((fact) => fact.startsWith(sensor)),
          `facts: ${facts.join(', ')}`,
        );
        if (failure === 'refused') assert.deepEqual(facts, [`${sensor} refused`]);
      });
    }

  test('a healthy machine has none, and one that was mended has none again', () => {
    const host = createSimHost();
    set(host, 'sensor', 'memory refused');
    assert.equal(host.readMachine('slot').availableBytes, null);
    set(host, 'sensor', 'memory ok');
    assert.deepEqual(host.readMachine('slot').facts, []);
    assert.deepEqual(factsAfter('memory', 'ok'), []);
  });

  test('without the sensor of events no listener is called', () => {
    const host = stillHost();
    let heard = 0;
    host.onPressure(() => {
      heard += 1;
    });
    set(host, 'sensor', 'events refused');
    set(host, 'kernel_level', '4');
    host.advance(1_000);
    assert.equal(heard, 0);
  });

  test('refused bands are results, not exceptions', () => {
    const host = stillHost();
    const id = host.identify(host.services.pids()?.get('com.sanctum.mlx') ?? 0);
    assert.ok('start' in id);
    set(host, 'sensor', 'bands refused');
    const result = host.setBand(id, 'CRITICAL');
    assert.ok(!result.ok && result.problem === 'refused');
  });
});
