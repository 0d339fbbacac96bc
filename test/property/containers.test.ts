import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { inspectSchema, lookOf, publishedPorts, statsSchema } from '../../helper/adapters/docker-forms.ts';
import { forwardFailures } from '../../helper/adapters/docker-lima.ts';
import {
  type ContainerLook,
  type DockerReply,
  mostContainers,
  mostPorts,
  readDockerReply,
} from '../../helper/adapters/docker-wire.ts';
import { mostReplyBytes, plainNote } from '../../helper/adapters/wire.ts';
import { type Heard, newContainerTurn } from '../../helper/containers/orders.ts';
import { restartEveryMs } from '../../helper/containers/restarts.ts';
import { initialContainers } from '../../helper/containers/state.ts';
import { containerCauses, heardOfContainers, lostOrder, stepContainers } from '../../helper/containers/step.ts';
import { keptBy } from '../../helper/containers/stoppable.ts';
import { containerConfig } from '../fakes/docker-keeper.ts';

/** Whatever an engine says, its adapter answers in the agreed form; whatever an adapter says, only those offered are stopped. */

const seed = Number(process.env.CASTELLAN_SEED ?? Math.floor(Math.random() * 2 ** 31));
const options = { seed, numRuns: 300 };

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom(
    '',
    '/jellyfin',
    '__proto__',
    '\u001b[2J',
    '\u202e',
    '\ud800',
    'a'.repeat(500),
    '0.0.0.0',
    '::',
    '8123',
    '-1',
  ),
);
const value = fc.oneof(text, fc.double(), fc.constantFrom(-1, 0, 2 ** 63, 1e308, null), fc.jsonValue({ maxDepth: 3 }));
const mostly = <T>(good: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 5, arbitrary: good as fc.Arbitrary<unknown> }, { weight: 1, arbitrary: value });

const ports = fc.dictionary(
  fc.oneof(fc.constantFrom('8123/tcp', '53/udp', '__proto__'), text),
  mostly(
    fc.array(fc.record({ HostIp: text, HostPort: fc.oneof(text, fc.nat(70_000).map(String)) }), { maxLength: 12 }),
  ),
  { maxKeys: 12 },
);
const inspected = fc.record(
  {
    Id: mostly(fc.constant('a'.repeat(64))),
    Name: mostly(fc.constantFrom('/jellyfin', '/redis', '/a b', '//x')),
    State: mostly(
      fc.record(
        {
          Running: mostly(fc.boolean()),
          Paused: mostly(fc.boolean()),
          StartedAt: mostly(fc.constantFrom('2026-11-22T13:53:40.749338517Z', '0001-01-01T00:00:00Z')),
          Health: mostly(fc.record({ Status: mostly(fc.constantFrom('healthy', 'starting')) })),
        },
        { requiredKeys: ['Running', 'StartedAt'] },
      ),
    ),
    Config: mostly(fc.record({ Image: value, Labels: mostly(fc.dictionary(text, value)) })),
    HostConfig: mostly(fc.record({ NetworkMode: value })),
    NetworkSettings: mostly(fc.record({ Ports: mostly(ports) })),
  },
  { requiredKeys: ['Id', 'Name', 'State'] },
);
const stats = fc.record(
  {
    cpu_stats: mostly(fc.record({ cpu_usage: mostly(fc.record({ total_usage: mostly(fc.double()) })) })),
    networks: mostly(
      fc.dictionary(text, fc.record({ rx_bytes: mostly(fc.double()), tx_bytes: mostly(fc.nat()) }), { maxKeys: 5 }),
    ),
    memory_stats: mostly(fc.record({ usage: mostly(fc.double()), stats: value })),
  },
  { requiredKeys: ['cpu_stats'] },
);

test('what is read of an engine’s answers has the agreed form, or is passed over', () => {
  fc.assert(
    fc.property(inspected, stats, fc.boolean(), (inspect, statistics, open) => {
      const what = inspectSchema.safeParse(JSON.parse(JSON.stringify(inspect)));
      if (!what.success) return;
      const counted = statsSchema.safeParse(JSON.parse(JSON.stringify(statistics)));
      const published = publishedPorts(what.data);
      assert.ok(published.length <= mostPorts);
      assert.equal(new Set(published.map(({ port }) => port)).size, published.length);
      const look = lookOf(
        'a'.repeat(64),
        what.data,
        counted.success ? counted.data : null,
        published.map((port) => ({ ...port, open })),
      );
      if (look === null) return;
      const reply: DockerReply = {
        ok: true,
        op: 'look',
        engine: { socket: '/s', version: '27.0.0', api: '1.44' },
        containers: Array.from({ length: mostContainers }, () => look),
        left: 0,
        note: plainNote(look.name),
      };
      assert.deepEqual(readDockerReply(JSON.parse(JSON.stringify(reply))), reply);
      assert.ok(Buffer.byteLength(JSON.stringify(reply)) < mostReplyBytes);
    }),
    { ...options, numRuns: 600 },
  );
});

