import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PortTraffic, ProbeResult } from '../../helper/host/port.ts';
import { createSimHost, type SimHost } from '../../helper/host/sim/host.ts';
import { bySeat, GB, MB, set, still } from './sim-tools.ts';

const codestral = 'com.sanctum.mlx-codestral';
const mlx = 'com.sanctum.mlx';

const ask = (host: SimHost, label = codestral): Promise<ProbeResult> =>
  host.probe({ label, argv: null, user: null, timeoutMs: 5_000 });

const detailOf = (result: ProbeResult): string => {
  assert.ok(!result.ok);
  return result.detail;
};

/** Boots Codestral out, waits until it is gone, and starts it again. */
const restart = async (host: SimHost): Promise<void> => {
  await host.services.bootout(codestral);
  host.advance(70_000);
  assert.deepEqual(await host.services.bootstrap(codestral), { ok: true });
  host.advance(200);
};

const portOf = (host: SimHost, port = 1339): PortTraffic => {
  const [found] = host.portTraffic([port]) ?? [];
  assert.ok(found);
  return found;
};

describe('a simulated model server', () => {
  test('is ready once all is loaded, and says how far it is until then', async () => {
    const host = createSimHost({ scenario: still() });
    assert.deepEqual(await ask(host), { ok: true, detail: '' });
    await host.services.bootout(codestral);
    host.advance(5_000);
    assert.match(detailOf(await ask(host)), /nothing listens/);
    await host.services.bootstrap(codestral);
    host.advance(3_000);
    assert.match(detailOf(await ask(host)), /^exit 1: loading, [56]\.\d+ GB of 13/);
    host.advance(4_000);
    assert.deepEqual(await ask(host), { ok: true, detail: '' });
    assert.match(detailOf(await ask(host, 'com.example.unheard-of')), /nothing listens/);
  });

  test('that hangs, or is stopped, is waited for until the time is over', async () => {
    const host = createSimHost({ scenario: still() });
    set(host, 'server', 'Codestral hangs');
    set(host, 'signal', 'Cilghal STOP');
    for (const label of [codestral, mlx]) {
      let result: ProbeResult | null = null;
      const asked = ask(host, label).then((found) => {
        result = found;
      });
      host.advance(4_900);
      await Promise.resolve();
      assert.equal(result, null);
      host.advance(200);
      await asked;
      assert.deepEqual(result, { ok: false, detail: 'no answer within 5 s' });
    }
    set(host, 'server', 'Codestral ok');
    assert.ok((await ask(host)).ok);
  });

  test('that never becomes ready loads all its memory all the same', async () => {
    const host = createSimHost({ scenario: still() });
    set(host, 'server', 'Codestral never_ready');
    await restart(host);
    host.advance(120_000);
    assert.match(detailOf(await ask(host)), /not ready/);
    assert.ok(bySeat(host, 'Codestral').footprintBytes > 12.9 * GB);
  });

  test('that exits is listed without a pid and with its code; with KeepAlive it is tried again every 10 s', async () => {
    const host = createSimHost({ scenario: still() });
    set(host, 'server', 'Codestral exits 78');
    await restart(host);
    host.advance(1_000);
    assert.equal(host.services.pids()?.get(codestral), null);
    assert.equal(host.services.lastExits().get(codestral), 78);
    set(host, 'server', 'com.sanctum.memory-vault exits 1');
    set(host, 'signal', 'com.sanctum.memory-vault KILL');
    const pids = new Set<number>();
    for (let i = 0; i < 600; i += 1) {
      host.advance(100);
      const pid = host.services.pids()?.get('com.sanctum.memory-vault');
      if (typeof pid === 'number') pids.add(pid);
    }
    assert.ok(pids.size >= 5 && pids.size <= 7, `${pids.size} starts in a minute`);
    assert.equal(host.services.lastExits().get('com.sanctum.memory-vault'), 1);
  });

  test('that lost its model answers as before, and only its footprint tells', async () => {
    const host = createSimHost({ scenario: still() });
    set(host, 'server', 'Codestral hollow');
    host.advance(2_000);
    const { footprintBytes, id } = bySeat(host, 'Codestral');
    assert.ok(footprintBytes < 100 * MB, `${footprintBytes}`);
    assert.deepEqual(await ask(host), { ok: true, detail: '' });
    set(host, 'server', 'Codestral ok');
    host.advance(10_000);
    const again = bySeat(host, 'Codestral');
    assert.deepEqual(again.id, id);
    assert.ok(again.footprintBytes > 12.9 * GB);
  });

  test('that lost its executable runs on, and its next start fails with 78', async () => {
    const host = createSimHost({ scenario: still() });
    const { id } = bySeat(host, 'Codestral');
    assert.equal(host.isExecutableGone(id), false);
    set(host, 'server', 'Codestral no_executable');
    assert.equal(host.isExecutableGone(id), true);
    assert.deepEqual(await ask(host), { ok: true, detail: '' });
    await restart(host);
    host.advance(1_000);
    assert.deepEqual([host.services.pids()?.get(codestral), host.services.lastExits().get(codestral)], [null, 78]);
    assert.equal(host.isExecutableGone(id), null, 'it is no more');
    set(host, 'server', 'Codestral ok');
    await restart(host);
    assert.equal(typeof host.services.pids()?.get(codestral), 'number');
  });
});

