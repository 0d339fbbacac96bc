/**
 * Round trips on the keeper's socket, with a real keeper as a process of its own on this machine's host: connect,
 * handshake and `read.status` as `castellan status` does it, and `read.status` on an open connection. Beside them a bare
 * connect, write and read of the same bytes between two Node processes: what no protocol can be faster than.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ConnectOptions, connect } from '../../helper/cli/client.ts';

const rounds = 1_000;
/** Below the burst of one connection, so that the rate limit is not what is measured. */
const perConnection = 90;

const say = (row: Record<string, unknown>): void => console.log(JSON.stringify({ name: 'socket', ...row }));

const timed = async (act: () => Promise<void>): Promise<number> => {
  const fromMs = performance.now();
  await act();
  return performance.now() - fromMs;
};

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

const report = (figure: string, times: readonly number[], peer?: string): void => {
  const sorted = [...times].sort((a, b) => a - b);
  const of = peer === undefined ? {} : { peer };
  say({ figure: `${figure}, median`, value: quantile(sorted, 0.5), unit: 'ms', note: `${sorted.length} times`, ...of });
  say({ figure: `${figure}, p99`, value: quantile(sorted, 0.99), unit: 'ms', ...of });
};

const children: ChildProcess[] = [];
const directory = mkdtempSync(join(tmpdir(), 'castellan-bench-'));
const clean = (): void => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
};
process.once('exit', clean);

const start = (args: readonly string[]): ChildProcess => {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  children.push(child);
  return child;
};

const owner: ConnectOptions['owner'] = { kind: 'root_or_user', uid: process.getuid?.() ?? -1 };

const status = async (): Promise<void> => {
  const connected = await connect(directory, { owner });
  if (!connected.ok) throw new Error(connected.failure.code);
  const answer = await connected.client.request('read.status', {});
  connected.client.close();
  if (!answer.ok) throw new Error(answer.failure.code);
};

const untilItAnswers = async (act: () => Promise<void>): Promise<void> => {
  for (let tries = 0; tries < 200; tries += 1) {
    try {
      await act();
      return;
    } catch {
      await sleep(100);
    }
  }
  throw new Error('no answer within 20 s');
};

const warm = async (): Promise<readonly number[]> => {
  const times: number[] = [];
  while (times.length < rounds) {
    const connected = await connect(directory, { owner });
    if (!connected.ok) throw new Error(connected.failure.code);
    const { client } = connected;
    for (let at = 0; at < perConnection && times.length < rounds; at += 1)
      times.push(
        await timed(async () => {
          const answer = await client.request('read.status', {});
          if (!answer.ok) throw new Error(answer.failure.code);
        }),
      );
    client.close();
  }
  return times;
};

const bare = (path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connectSocket(path, () => socket.write('x'.repeat(200)));
    socket.once('error', reject);
    socket.once('data', () => {
      socket.destroy();
      resolve();
    });
  });

const repeat = async (act: () => Promise<void>): Promise<readonly number[]> => {
  for (let at = 0; at < 100; at += 1) await act();
  const times: number[] = [];
  for (let at = 0; at < rounds; at += 1) times.push(await timed(act));
  return times;
};

start([join(import.meta.dirname, '../../helper/main.ts'), 'keeper', '--run-dir', directory]);
await untilItAnswers(status);
report('connect, handshake, read.status', await repeat(status));
report('read.status on an open connection', await warm());

const echo = join(directory, 'echo.sock');
const reply = `require('node:net').createServer((s) => s.once('data', () => s.end('x'.repeat(8000)))).listen(process.argv[1])`;
start(['-e', reply, echo]);
await untilItAnswers(() => bare(echo));
report('connect, write, read', await repeat(() => bare(echo)), 'node:net');
clean();
process.exit(0);
