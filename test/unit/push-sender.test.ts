import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { Deliver, Delivered } from '../../helper/gateway/push/deliver.ts';
import { type Message, raisedMessage } from '../../helper/gateway/push/message.ts';
import { createPush } from '../../helper/gateway/push/push.ts';
import { added, emptyQueue, mostBytes, mostItems } from '../../helper/gateway/push/queue.ts';
import { createQueueFile, noQueueFile, type QueueFile } from '../../helper/gateway/push/queue-file.ts';
import { createSender, type SenderOptions } from '../../helper/gateway/push/sender.ts';
import type { PushView, ToldAlert } from '../../helper/protocol/push.ts';
import type { GatewayView } from '../../helper/protocol/seats.ts';
import { eventually } from '../fakes/gateway-keeper.ts';
import { sampleAlert, samplePushTarget } from '../fakes/push-receiver.ts';
import { testRunDirectory } from '../fakes/socket-keeper.ts';

/** The queue of alerts: bounded, kept, in order, and each target for itself. */

const messageOf = (n: number, change: Partial<Message> = {}): Message => ({
  ...raisedMessage(sampleAlert({ id: `id-${n}` })),
  ...change,
});
const again: Delivered = { kind: 'again', detail: 'it answers 500', afterMs: null };
const taken: Delivered = { kind: 'taken' };

const started = (t: TestContext, change: Partial<SenderOptions> = {}) => {
  const problems = new Map<string, string>();
  const sent: string[] = [];
  const deliver: Deliver = async (target, message, signal) => {
    sent.push(`${target.name} ${message.id}`);
    return (change.deliver ?? (async () => taken))(target, message, signal);
  };
  const sender = createSender({
    file: noQueueFile,
    wallMs: () => 1_000,
    random: () => 0.5,
    problem: (about, text) => {
      if (text === null) problems.delete(about);
      else problems.set(about, text);
    },
    onChange: () => {},
    times: { firstMs: 5, mostMs: 20 },
    ...change,
    deliver,
  });
  t.after(sender.close);
  return { sender, sent, problems };
};

