import { readFileSync } from 'node:fs';

/**
 * Names the time since the machine was started, in the words the keeper's host uses. Null: cannot be told; then no tombstone
 * is taken for one of another boot.
 */
export const readBoot = async (platform: string): Promise<string | null> =>
  platform === 'darwin' ? bootSession() : bootId();

const bootId = (): string | null => {
  try {
    const id = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    if (id !== '') return id;
  } catch {
    // /proc/sys is hidden; the boot time is as good.
  }
  try {
    const time = /^btime (\d+)/m.exec(readFileSync('/proc/stat', 'latin1'))?.[1];
    return time === undefined ? null : `booted-${time}`;
  } catch {
    return null;
  }
};

/** sysctl(8); xnu `bsd/kern/kern_sysctl.c`, kern.bootsessionuuid. */
const bootSession = async (): Promise<string | null> => {
  const { execFile } = await import('node:child_process');
  return new Promise<string | null>((resolve) => {
    execFile('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'], { timeout: 1_000, env: {} }, (fault, output) => {
      const text = output.trim();
      resolve(fault === null && text !== '' ? text : null);
    });
  }).catch(() => null);
};
