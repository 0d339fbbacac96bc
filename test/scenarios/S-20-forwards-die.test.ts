import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { answerDocker } from '../../helper/adapters/docker.ts';
import { look } from '../../helper/adapters/docker-look.ts';
import type { DockerReply, DockerRequest } from '../../helper/adapters/docker-wire.ts';
import { decide } from '../../helper/keeper/judgement/decide.ts';
import { initialState } from '../../helper/keeper/judgement/state.ts';
import { type FakeContainer, type FakeEngine, startFakeEngine } from '../fakes/docker-engine.ts';
import { containerConfig, startContainerKeeper } from '../fakes/docker-keeper.ts';

/**
 * Home Assistant and a wiki are healthy inside the virtual machine, and for hours nobody reaches them: what forwards their ports
 * has died, and Lima calls that negligible. A restart brings the ports back for some three minutes. Engine, sockets and ports are
 * real, time is not.
 */

const minute = 60_000;
const livesMs = 3 * minute;

/** A port of this machine that a forward holds open, or does not. */
const openForward = async (): Promise<{
  readonly port: number;
  readonly set: (open: boolean) => Promise<void>;
  readonly close: () => void;
}> => {
  let server: Server | null = null;
  let port = 0;
  const set = async (open: boolean): Promise<void> => {
    if (open === (server !== null)) return;
    if (server !== null) {
      const gone = server;
      server = null;
      await new Promise((resolve) => gone.close(resolve));
      return;
    }
    const fresh = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => fresh.listen(port, '127.0.0.1', resolve));
    port = (fresh.address() as AddressInfo).port;
    server = fresh;
  };
  await set(true);
  return { port, set, close: () => server?.close() };
};

const logLine = (port: number): string =>
  `{"level":"warning","msg":"failed to set up forwarding tcp port ${port} (negligible if already forwarded)","error":"failed to run [ssh -O forward -L 0.0.0.0:${port}:[::]:${port} 127.0.0.1]: exit status 255"}\n`;

interface World {
  readonly ask: (request: DockerRequest) => Promise<DockerReply>;
  readonly restarts: number[];
  readonly ports: readonly number[];
  readonly engine: FakeEngine;
  /** To be told of each moment. */
  readonly at: (nowMs: number) => void;
}

const startWorld = async (t: TestContext, { diesAtMs }: { readonly diesAtMs: number }): Promise<World> => {
  const home = mkdtempSync(join(tmpdir(), 'castellan-s20-'));
  chmodSync(home, 0o755);
  mkdirSync(join(home, '.colima/default'), { recursive: true });
  mkdirSync(join(home, '.colima/_lima/colima'), { recursive: true });
  const forwards = [await openForward(), await openForward()];
  const ports = forwards.map(({ port }) => port);
  const published = (inside: number, port: number) => ({
    [`${inside}/tcp`]: [{ HostIp: '0.0.0.0', HostPort: String(port) }],
  });
  const containers: FakeContainer[] = [
    { name: 'homeassistant', health: 'healthy', cpuNs: 1e9, ports: published(8123, ports[0] ?? 0) },
    { name: 'outline', health: 'healthy', cpuNs: 1e9, ports: published(3100, ports[1] ?? 0) },
  ];
  const socketPath = join(home, '.colima/default/docker.sock');
  const engine = await startFakeEngine({ socketPath, containers });
  t.after(async () => {
    await engine.close();
    for (const forward of forwards) forward.close();
    rmSync(home, { recursive: true, force: true });
  });
  let nowMs = 0;
  let openUntilMs = diesAtMs;
  const restarts: number[] = [];
  return {
    restarts,
    ports,
    engine,
    at: (moment) => {
      nowMs = moment;
    },
    ask: async (request) => {
      if (request.op === 'restart') {
        restarts.push(nowMs);
        openUntilMs = nowMs + livesMs;
        return answerDocker({ ...request, argv: ['/bin/true', ...request.argv.slice(1)] });
      }
      assert.equal(request.op, 'look', 'nobody is stopped here');
      const isOpen = nowMs < openUntilMs;
      for (const forward of forwards) await forward.set(isOpen);
      if (!isOpen) writeFileSync(join(home, '.colima/_lima/colima/ha.stderr.log'), ports.map(logLine).join(''));
      return look([socketPath], request.op === 'look' ? request.knownPorts : [], home, () => 6_000);
    },
  };
};

const argv = ['/opt/homebrew/bin/colima', 'restart'] as [string, ...string[]];

