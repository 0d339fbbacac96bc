import { readFile } from 'node:fs/promises';
import type { App } from 'electron';
import type { AppSnapshot } from './ipc/contract.ts';

/** The app's own memory, told as honestly as everybody else's. Measured only while somebody looks. */

/**
 * What the kernel charges on Linux: anonymous, shared-memory and swapped pages (proc(5), `/proc/PID/status`). Null when
 * the process is gone.
 */
const chargedBytes = async (pid: number): Promise<number | null> => {
  let text: string;
  try {
    text = await readFile(`/proc/${pid}/status`, 'utf8');
  } catch {
    return null;
  }
  const kilobytes = [...text.matchAll(/^(?:RssAnon|RssShmem|VmSwap):\s+(\d+) kB$/gm)].map(([, digits]) =>
    Number(digits),
  );
  return kilobytes.reduce((sum, value) => sum + value, 0) * 1024;
};

/** Bytes. On macOS resident size, in which pages the processes share count once for each: an upper bound. */
export const measureOwn = async (app: App, platform: string): Promise<AppSnapshot['own']> => {
  const metrics = app.getAppMetrics();
  const pids = metrics.map(({ pid }) => pid);
  const version = app.getVersion();
  if (platform !== 'linux') {
    const kilobytes = metrics.reduce((sum, { memory }) => sum + memory.workingSetSize, 0);
    return { version, pids, memoryBytes: kilobytes * 1024 };
  }
  const charged = (await Promise.all(pids.map(chargedBytes))).filter((bytes) => bytes !== null);
  return { version, pids, memoryBytes: charged.reduce((sum, bytes) => sum + bytes, 0) };
};
