import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { constants } from '../../helper/host/darwin/bindings.ts';
import { decodeSnapshot } from '../../helper/host/darwin/jetsam-snapshot.ts';
import { layouts } from '../../helper/host/darwin/layouts.ts';
import type { CompressedShares, Host } from '../../helper/host/port.ts';
import { standInSkip } from '../fakes/libsystem-build.ts';
import { fill } from '../fakes/libsystem-memory.ts';
import { createNativeMac } from './native-mac.ts';

const sharesOf = async (host: Host): Promise<CompressedShares> => {
  const shares = await host.readCompressedShares?.();
  assert.ok(shares !== undefined && 'largest' in shares, JSON.stringify(shares));
  return shares;
};

const snapshotOf = (pids: readonly number[], entryBytes: number, places = pids.length): DataView => {
  const bytes = new Uint8Array(layouts.jetsam_snapshot.size + entryBytes * places);
  bytes.set(fill(layouts.jetsam_snapshot, { entry_count: pids.length }));
  for (const [i, pid] of pids.entries()) {
    const entry = fill(layouts.jetsam_snapshot_entry, {
      pid,
      name: `program ${pid}`,
      priority: 180,
      jse_internal_compressed_pages: 7 * pid,
    });
    bytes.set(entry, layouts.jetsam_snapshot.size + entryBytes * i);
  }
  return new DataView(bytes.buffer);
};

describe('how much of which process is compressed', { skip: standInSkip }, () => {
  test('comes from a snapshot on demand, never from the one that macOS needs itself', async () => {
    const mac = createNativeMac();
    const { sim, stand } = mac;
    const page = sim.facts.pageBytes;
    for (let i = 1; i <= 10; i += 1)
      sim.world.spawn({ name: 'x', command: '/opt/x', uid: 501, footprintBytes: 2 ** 26 }).compressedBytes =
        i * 2 ** 22;
    const flags: unknown[] = [];
    mac.hook = (name, args) => void (name === 'memorystatus_control' && args[0] === 3 && flags.push(args[2]));
    const { totalBytes, largest } = await sharesOf(mac.open());
    assert.ok(Math.abs(totalBytes - sim.world.holdings().compressedBytes) <= page * sim.world.processes.size);
    const expected = [...sim.world.processes.values()]
      .filter((p) => p.compressedBytes >= page)
      .sort((a, b) => b.compressedBytes - a.compressedBytes);
    assert.ok(expected.length > 8, 'there are more than are told');
    assert.deepEqual(
      largest.map(({ compressedBytes }) => compressedBytes),
      expected.slice(0, 8).map((p) => Math.floor(p.compressedBytes / page) * page),
    );
    for (const { id } of largest) assert.equal(String(sim.world.processes.get(id.pid)?.uniqueId), id.start);
    assert.deepEqual(flags, [1, 1]);
    assert.equal(stand.count('snapshotsConsumed'), 0);
  });

  test('entries of later releases are longer, and are told apart by their pids', async () => {
    const mac = createNativeMac();
    const known = (await sharesOf(mac.open())).largest;
    const setBytes = mac.stand.library.func('standin_snapshot_entry_bytes', 'void', ['int32_t']);
    for (const bytes of [272, 280, 288, 512]) {
      setBytes(bytes);
      assert.deepEqual((await sharesOf(mac.open())).largest, known, `${bytes}`);
      // Processes that end during the call leave places empty: the length tells the distance no longer.
      const pids = [1, 88, 501, 99_999, 4_711];
      for (const places of [5, 6, 9]) {
        const view = snapshotOf(pids, bytes, places);
        const entries = decodeSnapshot(view, view.byteLength)?.entries;
        assert.deepEqual(
          entries,
          pids.map((pid) => ({ pid, compressedPages: 7 * pid })),
          `${bytes}, ${places} places`,
        );
      }
    }
  });

  test('a host may be closed while the kernel still makes one', async () => {
    const host = createNativeMac().open();
    const shares = host.readCompressedShares?.();
    await host.close();
    assert.ok(shares !== undefined && 'largest' in (await shares));
  });

  test('what is no snapshot is a fact, and so is a refusal', async () => {
    const { stand, open } = createNativeMac();
    const nothing = new DataView(new ArrayBuffer(4_096));
    assert.equal(decodeSnapshot(nothing, 100), null);
    assert.deepEqual(decodeSnapshot(nothing, 4_096)?.entries, []);
    nothing.setBigUint64(layouts.jetsam_snapshot.fields.entry_count[0], 2n ** 60n, true);
    assert.equal(decodeSnapshot(nothing, 4_096), null);
    nothing.setBigUint64(layouts.jetsam_snapshot.fields.entry_count[0], 5n, true);
    assert.equal(decodeSnapshot(nothing, 4_096), null, 'five processes without a pid');
    const host = open();
    for (const errno of [constants.EPERM, constants.ENOSYS, constants.EINVAL]) {
      stand.failing.set('memorystatus_control', { result: -1, errno });
      const fact = await host.readCompressedShares?.();
      assert.ok(fact !== undefined && 'problem' in fact && fact.problem === 'refused' && fact.sensor === 'compressor');
    }
  });
});

