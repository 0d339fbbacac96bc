import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'plist';
import { createLinuxHost, type LinuxHostOptions } from '../../helper/host/linux/host.ts';
import { servicesPath, supervisorSocketPath } from '../../helper/supervisor/places.ts';
import { realProbes } from '../fakes/service-probes.ts';
import type { HostWorld } from '../unit/host-contract.ts';
import { makePressure, whyNoPressure } from './pressure.ts';

/** A child that answers each line of ours with one of its own. */
export interface Talker {
  readonly pid: number;
  readonly child: ChildProcess;
  /** The line it printed first. */
  readonly greeting: string;
  tell(line: string): Promise<string>;
}

const fakes = join(import.meta.dirname, '../fakes');

export const startTalker = async (
  children: Set<ChildProcess>,
  fake: string,
  args: readonly string[],
): Promise<Talker> => {
  const child = spawn(process.execPath, ['--expose-gc', '--no-warnings', join(fakes, fake), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.add(child);
  const lines: Interface = createInterface({ input: child.stdout });
  const nextLine = async (): Promise<string> => {
    const ended = once(child, 'exit').then(() => null);
    const line = await Promise.race([once(lines, 'line').then(([text]) => String(text)), ended]);
    if (line === null) throw new Error(`${fake} ended early`);
    return line;
  };
  const greeting = await nextLine();
  if (child.pid === undefined) throw new Error(`${fake} did not start`);
  return {
    pid: child.pid,
    child,
    greeting,
    tell: (line) => {
      const answer = nextLine();
      child.stdin?.write(`${line}\n`);
      return answer;
    },
  };
};

/** Ends a child of ours and waits until it has been reaped. */
export const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
};

/**
 * A child under exactly this pid: the kernel gives out the one after `ns_last_pid`, if nobody else comes first. False: somebody
 * else did, and may keep it.
 */
const startUnder = async (pid: number, children: Set<ChildProcess>): Promise<boolean> => {
  for (let attempt = 0; attempt < 40; attempt += 1) {
    writeFileSync('/proc/sys/kernel/ns_last_pid', String(pid - 1));
    const child = spawn('sleep', ['600'], { stdio: 'ignore' });
    children.add(child);
    if (child.pid === pid) return true;
    await end(child);
  }
  return false;
};

const serviceLabel = 'com.example.service';

const brokenLabel = 'com.example.broken';

const onCallLabel = 'com.example.on-call';

/** A supervisor in that folder with a service that runs, one that cannot, and one that waits to be asked for. */
const startService = async (folder: string): Promise<ChildProcess> => {
  await mkdir(servicesPath(folder));
  for (const plist of [
    { Label: serviceLabel, KeepAlive: true, ProgramArguments: ['/bin/sleep', '600'] },
    { Label: onCallLabel, ProgramArguments: ['/bin/sleep', '600'] },
    { Label: brokenLabel, RunAtLoad: true, ProgramArguments: ['/bin/sh', '-c', 'exit 78'] },
  ])
    await writeFile(join(servicesPath(folder), `${plist.Label}.plist`), build(plist), { mode: 0o644 });
  const main = join(import.meta.dirname, '../../helper/main.ts');
  return spawn(process.execPath, ['--no-warnings', main, 'supervisor', '--run-dir', folder], { stdio: 'ignore' });
};

/** By TERM, on which a supervisor ends its services. */
const endInOrder = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
};

