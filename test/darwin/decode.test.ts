import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import koffi from 'koffi';
import { bandNumbers, bandOf } from '../../helper/host/darwin/bands.ts';
import { constants, functions } from '../../helper/host/darwin/bindings.ts';
import {
  decodeArguments,
  decodeBand,
  decodeBasic,
  decodeCredential,
  decodeServices,
  decodeShort,
  decodeSwap,
  decodeVm,
} from '../../helper/host/darwin/decode.ts';
import { layouts, type StructLayout } from '../../helper/host/darwin/layouts.ts';
import { machineReading, type RawMachine } from '../../helper/host/darwin/machine.ts';
import { koffiType } from '../../helper/host/darwin/native.ts';
import { bandNames } from '../../helper/host/port.ts';

/** A structure as the kernel would write it: figures and texts by field, all else 0xAA so that gaps are noticed. */
const struct = (layout: StructLayout, values: Readonly<Record<string, number | string>>): DataView => {
  const view = new DataView(new ArrayBuffer(layout.size));
  new Uint8Array(view.buffer).fill(0xaa);
  for (const [name, value] of Object.entries(values)) {
    const field = layout.fields[name];
    assert.ok(field, name);
    const [offset, size] = field;
    if (typeof value === 'string') {
      const bytes = new Uint8Array(view.buffer, offset, size);
      bytes.fill(0);
      bytes.set(new TextEncoder().encode(value).subarray(0, size));
    } else if (size === 8) view.setBigUint64(offset, BigInt(value), true);
    else if (size === 4) view.setUint32(offset, value, true);
    else view.setUint16(offset, value, true);
  }
  return view;
};

/** Padded to eight bytes, as the kernel does it. */
const procArgs = (argc: number, path: string, rest: readonly string[], padding = 8 - (path.length % 8)): Uint8Array => {
  const text = new TextEncoder().encode(`${path}${'\0'.repeat(padding)}${rest.map((each) => `${each}\0`).join('')}`);
  const bytes = new Uint8Array(4 + text.length);
  new DataView(bytes.buffer).setInt32(0, argc, true);
  bytes.set(text, 4);
  return bytes;
};

describe('declarations', () => {
  test('fields lie inside their structure, on their own size, and do not overlap', () => {
    for (const [name, layout] of Object.entries<StructLayout>(layouts)) {
      const fields = Object.entries(layout.fields).toSorted(([, a], [, b]) => a[0] - b[0]);
      let end = 0;
      for (const [field, [offset, size]] of fields) {
        assert.ok(offset >= end, `${name}.${field} overlaps`);
        assert.ok(size > 8 || offset % size === 0, `${name}.${field} is not aligned`);
        end = offset + size;
      }
      assert.ok(end <= layout.size, `${name} ends after its size`);
    }
  });

  test('version 4 of the usage is a prefix of version 6', () => {
    for (const [field, place] of Object.entries(layouts.rusage_info_v4.fields))
      assert.deepEqual(place, (layouts.rusage_info_v6 as StructLayout).fields[field]);
  });

  test('every C type of a prototype has a koffi type, and pointers are addresses', () => {
    const wide = /\*$|^size_t$|^uint64_t$|^host_info64_t$|^mach_timebase_info_t$/;
    for (const [name, { result, args }] of Object.entries(functions)) {
      assert.ok(koffi.proto(koffiType(result), args.map(koffiType)));
      for (const type of [result, ...args])
        assert.equal(koffi.sizeof(koffiType(type)), wide.test(type) ? 8 : 4, `${name}: ${type}`);
    }
  });

  test('each band has a number of its own that leads back to it', () => {
    for (const name of bandNames) assert.equal(bandOf(bandNumbers[name]), name);
    assert.equal(bandOf(40), null);
    assert.ok(Object.values(bandNumbers).every((number) => number >= 0 && number <= 210));
  });
});

