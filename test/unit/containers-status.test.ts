import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { ContainerLook, DockerReply, DockerRequest } from '../../helper/adapters/docker-wire.ts';
import { containersOutputSchema } from '../../helper/cli/containers/output.ts';
import { run } from '../../helper/cli/main.ts';
import { containersStatus } from '../../helper/containers/status.ts';
import { type ContainerRow, type ContainersStatus, containersStatusSchema } from '../../helper/protocol/containers.ts';
import { containersView } from '../../renderer/data/relief/containers.ts';
import { capturedIo } from '../fakes/captured-io.ts';
import { idOf } from '../fakes/docker-engine.ts';
import { containerConfig, startContainerKeeper } from '../fakes/docker-keeper.ts';
import { sampleStatus } from '../fakes/sample-status.ts';
import { sampleHandlers, startSocketKeeper } from '../fakes/socket-keeper.ts';

/** What clients are told of containers, from the judgement to the words. */

const minute = 60_000;

const container = (index: number, name: string, change: Partial<ContainerLook> = {}): ContainerLook => ({
  id: idOf(index),
  name,
  image: 'example:1',
  startedAt: '2026-11-22T13:53:40Z',
  isPaused: false,
  health: 'healthy',
  isOffered: true,
  cpuMs: 1_000,
  networkBytes: 1_000,
  memoryBytes: 2 ** 30,
  ports: [],
  ...change,
});

/** An engine whose containers a test moves; null: there is none. */
const keeperOf = (world: { containers: ContainerLook[] | null }) => {
  const ask = (request: DockerRequest): Promise<DockerReply> => {
    if (request.op === 'restart') return Promise.resolve({ ok: true, op: 'restart', code: 0, note: '' });
    const { containers } = world;
    if (containers === null || request.op === 'stop') {
      if (request.op === 'look')
        return Promise.resolve({
          ...{ ok: true, op: 'look', engine: null, why: 'silent', ports: [] },
          note: 'nobody answers at /s',
        });
      world.containers = (containers ?? []).filter(({ id }) => id !== request.id);
      return Promise.resolve({ ok: true, op: 'stop', seen: 'exited', note: '' });
    }
    const engine = { socket: '/s', version: '27.0.0', api: '1.44' };
    return Promise.resolve({ ok: true, op: 'look', engine, containers, left: 0, note: '' });
  };
  return startContainerKeeper(containerConfig({ keep: ['redis'] }), ask);
};
const told = (keeper: ReturnType<typeof keeperOf>, nowMs: number): ContainersStatus => {
  const status = containersStatus(keeper.state().containers, keeper.config.containers, nowMs);
  return containersStatusSchema.parse(status);
};
const states = ({ list }: ContainersStatus) => list.map(({ name, state }) => `${name} ${state}`);

describe('what is told of containers', () => {
  test('those that may be stopped with their state, those whose port is closed, and nobody else', async () => {
    const port = { host: '127.0.0.1', port: 8_096, open: false } as const;
    const world: { containers: ContainerLook[] | null } = {
      containers: [
        container(0, 'jellyfin'),
        container(1, 'app-redis'),
        container(2, 'plex'),
        container(3, 'private', { isOffered: false }),
        container(4, 'immich', { isOffered: false, ports: [port] }),
      ],
    };
    const keeper = keeperOf(world);
    assert.equal(told(keeper, 0).engine.state, 'unknown');
    let worked = 1_000;
    await keeper.until(12 * minute, (nowMs) => {
      worked = 1_000 + nowMs;
      world.containers =
        world.containers?.map((each) => (each.name === 'plex' ? { ...each, cpuMs: worked } : each)) ?? null;
    });
    const status = told(keeper, 12 * minute);
    assert.deepEqual(states(status), ['immich idle', 'app-redis kept', 'jellyfin idle', 'plex working']);
    assert.deepEqual(status.list[0]?.closedPorts, [8_096]);
    assert.equal(status.running, 5);
    assert.match(status.list.find(({ name }) => name === 'app-redis')?.why ?? '', /"redis" is on the list/);
    await keeper.until(45 * minute, (nowMs) => {
      world.containers =
        world.containers?.map((each) => (each.name === 'plex' ? { ...each, cpuMs: nowMs } : each)) ?? null;
    });
    assert.ok(states(told(keeper, 45 * minute)).includes('jellyfin stopped'), 'by us, for half an hour');
    await keeper.until(90 * minute);
    assert.ok(!states(told(keeper, 90 * minute)).some((each) => each.startsWith('jellyfin')));
  });

  test('an engine that does not answer is said to be that, and claims nothing of containers', async () => {
    const world: { containers: ContainerLook[] | null } = { containers: [container(0, 'jellyfin')] };
    const keeper = keeperOf(world);
    await keeper.until(11 * minute);
    world.containers = null;
    await keeper.until(30 * minute);
    const status = told(keeper, 30 * minute);
    assert.deepEqual([status.engine.state, status.engine.detail], ['unreachable', 'nobody answers at /s']);
    assert.ok(status.list.every(({ state }) => state === 'unknown'));
    const view = containersView(status);
    assert.match(view?.trouble ?? '', /^Docker is unreachable: nobody answers at \/s\. Nothing is known of containers/);
    assert.deepEqual(view?.rows, []);
  });

  test('is nothing where castellan.toml does not ask for it, and never more than fits', async () => {
    const keeper = keeperOf({ containers: Array.from({ length: 48 }, (_, at) => container(at, `c${at}`)) });
    await keeper.until(6 * minute);
    assert.equal(containersStatus(keeper.state().containers, null, 0), null);
    const status = told(keeper, 6 * minute);
    assert.deepEqual([status.list.length, status.omitted], [16, 32]);
  });
});