test('a reply of any other form is none', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        value,
        fc.record({
          ok: fc.boolean(),
          op: fc.constantFrom('look', 'stop', 'restart', 'list'),
          engine: value,
          note: value,
          seen: value,
          code: value,
        }),
      ),
      (said) => {
        const reply = readDockerReply(said);
        if (reply !== null) assert.match(reply.note, /^[^\p{Cc}\p{Cf}\p{Cs}]*$/u);
      },
    ),
    options,
  );
});

test('Lima’s log, whatever is in it, is read in time that grows with its length alone', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(text, fc.constantFrom('-O forward', '-L 0:', 'exit status 255', '-L 0.0.0.0:8123:', '\n')), {
        maxLength: 200,
      }),
      (parts) => {
        const { times, ports: found } = forwardFailures(parts.join(' '));
        assert.ok(times >= 0 && found.every((port) => Number.isInteger(port) && port <= 65_535));
      },
    ),
    options,
  );
});

const look = fc.record(
  {
    id: fc.constantFrom('a'.repeat(64), 'b'.repeat(64)),
    name: fc.constantFrom('jellyfin', 'app_redis_1', 'named', 'other'),
    image: fc.constantFrom('x:1', 'postgres:16'),
    startedAt: fc.constantFrom('2026-11-22T13:53:40Z', '2026-11-22T14:53:40Z'),
    isPaused: fc.boolean(),
    health: fc.constantFrom('healthy', 'starting', 'unhealthy', 'none'),
    isOffered: fc.boolean(),
    cpuMs: fc.oneof(fc.constant(null), fc.constantFrom(0, 5, 1e6, Number.MAX_SAFE_INTEGER)),
    networkBytes: fc.oneof(fc.constant(null), fc.constantFrom(0, 7, 1e9)),
    memoryBytes: fc.constant(null),
    ports: fc.array(
      fc.record(
        {
          host: fc.constant('127.0.0.1' as const),
          port: fc.constantFrom(8123, 3100),
          open: fc.oneof(fc.boolean(), fc.constant(null)),
        },
        { noNullPrototype: true },
      ),
      { maxLength: 2 },
    ),
  },
  { noNullPrototype: true },
) as fc.Arbitrary<ContainerLook>;

const reply = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.array(look, { maxLength: 3 }).map(
      (containers): DockerReply => ({
        ok: true,
        op: 'look',
        engine: { socket: '/s', version: '1', api: '1.44' },
        containers,
        left: 0,
        note: '',
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('missing', 'silent', 'not_understood').map(
      (why): DockerReply => ({
        ok: true,
        op: 'look',
        engine: null,
        why: why as 'silent',
        ports: [{ host: '127.0.0.1', port: 8123, open: false }],
        note: '',
      }),
    ),
  },
);
const stopEnd = fc.constantFrom('exited', 'running', 'unknown', 'absent', 'changed', 'busy');

test('whatever is heard, only what was offered and is not to stay is stopped, one at a time, and restarts keep their distance', () => {
  const config = containerConfig({ idle: 600_000, restart: ['/bin/true'], stop: ['named'] }).containers;
  assert.ok(config !== null);
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          afterMs: fc.constantFrom(1_000, 30_000, 300_000, 1_000_000),
          reply,
          end: stopEnd,
          isLost: fc.boolean(),
          mode: fc.constantFrom('live', 'live', 'dry_run', 'observe_only'),
          isPaused: fc.constantFrom(false, false, true),
        }),
        { maxLength: 60 },
      ),
      (steps) => {
        let state = initialContainers(0);
        let nowMs = 0;
        let restarted = Number.NEGATIVE_INFINITY;
        for (const { afterMs, reply: said, end, isLost, mode, isPaused } of steps) {
          nowMs += afterMs;
          const turn = newContainerTurn();
          const before = state;
          state = stepContainers(
            state,
            { nowMs, config, mode: mode as 'live', isCalm: true, isPaused, nextPlan: 1 },
            turn,
          );
          assert.ok(turn.orders.length <= 1);
          for (const order of turn.orders) {
            if (order.op !== 'look') assert.deepEqual([mode, isPaused], ['live', false]);
            let heard: Heard | null = said.ok && said.op === 'look' ? { op: 'look', reply: said } : null;
            if (order.op === 'stop') {
              const known = before.known.find(({ look: { id } }) => id === order.id);
              assert.ok(
                known !== undefined && (known.look.isOffered || known.look.name === 'named') && !known.look.isPaused,
              );
              assert.equal(keptBy(known.look, config.keep), null);
              heard = {
                op: 'stop',
                plan: order.plan,
                reply: { ok: true, op: 'stop', seen: end as 'exited', note: '' },
              };
            }
            if (order.op === 'restart') {
              assert.ok(nowMs - restarted >= restartEveryMs);
              restarted = nowMs;
              heard = { op: 'restart', plan: order.plan, ok: !isLost, detail: '' };
            }
            if (isLost && order.op !== 'restart') state = lostOrder(state, nowMs);
            else if (heard !== null) state = heardOfContainers(state, heard, config, nowMs, newContainerTurn());
          }
          assert.deepEqual(JSON.parse(JSON.stringify(state)), state);
          for (const { subject, detail } of containerCauses(state)) assert.match(`${subject}: ${detail}`, /^[^\n]+$/);
        }
      },
    ),
    options,
  );
});
