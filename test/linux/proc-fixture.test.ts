import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createLinuxHost } from '../../helper/host/linux/host.ts';
import type { Host } from '../../helper/host/port.ts';
import type { SensorFact } from '../../helper/host/reading.ts';

const skip = process.platform === 'linux' ? false : 'the host calls Linux’s C library';

const goodMeminfo: Readonly<Record<string, number>> = {
  MemTotal: 16_000_000,
  MemFree: 4_000_000,
  MemAvailable: 9_000_000,
  Buffers: 100_000,
  Cached: 5_000_000,
  SwapCached: 0,
  'Active(anon)': 2_000_000,
  'Inactive(anon)': 1_000_000,
  'Active(file)': 3_000_000,
  'Inactive(file)': 2_000_000,
  Unevictable: 500_000,
  SwapTotal: 8_000_000,
  SwapFree: 6_000_000,
  Zswap: 200_000,
  AnonPages: 2_900_000,
  Shmem: 400_000,
  KReclaimable: 300_000,
  SReclaimable: 300_000,
};

const meminfoText = (changes: Readonly<Record<string, number | null>> = {}): string =>
  Object.entries({ ...goodMeminfo, ...changes })
    .filter(([, kb]) => kb !== null)
    .map(([key, kb]) => `${`${key}:`.padEnd(16)}${String(kb).padStart(8)} kB\n`)
    .join('');

const statText = (pid: number, rssPages: number): string =>
  `${pid} (fixture) S 1 1 1 0 -1 4194560 100 0 0 0 10 5 0 0 20 0 1 0 ${pid * 10} 1000000 ${rssPages} 1 1 1\n`;

const statusText = (kb: number): string =>
  `Name:\tfixture\nUid:\t1000\t1000\t1000\t1000\nVmHWM:\t${kb + 100} kB\nVmRSS:\t${kb} kB\nRssAnon:\t${kb} kB\nRssFile:\t0 kB\nRssShmem:\t0 kB\nVmSwap:\t64 kB\n`;

interface Fixture {
  readonly host: () => Host;
  write(path: string, text: string): Promise<void>;
  addProcess(pid: number, kb: number): Promise<void>;
}

const withProc = (title: string, body: (fixture: Fixture) => Promise<void>): void => {
  test(title, { skip }, async () => {
    const root = await mkdtemp(join(tmpdir(), 'castellan-proc-'));
    const hosts: Host[] = [];
    const write = async (path: string, text: string): Promise<void> => {
      await mkdir(join(root, path, '..'), { recursive: true });
      await writeFile(join(root, path), text);
    };
    try {
      await write('meminfo', meminfoText());
      await write('vmstat', 'nr_free_pages 1\npswpin 10\npswpout 20\npgfault 12345\npgmajfault 1\n');
      await write(
        'pressure/memory',
        'some avg10=20.00 avg60=0.00 avg300=0.00 total=1\nfull avg10=1.00 avg60=0.00 avg300=0.00 total=1\n',
      );
      await body({
        write,
        addProcess: async (pid, kb) => {
          await write(`${pid}/stat`, statText(pid, kb / 4));
          await write(`${pid}/status`, statusText(kb));
          await write(`${pid}/cmdline`, `fixture\0--number\0${pid}\0`);
        },
        host: () => {
          const host = createLinuxHost({ procRoot: root, blockRoot: join(root, 'block') });
          hosts.push(host);
          return host;
        },
      });
    } finally {
      await Promise.all(hosts.map((host) => host.close()));
      await rm(root, { recursive: true, force: true });
    }
  });
};

const kb = 1024;
/** These hosts are opened without a supervisor, which is a fact of its own. */
const beyondServices = (facts: readonly SensorFact[]) => facts.filter(({ sensor }) => sensor !== 'services');