describe('a sender', () => {
  test('sends in order, again until it is taken, and one target does not wait for another', async (t) => {
    const left = new Map([['slow id-1', 3]]);
    const { sender, sent, problems } = started(t, {
      deliver: async ({ name }, { id }) => {
        const tries = left.get(`${name} ${id}`) ?? 0;
        left.set(`${name} ${id}`, tries - 1);
        return tries > 0 ? again : taken;
      },
    });
    sender.setTargets([samplePushTarget({ name: 'slow' }), samplePushTarget({ name: 'quick' })]);
    sender.send(messageOf(1));
    sender.send(messageOf(2));
    await eventually(() => sender.status().every(({ waiting }) => waiting === 0));
    assert.deepEqual(
      sent.filter((one) => one.startsWith('slow')),
      ['slow id-1', 'slow id-1', 'slow id-1', 'slow id-1', 'slow id-2'],
    );
    assert.deepEqual(
      sent.filter((one) => one.startsWith('quick')),
      ['quick id-1', 'quick id-2'],
    );
    assert.equal(problems.size, 0, 'it is over');
    assert.deepEqual(
      sender.status().map(({ name, delivered, at }) => [name, delivered, at]),
      [
        ['slow', 2, 'http://127.0.0.1:9/…'],
        ['quick', 2, 'http://127.0.0.1:9/…'],
      ],
    );
  });

  test('sends only what is grave enough, and gives up what is refused', async (t) => {
    const { sender, sent, problems } = started(t, {
      deliver: async ({ name }) => (name === 'no' ? { kind: 'refused', detail: 'it answers 413' } : taken),
    });
    sender.setTargets([samplePushTarget({ level: 'critical' }), samplePushTarget({ name: 'no', level: 'notice' })]);
    sender.send(messageOf(1, { level: 'warning' }));
    await eventually(() => sender.status().every(({ waiting }) => waiting === 0));
    assert.deepEqual(sent, ['no id-1']);
    assert.equal(sender.status()[1]?.refused, 1);
    assert.equal(problems.get('push no'), 'alerts do not get to no: it answers 413');
  });

  test('says one problem however often it fails, and a moment’s failure is none', async (t) => {
    let told = 0;
    const { sender, sent } = started(t, {
      deliver: async () => again,
      problem: (about, text) => {
        if (about === 'push ops' && text !== null) told += 1;
        if (text !== null) assert.equal(text, 'alerts do not get to ops: it answers 500');
      },
    });
    sender.setTargets([samplePushTarget()]);
    sender.send(messageOf(1));
    await eventually(() => sent.length === 1);
    assert.equal(told, 0);
    await eventually(() => sent.length > 5);
    assert.ok(told > 0);
  });

  test('a test goes ahead of what waits, once', async (t) => {
    const { sender, sent } = started(t, { deliver: async () => again, times: { firstMs: 60_000, mostMs: 60_000 } });
    sender.setTargets([samplePushTarget({ level: 'critical' })]);
    sender.send(messageOf(1));
    await eventually(() => sender.status()[0]?.last !== null);
    sender.send(messageOf(2, { event: 'test' }));
    await eventually(() => sender.status()[0]?.last?.id === 'id-2');
    assert.deepEqual(sent, ['ops id-1', 'ops id-2']);
    assert.equal(sender.status()[0]?.waiting, 1);
  });

  test('honours a wait that is asked for', async (t) => {
    const { sender, sent } = started(t, {
      deliver: async () => ({ ...again, afterMs: 60_000 }) as Delivered,
    });
    sender.setTargets([samplePushTarget()]);
    sender.send(messageOf(1));
    await eventually(() => sent.length === 1);
    // Its own would have been 5 ms.
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal(sent.length, 1);
  });

  test('a target that asks for no wait at all is not sent to without one', async (t) => {
    const { sender, sent } = started(t, {
      deliver: async () => ({ ...again, afterMs: 0 }) as Delivered,
      times: { firstMs: 60_000, mostMs: 60_000 },
    });
    sender.setTargets([samplePushTarget()]);
    sender.send(messageOf(1));
    await eventually(() => sent.length === 1);
    // At its word alone there would be thousands by then.
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal(sent.length, 1);
  });

  test('a target that leaves castellan.toml takes what waited with it; a file that names none does not', (t) => {
    const { sender } = started(t, { deliver: () => new Promise(() => {}) });
    sender.setTargets([samplePushTarget(), samplePushTarget({ name: 'other' })]);
    sender.send(messageOf(1));
    sender.setTargets([]);
    assert.equal(sender.queue().items.length, 2);
    sender.setTargets([samplePushTarget({ name: 'other' })]);
    assert.deepEqual(
      sender.queue().items.map(({ target }) => target),
      ['other'],
    );
  });
});

test('a change of one target leaves what is under way to the others, and to whom it was told already', async (t) => {
  const underWay = new Map<string, AbortSignal>();
  const { sender, sent } = started(t, {
    deliver: ({ name, level }, _, signal) => {
      underWay.set(`${name} ${level}`, signal);
      return new Promise(() => {});
    },
  });
  const changes = samplePushTarget({ name: 'changes' });
  const stays = samplePushTarget({ name: 'stays' });
  sender.setTargets([changes, samplePushTarget({ name: 'goes' }), stays]);
  sender.send(messageOf(1));
  sender.setTargets([stays, { ...changes, level: 'notice' }]);
  assert.deepEqual(
    [...underWay].map(([of, { aborted }]) => [of, aborted]),
    [
      ['changes warning', true],
      ['goes warning', true],
      ['stays warning', false],
      ['changes notice', false],
    ],
  );
  assert.deepEqual(sent, ['changes id-1', 'goes id-1', 'stays id-1', 'changes id-1']);
  assert.deepEqual(
    sender.status().map(({ name, waiting }) => [name, waiting]),
    [
      ['stays', 1],
      ['changes', 1],
    ],
  );
});

