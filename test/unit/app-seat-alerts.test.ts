import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type AlertInput,
  type AlertMemory,
  alertOf,
  believedMs,
  dismissedAlert,
  judgeAlerts,
  mostAlerts,
  newEpisodeAfterMs,
  nothingAlerted,
  otherAlerts,
} from '../../app/seat-alerts.ts';
import { initialState } from '../../app/state.ts';
import { trayModel } from '../../app/tray-model.ts';
import { isAlertKind } from '../../helper/journal/alert-kinds.ts';
import type { SeatStatus } from '../../helper/protocol/status.ts';
import { snapshot } from '../e2e/popover-fixtures.ts';
import { doomed, failing, ill, silent, unknown, well, zombie } from '../e2e/popover-states-health.ts';
import { connected } from '../e2e/popover-states-pressure.ts';
import { sampleSeat } from '../fakes/sample-seat.ts';
import { sampleStatus } from '../fakes/sample-status.ts';

const start = 1_700_000_000_000;
const minute = 60_000;
const of = (health: SeatStatus['health'], name = 'Cilghal', change: Partial<SeatStatus> = {}): SeatStatus =>
  sampleSeat({ name, health, ...change });
const input = (seats: readonly SeatStatus[], atMs = 0, mayAct = true): AlertInput => ({
  status: sampleStatus({ seats: [...seats] }),
  mayAct,
  nowMs: start + atMs,
});
const away = (atMs: number): AlertInput => ({ status: null, mayAct: false, nowMs: start + atMs });
/** What is shown and taken off at each step. */
const run = (...inputs: readonly AlertInput[]) => {
  let memory: AlertMemory = nothingAlerted;
  const steps = inputs.map((each) => {
    const judged = judgeAlerts(memory, each);
    memory = judged.memory;
    return [...judged.show.map(({ episode }) => `+${episode}`), ...judged.withdraw.map((one) => `-${one}`)].join(' ');
  });
  return { steps, memory };
};
const chat = 'seat_inference_failing Cilghal';
/** At work all the time, so that nothing was heard of it. */
const mute: NonNullable<SeatStatus['health']> = {
  ...unknown,
  channels: unknown.channels.map((channel) =>
    channel.channel === 'inference'
      ? { ...channel, silent: 'it was not asked to work or did not answer for 47 min' }
      : channel,
  ),
};

