import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import { defaultConfig } from '../../helper/config/config.ts';
import { configDiff, configEntries } from '../../helper/config/print.ts';
import { alertKinds } from '../../helper/journal/alert-kinds.ts';
import { alertLevel } from '../../helper/journal/alert-levels.ts';
import { type Alert, createAlerts } from '../../helper/journal/alerts.ts';
import { createPushDesk } from '../../helper/keeper/answering/push-desk.ts';
import { alertLevels, type PushStatus, pushViewSchema } from '../../helper/protocol/push.ts';
import { samplePushTarget } from '../fakes/push-receiver.ts';
import { bad, good } from './config-tools.ts';
import { folder, undo } from './journal-support.ts';

/** What of the alerts is to be sent out: from the episode until what raised it is over. */

const minute = 60_000;
const failing = (wallMs: number): Alert => ({ kind: 'seat_failed', subject: 'Demo 1', detail: 'exit 78', wallMs });
const key = 'seat_failed Demo 1';
const lasts = new Set([key]);
const none: ReadonlySet<string> = new Set();

const opened = (t: TestContext, directory: string) => {
  const alerts = createAlerts({ directory });
  undo(t, alerts.close);
  return alerts;
};
const standing = (alerts: ReturnType<typeof createAlerts>, wallMs: number) =>
  alerts.told(wallMs).map(({ id, raisedMs, overMs }) => [id, raisedMs, overMs]);

describe('an alert that was told', () => {
  test('is listed while it lasts, over when it would be told again, and gone an hour later', (t) => {
    const alerts = opened(t, folder(t));
    alerts.raise(failing(0), true);
    const id = 'seat_failed.Demo%201.0';
    alerts.settle(lasts, 300 * minute);
    assert.deepEqual(standing(alerts, 300 * minute), [[id, 0, null]]);
    alerts.settle(none, 301 * minute);
    assert.deepEqual(standing(alerts, 301 * minute), [[id, 0, 301 * minute]]);
    assert.deepEqual(standing(alerts, 361 * minute), []);
  });

  test('and flaps is one episode: it is over ten minutes after it was raised last', (t) => {
    const alerts = opened(t, folder(t));
    for (let at = 0; at < 30; at++) {
      alerts.raise(failing(at * minute), true);
      alerts.settle(lasts, at * minute);
      alerts.settle(none, at * minute + 30_000);
    }
    assert.deepEqual(
      standing(alerts, 30 * minute).map(([, , over]) => over),
      [null],
    );
    alerts.settle(none, 38 * minute);
    assert.deepEqual(standing(alerts, 38 * minute)[0]?.[2], null);
    alerts.settle(none, 39 * minute);
    assert.deepEqual(standing(alerts, 39 * minute)[0]?.[2], 39 * minute);
    assert.equal(alerts.raise(failing(40 * minute), true).told, true, 'and then it is told again');
    assert.equal(alerts.told(40 * minute).length, 2);
  });

  test('of a moment is never over', (t) => {
    const alerts = opened(t, folder(t));
    alerts.raise({ kind: 'gap', subject: 'keeper', detail: '12 s', wallMs: 0 });
    alerts.settle(none, 30 * minute);
    assert.deepEqual(standing(alerts, 30 * minute), [['gap.keeper.0', 0, null]]);
    assert.deepEqual(standing(alerts, 61 * minute), []);
  });

  test('is the same one for a keeper that was started again', (t) => {
    const directory = folder(t);
    const first = opened(t, directory);
    first.raise(failing(0), true);
    first.close();
    const next = opened(t, directory);
    assert.deepEqual(standing(next, 5 * minute), [['seat_failed.Demo%201.0', 0, null]]);
    next.settle(none, 11 * minute);
    assert.deepEqual(standing(next, 11 * minute), [['seat_failed.Demo%201.0', 0, 11 * minute]]);
  });

  test('has a name that a header may have, whatever it is about', (t) => {
    const alerts = opened(t, folder(t));
    alerts.raise({ kind: 'gap', subject: 'ü\n\ud800', detail: '', wallMs: 1 });
    assert.match(alerts.told(1)[0]?.id ?? '', /^[!-~]+$/);
  });
});

