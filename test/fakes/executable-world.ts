import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The roles of a built executable, each a process in a run directory of their own. */

export const daemonRoles = ['deadman', 'supervisor', 'keeper', 'gateway'] as const;
export type DaemonRole = (typeof daemonRoles)[number];

export interface RunningRole {
  readonly role: DaemonRole;
  readonly child: ChildProcess;
  readonly pid: number;
  /** From the call that starts the process to the first connection that it takes. */
  readonly readyMs: number;
  /** What it has said. */
  readonly text: () => string;
}

export interface ExecutableWorld {
  readonly runDirectory: string;
  readonly config: string;
  readonly start: (role: DaemonRole, env?: NodeJS.ProcessEnv) => Promise<RunningRole>;
  /** Asks it to end; its exit code. */
  readonly end: (running: RunningRole) => Promise<number | null>;
  readonly dispose: () => Promise<void>;
}

const readyWithinMs = 20_000;

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
};

const answers = (to: { readonly path: string } | { readonly port: number; readonly host: string }): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(to);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });

export async function createExecutableWorld(executable: string): Promise<ExecutableWorld> {
  const runDirectory = mkdtempSync(path.join(tmpdir(), 'executable-'));
  // The gateway gives up its rights and has to find its socket.
  chmodSync(runDirectory, 0o755);
  const config = path.join(runDirectory, 'castellan.toml');
  const port = await freePort();
  writeFileSync(config, `[api]\nlisten = "127.0.0.1:${port}"\n`, { mode: 0o644 });
  const children = new Set<ChildProcess>();
  const listens = {
    deadman: { path: path.join(runDirectory, 'deadman.sock') },
    supervisor: { path: path.join(runDirectory, 'supervisor.sock') },
    keeper: { path: path.join(runDirectory, 'castellan.sock') },
    gateway: { port, host: '127.0.0.1' },
  } as const;

  const start: ExecutableWorld['start'] = async (role, env = {}) => {
    const args = [role, '--run-dir', runDirectory, ...(role === 'keeper' ? ['--config', config] : [])];
    const startedMs = performance.now();
    const child = spawn(executable, args, {
      cwd: '/',
      env: { PATH: '/usr/bin:/bin', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.add(child);
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
    while (!(await answers(listens[role]))) {
      if (child.exitCode !== null) throw new Error(`${role} ended with ${child.exitCode}: ${said}`);
      if (performance.now() - startedMs > readyWithinMs) throw new Error(`${role} takes no connection: ${said}`);
      await sleep(2);
    }
    const readyMs = performance.now() - startedMs;
    return { role, child, pid: child.pid ?? 0, readyMs, text: () => said };
  };

  const end: ExecutableWorld['end'] = async ({ child }) => {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    }
    return child.exitCode;
  };

  const dispose = async (): Promise<void> => {
    for (const child of children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
    rmSync(runDirectory, { recursive: true, force: true, maxRetries: 5 });
  };
  return { runDirectory, config, start, end, dispose };
}

/** Anonymous memory of a process, MB. */
export const anonymousMb = (pid: number): number =>
  Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? Number.NaN) / 1024;

/** Files that are mapped into it, by name. */
export const mappedFiles = (pid: number): ReadonlySet<string> =>
  new Set(
    readFileSync(`/proc/${pid}/maps`, 'latin1')
      .split('\n')
      .flatMap((line) => /\s(\/.*)$/.exec(line)?.[1] ?? []),
  );
