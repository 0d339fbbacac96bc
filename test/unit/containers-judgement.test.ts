import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ContainerLook, DockerReply, DockerRequest } from '../../helper/adapters/docker-wire.ts';
import { problem } from '../../helper/adapters/wire.ts';
import { keptByDefault } from '../../helper/config/schema-containers.ts';
import { observeIdleness } from '../../helper/containers/idleness.ts';
import { newContainerTurn } from '../../helper/containers/orders.ts';
import { initialContainers } from '../../helper/containers/state.ts';
import { keptBy } from '../../helper/containers/stoppable.ts';
import { heardStop } from '../../helper/containers/stopping.ts';
import { decide } from '../../helper/keeper/judgement/decide.ts';
import { initialState } from '../../helper/keeper/judgement/state.ts';
import { idOf } from '../fakes/docker-engine.ts';
import { containerConfig, startContainerKeeper } from '../fakes/docker-keeper.ts';
import { machineReading, readingOf } from '../fakes/readings.ts';

/** Which containers are stopped, when, and what is said of it. */

const minute = 60_000;

const container = (index: number, name: string, change: Partial<ContainerLook> = {}): ContainerLook => ({
  id: idOf(index),
  name,
  image: 'example:1',
  startedAt: '2026-11-22T13:53:40Z',
  isPaused: false,
  health: 'none',
  isOffered: true,
  cpuMs: 1_000,
  networkBytes: 1_000,
  memoryBytes: 2 ** 30,
  ports: [],
  ...change,
});

const lookReply = (containers: readonly ContainerLook[]): DockerReply => ({
  ok: true,
  op: 'look',
  engine: { socket: '/s', version: '27.0.0', api: '1.44' },
  containers: [...containers],
  left: 0,
  note: '',
});

/** An engine as the adapter would tell of it; a stop takes what it names away. */
const worldOf = (containers: ContainerLook[], stopSays: Extract<DockerReply, { op: 'stop' }>['seen'] = 'exited') => {
  const asked: DockerRequest[] = [];
  const ask = (request: DockerRequest): Promise<DockerReply> => {
    asked.push(request);
    if (request.op === 'look') return Promise.resolve(lookReply(containers));
    if (request.op === 'restart') return Promise.resolve({ ok: true, op: 'restart', code: 0, note: '' });
    if (stopSays === 'exited')
      containers.splice(
        containers.findIndex(({ id }) => id === request.id),
        1,
      );
    return Promise.resolve({ ok: true, op: 'stop', seen: stopSays, note: '' });
  };
  const stops = () => asked.flatMap((each) => (each.op === 'stop' ? [each.id] : []));
  const looks = () => asked.filter(({ op }) => op === 'look').length;
  return { asked, ask, stops, looks };
};

describe('idleness', () => {
  const at = (
    cpuMs: number | null,
    networkBytes: number | null,
    atMs: number,
    before: ReturnType<typeof observeIdleness> | null,
  ) => observeIdleness(before, container(0, 'a', { cpuMs, networkBytes }), atMs);

  test('is since the first look of those between which next to nothing was used', () => {
    const first = at(1_000, 1_000, 0, null);
    assert.deepEqual([first.sinceMs, first.last], [null, null], 'one look tells nothing');
    // 2 % of five minutes is 6 s; 1 KiB a second are 307,200 bytes.
    const second = at(7_000, 308_200, 5 * minute, first);
    assert.deepEqual([second.sinceMs, second.last], [0, 'idle']);
    const third = at(7_000, 308_200, 10 * minute, second);
    assert.deepEqual([third.sinceMs, third.last], [0, 'idle']);
  });

  test('ends with work of either kind, and begins anew after it', () => {
    const first = at(0, 0, 0, null);
    for (const [cpuMs, bytes] of [
      [6_001, 0],
      [0, 307_201],
    ] as const)
      assert.deepEqual(
        [at(cpuMs, bytes, 5 * minute, first).sinceMs, at(cpuMs, bytes, 5 * minute, first).last],
        [null, 'working'],
      );
    const working = at(100_000, 0, 5 * minute, first);
    assert.equal(at(100_000, 0, 10 * minute, working).sinceMs, 5 * minute);
  });

  test('is not known without counters, with ones that fell, or after too long without a look', () => {
    const first = at(1_000, 1_000, 0, null);
    assert.deepEqual(at(null, 1_000, 5 * minute, first).sinceMs, null);
    assert.deepEqual(at(1_000, null, 5 * minute, first).sinceMs, null);
    assert.deepEqual(at(999, 1_000, 5 * minute, first).last, null);
    assert.deepEqual(at(1_000, 999, 5 * minute, first).last, null);
    assert.deepEqual(at(1_000, 1_000, 15 * minute + 1, first).last, null);
  });

  test('is not judged by two looks that are close together', () => {
    const first = at(0, 0, 0, null);
    assert.equal(at(0, 0, minute - 1, first), first);
  });
});