test('every kind has a level, and the manual says which', () => {
  const manual = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  for (const level of alertLevels.filter((each) => each !== 'warning')) {
    const kinds = alertKinds.filter((kind) => alertLevel(kind) === level);
    const row = new RegExp(`^\\*\\*${level}\\*\\*: (.*)$`, 'm').exec(manual)?.[1] ?? '';
    assert.deepEqual([...row.matchAll(/`(\w+)`/g)].map(([, kind]) => kind).sort(), [...kinds].sort(), level);
  }
});

describe('the keeper’s part', () => {
  const row: PushStatus = {
    name: 'ops',
    kind: 'webhook',
    at: 'https://a/…',
    level: 'warning',
    waiting: 1,
    delivered: 2,
    dropped: 0,
    refused: 0,
    deliveredMs: 5,
    last: null,
  };
  const desk = (push: readonly ReturnType<typeof samplePushTarget>[]) => {
    let told = 0;
    const made = createPushDesk({
      config: () => ({ ...defaultConfig, alerts: { file: null, push } }),
      told: () => [],
      wallMs: () => 1_000,
      tell: () => {
        told += 1;
      },
    });
    return { made, told: () => told };
  };
  const caller = {} as never;

  test('tells the gateway of nothing when nobody is to be told', async () => {
    const { made } = desk([]);
    assert.equal(made.view(), undefined);
    const answer = await made.handlers['push.test']({}, caller);
    assert.equal(answer.ok ? '' : answer.failure.code, 'no_push_target');
  });

  test('hands on targets and tests, and shows what the gateway says of targets there are', async () => {
    const { made, told } = desk([samplePushTarget()]);
    const answer = await made.handlers['push.test']({}, caller);
    assert.deepEqual(answer, { ok: true, result: { id: 'test.1.1000', targets: ['ops'] } });
    assert.equal(told(), 1);
    const view = made.view();
    assert.deepEqual(pushViewSchema.parse(view), view);
    assert.deepEqual(
      view?.alerts.map(({ kind, level }) => [kind, level]),
      [['test', 'critical']],
    );
    await made.handlers['push.report']({ targets: [row, { ...row, name: 'gone' }] }, caller);
    assert.deepEqual(made.status(), [row]);
  });
});

describe('[[alerts.push]]', () => {
  const lines = (url: string, more = ''): string =>
    `[[alerts.push]]\nname = "ops"\nkind = "ntfy"\nurl = "${url}"\n${more}`;

  test('is read with its defaults, and its path is printed nowhere', () => {
    const { config } = good(lines('https://ntfy.example/topic-nobody-guesses'));
    assert.deepEqual(config.alerts.push, [
      {
        name: 'ops',
        kind: 'ntfy',
        url: 'https://ntfy.example/topic-nobody-guesses',
        level: 'warning',
        secretFile: null,
        ca: null,
      },
    ]);
    const printed = [...configEntries(config)].flat().join('\n');
    assert.ok(printed.includes('https://ntfy.example/…') && !printed.includes('nobody-guesses'));
    const other = good(lines('https://ntfy.example/another-one')).config;
    assert.deepEqual(configDiff(config, other), ['alerts.push "ops".url: another path, which is not shown']);
    assert.ok(!configDiff(defaultConfig, config).join().includes('nobody-guesses'));
  });

  test('is refused where it would harm', () => {
    const messages = (text: string): string =>
      bad(text)
        .map(({ message }) => message)
        .join(' ');
    assert.match(messages(lines('http://93.184.216.34/t')), /without TLS/);
    assert.match(messages(lines('https://user:word@ntfy.example/t')), /passwords/);
    assert.ok(!messages(lines('https://user:w0rd@ntfy.example/t')).includes('w0rd'));
    assert.match(messages(lines('https://ntfy.example')), /topic is needed/);
    assert.match(messages(lines('http://10.0.0.5/t', 'secret_file = "/etc/s"\n')), /for everybody to read/);
    assert.match(messages(lines('https://a.example/t') + lines('https://b.example/t')), /two targets called ops/i);
    assert.match(messages('[alerts.push]\nname = "a"\n'), /\[\[alerts\.push\]\]/);
    assert.match(
      messages(Array.from({ length: 9 }, (_, i) => lines('https://a.example/t').replace('ops', `o${i}`)).join('')),
      /more than 8/,
    );
  });
});