describe('a simulated orderly end', () => {
  test('takes as long as it is told to, or until launchd’s KILL', async () => {
    const host = createSimHost({ scenario: still() });
    set(host, 'drain', 'Codestral 45 s');
    await host.services.bootout(codestral);
    host.advance(44_000);
    assert.equal(host.services.pids()?.has(codestral), true);
    host.advance(2_000);
    assert.equal(host.services.pids()?.has(codestral), false);
    set(host, 'drain', 'Codestral never');
    await host.services.bootstrap(codestral);
    host.advance(10_000);
    await host.services.bootout(codestral);
    host.advance(59_000);
    assert.equal(host.services.pids()?.has(codestral), true);
    host.advance(2_000);
    assert.equal(host.services.pids()?.has(codestral), false);
  });

  test('gives its bytes back at once, or as slowly as it is told to, wired ones last', async () => {
    const host = createSimHost({ scenario: still() });
    const free = (): number => host.readMachine('slot').availableBytes ?? 0;
    const wired = (): number => host.readMachine('slot').wiredBytes;
    const before = free();
    set(host, 'return_rate', '1 GB/s');
    set(host, 'signal', 'Codestral TERM');
    host.advance(1_300);
    assert.ok(host.services.pids()?.get(codestral) === null);
    assert.ok(free() - before < 1.5 * GB, 'it has ended, and holds most of it still');
    const held = wired();
    host.advance(8_000);
    assert.ok(Math.abs(wired() - held) < 0.1 * GB, 'wired memory has not moved yet');
    host.advance(8_000);
    assert.ok(free() - before > 12.5 * GB, `${(free() - before) / GB} GB came back`);
    assert.ok(Math.abs(held - wired() - 2 * GB) < 0.1 * GB);
  });

  test('of which a share of the wired bytes never comes back after a KILL, however slow the rest', () => {
    const host = createSimHost({ scenario: still() });
    set(host, 'wired_leak', '60');
    set(host, 'return_rate', '4 GB/s');
    const before = host.readMachine('slot').wiredBytes;
    set(host, 'signal', 'Codestral KILL');
    host.advance(60_000);
    const lost = host.readMachine('slot').wiredBytes - (before - 2 * GB);
    assert.ok(Math.abs(lost - 1.2 * GB) < 0.05 * GB, `${lost / GB}`);
    set(host, 'return_rate', 'auto');
  });
});