test('those that stay are known by words of their name or image', () => {
  const kept: readonly (readonly [name: string, image: string])[] = [
    ['homeassistant', 'x'],
    ['x', 'ghcr.io/home-assistant/home-assistant:stable'],
    ['outline', 'x'],
    ['outline_postgres_1', 'x'],
    ['db', 'postgres:16'],
    ['db', 'bitnami/postgresql'],
    ['cache', 'docker.io/library/redis:7'],
    ['MinIO', 'x'],
    ['x', 'bbernhard/signal-cli-rest-api'],
  ];
  for (const [name, image] of kept) assert.notEqual(keptBy({ name, image }, keptByDefault), null, `${name} ${image}`);
  for (const name of ['jellyfin', 'deadline', 'my-coredis', 'signal'])
    assert.equal(keptBy({ name, image: 'x' }, keptByDefault), null, name);
});

describe('stopping', () => {
  test('takes the one that was offered and idled for half an hour, and verifies it', async () => {
    const world = worldOf([
      container(0, 'jellyfin'),
      container(1, 'not-offered', { isOffered: false }),
      container(2, 'redis'),
    ]);
    const keeper = startContainerKeeper(containerConfig(), world.ask);
    await keeper.until(29 * minute);
    assert.deepEqual(world.stops(), []);
    await keeper.until(3 * 60 * minute);
    assert.deepEqual(world.stops(), [idOf(0)]);
    assert.deepEqual(
      keeper.rows.map(({ kind }) => kind),
      ['plan', 'intent', 'result', 'receipt'],
    );
    const [plan, , , receipt] = keeper.rows;
    assert.ok(plan?.kind === 'plan' && plan.mode === 'live' && plan.expected.bytes === 0);
    assert.ok(receipt?.kind === 'receipt' && receipt.effective && receipt.actual === 0);
    assert.match(receipt.text, /virtual machine keeps the memory/);
    assert.equal(receipt.plan, plan.plan);
  });

  test('takes one that castellan.toml names, but none that stays, is paused, starts or cannot be read', async () => {
    const named = (index: number, name: string, change: Partial<ContainerLook> = {}) =>
      container(index, name, { isOffered: false, ...change });
    const containers = [
      named(0, 'jellyfin'),
      named(1, 'db', { image: 'postgres:16' }),
      named(2, 'paused', { isPaused: true }),
      named(3, 'starting', { health: 'starting' }),
      named(4, 'of-the-host', { networkBytes: null }),
      named(5, 'other'),
    ];
    const world = worldOf(containers);
    const stop = ['jellyfin', 'db', 'paused', 'starting', 'of-the-host'];
    await startContainerKeeper(containerConfig({ stop }), world.ask).until(3 * 60 * minute);
    assert.deepEqual(world.stops(), [idOf(0)]);
  });

  test('looks every five minutes', async () => {
    const world = worldOf([]);
    await startContainerKeeper(containerConfig(), world.ask).until(60 * minute);
    assert.equal(world.looks(), 12);
  });

  test('is one remedy in two minutes', async () => {
    const world = worldOf([container(0, 'a'), container(1, 'b'), container(2, 'c')]);
    const keeper = startContainerKeeper(containerConfig(), world.ask);
    await keeper.until(60 * minute);
    const times = keeper.rows.flatMap((row) => (row.kind === 'intent' ? [row.atMs] : []));
    assert.equal(times.length, 3);
    for (const [i, at] of times.entries()) assert.ok(i === 0 || at - (times[i - 1] ?? 0) >= 2 * minute);
  });

  test('waits for the end of another remedy’s two minutes, and others for its own', async () => {
    const patient = containerConfig({ idle: 3_600_000 });
    const keeper = startContainerKeeper(patient, worldOf([container(0, 'a')]).ask);
    await keeper.until(32 * minute);
    const nowMs = 33 * minute;
    const ordersAfter = (lastRemedyMs: number | null) => {
      const state = { ...keeper.state(), relief: { ...keeper.state().relief, lastRemedyMs } };
      const reading = readingOf('slot', machineReading({ atMs: nowMs }));
      const decision = decide(state, { nowMs, reading, events: [] }, containerConfig());
      const orders = decision.effects.flatMap((effect) => (effect.kind === 'container' ? [effect.order.op] : []));
      return { orders, lastRemedyMs: decision.state.relief.lastRemedyMs };
    };
    const justAfter = nowMs - 2 * minute + 1;
    assert.deepEqual(ordersAfter(justAfter), { orders: [], lastRemedyMs: justAfter });
    assert.deepEqual(ordersAfter(nowMs - 2 * minute), { orders: ['stop'], lastRemedyMs: nowMs });
    assert.deepEqual(ordersAfter(null), { orders: ['stop'], lastRemedyMs: nowMs });
  });

  test('waits while automatic actions are paused, and no longer', async () => {
    const patient = containerConfig({ idle: 3_600_000 });
    const keeper = startContainerKeeper(patient, worldOf([container(0, 'a')]).ask);
    await keeper.until(32 * minute);
    const nowMs = 33 * minute;
    const ordersUntil = (untilMs: number): readonly string[] => {
      const pause = { sinceMs: 0, untilMs };
      const state = { ...keeper.state(), relief: { ...keeper.state().relief, pause } };
      const reading = readingOf('slot', machineReading({ atMs: nowMs }));
      const { effects } = decide(state, { nowMs, reading, events: [] }, containerConfig());
      return effects.flatMap((effect) => (effect.kind === 'container' ? [effect.order.op] : []));
    };
    assert.deepEqual(ordersUntil(nowMs + 1), []);
    assert.deepEqual(ordersUntil(nowMs), ['stop']);
  });

  test('in the dry run is said once for each run of a container, and nothing is asked for', async () => {
    const world = worldOf([container(0, 'jellyfin')]);
    const keeper = startContainerKeeper(containerConfig({}, 'dry_run'), world.ask);
    await keeper.until(5 * 60 * minute);
    assert.deepEqual(world.stops(), []);
    assert.deepEqual(
      keeper.rows.map((row) => (row.kind === 'plan' ? [row.verb, row.target, row.mode] : row.kind)),
      [['stop container', 'jellyfin', 'dry_run']],
    );
  });

  test('of one that is told and still runs does not count, and after the second time it is left alone', async () => {
    const world = worldOf([container(0, 'jellyfin')], 'running');
    const keeper = startContainerKeeper(containerConfig(), world.ask);
    await keeper.until(8 * 60 * minute);
    assert.equal(world.stops().length, 2);
    const receipts = keeper.rows.flatMap((row) => (row.kind === 'receipt' ? [row.effective] : []));
    assert.deepEqual(receipts, [false, false]);
    assert.deepEqual(
      keeper.alerts.map(({ alert }) => alert),
      ['action_useless container jellyfin'],
    );
  });

  test('of one that a slow engine has not ended yet is decided by the next look', async () => {
    const containers = [container(0, 'jellyfin')];
    const world = worldOf(containers, 'running');
    const keeper = startContainerKeeper(containerConfig(), world.ask);
    await keeper.until(3 * 60 * minute, () => {
      if (world.stops().length > 0) containers.length = 0;
    });
    assert.equal(world.stops().length, 1);
    const receipts = keeper.rows.flatMap((row) =>
      row.kind === 'receipt' ? [[row.effective, row.afterMs <= 20_000]] : [],
    );
    assert.deepEqual(receipts, [[true, true]]);
  });

  test('of one that a look left out is not taken for done', async () => {
    const containers = [container(0, 'jellyfin')];
    const world = worldOf(containers, 'running');
    let left = 0;
    const keeper = startContainerKeeper(containerConfig(), async (request) => {
      const reply = await world.ask(request);
      return reply.ok && reply.op === 'look' && reply.engine !== null ? { ...reply, left } : reply;
    });
    const receipts = () => keeper.rows.flatMap((row) => (row.kind === 'receipt' ? [row.effective] : []));
    const vanish = (): void => {
      if (world.stops().length === 0) return;
      containers.length = 0;
      left = 1;
    };
    await keeper.until(55 * minute, vanish);
    assert.deepEqual(receipts(), []);
    left = 0;
    await keeper.until(65 * minute);
    assert.deepEqual(receipts(), [true]);
  });

  test('of one that every look leaves out is given up after half an hour, and said to be unknown', async () => {
    const containers = [container(0, 'jellyfin')];
    const world = worldOf(containers, 'running');
    const keeper = startContainerKeeper(containerConfig(), async (request) => {
      const reply = await world.ask(request);
      return reply.ok && reply.op === 'look' && reply.engine !== null ? { ...reply, left: 9 } : reply;
    });
    await keeper.until(90 * minute, () => {
      if (world.stops().length > 0) containers.length = 0;
    });
    assert.equal(keeper.state().containers.stop, null);
    const receipts = keeper.rows.flatMap((row) => (row.kind === 'receipt' ? [[row.effective, row.text]] : []));
    assert.deepEqual(receipts, [[false, 'jellyfin: what came of it is not known']]);
  });

  test('of one that something starts again each time is given up', async () => {
    const containers = [container(0, 'jellyfin')];
    const world = worldOf(containers);
    let run = 0;
    const keeper = startContainerKeeper(containerConfig(), world.ask);
    await keeper.until(10 * 60 * minute, () => {
      if (containers.length > 0) return;
      run += 1;
      containers.push(container(0, 'jellyfin', { startedAt: `2026-11-22T14:${String(run).padStart(2, '0')}:00Z` }));
    });
    assert.equal(world.stops().length, 2);
    assert.equal(keeper.alerts.filter(({ alert }) => alert === 'action_useless container jellyfin').length, 1);
  });

  test('that works again when it is looked at once more is withdrawn, and not tried at once', async () => {
    const world = worldOf([container(0, 'jellyfin')], 'busy');
    const keeper = startContainerKeeper(containerConfig(), world.ask);
    await keeper.until(59 * minute);
    assert.equal(world.stops().length, 1);
    assert.deepEqual(
      keeper.rows.flatMap((row) => (row.kind === 'result' ? [row.outcome] : [])),
      ['withdrawn'],
    );
  });

  test('does not count time in which the engine was away as idled', async () => {
    const containers = [container(0, 'jellyfin')];
    const world = worldOf(containers);
    let isAway = false;
    const keeper = startContainerKeeper(containerConfig(), (request) =>
      isAway && request.op === 'look' ? Promise.resolve(problem('too_late', 'no answer')) : world.ask(request),
    );
    await keeper.until(45 * minute, (nowMs) => {
      isAway = nowMs > 20 * minute && nowMs < 24 * minute;
    });
    assert.deepEqual(world.stops(), []);
  });
});

