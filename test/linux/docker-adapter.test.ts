import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { answerDocker } from '../../helper/adapters/docker.ts';
import { negotiate, usualSockets } from '../../helper/adapters/docker-engine.ts';
import { forwardFailures } from '../../helper/adapters/docker-lima.ts';
import {
  type DockerReply,
  type DockerRequest,
  mostContainers,
  readDockerReply,
} from '../../helper/adapters/docker-wire.ts';
import { mostReplyBytes } from '../../helper/adapters/wire.ts';
import { createAdapters } from '../../helper/keeper/acting/adapters.ts';
import {
  type FakeContainer,
  type FakeEngineOptions,
  idOf,
  offered,
  startFakeEngine,
  type Trap,
} from '../fakes/docker-engine.ts';

/** The adapter of containers against an engine of ours that has what real ones were met with. */

const startFor = async (t: TestContext, change: Omit<FakeEngineOptions, 'socketPath'>) => {
  const folder = mkdtempSync(join(tmpdir(), 'castellan-docker-'));
  chmodSync(folder, 0o755);
  const socketPath = join(folder, 'docker.sock');
  const engine = await startFakeEngine({ socketPath, ...change });
  chmodSync(socketPath, 0o666);
  t.after(async () => {
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { engine, socket: socketPath, folder };
};

const look = (socket: string | null, change: Partial<Extract<DockerRequest, { op: 'look' }>> = {}): DockerRequest => ({
  op: 'look',
  socket,
  limitMs: 6_000,
  knownPorts: [],
  ...change,
});

const stop = (socket: string, change: Partial<Extract<DockerRequest, { op: 'stop' }>> = {}): DockerRequest => ({
  op: 'stop',
  socket,
  limitMs: 6_000,
  id: idOf(0),
  startedAt: '2026-11-22T13:53:40.749338517Z',
  mostCpuMs: 1_000,
  mostNetworkBytes: 1_000,
  ...change,
});

const seen = (reply: DockerReply) => {
  assert.ok(reply.ok && reply.op === 'look', JSON.stringify(reply));
  // What it says is what the keeper would read.
  assert.deepEqual(readDockerReply(JSON.parse(JSON.stringify(reply))), reply);
  return reply;
};
const containersIn = (reply: DockerReply) => {
  const { engine, ...rest } = seen(reply);
  assert.ok(engine !== null && 'containers' in rest, JSON.stringify(reply));
  return rest.containers;
};

const quiet = (change: Partial<FakeContainer> = {}): FakeContainer => ({
  name: 'jellyfin',
  cpuNs: 23e6,
  network: { rx: 100, tx: 50 },
  labels: offered,
  ...change,
});

describe('a look', () => {
  test('tells of each container what its counters say, in one form', async (t) => {
    const { engine, socket } = await startFor(t, {
      containers: [
        quiet(),
        quiet({
          name: 'ha',
          labels: { other: 'idle' },
          health: 'healthy',
          image: 'ghcr.io/home-assistant/home-assistant',
        }),
        quiet({ name: 'alone', network: null, networkMode: 'none', isPaused: true }),
        quiet({ name: 'of-the-host', network: null, networkMode: 'host' }),
        { name: 'mute', labels: { 'com.sanctum.castellan.stop': 'never' } },
        quiet({ name: 'gone', isRunning: false }),
      ],
    });
    const containers = containersIn(await answerDocker(look(socket)));
    assert.deepEqual(
      containers.map((each) => [
        each.name,
        each.isOffered,
        each.health,
        each.isPaused,
        each.cpuMs,
        each.networkBytes,
        each.memoryBytes,
      ]),
      [
        ['jellyfin', true, 'none', false, 23, 150, 430_080],
        ['ha', false, 'healthy', false, 23, 150, 430_080],
        ['alone', true, 'none', true, 23, 0, 430_080],
        ['of-the-host', true, 'none', false, 23, null, 430_080],
        ['mute', false, 'none', false, null, null, null],
      ],
    );
    assert.ok(engine.targets.some((url) => url.endsWith('/stats?stream=false&one-shot=true')));
    assert.ok(
      engine.requests.every((each) => each.startsWith('GET ')),
      'it only reads',
    );
  });

  test('tries each published TCP port once on this machine, and on no other', async (t) => {
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    // One that was free a moment ago.
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port: closed } = other.address() as AddressInfo;
    await new Promise((resolve) => other.close(resolve));
    t.after(() => server.close());
    const { socket } = await startFor(t, {
      containers: [
        quiet({
          ports: {
            '8123/tcp': [
              { HostIp: '::', HostPort: String(port) },
              { HostIp: '0.0.0.0', HostPort: String(port) },
            ],
            '3100/tcp': [{ HostIp: '127.0.0.1', HostPort: String(closed) }],
            '53/udp': [{ HostIp: '0.0.0.0', HostPort: '53' }],
            '22/tcp': [{ HostIp: '192.0.2.7', HostPort: '22' }],
            '9/tcp': null,
            '7/tcp': [{ HostIp: '', HostPort: '99999' }],
          },
        }),
      ],
    });
    const [first] = containersIn(await answerDocker(look(socket)));
    assert.deepEqual(
      first?.ports.toSorted((a, b) => Number(b.open) - Number(a.open)),
      [
        { host: '127.0.0.1', port, open: true },
        { host: '127.0.0.1', port: closed, open: false },
      ],
    );
  });

  test('speaks a version that both know, and asks without one-shot where the engine has none', async (t) => {
    const rows = [
      { api: '1.55', leastApi: '1.44', used: '1.44', stats: true },
      { api: '1.60', leastApi: '1.52', used: '1.52', stats: true },
      { api: '1.41', leastApi: '1.12', used: '1.41', stats: true },
      { api: '1.30', leastApi: '1.12', used: '1.30', stats: false },
    ];
    for (const { api, leastApi, used, stats } of rows) {
      const { engine, socket } = await startFor(t, { api, leastApi, containers: [quiet()] });
      const reply = seen(await answerDocker(look(socket)));
      assert.equal(reply.engine?.api, used);
      assert.equal(
        engine.targets.some((url) => url.includes('one-shot')),
        stats,
      );
      assert.ok(engine.requests.slice(1).every((each) => each.startsWith(`GET /v${used}/`)));
    }
    assert.equal(negotiate('1.20', '1.10'), null);
    assert.equal(negotiate('2.0', '1.10'), null);
    assert.equal(negotiate(undefined, undefined), null);
    assert.deepEqual(negotiate('1.43', undefined), { minor: 43 });
  });

  test('of more than fit is told how many are left out, and its reply fits', async (t) => {
    const containers = Array.from({ length: mostContainers + 5 }, (_, i) =>
      quiet({
        name: `${'n'.repeat(120)}${i}`,
        image: 'i'.repeat(300),
        ports: Object.fromEntries(
          Array.from({ length: 20 }, (_, p) => [`${p}/tcp`, [{ HostIp: '::1', HostPort: '1' }]]),
        ),
      }),
    );
    const { socket } = await startFor(t, { containers });
    const reply = await answerDocker(look(socket, { limitMs: 9_000 }));
    assert.ok(Buffer.byteLength(JSON.stringify(reply)) < mostReplyBytes);
    const { length } = containersIn(reply);
    assert.equal('left' in reply ? reply.left : null, containers.length - length);
  });

  test('of statistics that never come takes the rest, in its time', { timeout: 20_000 }, async (t) => {
    const { socket } = await startFor(t, { containers: [quiet(), quiet({ name: 'b' })], trap: 'hang_stats' });
    const containers = containersIn(await answerDocker(look(socket, { limitMs: 3_000 })));
    assert.deepEqual(
      containers.map(({ cpuMs, networkBytes }) => [cpuMs, networkBytes]),
      [
        [null, null],
        [null, null],
      ],
    );
  });

  test('that finds no socket says so, with the ports that were known', async () => {
    const reply = seen(
      await answerDocker(look('/nonexistent/docker.sock', { knownPorts: [{ host: '127.0.0.1', port: 1 }] })),
    );
    assert.equal(reply.engine, null);
    assert.deepEqual('why' in reply ? [reply.why, reply.ports] : null, [
      'missing',
      [{ host: '127.0.0.1', port: 1, open: false }],
    ]);
  });

  test('of a socket that nobody serves any more is told apart from one without a socket', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'castellan-docker-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const stale = join(folder, 'docker.sock');
    // A process that was killed leaves its socket.
    spawnSync(process.execPath, [
      '-e',
      `require('net').createServer().listen(${JSON.stringify(stale)}, () => process.kill(process.pid, 'SIGKILL'))`,
    ]);
    const reply = seen(await answerDocker(look(stale)));
    assert.deepEqual(reply.engine === null ? reply.why : null, 'silent');
  });

  test('looks where Docker, OrbStack and Colima have their sockets, in the home of its user', () => {
    const { homedir } = userInfo();
    assert.deepEqual(usualSockets(homedir), [
      `${homedir}/.docker/run/docker.sock`,
      '/var/run/docker.sock',
      `${homedir}/.orbstack/run/docker.sock`,
      `${homedir}/.colima/default/docker.sock`,
    ]);
  });

  for (const trap of ['garbage', 'hang', 'huge', 'headers', 'redirect', 'no_http', 'cut'] satisfies Trap[])
    test(`of an engine with ${trap} ends in time, in the agreed form`, { timeout: 20_000 }, async (t) => {
      const { socket } = await startFor(t, { containers: [quiet()], trap });
      const reply = seen(await answerDocker(look(socket, { limitMs: 3_000 })));
      assert.equal(reply.engine, null);
    });
});