describe('simulated traffic', () => {
  test('moves the mark and the CPU while it flows, and neither when it only is connected', () => {
    const host = createSimHost({ scenario: still() });
    assert.deepEqual(portOf(host), { port: 1339, connections: 0, mark: 0 });
    set(host, 'clients', 'Codestral 3');
    host.advance(60_000);
    assert.deepEqual(portOf(host), { port: 1339, connections: 3, mark: 0 });
    const idle = bySeat(host, 'Codestral').cpuMs;
    set(host, 'clients', 'Codestral 3 200 KB/s');
    host.advance(10_000);
    assert.equal(portOf(host).mark, 2_000 * 1024);
    assert.ok(bySeat(host, 'Codestral').cpuMs - idle > 4_000);
    set(host, 'clients', 'Codestral 1');
    const { mark } = portOf(host);
    const busy = bySeat(host, 'Codestral').cpuMs;
    host.advance(60_000);
    assert.deepEqual(portOf(host), { port: 1339, connections: 1, mark });
    assert.ok(bySeat(host, 'Codestral').cpuMs - busy < 1_200, 'less than 2 % of a core');
    assert.deepEqual(portOf(host, 1337), { port: 1337, connections: 0, mark: 0 });
  });

  test('stands still while the server is stopped, and ends with it', () => {
    const host = createSimHost({ scenario: still() });
    set(host, 'clients', 'Codestral 1 100 KB/s');
    host.advance(1_000);
    set(host, 'signal', 'Codestral STOP');
    const { mark } = portOf(host);
    host.advance(5_000);
    assert.equal(portOf(host).mark, mark);
    set(host, 'signal', 'Codestral CONT');
    host.advance(1_000);
    assert.equal(portOf(host).mark, (mark ?? 0) + 100 * 1024);
    set(host, 'signal', 'Codestral KILL');
    assert.deepEqual(portOf(host), { port: 1339, connections: 0, mark: 0 });
  });

  test('can be hidden, as on a kernel that does not tell', () => {
    const host = createSimHost({ scenario: still() });
    set(host, 'port_traffic', 'hidden');
    assert.equal(host.portTraffic([1339]), null);
    set(host, 'port_traffic', 'shown');
    assert.equal(host.portTraffic([1339])?.length, 1);
  });
});

describe('bands and limits that others change', () => {
  test('a band set by another hand is read back as it is', () => {
    const host = createSimHost({ scenario: still() });
    const { id } = bySeat(host, 'Cilghal');
    host.setBand(id, 'CRITICAL');
    set(host, 'band', 'Cilghal HOME');
    const read = host.readBand(id);
    assert.ok(read.ok && read.band === 'HOME' && read.raw === 160);
  });

  test('the limit of the GPU is counted in MB and is the system’s own at auto', () => {
    const host = createSimHost({ scenario: still() });
    set(host, 'gpu_limit', '48 GB');
    assert.deepEqual(host.gpuLimit(), { kind: 'limit', bytes: 48 * GB, isSystemPolicy: false });
    set(host, 'gpu_limit', 'auto');
    assert.equal(host.gpuLimit().kind, 'not_evaluated');
  });
});

describe('what sim set refuses of seats', () => {
  const wrong: readonly (readonly [key: string, value: string, why: RegExp])[] = [
    ['server', 'Codestral', /like "Codestral hangs"/],
    ['server', 'Codestral explodes', /like "Codestral hangs"/],
    ['server', 'Codestral exits 256', /0 to 255/],
    ['server', 'Nobody hangs', /No seat or job "Nobody".*Codestral/],
    ['server', 'com.sanctum.gone hollow', /No seat or job/],
    ['clients', 'Codestral', /like "Codestral 3 200 KB\/s"/],
    ['clients', 'Codestral many', /like "Codestral 3 200 KB\/s"/],
    ['clients', 'Codestral 3 200 XB/s', /unit/],
    ['clients', 'com.sanctum.memory-vault 1', /does not listen/],
    ['drain', 'Codestral soon', /like "Codestral 45 s"/],
    ['drain', 'Codestral 45 parsecs', /unit/],
    ['return_rate', 'fast', /rate/],
    ['band', 'Cilghal HIGH', /Bands: IDLE/],
    ['gpu_limit', 'much', /size/],
    ['port_traffic', 'maybe', /shown or hidden/],
  ];
  for (const [key, value, why] of wrong)
    test(`${key} ${value}`, () => {
      const host = createSimHost({ scenario: still() });
      const answer = host.simulate(key, value);
      assert.ok(!answer.ok);
      assert.match(answer.detail, why);
    });
});

test('seats behave the same in every run', async () => {
  const story = async (): Promise<string> => {
    const host = createSimHost({ scenario: still() });
    const seen: string[] = [];
    const note = async (): Promise<void> => {
      seen.push(JSON.stringify([host.portTraffic([1337, 1339]), await ask(host), [...host.services.lastExits()]]));
      seen.push(JSON.stringify(host.readMachine('slot')));
    };
    set(host, 'clients', 'Codestral 2 31 KB/s');
    set(host, 'return_rate', '700 MB/s');
    host.advance(3_210);
    await note();
    set(host, 'server', 'Codestral exits 3');
    await restart(host);
    await note();
    host.advance(40_000);
    await note();
    return seen.join('\n');
  };
  assert.equal(await story(), await story());
});
