import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPsStarts } from '../../../deadman/starts.ts';
import { bindNative } from '../../../host/darwin/native.ts';
import { createPeers } from '../../../host/darwin/peer.ts';
import { openHost } from '../../../host/open.ts';
import { testPeerOf } from '../../../keeper/server/descriptor.ts';
import type { Place } from '../../place.ts';
import type { Mac, OwnChild, Ran } from './mac.ts';

/** The Mac this program runs on. */

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

export const openMac = async (place: Place): Promise<Mac> => {
  const native = bindNative();
  return {
    host: await openHost('darwin'),
    darwinMajor: Number.parseInt(release(), 10) || 0,
    uid: process.geteuid?.() ?? -1,
    own: {
      pid: process.pid,
      executable: realpathSync(process.execPath),
      lastWords: process.argv.slice(2).join(' '),
      cpuMs: () => {
        const { user, system } = process.cpuUsage();
        return (user + system) / 1000;
      },
    },
    place,
    run,
    readStarts: createPsStarts(),
    startChild,
    testPeer,
    listen,
    tokenOf: createPeers(native).tokenOf,
    hasSignalByToken: native.optional.proc_signal_with_audittoken !== null,
    lstat,
    sleep: (ms) => sleep(ms),
  };
};
