import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { permitStop } from '../../helper/host/permits.ts';
import type { MachineReading } from '../../helper/host/reading.ts';
import { createSimHost } from '../../helper/host/sim/host.ts';
import { bySeat, GB, MB, named, set, still } from './sim-tools.ts';

const ratioOf = (r: MachineReading): number => {
  assert.ok(r.queues);
  const { activeBytes, inactiveBytes, freeBytes, speculativeBytes } = r.queues;
  const nc = activeBytes + inactiveBytes + freeBytes + speculativeBytes;
  return nc / (nc + r.compressorBytes);
};

describe('the default machine', () => {
  test('has the field notes figures: tiny RSS, huge footprint', () => {
    const host = createSimHost();
    const cilghal = bySeat(host, 'Cilghal');
    const codestral = bySeat(host, 'Codestral');
    assert.deepEqual(
      [cilghal.footprintBytes, cilghal.peakFootprintBytes, cilghal.rssBytes, cilghal.wiredBytes],
      [21 * GB, 41 * GB, 45 * MB, 18 * GB],
    );
    assert.deepEqual([codestral.footprintBytes, codestral.rssBytes, codestral.wiredBytes], [13 * GB, 17 * MB, 2 * GB]);
    // Memory that ps does see: both columns say the same, to a tenth of a GB.
    for (const [name, gigabytes] of [
      ['qemu-system-aarch64', '2.4'],
      ['OrbStack Helper', '1.9'],
    ] as const) {
      const { footprintBytes, rssBytes } = named(host, name);
      assert.deepEqual([(footprintBytes / GB).toFixed(1), (rssBytes / GB).toFixed(1)], [gigabytes, gigabytes], name);
    }
    assert.equal(host.facts.totalBytes, 64 * GB);
    const ranked = host.readProcesses().processes.toSorted((a, b) => b.footprintBytes - a.footprintBytes);
    assert.deepEqual(
      ranked.slice(0, 2).map((p) => p.id.pid),
      [cilghal.id.pid, codestral.id.pid],
    );
  });

  test('sums up at every moment of ten busy minutes, and no counter stands still', () => {
    const host = createSimHost();
    let last = '';
    for (let i = 0; i < 300; i += 1) {
      host.advance(2_000);
      const r = host.readMachine('slot');
      const parts = [r.wiredBytes, r.compressorBytes, r.appBytes, r.cachedBytes, r.freeBytes];
      for (const part of parts) assert.ok(part >= 0);
      const sum = parts.reduce((a, b) => a + b, 0);
      assert.ok(Math.abs(sum - r.totalBytes) <= 8 * host.facts.pageBytes, `${sum} of ${r.totalBytes} at ${r.atMs}`);
      assert.notEqual(parts.join(), last);
      last = parts.join();
    }
  });

  test('bursts to the declared peak of the protected seat and comes back', () => {
    const host = createSimHost();
    let highest = 0;
    for (let i = 0; i < 1_800; i += 1) {
      host.advance(2_000);
      highest = Math.max(highest, bySeat(host, 'Cilghal').footprintBytes);
    }
    assert.ok(highest > 40.9 * GB && highest < 41.5 * GB, `${highest / GB}`);
    assert.equal(host.world.kernelKills.length, 0);
  });

  test('repeats itself byte for byte with the same seed, and differs with another', () => {
    const run = (seed: number): string => {
      const host = createSimHost({ seed });
      const seen: unknown[] = [];
      for (let i = 0; i < 300; i += 1) {
        host.advance(2_000);
        seen.push(host.readMachine('slot'), i % 15 === 0 ? host.readProcesses() : null, [
          ...(host.services.pids() ?? []),
        ]);
      }
      return JSON.stringify(seen);
    };
    const first = run(7);
    assert.equal(run(7), first);
    assert.notEqual(run(8), first);
  });

  test('does not depend on how its time is cut into pieces', () => {
    const coarse = createSimHost();
    const fine = createSimHost();
    for (let i = 0; i < 10; i += 1) coarse.advance(33_000);
    for (let i = 0; i < 33_000; i += 1) fine.advance(10);
    assert.deepEqual(fine.readMachine('slot'), coarse.readMachine('slot'));
    assert.deepEqual(fine.readProcesses(), coarse.readProcesses());
  });

  test('reuses pids in the long run, never an identity', () => {
    const host = createSimHost();
    const starts = new Map<number, Set<string>>();
    const identities = new Set<string>();
    for (let i = 0; i < 24 * 60; i += 1) {
      host.advance(60_000);
      for (const { id } of host.readProcesses().processes) {
        const known = starts.get(id.pid) ?? new Set();
        known.add(id.start);
        starts.set(id.pid, known);
        identities.add(id.start);
      }
    }
    assert.ok(
      [...starts.values()].some((known) => known.size > 1),
      'some pid was used twice in a day',
    );
    assert.equal(
      identities.size,
      [...starts.values()].reduce((n, known) => n + known.size, 0),
    );
  });
});