describe('an engine that is away', () => {
  test('is one alert and one line, and the loop goes on', async () => {
    let isAway = true;
    const keeper = startContainerKeeper(containerConfig(), (request) =>
      Promise.resolve(
        isAway && request.op === 'look'
          ? { ok: true, op: 'look', engine: null, why: 'missing', ports: [], note: 'there is no socket at /s' }
          : lookReply([]),
      ),
    );
    await keeper.until(5 * 60 * minute);
    assert.deepEqual(
      keeper.alerts.map(({ alert, detail }) => [alert, detail]),
      [['docker_unreachable docker', 'there is no socket at /s']],
    );
    assert.equal(keeper.state().containers.engine.state, 'unreachable');
    isAway = false;
    await keeper.until(5 * 60 * minute + 11 * minute);
    assert.equal(keeper.state().containers.engine.state, 'reachable');
    assert.ok(!keeper.state().episodes.some((each) => each.startsWith('docker_unreachable')));
  });

  test('that only starts is told of by nobody', async () => {
    let looks = 0;
    const keeper = startContainerKeeper(containerConfig(), () => {
      looks += 1;
      return Promise.resolve(looks === 1 ? problem('unreachable', 'refused') : lookReply([]));
    });
    await keeper.until(20 * minute);
    assert.deepEqual(keeper.alerts, []);
  });
});

