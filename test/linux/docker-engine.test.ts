import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerDocker } from '../../helper/adapters/docker.ts';
import { type ContainerLook, stopLabel } from '../../helper/adapters/docker-wire.ts';

/**
 * The adapter against a real Docker Engine, where one is installed and this is root: a daemon of its own with everything in a
 * temporary folder, without a bridge, and an image made of this machine's own shell.
 */

const dockerd = [
  '/usr/sbin/dockerd',
  '/usr/bin/dockerd',
  ...(process.env.PATH ?? '').split(':').map((each) => join(each, 'dockerd')),
].find(existsSync);

const whyNot = (): string | false => {
  if (process.getuid?.() !== 0) return 'a Docker daemon is only started as root';
  return dockerd === undefined ? 'no dockerd is installed here' : false;
};

let folder = '';
let socketPath = '';
let daemon: ChildProcess | null = null;
/** Why no engine came up where one is installed; null: it did. */
let trouble: string | null = null;

interface Said {
  readonly status: number;
  readonly text: string;
}

const call = (method: string, path: string, body?: Buffer | object): Promise<Said> =>
  new Promise((resolve, reject) => {
    const isTar = Buffer.isBuffer(body);
    const content = body === undefined || isTar ? body : Buffer.from(JSON.stringify(body));
    const sent = request(
      {
        socketPath,
        method,
        path,
        headers: { host: 'docker', 'content-type': isTar ? 'application/x-tar' : 'application/json' },
        timeout: 20_000,
      },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(content);
  });

const isUp = (): Promise<boolean> =>
  call('GET', '/_ping').then(
    ({ status }) => status === 200,
    () => false,
  );

/** The shell, sleep, and what both load. */
const imageTar = (): Buffer => {
  const programs = ['/bin/sh', '/bin/sleep'];
  const { stdout } = spawnSync('ldd', programs, { encoding: 'utf8' });
  const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path);
  const paths = [...new Set([...programs, ...libraries])].map((path) => path.slice(1));
  return spawnSync('tar', ['-chf', '-', '-C', '/', ...paths], { maxBuffer: 64 * 2 ** 20 }).stdout;
};

const daemonArguments = (): string[] => [
  ...['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec'), '--pidfile', join(folder, 'pid')],
  ...['--storage-driver=vfs', '--bridge=none', '--iptables=false', '--ip6tables=false', '-H', `unix://${socketPath}`],
];

/** Its own mounts, so that none stays behind. */
const startDaemon = async (program: string): Promise<string | null> => {
  const said: Buffer[] = [];
  daemon = spawn('unshare', ['-m', program, ...daemonArguments()], { stdio: ['ignore', 'ignore', 'pipe'] });
  daemon.stderr?.on('data', (part: Buffer) => said.push(part));
  for (let i = 0; i < 100; i += 1) {
    if (await isUp()) return null;
    if (daemon.exitCode !== null) break;
    await sleep(200);
  }
  return `dockerd does not come up: ${Buffer.concat(said).toString('utf8').trim().split('\n').at(-1)}`;
};

const run = async (name: string, script: string): Promise<string> => {
  const made = await call('POST', `/containers/create?name=${name}`, {
    Image: 'castellan-test:1',
    Cmd: ['/bin/sh', '-c', script],
    Labels: { [stopLabel]: 'idle' },
    HostConfig: { NetworkMode: 'none', CpuQuota: 20_000, CpuPeriod: 100_000 },
  });
  assert.equal(made.status, 201, made.text);
  const { Id } = JSON.parse(made.text);
  const started = await call('POST', `/containers/${Id}/start`);
  assert.equal(started.status, 204, started.text);
  return Id;
};

const lookAt = async (name: string): Promise<ContainerLook | null> => {
  const reply = await answerDocker({ op: 'look', socket: socketPath, limitMs: 8_000, knownPorts: [] });
  assert.ok(reply.ok && reply.op === 'look' && reply.engine !== null, JSON.stringify(reply));
  return reply.containers.find((each) => each.name === name) ?? null;
};