describe('a stop', () => {
  test('is done when the engine says that the container has exited', async (t) => {
    const containers = [quiet()];
    const { engine, socket } = await startFor(t, { containers });
    const reply = await answerDocker(stop(socket));
    assert.deepEqual(reply.ok && reply.op === 'stop' ? reply.seen : reply, 'exited');
    assert.ok(engine.targets.includes(`/v1.44/containers/${idOf(0)}/stop?t=10`));
    assert.equal(containers[0]?.isRunning, false);
  });

  const rows: readonly (readonly [
    string,
    Partial<FakeContainer>,
    string,
    Partial<Extract<DockerRequest, { op: 'stop' }>>,
    number,
  ])[] = [
    ['one that the engine claims to have stopped and still runs', { onStop: 'stays' }, 'running', {}, 1],
    ['one at which the engine hangs up and stops it', { onStop: 'cuts' }, 'exited', {}, 1],
    ['one that waits for its end still', { onStop: 'deaf' }, 'running', {}, 1],
    ['one that something starts again', { onStop: 'returns' }, 'running', {}, 1],
    ['one that ended a moment before it is asked (304)', { onStop: 'ended' }, 'exited', {}, 1],
    ['one that is removed a moment before it is asked (404)', { onStop: 'gone' }, 'absent', {}, 1],
    ['one that has ended before', { isRunning: false }, 'absent', {}, 0],
    ['one that is not there', {}, 'absent', { id: idOf(7) }, 0],
    ['another run of it', { startedAt: '2026-11-22T15:00:00Z' }, 'changed', {}, 0],
    ['one that works again', { cpuNs: 5e9 }, 'busy', {}, 0],
    ['one that talks again', { network: { rx: 5_000, tx: 0 } }, 'busy', {}, 0],
    ['one whose counters cannot be read', { network: null, networkMode: 'host' }, 'busy', {}, 0],
  ];
  for (const [what, container, expected, change, stops] of rows)
    test(`of ${what} says ${expected}`, { timeout: 20_000 }, async (t) => {
      const { engine, socket } = await startFor(t, { containers: [quiet(container)] });
      const reply = await answerDocker(stop(socket, { limitMs: 2_500, ...change }));
      assert.deepEqual(reply.ok && reply.op === 'stop' ? reply.seen : reply, expected);
      assert.equal(engine.requests.filter((each) => each.startsWith('POST')).length, stops);
    });

  test('of an engine that is away is a problem, and nothing was asked for', async () => {
    const reply = await answerDocker(stop('/nonexistent/docker.sock'));
    assert.deepEqual(reply.ok ? reply : reply.code, 'unreachable');
  });
});