describe('notifications about seats', () => {
  test('a channel that fails is told once while it fails, and taken off when it is well', () => {
    const steps = run(
      input([of(well)]),
      input([of(zombie)], minute),
      input([of(zombie)], 600 * minute),
      input([of(well)], 601 * minute),
    );
    assert.deepEqual(steps.steps, ['', `+${chat}`, '', `-${chat}`]);
  });

  test('the episodes are the keeper’s own alerts, one a channel, and none is about what merely waits or is not asked', () => {
    for (const kind of [...Object.values(alertOf), ...otherAlerts]) assert.ok(isAlertKind(kind), kind);
    const all = ill('unreachable', 'It runs, and nobody answers at its address.', [
      failing('cheap', 'refused', 'nobody accepts connections'),
      failing('inference', 'refused', 'nobody accepts connections'),
      failing('integrity', 'missing', '/opt/x is gone.'),
    ]);
    assert.deepEqual(run(input([of(all)])).steps[0]?.split(' +').length, 3);
    for (const health of [well, unknown, null]) assert.deepEqual(run(input([of(health)])).steps, ['']);
  });

  test('the words: which seat, what that means, what was said, and that nothing is restarted', () => {
    const [first] = judgeAlerts(nothingAlerted, input([of(doomed)])).show;
    assert.deepEqual(first, {
      episode: 'seat_files_failing Cilghal',
      seat: 'Cilghal',
      title: 'Cilghal would not start again',
      body: 'It works, and its next start will fail. mlx.metallib does not lie beside /opt/sanctum/bin/sanctum-mlx. Nothing is restarted by itself.',
    });
    const cold = { ...doomed, verdict: null, said: 'Nothing is known of its health yet.' };
    const stopped = judgeAlerts(nothingAlerted, input([of(cold, 'Cilghal', { state: 'absent' })])).show[0];
    assert.match(stopped?.body ?? '', /^mlx\.metallib does not lie beside/);
    const long = judgeAlerts(nothingAlerted, input([of(zombie, `${'🦙'.repeat(200)}`)])).show[0];
    assert.ok((long?.title.length ?? 999) < 140 && !/[\ud800-\udbff](?![\udc00-\udfff])/.test(long?.title ?? ''));
  });

  test('every kind: shown once as long as it lasts, and taken off when it is over', () => {
    const rows: readonly (readonly [string, SeatStatus, SeatStatus, string])[] = [
      [
        'seat_failed',
        of(null, 'Cilghal', { state: 'failed', why: 'It was not ready within 120 s.' }),
        of(null),
        'Cilghal has failed',
      ],
      [
        'seat_hollow',
        of(null, 'Cilghal', { state: 'hollow', why: 'Its footprint fell to 40 MB.' }),
        of(null),
        'Cilghal has lost its model',
      ],
      [
        'seat_doomed',
        of(null, 'Cilghal', { state: 'doomed', why: 'Its program is gone.' }),
        of(null),
        'Cilghal would not start again',
      ],
      ['seat_unproven', of(mute), of(well), 'Nobody knows whether Cilghal works'],
      [
        'seat_list_failing',
        of(ill('unreachable', 'x', [failing('cheap', 'refused', 'nobody')])),
        of(well),
        'Cilghal does not answer',
      ],
      ['seat_inference_failing', of(zombie), of(well), 'Cilghal does not do its work'],
      ['seat_files_failing', of(doomed), of(well), 'Cilghal would not start again'],
    ];
    assert.deepEqual(new Set(rows.map(([kind]) => kind)), new Set([...Object.values(alertOf), ...otherAlerts]));
    for (const [kind, ailing, over, title] of rows) {
      const { steps } = run(input([ailing]), input([ailing], 600 * minute), input([over], 601 * minute));
      assert.deepEqual(steps, [`+${kind} Cilghal`, '', `-${kind} Cilghal`], kind);
      assert.equal(judgeAlerts(nothingAlerted, input([ailing])).show[0]?.title, title);
    }
  });

  test('what a state proves: asked for anew it has not recovered, and one trouble is told once', () => {
    const failed = of(null, 'Cilghal', { state: 'failed', why: 'It ended with 1.' });
    const again = (state: SeatStatus['state']): SeatStatus => of(null, 'Cilghal', { state });
    const { steps } = run(
      input([failed]),
      input([again('admitting')], minute),
      input([again('loading')], 2 * minute),
      input([failed], 3 * minute),
      input([again('ready')], 4 * minute),
    );
    assert.deepEqual(steps, ['+seat_failed Cilghal', '', '', '', '-seat_failed Cilghal']);
    // Which file is missing is told by the channel of its files alone.
    const both = of(doomed, 'Cilghal', { state: 'doomed', why: 'Its program is gone.' });
    assert.deepEqual(run(input([both])).steps, ['+seat_files_failing Cilghal']);
    const silent = judgeAlerts(nothingAlerted, input([of(mute)])).show[0];
    assert.equal(silent?.body, 'It was not asked to work or did not answer for 47 min. Ask it something yourself.');
  });

  test('that it is started anew, or the keeper is, proves nothing; a seat that does not run is not blamed', () => {
    const { steps } = run(
      input([of(zombie)]),
      input([of(unknown)], minute),
      away(2 * minute),
      input([of(well)], 3 * minute),
    );
    assert.deepEqual(steps, [`+${chat}`, '', '', `-${chat}`]);
    const stopped = of(unknown, 'Cilghal', { state: 'absent', footprintBytes: 0 });
    assert.deepEqual(run(input([of(zombie)]), input([stopped], minute)).steps, [`+${chat}`, `-${chat}`]);
    // Its files are looked at whether it runs or not.
    const files = { ...unknown, channels: [silent('integrity', 'unknown')] };
    const gone = of(files, 'Cilghal', { state: 'absent', footprintBytes: 0 });
    assert.deepEqual(run(input([of(doomed)]), input([gone], minute)).steps.at(-1), '');
  });

  test('what is not known for long is taken off, and so is a seat that is declared no more', () => {
    assert.deepEqual(run(input([of(zombie)]), away(believedMs - 1), away(believedMs)).steps, [
      `+${chat}`,
      '',
      `-${chat}`,
    ]);
    assert.deepEqual(run(input([of(zombie)]), input([], minute)).steps, [`+${chat}`, `-${chat}`]);
  });

  test('one that flaps is told once; after some time that was well it is told again', () => {
    const flapping = Array.from({ length: 60 }, (_, at) => input([of(at % 2 === 0 ? zombie : well)], at * minute));
    assert.equal(run(...flapping).steps.filter((step) => step.startsWith('+')).length, 1);
    const again = run(
      input([of(zombie)]),
      input([of(well)], minute),
      input([of(well)], newEpisodeAfterMs),
      input([of(zombie)], newEpisodeAfterMs + minute),
    );
    assert.deepEqual(again.steps, [`+${chat}`, `-${chat}`, '', `+${chat}`]);
  });

  test('taken away by hand it stays away for the episode, and is not withdrawn twice', () => {
    const { memory } = run(input([of(zombie)]));
    const without = dismissedAlert(memory, chat);
    assert.deepEqual(judgeAlerts(without, input([of(zombie)], 60 * minute)).show, []);
    assert.deepEqual(judgeAlerts(without, input([of(well)], minute)).withdraw, []);
    assert.equal(dismissedAlert(memory, 'no such episode'), memory);
  });

  test('sixty-four at once do not bury the desktop; the next is told when there is room', () => {
    const all = Array.from({ length: 64 }, (_, at) => of(zombie, `Model ${at}`));
    const first = judgeAlerts(nothingAlerted, input(all));
    assert.equal(first.show.length, mostAlerts);
    assert.deepEqual(judgeAlerts(first.memory, input(all, minute)).show, []);
    const recovered = all.map((seat, at) => (at === 0 ? of(well, seat.name) : seat));
    const next = judgeAlerts(first.memory, input(recovered, 2 * minute));
    assert.deepEqual([next.withdraw.length, next.show.length], [1, 1]);
  });

  test('who may only look is told nothing, and one that stands is taken off', () => {
    assert.deepEqual(run(input([of(zombie)], 0, false)).steps, ['']);
    assert.deepEqual(run(input([of(zombie)]), input([of(zombie)], minute, false)).steps, [`+${chat}`, `-${chat}`]);
  });
});

describe('the menu bar', () => {
  const model = (seats: readonly SeatStatus[]) =>
    trayModel(
      {
        ...initialState('0.1.0', snapshot(0, connected, null).settings),
        connection: connected,
        status: sampleStatus({ seats: [...seats] }),
        receivedAtMs: start,
      },
      start,
    );
  test('says how many seats are not well, with a dot; nothing of those that are not asked', () => {
    const ailing = model([of(zombie), of(doomed, 'b'), of(well, 'c'), of(null, 'd')]);
    assert.equal(ailing.headline, 'Memory normal · 2 seats not well');
    assert.match(ailing.label, /^Castellan\. 2 seats not well\. Memory normal\./);
    assert.ok(ailing.picture.waits);
    const files = { ...doomed, verdict: null };
    assert.equal(model([of(files, 'cold')]).headline, 'Memory normal · 1 seat not well');
    const calm = model([of(well), of(null, 'b'), of(unknown, 'c')]);
    assert.deepEqual([calm.headline, calm.picture.waits], ['Memory normal', false]);
  });
});
