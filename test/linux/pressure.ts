import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, rm, rmdir, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Real memory pressure without hurting the machine: a few children read a file again and again in a memory control
 * group that is far too small to cache it, and wait for pages the kernel has just taken from them.
 */

const groupRoots = [
  { root: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes' },
  { root: '/sys/fs/cgroup', limit: 'memory.max' },
] as const;

const groupRoot = (): (typeof groupRoots)[number] | null =>
  groupRoots.find(({ root }) =>
    root.endsWith('memory')
      ? existsSync(`${root}/memory.limit_in_bytes`)
      : existsSync(`${root}/cgroup.subtree_control`) && existsSync(`${root}/memory.stat`),
  ) ?? null;

const tmpfsMagic = 0x0102_1994;
const limitBytes = 6 * 2 ** 20;
const fileBytes = 64 * 2 ** 20;
/** How long to go on at most. */
const longestMs = 20_000;

/** Why pressure cannot be made here; null when it can. */
export const whyNoPressure = async (): Promise<string | null> => {
  const found = groupRoot();
  if (found === null) return 'no memory control group is mounted';
  if ((await statfs(tmpdir())).type === tmpfsMagic) return 'the temporary folder is in memory itself (tmpfs)';
  const probe = join(found.root, `castellan-probe-${process.pid}`);
  try {
    await mkdir(probe);
    const hasLimit = existsSync(join(probe, found.limit));
    await rmdir(probe);
    return hasLimit ? null : 'the memory controller is not enabled for control groups';
  } catch (error) {
    return `memory control groups cannot be made by this account (${(error as NodeJS.ErrnoException).code})`;
  }
};

/** Makes pressure until `enough` says so, or for 20 s. */
export const makePressure = async (folder: string, enough: () => boolean): Promise<void> => {
  const found = groupRoot();
  if (found === null) throw new Error('no memory control group');
  const group = join(found.root, `castellan-test-${process.pid}-${Math.trunc(performance.now())}`);
  const file = join(folder, 'cold');
  await mkdir(group);
  const readers = `
    echo $$ > "$1/cgroup.procs"
    head -c ${fileBytes} /dev/zero > "$2"
    dd of="$2" oflag=nocache conv=notrunc,fdatasync count=0 2>/dev/null
    for i in 1 2 3; do (while :; do cat "$2" > /dev/null; done) & done
    wait`;
  try {
    await writeFile(join(group, found.limit), String(limitBytes));
    const child = spawn('sh', ['-c', readers, 'sh', group, file], { stdio: 'ignore', detached: true });
    const ended = once(child, 'exit');
    try {
      for (let waited = 0; waited < longestMs && !enough(); waited += 50) await sleep(50);
    } finally {
      // The shell leads a group of its own: all its readers end with it.
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      await ended;
    }
  } finally {
    // A group can be removed once the kernel has let go of its last process.
    for (let attempt = 0; attempt < 40; attempt += 1) {
      try {
        await rmdir(group);
        break;
      } catch {
        await sleep(50);
      }
    }
    await rm(file, { force: true });
  }
};