describe('a restart', () => {
  const run = (argv: string[], limitMs = 5_000) => answerDocker({ op: 'restart', argv, limitMs });

  test('runs a program with its arguments as they are, without a shell, and tells how it ended', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'castellan-docker-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const program = join(folder, 'colima');
    writeFileSync(program, '#!/bin/sh\necho "$1 $HOME" >&2\nexit 3\n');
    chmodSync(program, 0o755);
    const reply = await run([program, '$(id); restart']);
    assert.deepEqual(reply, { ok: true, op: 'restart', code: 3, note: `$(id); restart ${userInfo().homedir}` });
  });

  test('does not wait for what it left running', { timeout: 20_000 }, async () => {
    const reply = await run(['/bin/sh', '-c', 'sleep 3 & exit 0']);
    assert.deepEqual(reply.ok && reply.op === 'restart' ? reply.code : reply, 0);
  });

  test('that takes too long is ended', { timeout: 20_000 }, async () => {
    const reply = await run(['/bin/sleep', '60'], 200);
    assert.deepEqual(reply.ok && reply.op === 'restart' ? reply.code : reply, null);
  });

  test('of a program that is not there, or has no whole path, is a problem', async () => {
    for (const program of ['/nonexistent/colima', 'colima']) assert.equal((await run([program])).ok, false);
  });
});

test('Lima’s log tells of forwards that failed, which it calls negligible', () => {
  const line = (port: number, status: number): string =>
    `{"level":"warning","msg":"failed to set up forwarding tcp port ${port} (negligible if already forwarded)",` +
    `"error":"failed to run [ssh -F /dev/null -O forward -L 0.0.0.0:${port}:[::]:${port} -N -f -p 0 127.0.0.1]: exit status ${status}"}`;
  const log = [line(8123, 255), 'x'.repeat(3_000), line(3100, 255), line(8123, 255), line(22, 0)].join('\n');
  assert.deepEqual(forwardFailures(log), { times: 3, ports: [3100, 8123] });
  assert.deepEqual(forwardFailures(''), { times: 0, ports: [] });
});

describe('as a child of the keeper', () => {
  const account = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : null;

  test('it has the rights of a user and no environment, and what it says is read as a stranger’s', {
    timeout: 60_000,
  }, async (t) => {
    const { socket } = await startFor(t, { containers: [quiet()] });
    const adapters = createAdapters({ account: () => Promise.resolve({ ok: true, account }) });
    t.after(adapters.close);
    const reply = await adapters.askDocker(look(socket));
    assert.deepEqual(
      containersIn(reply).map(({ name }) => name),
      ['jellyfin'],
    );
    const stopped = await adapters.askDocker(stop(socket));
    assert.deepEqual(stopped.ok && stopped.op === 'stop' ? stopped.seen : stopped, 'exited');
    const ended = await adapters.askDocker({ op: 'restart', argv: ['/usr/bin/id', '-u'], limitMs: 2_000 });
    assert.deepEqual(ended.ok && ended.op === 'restart' ? ended.code : ended, 0);
  });
});
