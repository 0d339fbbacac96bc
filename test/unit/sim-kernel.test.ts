import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { permitStop } from '../../helper/host/permits.ts';
import { defaultScenario } from '../../helper/host/sim/default-scenario.ts';
import { createSimHost, type SimHost } from '../../helper/host/sim/host.ts';
import { bySeat, GB, MB, named, set, still } from './sim-tools.ts';

describe('what the kernel kills when paging space is exhausted', () => {
  const exhausted = (shares: readonly [string, number][]): SimHost => {
    const host = createSimHost({
      scenario: {
        ...still({ totalBytes: 16 * GB, fileBytes: 2 * GB, compressorPoolBytes: 8 * GB, swapLimitBytes: 2 * GB }),
        processes: [
          ...defaultScenario.processes.filter((p) => p.name === 'launchd'),
          ...shares.map(([name, leak]) => ({
            name,
            command: `/usr/local/bin/${name}`,
            footprintBytes: 100 * MB,
            coldShare: 1,
            leakBytesPerSecond: leak * MB,
          })),
        ],
      },
    });
    return host;
  };

  test('the holder of more than half of the compressed memory dies, whatever its band', () => {
    const host = exhausted([
      ['large', 900],
      ['small', 200],
    ]);
    assert.ok(host.setBand(named(host, 'large').id, 'CRITICAL').ok);
    assert.ok(host.setBand(named(host, 'small').id, 'IDLE').ok);
    for (let i = 0; i < 600 && host.world.kernelKills.length === 0; i += 1) host.advance(100);
    const [kill] = host.world.kernelKills;
    assert.equal(kill?.name, 'large');
    assert.equal(kill?.band, 190);
    assert.ok((kill?.share ?? 0) > 0.5);
    assert.ok(host.readProcesses().processes.some((p) => p.name === 'small'));
  });

  test('nobody dies while nobody holds more than half', () => {
    const host = exhausted([
      ['one', 300],
      ['two', 300],
      ['three', 300],
    ]);
    host.advance(120_000);
    assert.equal(host.readMachine('slot').kernelLevel, 4);
    assert.deepEqual(host.world.kernelKills, []);
    assert.equal(host.readProcesses().processes.length, 4);
  });

  test('two kills are at least five seconds apart', () => {
    const host = exhausted([
      ['first', 900],
      ['second', 250],
      ['third', 60],
    ]);
    host.advance(300_000);
    const times = host.world.kernelKills.map((kill) => kill.atMs);
    assert.ok(times.length >= 2, `${times.length} kills`);
    for (const [i, time] of times.entries()) assert.ok(i === 0 || time - (times[i - 1] ?? 0) >= 5_000);
  });
});

describe('launchd', () => {
  test('starts a KeepAlive job again, ten seconds after its last start at the earliest', () => {
    const host = createSimHost({ scenario: still() });
    const label = 'com.sanctum.memory-vault';
    const first = host.services.pids()?.get(label);
    host.advance(60_000);
    set(host, 'kill', label);
    assert.equal(host.services.pids()?.get(label), null);
    host.advance(100);
    const second = host.services.pids()?.get(label);
    assert.ok(typeof second === 'number' && second !== first);
    set(host, 'kill', label);
    host.advance(9_000);
    assert.equal(host.services.pids()?.get(label), null);
    host.advance(1_100);
    assert.equal(typeof host.services.pids()?.get(label), 'number');
  });

  test('a job without KeepAlive stays away; one that was booted out is listed until it has ended', () => {
    const host = createSimHost({ scenario: still() });
    set(host, 'kill', 'Codestral');
    host.advance(60_000);
    assert.equal(host.services.pids()?.get('com.sanctum.mlx-codestral'), null);
    set(host, 'service', 'com.sanctum.mlx down');
    assert.equal(typeof host.services.pids()?.get('com.sanctum.mlx'), 'number', 'it is still ending');
    host.advance(2_000);
    assert.equal(host.services.pids()?.has('com.sanctum.mlx'), false);
    assert.ok(!host.readProcesses().processes.some((p) => p.footprintBytes > 20 * GB));
    set(host, 'service', 'com.sanctum.mlx up');
    host.advance(1_000);
    const loading = bySeat(host, 'Cilghal').footprintBytes;
    assert.ok(loading > 1 * GB && loading < 4 * GB, `${loading}`);
    host.advance(12_000);
    assert.equal(bySeat(host, 'Cilghal').footprintBytes, 21 * GB);
  });

  test('a stopped job cannot handle TERM: bootout ends it by KILL at its exit timeout', () => {
    const host = createSimHost({ scenario: still() });
    const vault = named(host, 'kiwix-serve');
    host.stop(permitStop(vault.id, 'test'));
    set(host, 'service', 'com.sanctum.kiwix-serve down');
    host.advance(4_500);
    assert.ok(host.readProcesses().processes.some((p) => p.id.pid === vault.id.pid));
    host.advance(1_000);
    assert.ok(!host.readProcesses().processes.some((p) => p.id.pid === vault.id.pid));
  });

  test('children end with the browser and move to launchd otherwise', () => {
    const host = createSimHost({ scenario: still() });
    set(host, 'kill', 'Google Chrome');
    assert.ok(!host.readProcesses().processes.some((p) => p.name.startsWith('Google Chrome')));
  });
});
