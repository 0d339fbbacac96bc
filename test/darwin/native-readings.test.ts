import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { constants, layouts } from '../../helper/host/darwin/bindings.ts';
import { createDarwinHost } from '../../helper/host/darwin/host.ts';
import { decodeSnapshot } from '../../helper/host/darwin/jetsam-snapshot.ts';
import type { CompressedShares, Host } from '../../helper/host/port.ts';
import { createSimHost } from '../../helper/host/sim/host.ts';
import { createStandIn } from '../fakes/libsystem.ts';
import { jetsamSnapshot } from '../fakes/libsystem-tables.ts';

const makeMac = () => {
  const sim = createSimHost();
  const stand = createStandIn(sim);
  const open = (): Host =>
    createDarwinHost({ ...stand, uid: 0, runLaunchctl: (_args, done) => done('PID\tStatus\tLabel\n', 0) });
  return { sim, stand, open };
};

const sharesOf = async (host: Host): Promise<CompressedShares> => {
  const shares = await host.readCompressedShares?.();
  assert.ok(shares !== undefined && 'largest' in shares, JSON.stringify(shares));
  return shares;
};

const u32 = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);
const u64 = (value: number): Uint8Array => new Uint8Array(BigUint64Array.of(BigInt(value)).buffer);

describe('how much of which process is compressed', () => {
  test('comes from a snapshot on demand, never from the one that macOS needs itself', async () => {
    const { sim, stand, open } = makeMac();
    const page = sim.facts.pageBytes;
    for (let i = 1; i <= 10; i += 1)
      sim.world.spawn({ name: 'x', command: '/opt/x', uid: 501, footprintBytes: 2 ** 26 }).compressedBytes =
        i * 2 ** 22;
    const { totalBytes, largest } = await sharesOf(open());
    assert.ok(Math.abs(totalBytes - sim.world.holdings().compressedBytes) <= page);
    const expected = [...sim.world.processes.values()]
      .filter((p) => p.compressedBytes >= page)
      .sort((a, b) => b.compressedBytes - a.compressedBytes);
    assert.ok(expected.length > 8, 'there are more than are told');
    assert.deepEqual(
      largest.map(({ compressedBytes }) => Math.round(compressedBytes / page)),
      expected.slice(0, 8).map((p) => Math.round(p.compressedBytes / page)),
    );
    for (const { id } of largest) assert.equal(String(sim.world.processes.get(id.pid)?.uniqueId), id.start);
    assert.deepEqual(stand.snapshots.flags, [1, 1]);
  });

  test('entries of later releases are longer, and are told apart by their pids', async () => {
    const { sim, stand, open } = makeMac();
    const known = await (await sharesOf(open())).largest;
    for (const bytes of [280, 288, 512]) {
      stand.snapshots.entryBytes = bytes;
      assert.deepEqual((await sharesOf(open())).largest, known, `${bytes}`);
      // A process that ended during the call leaves its place empty: the length tells the distance no longer.
      const whole = jetsamSnapshot(sim, bytes);
      new DataView(whole.buffer).setBigUint64(
        layouts.jetsam_snapshot.fields.entry_count[0],
        BigInt(sim.world.processes.size - 1),
        true,
      );
      assert.equal(
        decodeSnapshot(new DataView(whole.buffer), whole.length)?.entries.length,
        sim.world.processes.size - 1,
      );
    }
  });

  test('what is no snapshot is a fact, and so is a refusal', async () => {
    const { stand, open } = makeMac();
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

describe('who listens at an address of a Mac', () => {
  test('is found among all processes while the loop goes on', async () => {
    const { sim, open } = makeMac();
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

describe('counters that came with later releases', () => {
  test('before macOS 14 the limit of the GPU has another name, and its width tells its unit', () => {
    for (const [bytes, unit] of [
      [u64(0), 1],
      [u32(0), 2 ** 20],
    ] as const) {
      const { stand, open } = makeMac();
      stand.unknownSysctls.add('iogpu.wired_limit_mb');
      stand.sysctls.set('debug.iogpu.wired_limit', bytes);
      const host = open();
      const policy = host.gpuLimit();
      assert.ok(policy.kind === 'not_evaluated' && policy.isSystemPolicy === true);
      assert.deepEqual(host.setGpuLimit(48 * 2 ** 30), { ok: true, bytes: 48 * 2 ** 30 });
      assert.deepEqual(host.gpuLimit(), { kind: 'limit', bytes: 48 * 2 ** 30, isSystemPolicy: false });
      const written = stand.sysctls.get('debug.iogpu.wired_limit') ?? u32(0);
      const raw =
        written.length === 8
          ? new BigUint64Array(written.slice().buffer)[0]
          : new Uint32Array(written.slice().buffer)[0];
      assert.equal(Number(raw), (48 * 2 ** 30) / unit);
    }
  });

  test('memory that is set aside before the kernel starts is not counted as there', () => {
    const { sim, stand, open } = makeMac();
    const all = sim.facts.totalBytes;
    stand.sysctls.set('hw.memsize_usable', u64(all - 2 ** 29));
    assert.equal(open().facts.totalBytes, all - 2 ** 29);
    assert.equal(open().readMachine('fast').totalBytes, all - 2 ** 29);
    for (const nonsense of [0, all * 2]) {
      stand.sysctls.set('hw.memsize_usable', u64(nonsense));
      assert.equal(open().facts.totalBytes, all);
    }
  });

  test('the compressor is as full as the fuller of its two counts', () => {
    const { stand, open } = makeMac();
    const host = open();
    const estimate = host.readMachine('slot').segments;
    assert.ok(estimate !== null && estimate.used < estimate.limit / 2);
    stand.sysctls.set('vm.compressor_segment_pages_compressed_limit', u32(1_000));
    stand.sysctls.set('vm.compressor_segment_pages_compressed', u32(980));
    const newer = open();
    assert.deepEqual(newer.readMachine('slot').segments, { ...estimate, used: Math.round(0.98 * estimate.limit) });
    stand.sysctls.set('vm.compressor_segment_pages_compressed', u32(1));
    assert.deepEqual(newer.readMachine('slot').segments, estimate);
  });

  test('an exec keeps the identity, and its command line is read again', () => {
    const { sim, stand, open } = makeMac();
    const p = sim.world.spawn({ name: 'node', command: 'node a.js', uid: 501, footprintBytes: 2 ** 26 });
    const host = open();
    const commandNow = () => host.readProcesses().processes.find(({ id }) => id.pid === p.pid)?.command;
    assert.equal(commandNow(), 'node a.js');
    stand.commands.set(p.pid, 'node b.js');
    assert.equal(commandNow(), 'node a.js', 'not read again for nothing');
    stand.execs.set(p.pid, 1);
    assert.equal(commandNow(), 'node b.js');
  });
});