const stop = (look: ContainerLook | null, limitMs = 8_000) => {
  assert.ok(look !== null);
  const { id, startedAt, cpuMs, networkBytes } = look;
  return answerDocker({
    op: 'stop',
    socket: socketPath,
    limitMs,
    id,
    startedAt,
    mostCpuMs: (cpuMs ?? 0) + 100,
    mostNetworkBytes: networkBytes ?? 0,
  });
};

describe('a real Docker Engine', { skip: whyNot(), timeout: 180_000 }, () => {
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'castellan-engine-'));
    socketPath = join(folder, 'docker.sock');
    trouble = dockerd === undefined ? 'none' : await startDaemon(dockerd);
    if (trouble !== null) return;
    const imported = await call('POST', '/images/create?fromSrc=-&repo=castellan-test&tag=1', imageTar());
    if (imported.status !== 200) trouble = `the image cannot be imported: ${imported.text}`;
  });

  after(async () => {
    if (trouble === null)
      for (const { Id } of JSON.parse((await call('GET', '/containers/json?all=true')).text))
        await call('DELETE', `/containers/${Id}?force=true`);
    const ended = daemon;
    if (ended !== null && ended.exitCode === null && existsSync(join(folder, 'pid'))) {
      process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')), 'SIGTERM');
      await Promise.race([new Promise((resolve) => ended.once('exit', resolve)), sleep(15_000)]);
    }
    ended?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  /** True: there is nothing to test here. */
  const isAway = (t: TestContext): boolean => {
    if (trouble !== null) t.skip(trouble);
    return trouble !== null;
  };

  test('is found, and tells what its containers use', async (t) => {
    if (isAway(t)) return;
    await run('quiet', 'trap "exit 0" TERM; while :; do sleep 60 & wait; done');
    const first = await lookAt('quiet');
    assert.ok(first?.isOffered && first.cpuMs !== null && first.cpuMs < 2_000, JSON.stringify(first));
    assert.equal(first.networkBytes, 0, 'it has no network');
    assert.ok(first.memoryBytes !== null && first.memoryBytes > 0);
    assert.equal(await call('POST', `/containers/${first.id}/pause`).then(({ status }) => status), 204);
    assert.equal((await lookAt('quiet'))?.isPaused, true);
    await call('POST', `/containers/${first.id}/unpause`);
    const stopped = await stop(await lookAt('quiet'));
    assert.deepEqual(stopped, { ok: true, op: 'stop', seen: 'exited', note: '' });
    assert.equal(await lookAt('quiet'), null);
    assert.deepEqual(await stop(first), { ok: true, op: 'stop', seen: 'absent', note: '' });
  });

  test('is not asked to stop one that works, or another run of it', async (t) => {
    if (isAway(t)) return;
    const id = await run('busy', 'while :; do :; done');
    const before = await lookAt('busy');
    // A fifth of a core: the 100 ms that are let pass are over.
    for (let i = 0; i < 50 && ((await lookAt('busy'))?.cpuMs ?? 0) < (before?.cpuMs ?? 0) + 150; i += 1)
      await sleep(100);
    assert.deepEqual(await stop(before), { ok: true, op: 'stop', seen: 'busy', note: '' });
    await call('POST', `/containers/${id}/restart?t=0`);
    assert.deepEqual(await stop(before), { ok: true, op: 'stop', seen: 'changed', note: '' });
    assert.equal((await lookAt('busy'))?.id, id, 'it runs on');
  });

  test('goes on stopping one that does not hear when nobody waits any more', async (t) => {
    if (isAway(t)) return;
    await run('deaf', 'trap "" TERM; while :; do sleep 60 & wait; done');
    assert.deepEqual(await stop(await lookAt('deaf'), 2_500), { ok: true, op: 'stop', seen: 'running', note: '' });
    for (let i = 0; i < 40 && (await lookAt('deaf')) !== null; i += 1) await sleep(500);
    assert.equal(await lookAt('deaf'), null, 'killed after its ten seconds');
  });
});