describe('the queue', () => {
  test('drops the oldest and counts them, by number and by bytes', () => {
    let queue = emptyQueue;
    for (let n = 0; n < mostItems + 5; n++) queue = added(queue, messageOf(n), ['ops']);
    assert.equal(queue.items.length, mostItems);
    assert.equal(queue.items[0]?.message.id, 'id-5');
    let large = emptyQueue;
    for (let n = 0; n < 50; n++) large = added(large, messageOf(n, { detail: 'x'.repeat(16_000) }), ['constructor']);
    assert.ok(JSON.stringify(large.items).length <= mostBytes + 1_000);
    assert.equal(large.items.at(-1)?.message.id, 'id-49');
    assert.deepEqual(Object.values(large.counts)[0]?.dropped, 50 - large.items.length);
  });

  const file = (t: TestContext): { readonly path: string; readonly log: string[]; readonly open: () => QueueFile } => {
    const folder = join(testRunDirectory(t), 'gateway');
    mkdirSync(folder, { recursive: true });
    const path = join(folder, 'push.json');
    const log: string[] = [];
    return { path, log, open: () => createQueueFile(path, (text) => log.push(text)) };
  };

  test('outlives whoever wrote it, counts and all', async (t) => {
    const { path, open } = file(t);
    const first = started(t, { file: open(), deliver: () => new Promise(() => {}) });
    first.sender.setTargets([samplePushTarget({ name: 'constructor' })]);
    for (const n of [1, 2, 3]) first.sender.send(messageOf(n));
    // No close: as after a kill.
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const next = started(t, { file: open() });
    next.sender.setTargets([samplePushTarget({ name: 'constructor' })]);
    await eventually(() => next.sender.status()[0]?.delivered === 3);
    assert.deepEqual(next.sent, ['constructor id-1', 'constructor id-2', 'constructor id-3']);
    assert.equal(open().load().items.length, 0);
  });

  for (const [what, bytes] of [
    ['cut off', '{"version":1,"items":[{"targ'],
    ['of another form', '{"version":1,"items":[{}],"counts":{},"heard":{}}'],
    ['far too long', 'x'.repeat(2 ** 20)],
    ['nested without end', '['.repeat(100_000)],
  ] as const)
    test(`a file that is ${what} is set aside, and a new one begun`, (t) => {
      const { path, log, open } = file(t);
      writeFileSync(path, bytes);
      assert.deepEqual(open().load(), emptyQueue);
      assert.equal(readFileSync(`${path}.damaged`, 'utf8'), bytes);
      assert.equal(log.length, 1);
      assert.equal(open().save(emptyQueue), null);
      assert.deepEqual(open().load(), emptyQueue);
    });

  test('a full disk is said, and what cannot be kept is sent all the same', async (t) => {
    const { path } = file(t);
    let isFull = true;
    const full = createQueueFile(
      path,
      () => {},
      (at, text) => {
        if (isFull) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
        writeFileSync(at, text);
      },
    );
    const { sender, problems } = started(t, { file: full });
    sender.setTargets([samplePushTarget()]);
    sender.send(messageOf(1));
    await eventually(() => sender.status()[0]?.delivered === 1);
    assert.equal(problems.get('push: queue'), `alerts that wait to be sent would be lost: ${path}: ENOSPC`);
    assert.ok(!existsSync(path));
    isFull = false;
    sender.send(messageOf(2));
    await eventually(() => sender.status()[0]?.delivered === 2);
    assert.equal(problems.size, 0);
  });
});