describe('compressor and swap', () => {
  test('the level follows the ratio the kernel computes, down and up again', () => {
    const host = createSimHost({ scenario: still() });
    set(host, 'spawn', 'hog 1 GB');
    set(host, 'leak', 'hog 2 GB/s');
    let level = 1;
    for (let i = 0; i < 3_000 && level !== 4; i += 1) {
      host.advance(100);
      const r = host.readMachine('slot');
      const ratio = ratioOf(r);
      if (r.kernelLevel === 1) assert.ok(ratio >= 0.5, `${ratio} and still normal`);
      if (r.kernelLevel === 2) assert.ok(level !== 1 || ratio < 0.5, `${ratio} and already warning`);
      if (r.kernelLevel === 4) assert.ok(ratio < 0.3429 || host.world.kernelKills.length > 0, `${ratio} is critical`);
      level = r.kernelLevel ?? 0;
    }
    assert.equal(level, 4);
    set(host, 'kill', 'hog');
    host.advance(1_000);
    assert.equal(host.readMachine('slot').kernelLevel, 1);
  });

  test('swap grows by files of 1 GB and is in use only below 0.40 of the ratio', () => {
    const host = createSimHost({ scenario: still() });
    assert.deepEqual(host.readMachine('slot').swap?.totalBytes, 0);
    set(host, 'spawn', 'hog 1 GB');
    set(host, 'leak', 'hog 1 GB/s');
    const totals = new Set<number>();
    for (let i = 0; i < 800; i += 1) {
      host.advance(250);
      const r = host.readMachine('slot');
      assert.ok(r.swap);
      const { totalBytes, usedBytes } = r.swap;
      assert.equal(totalBytes % GB, 0);
      assert.ok(usedBytes <= totalBytes);
      if (totals.size === 0 && usedBytes > 0) assert.ok(ratioOf(r) < 0.42, `${ratioOf(r)} at the first swap`);
      if (usedBytes > 0) totals.add(totalBytes);
    }
    assert.ok(totals.size >= 5, `${totals.size} sizes seen`);
  });

  test('a stopped leak stops growing and frees nothing', () => {
    const host = createSimHost({ scenario: still() });
    set(host, 'spawn', 'hog 2 GB');
    set(host, 'leak', 'hog 500 MB/s');
    host.advance(4_000);
    const before = named(host, 'hog');
    assert.ok(before.footprintBytes > 3.8 * GB);
    assert.deepEqual(host.stop(permitStop(before.id, 'test')), { ok: true });
    const available = host.readMachine('slot').availableBytes ?? 0;
    host.advance(60_000);
    const after = named(host, 'hog');
    assert.equal(after.footprintBytes, before.footprintBytes);
    assert.equal(after.cpuMs, before.cpuMs);
    assert.equal(after.state, 'stopped');
    assert.ok(Math.abs((host.readMachine('slot').availableBytes ?? 0) - available) < 100 * MB);
    host.signal(before.id, 'SIGCONT');
    host.advance(1_000);
    assert.ok(named(host, 'hog').footprintBytes > after.footprintBytes + 400 * MB);
  });

  test('a process that ends gives everything back, from swap too', () => {
    const host = createSimHost({ scenario: still() });
    const before = host.readMachine('slot');
    set(host, 'spawn', 'hog 1 GB');
    set(host, 'leak', 'hog 2 GB/s');
    while ((host.readMachine('slot').swap?.usedBytes ?? 0) < 2 * GB) host.advance(1_000);
    set(host, 'kill', 'hog');
    host.advance(120_000);
    const after = host.readMachine('slot');
    assert.ok((after.swap?.usedBytes ?? 1) < 2 * GB);
    assert.ok((after.availableBytes ?? 0) >= (before.availableBytes ?? 0));
  });
});