const row = (name: string, change: Partial<ContainerRow> = {}): ContainerRow => ({
  name,
  state: 'working',
  forSeconds: null,
  why: 'it works',
  isOffered: true,
  closedPorts: [],
  memoryBytes: 2 ** 30,
  ...change,
});
const reachable: ContainersStatus = {
  engine: { state: 'reachable', socket: '/s', detail: '' },
  running: 4,
  idleSeconds: 1_800,
  list: [
    row('immich', { closedPorts: [2_283], isOffered: false, why: '' }),
    row('jellyfin', { state: 'idle', forSeconds: 1_500, why: 'it has not idled for long enough' }),
    row('stirling', { state: 'stopped', forSeconds: 300, why: '', memoryBytes: null }),
  ],
  omitted: 0,
};

const cli = async (t: TestContext, containers: ContainersStatus | null, argv: readonly string[]) => {
  const { runDirectory } = await startSocketKeeper(t, {
    handlers: sampleHandlers({ 'read.status': () => ({ ok: true, result: sampleStatus({ containers }) }) }),
  });
  const io = capturedIo();
  const code = await run([...argv, '--run-dir', runDirectory], io);
  return { code, ...io.text };
};

describe('castellan containers', () => {
  test('lists them with their state and why they are not stopped; a closed port is a finding', async (t) => {
    const { code, out } = await cli(t, reachable, ['containers']);
    assert.equal(code, 1);
    assert.match(out, /^4 containers run \(\/s\)\.$/m);
    assert.match(out, /^immich +at work, port 2283 closed +no +1\.0 GB *$/m);
    assert.match(out, /^jellyfin +idle for 25 min +yes +1\.0 GB +it has not idled for long enough$/m);
    assert.match(out, /^stirling +stopped by Castellan 5 min ago +yes +- *$/m);
    assert.match(out, /^One that has idled for 30 min is stopped\. The virtual machine keeps the memory/m);
  });

  test('says that Docker is away, not that there is nothing; and where nothing is looked at', async (t) => {
    const engine = { state: 'unreachable', socket: null, detail: 'There is no socket.' } as const;
    const away = await cli(t, { ...reachable, engine, running: 0, list: [] }, ['containers']);
    assert.deepEqual(
      [away.code, away.out.trim()],
      [1, 'Docker is unreachable: There is no socket. Nothing is known of containers, and none is stopped.'],
    );
    const none = await cli(t, null, ['containers']);
    assert.deepEqual(
      [none.code, none.out.trim()],
      [0, 'Containers are not looked at: castellan.toml has no [containers].'],
    );
    const json = await cli(t, reachable, ['containers', '--json']);
    assert.deepEqual(containersOutputSchema.parse(JSON.parse(json.out)).containers, reachable);
  });

  test('has a line in the status where it is configured', async (t) => {
    const { out } = await cli(t, reachable, ['status']);
    assert.match(
      out,
      /^ {2}docker {4}4 containers run, 1 may be stopped when idle: immich at work, port 2283 closed; jellyfin idle for 25 min/m,
    );
    assert.doesNotMatch((await cli(t, null, ['status'])).out, /docker/);
  });
});

describe('containers in the popover', () => {
  test('one line each, a closed port first and as trouble, and honest words about memory', () => {
    const view = containersView(reachable);
    assert.deepEqual(
      view?.rows.map(({ tone, text }) => `${tone} ${text}`),
      ['fail port 2283 closed · running', 'open idle for 25 min', 'open stopped by Castellan 5 min ago'],
    );
    assert.match(view?.note ?? '', /keeps the memory of one that is stopped\. 2 others run and are left alone\./);
    assert.equal(containersView(null), null);
    assert.match(containersView({ ...reachable, list: [] })?.note ?? '', /^4 run; none is offered for stopping\.$/);
  });
});
