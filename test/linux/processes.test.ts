import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLinuxHost, type LinuxHostOptions } from '../../helper/host/linux/host.ts';
import type { Host } from '../../helper/host/port.ts';
import type { ProcessReading } from '../../helper/host/reading.ts';
import { end } from './world.ts';

const skip = process.platform === 'linux' ? false : 'reads /proc';

interface Stage {
  readonly folder: string;
  readonly host: Host;
  run(file: string, args: readonly string[], argv0?: string): number;
  row(pid: number): ProcessReading | undefined;
  /** Asks again until it holds, 5 s at most. */
  until(what: string, holds: () => boolean): Promise<void>;
  kill(pid: number): Promise<void>;
}

const onStage = (title: string, body: (stage: Stage) => Promise<void>, options: LinuxHostOptions = {}): void => {
  test(title, { skip }, async () => {
    const children = new Set<ChildProcess>();
    const folder = await mkdtemp(join(tmpdir(), 'castellan-processes-'));
    const host = createLinuxHost(options);
    try {
      await body({
        folder,
        host,
        run: (file, args, argv0) => {
          const child = spawn(file, args, { stdio: 'ignore', cwd: folder, ...(argv0 === undefined ? {} : { argv0 }) });
          children.add(child);
          return child.pid ?? -1;
        },
        row: (pid) => host.readProcesses().processes.find((p) => p.id.pid === pid),
        until: async (what, holds) => {
          for (let i = 0; i < 100; i += 1) {
            if (holds()) return;
            await sleep(50);
          }
          assert.fail(`not within 5 s: ${what}`);
        },
        kill: async (pid) => {
          for (const child of children) if (child.pid === pid) await end(child);
        },
      });
    } finally {
      await host.close();
      await Promise.all([...children].map(end));
      await rm(folder, { recursive: true, force: true });
    }
  });
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

const openFiles = (): number => readdirSync('/proc/self/fd').length;

describe('processes of this machine', () => {
  onStage('a name that forges the rest of its stat line is only a name', async ({ folder, run, row, until }) => {
    symlinkSync('/bin/sleep', join(folder, ') R 1 (x\n\u001b[2J'));
    const pid = run('./) R 1 (x\n\u001b[2J', ['600']);
    await until('it runs', () => row(pid)?.name.startsWith(') R 1 (x') === true);
    const found = row(pid);
    assert.equal(found?.name, ') R 1 (x \ufffd[2J');
    assert.equal(found?.ppid, process.pid);
    assert.equal(found?.state, 'sleeping');
    assert.ok(!control.test(found?.command ?? ''));
  });

  onStage('a name that is no text is shown as far as it is', async ({ folder, run, row, until }) => {
    const file = Buffer.concat([Buffer.from(join(folder, 'x')), Buffer.from([0xff, 0xfe, 0xc3]), Buffer.from('y')]);
    symlinkSync('/bin/sleep', file);
    const pid = run('sh', ['-c', 'exec ./x* 600']);
    await until('it runs', () => row(pid)?.name === 'x\ufffd\ufffd\ufffdy');
    assert.match(row(pid)?.command ?? '', /^\.\/x\ufffd+y 600$/);
  });

  onStage('a command line of 128 KiB with direction marks is cut to one plain line', async ({ run, row, until }) => {
    const pid = run('sleep', ['600'], `evil\u202e\u001b]0;owned\u0007\r\n${'x'.repeat(131_000)}`);
    await until('it runs', () => row(pid)?.name === 'sleep');
    const { command } = row(pid) ?? assert.fail();
    assert.equal(command.length, 4096);
    assert.match(command, /^evil\ufffd\ufffd\]0;owned\ufffd {2}x+$/);
    assert.ok(!control.test(command));
  });

  onStage('exec gives a new name and command line under the same identity', async ({ run, row, until, host }) => {
    const pid = run('sh', ['-c', 'sleep 0.4; exec sleep 600']);
    await until('the shell', () => row(pid)?.name === 'sh');
    const before = row(pid);
    assert.equal(before?.command, 'sh -c sleep 0.4; exec sleep 600');
    await until('the sleep', () => row(pid)?.name === 'sleep');
    assert.equal(row(pid)?.command, 'sleep 600');
    assert.deepEqual(host.identify(pid), before?.id);
  });

  onStage('threads of the kernel are no processes', async ({ host, row }) => {
    const flags = (pid: number): number =>
      Number(readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ')[6]);
    const threads = readdirSync('/proc')
      .map(Number)
      .filter((pid) => {
        try {
          return pid > 0 && (flags(pid) & 0x20_0000) !== 0;
        } catch {
          return false;
        }
      });
    for (const pid of threads.slice(0, 5)) {
      assert.equal(row(pid), undefined);
      const fact = host.identify(pid);
      assert.ok('problem' in fact && ['unavailable', 'vanished'].includes(fact.problem));
    }
  });

  onStage('a zombie is a row without memory', async ({ host, run, row, until }) => {
    // The shell becomes a sleep that never waits for the child it inherits.
    const pid = run('sh', ['-c', 'sleep 0.1 & exec sleep 600']);
    const zombie = (): ProcessReading | undefined =>
      host.readProcesses().processes.find((p) => p.ppid === pid && p.state === 'zombie');
    await until('the zombie', () => zombie() !== undefined);
    assert.equal(zombie()?.footprintBytes, 0);
    assert.equal(zombie()?.rssBytes, 0);
    assert.ok(row(pid) !== undefined);
  });

  onStage('a reading that nothing changed is the same object in the next pass', async ({ run, row, until }) => {
    const pid = run('sleep', ['600']);
    await until('it runs', () => row(pid)?.command === 'sleep 600');
    // On a busy machine it may still be on its way to sleep: from then on nothing changes.
    await until('two passes give one object', () => {
      const before = row(pid);
      return before === row(pid);
    });
  });

  onStage('processes that come and go leave no open files behind', async ({ host, run, kill }) => {
    host.readProcesses();
    const before = openFiles();
    for (let round = 0; round < 5; round += 1) {
      const pids = Array.from({ length: 20 }, () => run('sleep', ['600']));
      const { processes } = host.readProcesses();
      for (const pid of pids) assert.ok(processes.some((p) => p.id.pid === pid));
      await Promise.all(pids.map(kill));
      host.readProcesses();
    }
    // Other processes of the machine come and go meanwhile: a leak would be a hundred.
    assert.ok(openFiles() - before < 40, `${openFiles() - before} more files are open`);
    await host.close();
    assert.ok(openFiles() < 60, `${openFiles()} files are open after close`);
  });

  onStage(
    'no more files are kept open than allowed, and the figures are the same',
    async ({ host, run, row, until }) => {
      const before = openFiles();
      const pids = Array.from({ length: 10 }, () => run('sleep', ['600']));
      await until('they run', () => pids.every((pid) => row(pid)?.command === 'sleep 600'));
      // The folder of /proc itself and the machine's counters are the rest.
      assert.ok(openFiles() - before <= 4 + 6, `${openFiles() - before} files kept open`);
      const other = createLinuxHost();
      const theirs = new Map(other.readProcesses().processes.map((p) => [p.id.pid, p]));
      for (const p of host.readProcesses().processes)
        if (pids.includes(p.id.pid)) assert.deepEqual({ ...p }, { ...theirs.get(p.id.pid) });
      await other.close();
    },
    { keepDescriptors: 4 },
  );

  onStage('the footprint is what the kernel says, to the byte', async ({ run, row, until }) => {
    const pid = run('sleep', ['600']);
    await until('it runs', () => row(pid)?.command === 'sleep 600');
    await sleep(100);
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const of = (key: string): number => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
    const found = row(pid);
    assert.equal(found?.footprintBytes, of('RssAnon') + of('RssShmem') + of('VmSwap'));
    assert.equal(found?.rssBytes, of('VmRSS'));
    assert.ok((found?.peakFootprintBytes ?? 0) <= of('VmHWM'));
  });
});
