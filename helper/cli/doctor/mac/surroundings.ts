import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { testPeerOf } from '../../../keeper/server/descriptor.ts';
import type { Mac, OwnChild, Ran } from './mac.ts';

/** What the checks touch beside the host: Apple's tools, children, sockets and files of their own. */

const toolLimitMs = 20_000;
/** Longer than all checks together; it is ended when its check is done. */
const childSeconds = '300';

/** Apple's own tools, by absolute path, with an environment of ours, in a language that is fixed. */
const run = (program: string, args: readonly string[]): Promise<Ran> =>
  new Promise((resolve) => {
    execFile(
      program,
      [...args],
      {
        timeout: toolLimitMs,
        killSignal: 'SIGKILL',
        maxBuffer: 16 * 2 ** 20,
        env: { LC_ALL: 'C', PATH: '/usr/bin:/bin:/usr/sbin:/sbin' },
      },
      (fault, out, err) => {
        const code = fault === null ? 0 : typeof fault.code === 'number' ? fault.code : null;
        resolve({ code, out, err: err === '' && code === null ? (fault?.message ?? '') : err });
      },
    );
  });

const startChild = async (): Promise<OwnChild> => {
  const child = spawn('/bin/sleep', [childSeconds], { stdio: 'ignore', env: {} });
  await once(child, 'spawn');
  const gone = once(child, 'exit');
  return {
    // Set once it was spawned.
    pid: child.pid ?? -1,
    signal: (name) => {
      child.kill(name);
    },
    end: async () => {
      // Also a stopped process takes this one.
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await gone;
    },
  };
};

const testPeer: Mac['testPeer'] = async (peerOf) => {
  const folder = mkdtempSync(join(tmpdir(), 'castellan-'));
  try {
    return await testPeerOf(join(folder, 'castellan.sock'), peerOf);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const lstat: Mac['lstat'] = (path) => {
  try {
    return lstatSync(path);
  } catch {
    return null;
  }
};

const listen: Mac['listen'] = async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
};

export const surroundings: Pick<Mac, 'run' | 'startChild' | 'testPeer' | 'listen' | 'lstat' | 'sleep'> = {
  run,
  startChild,
  testPeer,
  listen,
  lstat,
  sleep: (ms) => sleep(ms),
};