describe('forwards that die', { timeout: 120_000 }, () => {
  test('are an alert of their own within ten minutes, with what Lima’s log says, and nothing is restarted unasked', async (t) => {
    const world = await startWorld(t, { diesAtMs: 20 * minute });
    const keeper = startContainerKeeper(containerConfig(), world.ask);
    await keeper.until(3 * 60 * minute, world.at);
    assert.deepEqual(
      keeper.alerts.map(({ alert }) => alert),
      [`container_port_closed homeassistant ${world.ports[0]}`, `container_port_closed outline ${world.ports[1]}`],
    );
    const [first] = keeper.alerts;
    assert.ok(first !== undefined && first.atMs <= 30 * minute, String(first?.atMs));
    assert.match(first.detail, /homeassistant says it is healthy and port \d+ of this machine is closed/);
    assert.match(first.detail, /"ssh -O forward … exit status 255" 2 times/);
    assert.deepEqual(world.restarts, []);
    assert.ok(world.engine.requests.every((each) => each.startsWith('GET ')));
  });

  test('are restarted at most once in a quarter of an hour, and after three useless ones the operator is told', async (t) => {
    const world = await startWorld(t, { diesAtMs: 20 * minute });
    const keeper = startContainerKeeper(containerConfig({ restart: argv }), world.ask);
    await keeper.until(3 * 60 * minute, world.at);
    assert.equal(world.restarts.length, 3);
    for (const [i, at] of world.restarts.entries())
      assert.ok(at - (world.restarts[i - 1] ?? 0) >= 15 * minute, `restart ${i + 1} at ${at}`);
    assert.equal(keeper.alerts.filter(({ alert }) => alert === 'container_restart_useless docker').length, 1);
    assert.deepEqual(
      keeper.rows.map((row) => row.kind),
      ['plan', 'intent', 'result', 'plan', 'intent', 'result', 'plan', 'intent', 'result'],
    );
    assert.ok(keeper.rows.every((row) => row.kind !== 'result' || row.outcome === 'ok'));
  });

  test('in the dry run are restarted by nobody, which is said once', async (t) => {
    const world = await startWorld(t, { diesAtMs: 20 * minute });
    const keeper = startContainerKeeper(containerConfig({ restart: argv }, 'dry_run'), world.ask);
    await keeper.until(3 * 60 * minute, world.at);
    assert.deepEqual(world.restarts, []);
    assert.deepEqual(
      keeper.rows.map((row) => (row.kind === 'plan' ? [row.verb, row.mode] : row.kind)),
      [['run', 'dry_run']],
    );
  });

  test('replay to the same decisions', async (t) => {
    const world = await startWorld(t, { diesAtMs: 5 * minute });
    const config = containerConfig({ restart: argv });
    const keeper = startContainerKeeper(config, world.ask);
    await keeper.until(40 * minute, world.at);
    let state = initialState(0);
    for (const input of keeper.inputs) state = decide(state, input, config).state;
    assert.equal(JSON.stringify(state), JSON.stringify(keeper.state()));
  });

  test('that come back end the alert, and a restart that helped is forgotten', async (t) => {
    const world = await startWorld(t, { diesAtMs: 20 * minute });
    const keeper = startContainerKeeper(containerConfig({ restart: argv }), async (request) => {
      const reply = await world.ask(request);
      return reply;
    });
    let at = 0;
    await keeper.until(3 * 60 * minute, (nowMs) => {
      at = nowMs;
      // After the first restart the connection holds.
      world.at(world.restarts.length > 0 ? Math.min(at, (world.restarts[0] ?? 0) + 1) : at);
    });
    assert.equal(world.restarts.length, 1);
    assert.ok(!keeper.state().episodes.some((each) => each.startsWith('container_port_closed')));
    assert.equal(keeper.state().containers.restarts.useless, 0);
  });
});

describe('an engine behind a socket that answers nobody', { timeout: 120_000 }, () => {
  test('is told with the ports that are closed as well; one without a socket has been ended, and its ports with it', async (t) => {
    for (const why of ['silent', 'missing'] as const) {
      const world = await startWorld(t, { diesAtMs: 20 * minute });
      let nowMs = 0;
      const keeper = startContainerKeeper(containerConfig(), (request) =>
        nowMs < 20 * minute || request.op !== 'look'
          ? world.ask(request)
          : Promise.resolve({
              ok: true,
              op: 'look',
              engine: null,
              why,
              ports: request.knownPorts.map((port) => ({ ...port, open: false })),
              note: 'connect ECONNREFUSED',
            }),
      );
      await keeper.until(60 * minute, (at) => {
        nowMs = at;
        world.at(at);
      });
      assert.deepEqual(
        keeper.alerts.map(({ alert }) => alert.split(' ')[0]),
        why === 'missing'
          ? ['docker_unreachable']
          : ['docker_unreachable', 'container_port_closed', 'container_port_closed'],
      );
    }
  });
});