describe('decoding', () => {
  test('vm counters', () => {
    const view = struct(layouts.vm_statistics64, {
      free_count: 1000,
      active_count: 2000,
      inactive_count: 3000,
      wire_count: 4_000_000_000,
      faults: 2 ** 40,
      purgeable_count: 6,
      speculative_count: 7,
      swapins: 8,
      swapouts: 2 ** 33,
      compressor_page_count: 10,
      external_page_count: 11,
    });
    assert.deepEqual(decodeVm(view), {
      free: 1000,
      active: 2000,
      inactive: 3000,
      speculative: 7,
      wired: 4_000_000_000,
      purgeable: 6,
      external: 11,
      compressor: 10,
      faults: 2 ** 40,
      swapIns: 8,
      swapOuts: 2 ** 33,
    });
  });

  test('swap beyond 4 GB', () => {
    const view = struct(layouts.xsw_usage, { xsu_total: 28 * 2 ** 30, xsu_avail: 2 ** 30, xsu_used: 27 * 2 ** 30 });
    assert.deepEqual(decodeSwap(view), { totalBytes: 28 * 2 ** 30, usedBytes: 27 * 2 ** 30 });
  });

  test('the long and the short form of a process', () => {
    const long = struct(layouts.proc_bsdinfo, {
      pbi_status: constants.SSTOP,
      pbi_pid: 4711,
      pbi_ppid: 1,
      pbi_uid: 501,
      pbi_pgid: 4700,
      pbi_flags: constants.PROC_FLAG_TRACED | 0x10,
      pbi_comm: 'sanctum-mlx',
      pbi_name: 'sanctum-mlx-with-a-longer-name',
    });
    assert.deepEqual(decodeBasic(long), {
      pid: 4711,
      ppid: 1,
      uid: 501,
      state: 'stopped',
      name: 'sanctum-mlx-with-a-longer-name',
      processGroup: 4700,
      isTraced: true,
      isSystem: false,
    });
    const short = struct(layouts.proc_bsdshortinfo, {
      pbsi_pid: 88,
      pbsi_ppid: 1,
      pbsi_status: constants.SZOMB,
      pbsi_comm: 'WindowServer',
      pbsi_uid: 88,
      pbsi_pgid: 87,
      pbsi_flags: constants.PROC_FLAG_SYSTEM,
    });
    assert.deepEqual(decodeShort(short), {
      pid: 88,
      ppid: 1,
      uid: 88,
      state: 'zombie',
      name: 'WindowServer',
      processGroup: 87,
      isTraced: false,
      isSystem: true,
    });
  });

  test('a name of 16 bytes has no NUL; one without pbi_name is named by comm; control characters go', () => {
    const view = struct(layouts.proc_bsdinfo, { pbi_status: 2, pbi_pid: 1, pbi_ppid: 0, pbi_uid: 0, pbi_name: '' });
    const comm = new Uint8Array(view.buffer, layouts.proc_bsdinfo.fields.pbi_comm[0], 16);
    comm.set(new TextEncoder().encode('0123456789abcde\x1b'));
    assert.equal(decodeBasic(view).name, '0123456789abcde\ufffd');
    assert.equal(decodeBasic(view).state, 'running');
  });

  test('band and peer', () => {
    const entry = struct(layouts.memorystatus_priority_entry, { pid: 4711, priority: 190 });
    assert.deepEqual(decodeBand(entry), { pid: 4711, raw: 190 });
    const peer = struct(layouts.xucred, { cr_version: 0, cr_uid: 501, cr_ngroups: 3 });
    peer.setUint32(layouts.xucred.fields.cr_groups[0], 20, true);
    assert.deepEqual(decodeCredential(peer), { uid: 501, gid: 20 });
    peer.setUint32(0, 1, true);
    assert.equal(decodeCredential(peer), null);
  });

  test('command lines: arguments only, never the environment, nothing of a torn buffer', () => {
    const mlx = procArgs(3, '/opt/mlx', ['/opt/mlx', '--port', '1337', 'SECRET=1'], 8);
    assert.equal(decodeArguments(mlx), '/opt/mlx --port 1337');
    assert.equal(decodeArguments(procArgs(2, '/bin/x', ['x', 'a b\nc'])), 'x a b c');
    assert.equal(decodeArguments(procArgs(0, '/bin/x', [])), null);
    assert.equal(decodeArguments(procArgs(-1, '/bin/x', ['x'])), null);
    assert.equal(decodeArguments(procArgs(1_000_000, '/bin/x', ['x', 'y'])), 'x y');
    assert.equal(decodeArguments(new Uint8Array(3)), null);
    assert.equal(decodeArguments(new Uint8Array([1, 0, 0, 0, 65, 66])), null);
    assert.equal(decodeArguments(procArgs(1, '/bin/x', [])), null);
  });

  test('the environment is not shown of a program whose first arguments are empty', () => {
    for (const path of ['/bin/x', '/bin/xy', '/bin/xyz'])
      for (const first of [[''], ['', ''], ['', '', '', '']]) {
        const argv = [...first, '--port', '1'];
        assert.equal(decodeArguments(procArgs(argv.length, path, [...argv, 'KEY=secret'])), '--port 1');
        assert.equal(decodeArguments(procArgs(first.length, path, [...first, 'KEY=secret'])), null);
      }
    // Padded to sixteen: none of it is an argument.
    assert.equal(decodeArguments(procArgs(2, '/bin/x', ['x', 'y', 'KEY=secret'], 10)), 'x y');
  });

  test('launchctl list', () => {
    const text =
      'PID\tStatus\tLabel\n4711\t0\tcom.sanctum.mlx\n-\t78\tcom.sanctum.mlx-codestral\n-\t-9\tcom.x y\nrubbish\n';
    const { pids, exits } = decodeServices(text);
    assert.deepEqual(
      [...pids],
      [
        ['com.sanctum.mlx', 4711],
        ['com.sanctum.mlx-codestral', null],
        ['com.x y', null],
      ],
    );
    // 0 is also what it prints of a job that has never ended.
    assert.deepEqual(Object.fromEntries(exits), { 'com.sanctum.mlx-codestral': 78, 'com.x y': -9 });
  });
});

