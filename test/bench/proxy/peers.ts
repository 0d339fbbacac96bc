import { type ChildProcess, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../fakes/model-server-seat.ts';

/** One that forwards connections to the same upstream. */
export interface Forwarder {
  readonly name: string;
  readonly port: number;
  /** Processes whose memory is its own, asked for while a connection is open. */
  readonly pids: () => readonly number[];
}

export type Found = Forwarder | { readonly name: string; readonly missing: string };

export interface Surroundings {
  readonly folder: string;
  readonly upstream: number;
  readonly start: (command: string, args: readonly string[]) => ChildProcess;
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });

export const untilAccepting = async (port: number, child: ChildProcess): Promise<void> => {
  for (let looks = 0; looks < 500; looks += 1) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended with ${child.exitCode}`);
    if (await accepts(port)) return;
    await sleep(20);
  }
  throw new Error(`${child.spawnfile} does not listen at port ${port}`);
};

const programAt = (...places: readonly string[]): string | null => places.find((each) => existsSync(each)) ?? null;

const childrenOf = (pid: number): readonly number[] => {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
};

/** Debian's packages of those that are not there. Needs root. */
export const installPeers = (): void => {
  const packages = [
    ...(programAt('/usr/sbin/haproxy') === null ? ['haproxy'] : []),
    ...(programAt('/usr/bin/socat') === null ? ['socat'] : []),
  ];
  if (packages.length === 0) return;
  const args = ['install', '-y', '-q', '--no-install-recommends', ...packages];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const run = spawnSync('apt-get', args, { env, encoding: 'utf8', timeout: 300_000 });
  if (run.status !== 0) console.log(`apt-get ${args.join(' ')}: ${run.stderr || run.error?.message}`);
};

const haproxy = async ({ folder, upstream, start }: Surroundings): Promise<Found> => {
  const program = programAt('/usr/sbin/haproxy', '/usr/local/sbin/haproxy');
  if (program === null) return { name: 'haproxy', missing: 'not installed' };
  const port = await freePort();
  const file = path.join(folder, 'haproxy.cfg');
  const lines = [
    'global',
    '  nbthread 1',
    'defaults',
    '  mode tcp',
    '  timeout connect 5s',
    '  timeout client 10m',
    '  timeout server 10m',
    'listen bench',
    `  bind 127.0.0.1:${port}`,
    `  server upstream 127.0.0.1:${upstream}`,
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  const child = start(program, ['-db', '-q', '-f', file]);
  await untilAccepting(port, child);
  return { name: 'haproxy', port, pids: () => [child.pid ?? 0] };
};

const socat = async ({ upstream, start }: Surroundings): Promise<Found> => {
  const program = programAt('/usr/bin/socat', '/usr/local/bin/socat');
  if (program === null) return { name: 'socat', missing: 'not installed' };
  const port = await freePort();
  const listen = `TCP-LISTEN:${port},bind=127.0.0.1,fork,reuseaddr,nodelay,backlog=128`;
  const child = start(program, [listen, `TCP:127.0.0.1:${upstream},nodelay`]);
  await untilAccepting(port, child);
  const pid = child.pid ?? 0;
  return { name: 'socat', port, pids: () => [pid, ...childrenOf(pid)] };
};

const socketProxyd = async ({ upstream, start }: Surroundings): Promise<Found> => {
  const name = 'systemd-socket-proxyd';
  const program = programAt('/lib/systemd/systemd-socket-proxyd', '/usr/lib/systemd/systemd-socket-proxyd');
  const activate = programAt('/usr/bin/systemd-socket-activate', '/bin/systemd-socket-activate');
  if (program === null || activate === null) return { name, missing: 'not installed' };
  const port = await freePort();
  // Becomes the program itself with the first connection (systemd-socket-activate(1)).
  const child = start(activate, ['-l', `127.0.0.1:${port}`, program, `127.0.0.1:${upstream}`]);
  await untilAccepting(port, child);
  return { name, port, pids: () => [child.pid ?? 0] };
};

export const startPeers = async (surroundings: Surroundings): Promise<readonly Found[]> => [
  await haproxy(surroundings),
  await socat(surroundings),
  await socketProxyd(surroundings),
];
