import { spawnSync } from 'node:child_process';
import { openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';

/**
 * A /proc/meminfo of our own, over the real one and for this mount namespace alone: a machine of 32 GiB without swap, with
 * as much available as is written. What is read is one page in memory that is overwritten in place.
 */

const GiB = 2 ** 30;
export const totalBytes = 32 * GiB;

export interface FakeMeminfo {
  readonly write: (availableBytes: number) => void;
  /** MemAvailable of the real machine, bytes. */
  readonly realAvailable: () => number;
}

const field = (text: string, name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? Number.NaN) * 1024;

/** Puts it in place until the mount namespace ends. `folder` is empty, and gets a file system of its own. */
export const mountMeminfo = (folder: string): FakeMeminfo => {
  const real = openSync('/proc/meminfo', 'r');
  const lines = readFileSync('/proc/meminfo', 'utf8').split('\n');
  const run = (command: string, ...args: readonly string[]): void => {
    const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  };
  run('mount', '-t', 'tmpfs', 'castellan-bench', folder);
  const file = path.join(folder, 'meminfo');

  const textOf = (availableBytes: number): string =>
    lines
      .map((line) => {
        const name = /^[^:]+/.exec(line)?.[0] ?? '';
        const bytes =
          name === 'MemTotal'
            ? totalBytes
            : name === 'MemAvailable' || name === 'MemFree'
              ? availableBytes
              : // Of what people use: earlyoom from 1.8 on takes this and MemAvailable together for the total.
                name === 'AnonPages'
                ? totalBytes - availableBytes
                : name === 'SwapTotal' || name === 'SwapFree'
                  ? 0
                  : null;
        return bytes === null ? line : `${`${name}:`.padEnd(16)}${String(Math.round(bytes / 1024)).padStart(8)} kB`;
      })
      .join('\n');

  writeFileSync(file, textOf(16 * GiB));
  run('mount', '--bind', file, '/proc/meminfo');
  const fd = openSync(file, 'r+');
  const page = Buffer.alloc(8192);
  return {
    write: (availableBytes) => {
      writeSync(fd, textOf(availableBytes), 0);
    },
    realAvailable: () => field(page.toString('latin1', 0, readSync(real, page, 0, page.length, 0)), 'MemAvailable'),
  };
};