describe('a machine reading', () => {
  const vm = {
    free: 1_000,
    active: 1_500,
    inactive: 1_200,
    speculative: 100,
    wired: 900,
    purgeable: 50,
    external: 800,
    compressor: 300,
    faults: 5,
    swapIns: 2,
    swapOuts: 4,
  };
  const raw: RawMachine = {
    atMs: 1,
    totalBytes: 5_000 * 16_384,
    pageBytes: 16_384,
    vm: { ok: true, value: vm },
    swap: { ok: true, value: { totalBytes: 2 ** 30, usedBytes: 262_144 } },
    level: { ok: true, value: 2 },
    segments: { ok: true, value: { limit: 1_000, segmentBytes: 262_144 } },
    facts: [],
  };
  const pages = (bytes: number | null): number => (bytes ?? Number.NaN) / 16_384;

  test('free is without speculative pages, available is free, purgeable and file-backed', () => {
    const r = machineReading(raw);
    assert.equal(pages(r.freeBytes), 900);
    assert.equal(pages(r.cachedBytes), 850);
    assert.equal(pages(r.availableBytes), 1_750);
    assert.equal(pages(r.appBytes), 1_950);
    assert.equal(pages(r.wiredBytes), 900);
    assert.equal(pages(r.compressorBytes), 300);
    assert.equal(pages(r.freeBytes + r.cachedBytes + r.appBytes + r.wiredBytes + r.compressorBytes), 4_900);
    assert.deepEqual(r.queues, {
      activeBytes: 1_500 * 16_384,
      inactiveBytes: 1_200 * 16_384,
      freeBytes: 900 * 16_384,
      speculativeBytes: 100 * 16_384,
      purgeableBytes: 50 * 16_384,
      fileBackedBytes: 800 * 16_384,
    });
    assert.equal(r.kernelLevel, 2);
    assert.deepEqual(r.swap, { totalBytes: 2 ** 30, usedBytes: 262_144, inBytes: 32_768, outBytes: 65_536 });
    assert.deepEqual(r.segments, { used: 20, limit: 1_000 });
    assert.deepEqual(r.facts, []);
  });

  test('a torn read makes no negative memory', () => {
    const r = machineReading({ ...raw, vm: { ok: true, value: { ...vm, free: 50, external: 4_000 } } });
    assert.equal(r.freeBytes, 0);
    assert.equal(r.appBytes, 0);
  });

  test('each refusal is a fact of its sensor, and what it feeds is null', () => {
    const no = { ok: false, problem: 'refused', detail: 'kern_return 5' } as const;
    const r = machineReading({ ...raw, vm: no, swap: no, level: no, segments: no });
    assert.deepEqual(
      [r.availableBytes, r.swap, r.kernelLevel, r.segments, r.queues, r.faults],
      [null, null, null, null, null, null],
    );
    assert.deepEqual(
      r.facts.map((fact) => `${fact.sensor} ${fact.problem}`),
      ['memory refused', 'swap refused', 'kernel_level refused', 'compressor refused'],
    );
  });

  test('without the segment limit (before macOS 15) there is no estimate and no fact', () => {
    const r = machineReading({ ...raw, segments: null });
    assert.equal(r.segments, null);
    assert.deepEqual(r.facts, []);
  });
});