describe('readings from a known /proc', () => {
  withProc('the parts come from the lines they are documented to come from', async ({ host }) => {
    const r = host().readMachine('slot');
    assert.deepEqual(beyondServices(r.facts), []);
    assert.equal(r.totalBytes, 16_000_000 * kb);
    assert.equal(r.availableBytes, 9_000_000 * kb);
    assert.equal(r.freeBytes, 4_000_000 * kb);
    assert.equal(r.appBytes, 3_000_000 * kb);
    assert.equal(r.cachedBytes, 5_300_000 * kb);
    assert.equal(r.compressorBytes, 200_000 * kb);
    assert.equal(r.wiredBytes, (16_000_000 - 4_000_000 - 3_000_000 - 5_300_000 - 200_000) * kb);
    assert.equal(r.faults, 12_345);
    assert.equal(r.swap?.usedBytes, 2_000_000 * kb);
    assert.deepEqual(
      [r.swap?.inBytes, r.swap?.outBytes].map((b) => (b ?? 0) % 4096),
      [0, 0],
    );
    // More than a quarter of memory is available: some other group's stall is not this machine's pressure.
    assert.equal(r.kernelLevel, 1);
  });

  withProc('a fast reading follows the same file and leaves the slow ones alone', async ({ host, write }) => {
    const it = host();
    it.readMachine('slot');
    await write('meminfo', meminfoText({ MemFree: 3_000_000, MemAvailable: 2_000_000 }));
    const r = it.readMachine('fast');
    assert.equal(r.availableBytes, 2_000_000 * kb);
    assert.deepEqual([r.kernelLevel, r.faults, r.swap?.inBytes], [null, null, null]);
    assert.deepEqual(r.facts, []);
    assert.equal(it.readMachine('slot').kernelLevel, 2);
  });

  withProc('a line that appears while we watch moves no other figure', async ({ host, write }) => {
    const it = host();
    it.readMachine('slot');
    await write('meminfo', `NewInThisKernel:  7 kB\n${meminfoText()}`);
    assert.equal(it.readMachine('slot').availableBytes, 9_000_000 * kb);
  });

  withProc('RAM that zram holds counts as compressed', async ({ host, write }) => {
    await write('block/zram0/disksize', '4294967296\n');
    await write('block/zram0/mm_stat', '4096 1000 1048576 0 1048576 0 0 0 0\n');
    await write('block/zram1/disksize', '0\n');
    await write('block/zram1/mm_stat', '0 0 999999 0 0 0 0 0 0\n');
    assert.equal(host().readMachine('slot').compressorBytes, 200_000 * kb + 1_048_576);
  });

  const broken: readonly (readonly [string, Readonly<Record<string, number | null>>, string, string])[] = [
    ['a total of zero', { MemTotal: 0 }, 'memory', 'zero'],
    ['more free than there is', { MemFree: 99_000_000 }, 'memory', 'implausible'],
    ['more available than there is', { MemAvailable: 99_000_000 }, 'memory', 'implausible'],
    ['no available figure', { MemAvailable: null }, 'memory', 'unavailable'],
    ['more free swap than swap', { SwapFree: 9_000_000 }, 'swap', 'implausible'],
    ['no swap lines', { SwapTotal: null }, 'swap', 'unavailable'],
  ];
  for (const [what, changes, sensor, problem] of broken)
    withProc(`${what} is a fact and not an exception`, async ({ host, write }) => {
      await write('meminfo', meminfoText(changes));
      const r = host().readMachine('slot');
      assert.ok(
        r.facts.some((f) => f.sensor === sensor && f.problem === problem && f.detail !== ''),
        JSON.stringify(r.facts),
      );
      if (sensor === 'memory') assert.equal(r.availableBytes, null);
      else assert.equal(r.swap, null);
    });

  withProc('garbage in every file is facts', async ({ host, write }) => {
    const it = host();
    for (const file of ['meminfo', 'vmstat', 'pressure/memory'])
      await write(file, '\u0000\u0001 \n\n:::: kB\nMemTotal\nMemFree: -5 kB\n');
    const r = it.readMachine('slot');
    assert.equal(r.availableBytes, null);
    assert.ok(r.facts.some((f) => f.sensor === 'memory'));
    assert.ok(r.facts.some((f) => f.sensor === 'kernel_level'));
  });

  withProc('a malformed or absurd process is a fact with its pid; the others are read', async (fixture) => {
    await fixture.addProcess(100, 2048);
    await fixture.addProcess(200, 2048);
    await fixture.addProcess(300, 2048);
    await fixture.addProcess(400, 2048);
    await fixture.write('200/stat', 'nonsense');
    await fixture.write('300/status', statusText(999_999_999_999));
    const host = fixture.host();
    const table = host.readProcesses();
    assert.deepEqual(table.processes.map((p) => p.id.pid).toSorted(), [100, 400]);
    assert.deepEqual(table.facts.map((f) => [f.pid, f.problem]).toSorted(), [
      [200, 'implausible'],
      [300, 'implausible'],
    ]);
    const first = table.processes.find((p) => p.id.pid === 100);
    assert.equal(first?.footprintBytes, (2048 + 64) * kb);
    assert.equal(first?.compressedBytes, 64 * kb);
    assert.equal(first?.command, 'fixture --number 100');
    assert.equal(first?.uid, 1000);
    const [chosen] = host.readChosen([{ pid: 300, start: '3000' }]);
    assert.ok(chosen !== undefined && 'problem' in chosen && chosen.problem === 'implausible');
    // What turns bad later stands for itself as a fact, not with figures of the past; and comes back.
    await fixture.write('400/stat', 'nonsense');
    assert.deepEqual(
      host.readProcesses().processes.map((p) => p.id.pid),
      [100],
    );
    await fixture.addProcess(400, 4096);
    assert.equal(host.readProcesses().processes.find((p) => p.id.pid === 400)?.rssBytes, 4096 * kb);
  });

  withProc('swap that a sleeper gives back is seen when the machine’s swap use moves', async (fixture) => {
    await fixture.addProcess(100, 2048);
    const host = fixture.host();
    await fixture.write('100/status', statusText(2048).replace('64 kB', '4096 kB'));
    assert.equal(host.readProcesses().processes[0]?.compressedBytes, 4096 * kb);
    await fixture.write('100/status', statusText(2048));
    await fixture.write('meminfo', meminfoText({ SwapFree: 6_004_096 }));
    assert.equal(host.readProcesses().processes[0]?.compressedBytes, 64 * kb);
  });

  withProc('an empty /proc is a zero and not a machine without processes', async ({ host }) => {
    const table = host().readProcesses();
    assert.deepEqual(table.processes, []);
    assert.deepEqual(
      table.facts.map((f) => [f.sensor, f.problem]),
      [['processes', 'zero']],
    );
  });

  test('no /proc at all is facts', { skip }, async () => {
    const host = createLinuxHost({ procRoot: '/nonexistent', blockRoot: '/nonexistent' });
    assert.ok(host.readMachine('slot').facts.some((f) => f.sensor === 'memory' && f.problem === 'unavailable'));
    assert.ok(host.readProcesses().facts.some((f) => f.problem === 'unavailable'));
    const id = host.identify(1);
    assert.ok('problem' in id && id.problem === 'vanished');
    await host.close();
  });
});