describe('who listens at an address of a Mac', { skip: standInSkip }, () => {
  test('is found among all processes while the loop goes on', async () => {
    const { sim, open } = createNativeMac();
    const spawn = (listens: readonly string[]) =>
      sim.world.spawn({ name: 'x', command: '/opt/x serve', uid: 501, footprintBytes: 2 ** 20, listens }).pid;
    const six = spawn(['[::]:7001']);
    const exact = spawn(['127.0.0.1:7002']);
    const host = open();
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 0);
    assert.deepEqual(await host.portOwner?.('127.0.0.1:7001'), { pid: six, command: '/opt/x serve' });
    assert.deepEqual(await host.portOwner?.('127.0.0.1:7002'), { pid: exact, command: '/opt/x serve' });
    assert.equal(await host.portOwner?.('[::1]:7002'), null);
    clearInterval(timer);
    assert.ok(turns > 0, 'others had their turn in between');
  });
});

describe('counters that came with later releases', { skip: standInSkip }, () => {
  test('before macOS 14 the limit of the GPU has another name, and its width tells its unit', () => {
    for (const isWide of [true, false]) {
      const { stand, open } = createNativeMac();
      stand.unknownSysctls.add('iogpu.wired_limit_mb');
      const limit = { value: 0, isWritable: true, isWide };
      stand.sysctls.set('debug.iogpu.wired_limit', limit);
      const host = open();
      const policy = host.gpuLimit();
      assert.ok(policy.kind === 'not_evaluated' && policy.isSystemPolicy === true);
      assert.deepEqual(host.setGpuLimit(48 * 2 ** 30), { ok: true, bytes: 48 * 2 ** 30 });
      assert.deepEqual(host.gpuLimit(), { kind: 'limit', bytes: 48 * 2 ** 30, isSystemPolicy: false });
      assert.equal(limit.value, isWide ? 48 * 2 ** 30 : 48 * 1_024);
    }
  });

  test('memory that is set aside before the kernel starts is not counted as there', () => {
    const { sim, stand, open } = createNativeMac();
    const all = sim.facts.totalBytes;
    const usable = { value: all - 2 ** 29, isWritable: false, isWide: true };
    stand.sysctls.set('hw.memsize_usable', usable);
    assert.equal(open().facts.totalBytes, all - 2 ** 29);
    assert.equal(open().readMachine('fast').totalBytes, all - 2 ** 29);
    for (const nonsense of [0, all * 2]) {
      usable.value = nonsense;
      assert.equal(open().facts.totalBytes, all);
    }
  });

  test('the compressor is as full as the fuller of its two counts', () => {
    const { stand, open } = createNativeMac();
    const estimate = open().readMachine('slot').segments;
    assert.ok(estimate !== null && estimate.used < estimate.limit / 2);
    const pages = { value: 980, isWritable: false };
    stand.sysctls.set('vm.compressor_segment_pages_compressed_limit', { value: 1_000, isWritable: false });
    stand.sysctls.set('vm.compressor_segment_pages_compressed', pages);
    const newer = open();
    assert.deepEqual(newer.readMachine('slot').segments, { ...estimate, used: Math.round(0.98 * estimate.limit) });
    pages.value = 1;
    assert.deepEqual(newer.readMachine('slot').segments, estimate);
  });

  test('an exec keeps the identity, and its command line is read again', () => {
    const { sim, stand, open } = createNativeMac();
    const spec = { name: 'node', command: 'node a.js', uid: 501, footprintBytes: 2 ** 26 };
    const { pid } = sim.world.spawn(spec);
    const host = open();
    const commandNow = () => host.readProcesses().processes.find(({ id }) => id.pid === pid)?.command;
    assert.equal(commandNow(), 'node a.js');
    spec.command = 'node b.js';
    assert.equal(commandNow(), 'node a.js', 'not read again for nothing');
    stand.exec(pid);
    assert.equal(commandNow(), 'node b.js');
  });
});