/** The machine this runs on, as a world to try the Linux host in. */
export const makeLinuxWorld = async (options: LinuxHostOptions = {}): Promise<HostWorld> => {
  const folder = await mkdtemp(join(tmpdir(), 'castellan-linux-'));
  const host = createLinuxHost({ pressureStallUs: 20_000, supervisorSocket: supervisorSocketPath(folder), ...options });
  const children = new Set<ChildProcess>();
  const talkers = new Map<number, Talker>();
  const sockets: Socket[] = [];
  let server: Server | null = null;
  let supervisor: ChildProcess | null = null;
  const lacks: Record<string, string> = {};

  const isRoot = process.geteuid?.() === 0;
  if (!isRoot) lacks.reuse = 'choosing a pid needs root (ns_last_pid)';
  const noPressure = host.facts.missing.find((s) => s.startsWith('Memory pressure')) ?? (await whyNoPressure());
  if (noPressure !== null) lacks.pressure = noPressure;

  const kill = async (pid: number): Promise<void> => {
    for (const child of children) if (child.pid === pid) await end(child);
  };

  return {
    host,
    lacks,
    spawn: async (footprintBytes) => {
      const talker = await startTalker(children, 'victim.ts', [String(footprintBytes)]);
      talkers.set(talker.pid, talker);
      return talker.pid;
    },
    kill,
    advance: async (ms) => {
      await sleep(ms);
    },
    resize: async (pid, footprintBytes) => {
      await talkers.get(pid)?.tell(String(footprintBytes));
    },
    ...(isRoot ? { reuse: (pid: number) => startUnder(pid, children) } : {}),
    listener: async () => {
      const child = spawn(process.execPath, ['--no-warnings', join(fakes, 'service-job.ts'), '--listen'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      children.add(child);
      const lines = createInterface({ input: child.stdout });
      for await (const line of lines) {
        const port = /^listen (\d+)$/.exec(line)?.[1];
        if (port !== undefined) return { pid: child.pid ?? 0, address: `127.0.0.1:${port}` };
      }
      throw new Error('service-job.ts ended early');
    },
    service: async () => {
      supervisor = await startService(folder);
      children.add(supervisor);
      return serviceLabel;
    },
    onCall: async () => {
      supervisor = await startService(folder);
      children.add(supervisor);
      return onCallLabel;
    },
    brokenService: async () => {
      supervisor = await startService(folder);
      children.add(supervisor);
      return { label: brokenLabel, exit: 78, running: serviceLabel };
    },
    traffic: async () => {
      const echo = createServer((socket) => {
        socket.on('error', () => {});
        socket.pipe(socket);
      }).listen(0, '127.0.0.1');
      server = echo;
      await once(echo, 'listening');
      const address = echo.address();
      if (address === null || typeof address === 'string') throw new Error('no port');
      const clients = await Promise.all(
        [1, 2, 3].map(async () => {
          const client = createConnection(address.port, '127.0.0.1');
          sockets.push(client);
          await once(client, 'connect');
          return client;
        }),
      );
      return {
        port: address.port,
        connections: clients.length,
        move: async () => {
          clients[0]?.write('a token');
          if (clients[0] !== undefined) await once(clients[0], 'data');
        },
        end: async () => {
          for (const client of clients) client.destroy();
        },
      };
    },
    probes: realProbes,
    mortalExecutable: async () => {
      const path = join(folder, 'mortal');
      await copyFile('/bin/sleep', path);
      const child = spawn(path, ['600'], { stdio: 'ignore' });
      children.add(child);
      await once(child, 'spawn');
      return { pid: child.pid ?? 0, remove: () => rm(path) };
    },
    peer: async () => {
      const path = join(folder, 's');
      server = createServer({ pauseOnConnect: true }).listen(path);
      const accepted = once(server, 'connection');
      sockets.push(createConnection(path));
      const [socket] = (await accepted) as [Socket & { readonly _handle: { readonly fd: number } }];
      sockets.push(socket);
      return { fd: socket._handle.fd, pid: process.pid, uid: process.geteuid?.() ?? -1 };
    },
    ...(noPressure === null
      ? {
          pressure: async () => {
            let heard = 0;
            const stop = host.onPressure(() => {
              heard += 1;
            });
            await makePressure(folder, () => heard > 0);
            stop();
          },
        }
      : {}),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server?.close();
      await host.close();
      if (supervisor !== null) await endInOrder(supervisor);
      await Promise.all([...children].map(end));
      await rm(folder, { recursive: true, force: true });
    },
  };
};