test('without the table nothing is looked at, and taking it away forgets what was known', async () => {
  const world = worldOf([container(0, 'jellyfin')]);
  const config = containerConfig();
  await startContainerKeeper({ ...config, containers: null }, world.ask).until(60 * minute);
  assert.deepEqual(world.asked, []);
  const keeper = startContainerKeeper(config, world.ask);
  await keeper.until(10 * minute);
  assert.equal(keeper.state().containers.known.length, 1);
  const { state } = decide(
    keeper.state(),
    {
      nowMs: 11 * minute,
      reading: null,
      events: [{ type: 'containers', heard: { op: 'look', reply: problem('too_late', '') } }],
    },
    { ...config, containers: null },
  );
  assert.equal(state.containers.known.length, 0);
});

test('an order whose answer never comes does not end the looking', () => {
  const config = containerConfig();
  const asked = decide(
    {
      ...initialState(0),
      containers: { ...initialState(0).containers, underWay: 'look' },
      outstanding: [{ id: 1, kind: 'container', plan: null, probe: null, order: null, question: null, target: null }],
    },
    { nowMs: minute, reading: null, events: [{ type: 'effect', id: 1, outcome: 'timed_out', detail: 'no answer' }] },
    config,
  );
  assert.equal(asked.state.containers.underWay, null);
  assert.ok(asked.state.containers.nextLookMs > minute);
});

test('containers of another name each time leave nothing behind that holds nobody back', () => {
  const day = 86_400_000;
  const state = {
    ...initialContainers(0),
    tries: [
      { name: 'build-1', useless: 0, atMs: 0, againMs: 30 * minute },
      { name: 'jellyfin', useless: 2, atMs: 2 * day, againMs: 0 },
      { name: 'build-2', useless: 0, atMs: 0, againMs: 2 * day + minute },
    ],
    stop: { plan: 7, id: 'a', name: 'build-3', startedAt: 'b', orderedMs: 2 * day, isAwaited: false },
  };
  const busy = { ok: true, op: 'stop', seen: 'busy', note: '' } as const;
  const after = heardStop(state, { op: 'stop', plan: 7, reply: busy }, 2 * day, newContainerTurn());
  assert.deepEqual(
    after.tries.map(({ name }) => name),
    ['jellyfin', 'build-2', 'build-3'],
  );
});