describe('alerts of the keeper', () => {
  const view = (alerts: readonly ToldAlert[], targets: PushView['targets'] = [samplePushTarget()]) =>
    ({ push: { targets, alerts: [...alerts] } }) as unknown as GatewayView;

  const pushing = (t: TestContext, file: QueueFile = noQueueFile, silentMs?: number) => {
    const sent: string[] = [];
    const push = createPush({
      ask: async () => ({ ok: true, result: {} }) as never,
      problems: { set: () => {} },
      file,
      deliver: async (_, { event, id }) => {
        sent.push(`${event} ${id}`);
        return taken;
      },
      nowMs: () => performance.now(),
      wallMs: () => 1_000,
      random: () => 0.5,
      ...(silentMs === undefined ? {} : { silentMs }),
    });
    t.after(push.close);
    return { push, sent };
  };

  test('are sent once each, and once when they are over, over restarts of both', async (t) => {
    const path = join(testRunDirectory(t), 'push.json');
    const open = (): QueueFile => createQueueFile(path, () => {});
    const first = pushing(t, open());
    const alert = sampleAlert();
    for (let beat = 0; beat < 5; beat++) first.push.onView(view([alert]));
    await eventually(() => first.push.status()[0]?.waiting === 0);
    assert.deepEqual(first.sent, [`raised ${alert.id}`]);

    const next = pushing(t, open());
    next.push.onView(view([alert]));
    for (let beat = 0; beat < 5; beat++) next.push.onView(view([{ ...alert, overMs: 9_000 }]));
    await eventually(() => next.push.status()[0]?.delivered === 2);
    assert.deepEqual(next.sent, [`recovered ${alert.id}.recovered`]);
    next.push.onView(view([]));
    assert.deepEqual(open().load().heard, {}, 'what is not listed any more is forgotten');
  });

  test('that came and went while nobody sent are told both ways', async (t) => {
    const { push, sent } = pushing(t);
    push.onView(view([{ ...sampleAlert(), overMs: 9_000 }]));
    await eventually(() => sent.length === 2);
    assert.deepEqual(
      sent.map((one) => one.split(' ')[0]),
      ['raised', 'recovered'],
    );
  });

  test('a keeper that falls silent is told of once, and that it speaks again', async (t) => {
    const { push, sent } = pushing(t, noQueueFile, 20);
    push.onView(view([]));
    await eventually(() => sent.length === 1);
    push.onView(view([]));
    await eventually(() => sent.length >= 2);
    assert.deepEqual(sent.slice(0, 2), [
      'raised keeper_stale.gateway.1000',
      'recovered keeper_stale.gateway.1000.recovered',
    ]);
  });

  test('that a keeper speaks again is told also by the gateway after the one that told of its silence', async (t) => {
    const path = join(testRunDirectory(t), 'push.json');
    const first = pushing(
      t,
      createQueueFile(path, () => {}),
      20,
    );
    first.push.onView(view([]));
    await eventually(() => first.push.status()[0]?.delivered === 1);
    first.push.close();
    const next = pushing(
      t,
      createQueueFile(path, () => {}),
    );
    for (let beat = 0; beat < 5; beat++) next.push.onView(view([]));
    await eventually(() => next.push.status()[0]?.delivered === 2);
    assert.deepEqual(next.sent, ['recovered keeper_stale.gateway.1000.recovered']);
  });

  test('nothing is opened, kept, counted or reported where nobody is to be told', async (t) => {
    const silentMs = 20;
    const touched: string[] = [];
    const file: QueueFile = {
      load: () => {
        touched.push('load');
        return emptyQueue;
      },
      save: () => {
        touched.push('save');
        return null;
      },
    };
    const { push, sent } = pushing(t, file, silentMs);
    push.tell();
    for (const none of [{} as GatewayView, view([], [])]) push.onView(none);
    await new Promise((resolve) => setTimeout(resolve, silentMs * 5));
    assert.deepEqual([touched, push.status()], [[], []]);
    push.onView(view([]));
    assert.deepEqual(sent, [], 'and a silence before that was told to nobody is not said to be over');
    assert.equal(touched[0], 'load');
  });

  test('a silence is not counted when nobody is to be told any more, and is again when somebody is', async (t) => {
    const silentMs = 30;
    const { push, sent } = pushing(t, noQueueFile, silentMs);
    push.onView(view([]));
    push.onView({} as GatewayView);
    await new Promise((resolve) => setTimeout(resolve, silentMs * 5));
    push.onView(view([]));
    assert.deepEqual(sent, []);
    await eventually(() => sent.length === 1);
    assert.deepEqual(sent, ['raised keeper_stale.gateway.1000']);
  });

  test('all that one view brings is kept with one write', (t) => {
    let saves = 0;
    const { push } = pushing(t, {
      load: () => emptyQueue,
      save: () => {
        saves += 1;
        return null;
      },
    });
    const alerts = [sampleAlert(), sampleAlert({ id: 'another', overMs: 9_000 }), sampleAlert({ id: 'third' })];
    push.onView(view(alerts));
    assert.equal(saves, 1);
    push.onView(view(alerts));
    assert.equal(saves, 1);
  });

  test('a keeper whose file cannot be read does not make them be told again', async (t) => {
    const { push, sent } = pushing(t);
    push.onView(view([sampleAlert()]));
    await eventually(() => sent.length === 1);
    push.onView({} as GatewayView);
    push.onView(view([sampleAlert(), sampleAlert({ id: 'another' })]));
    await eventually(() => sent.length === 2);
    assert.deepEqual(sent, [`raised ${sampleAlert().id}`, 'raised another']);
  });
});
