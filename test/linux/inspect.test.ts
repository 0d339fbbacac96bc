import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createInspector } from '../../helper/host/linux/inspect.ts';
import { addressText, listeningRows } from '../../helper/host/linux/listening.ts';
import type { Inspection } from '../../helper/host/port.ts';
import type { ProcessId, SensorFact } from '../../helper/host/reading.ts';

const skip = process.platform === 'linux' ? false : 'the host calls Linux’s C library';

const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const row = (n: number, local: string, state: string, inode: number): string =>
  `${String(n).padStart(4)}: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000   501        0 ${inode} 1 0000000000000000 100 0 0 10 0\n`;

const id: ProcessId = { pid: 42, start: '420' };

interface Made {
  readonly name?: string;
  readonly tracer?: number;
  /** Targets of its open files; null: they are closed to us. */
  readonly files?: readonly string[] | null;
  readonly exe?: string;
  readonly tcp?: string;
  readonly tcp6?: string;
  readonly now?: ProcessId | SensorFact;
}

const inspected = async (made: Made): Promise<Inspection | SensorFact> => {
  const root = await mkdtemp(join(tmpdir(), 'castellan-inspect-'));
  try {
    const own = join(root, '42');
    await mkdir(join(own, 'net'), { recursive: true });
    const { name = 'fixture', tracer = 0, files = [] } = made;
    await writeFile(
      join(own, 'stat'),
      `42 (${name}) S 1 40 42 0 -1 4194560 1 0 0 0 1 1 0 0 20 0 1 0 420 1000 10 1 1 1\n`,
    );
    await writeFile(join(own, 'status'), `Name:\t${name}\nTracerPid:\t${tracer}\nUid:\t1\t1\t1\t1\n`);
    if (files !== null) await mkdir(join(own, 'fd'));
    for (const [n, target] of (files ?? []).entries()) await symlink(target, join(own, 'fd', String(n)));
    if (made.exe !== undefined) await symlink(made.exe, join(own, 'exe'));
    for (const table of ['tcp', 'tcp6'] as const)
      if (made[table] !== undefined) await writeFile(join(own, 'net', table), `${head}${made[table]}`);
    return createInspector(root, () => made.now ?? id)(id);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
};

const must = async (made: Made): Promise<Inspection> => {
  const seen = await inspected(made);
  assert.ok(!('problem' in seen), JSON.stringify(seen));
  return seen;
};

describe('a closer look at a process of Linux', { skip }, () => {
  test('its listening sockets are its own and no connection’s', async () => {
    const seen = await must({
      files: ['/dev/null', 'socket:[700]', 'socket:[701]', 'socket:[702]', 'socket:[703]', 'pipe:[9]'],
      tcp: `${row(0, '0100007F:0539', '0A', 700)}${row(1, '00000000:0016', '0A', 999)}${row(2, '0100007F:053A', '01', 703)}`,
      tcp6: `${row(0, '00000000000000000000000001000000:0539', '0A', 701)}${row(1, '00000000000000000000000000000000:20AC', '0A', 702)}`,
    });
    assert.deepEqual(seen, {
      id,
      listening: ['127.0.0.1:1337', '[::1]:1337', '[::]:8364'],
      isHypervisor: false,
      isTraced: false,
      isPlatform: false,
      processGroup: 40,
    });
  });

  test('a machine without IPv6 has one table; without any the answer is unknown; without sockets none is needed', async () => {
    const files = ['socket:[700]'];
    assert.deepEqual((await must({ files, tcp: row(0, '0100007F:0539', '0A', 700) })).listening, ['127.0.0.1:1337']);
    assert.equal((await must({ files })).listening, null);
    assert.deepEqual((await must({ files: ['/dev/null'] })).listening, []);
  });

  test('a debugger, virtual machines by /dev/kvm or by name, and what is closed to us', async () => {
    assert.equal((await must({ tracer: 77 })).isTraced, true);
    assert.equal((await must({ files: ['/dev/kvm'] })).isHypervisor, true);
    // The name of a thread is cut at 15 bytes.
    for (const name of ['qemu-system-x86', 'qemu-system-aar', 'cloud-hyperviso', 'firecracker'])
      assert.equal((await must({ name })).isHypervisor, true, name);
    for (const name of ['qemu-img', 'cloud', 'fire', 'kvm'])
      assert.equal((await must({ name })).isHypervisor, false, name);
    assert.equal((await must({ name: 'renamed', exe: '/usr/bin/qemu-system-x86_64 (deleted)' })).isHypervisor, true);
    const closed = await must({ files: null });
    assert.deepEqual([closed.listening, closed.isHypervisor], [null, null]);
    assert.equal((await must({ files: null, name: 'firecracker' })).isHypervisor, true);
  });

  test('a pid that changed hands while it was looked at is a fact', async () => {
    const seen = await inspected({ now: { pid: 42, start: '421' } });
    assert.ok('problem' in seen && seen.problem === 'vanished' && seen.pid === 42);
    const refused = { sensor: 'processes', problem: 'refused', detail: 'closed', pid: 42 } as const;
    assert.deepEqual(await inspected({ now: refused }), refused);
  });

  test('addresses are written as people write them', () => {
    assert.equal(addressText('0100007F', '0016'), '127.0.0.1:22');
    assert.equal(addressText('B80D01200000000067452301EFCDAB89', 'FFFF'), '[2001:db8::123:4567:89ab:cdef]:65535');
    assert.equal(addressText('0000000000000000FFFF00000100007F', '0050'), '[::ffff:7f00:1]:80');
  });

  test('reading ends at the first connection, and what is no row is passed over', () => {
    const text = `${head}nonsense\n${row(0, '0100007F:0539', '0A', 1)}${row(1, '0100007F:0001', '01', 2)}${row(2, '0100007F:053A', '0A', 3)}`;
    const { found, isDone } = listeningRows(text);
    assert.deepEqual([[...found], isDone], [[['1', '127.0.0.1:1337']], true]);
  });
});
