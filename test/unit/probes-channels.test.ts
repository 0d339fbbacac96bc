import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SeatConfig } from '../../helper/config/config.ts';
import { questionsOf } from '../../helper/probes/seat-probes.ts';
import type { Finding, NetworkChannel, Verdict } from '../../helper/protocol/index.ts';
import { isReady, type SeatKeeper, seatName, startSeatKeeper } from '../fakes/seat-keeper.ts';

/** Channels of one seat in virtual time, through the keeper's own step. */

const health: NonNullable<SeatConfig['health']> = {
  listUrls: ['http://127.0.0.1:1337/v1/models'],
  chatUrl: 'http://127.0.0.1:1337/v1/chat/completions',
  model: 'codestral',
  files: null,
  tls: null,
};
const good: Finding = { ok: true, code: 'ok', detail: '', ms: 25 };
const bad: Finding = { ok: false, code: 'timeout', detail: 'no answer within 60 s', ms: null };

const probesOf = (keeper: SeatKeeper) => {
  const [probes] = keeper.state().probing.seats;
  assert.ok(probes !== undefined);
  return probes;
};
const asked = (keeper: SeatKeeper): readonly NetworkChannel[] =>
  questionsOf(probesOf(keeper)).map(({ channel }) => channel);
const answer = (keeper: SeatKeeper, channel: NetworkChannel, finding: Finding): void => {
  const question = questionsOf(probesOf(keeper)).find((each) => each.channel === channel);
  assert.ok(question !== undefined, `${channel} is not asked`);
  keeper.post({ type: 'finding', seat: seatName, ...question, finding });
};
/** Answers what is asked each second, and says when it was asked. */
const serve = (
  keeper: SeatKeeper,
  untilMs: number,
  findings: Readonly<Record<NetworkChannel, Finding>>,
): readonly (readonly [NetworkChannel, number])[] => {
  const log: (readonly [NetworkChannel, number])[] = [];
  while (keeper.nowMs() < untilMs) {
    keeper.runUntil(keeper.nowMs() + 1_000);
    for (const channel of asked(keeper)) {
      log.push([channel, keeper.nowMs()]);
      answer(keeper, channel, findings[channel]);
    }
  }
  return log;
};
const verdict = (keeper: SeatKeeper): Verdict | null => probesOf(keeper).judged.verdict;
const times = (log: ReturnType<typeof serve>, channel: NetworkChannel): number =>
  log.filter(([each]) => each === channel).length;

/** Protected, so that it is never idle. */
const start = (change: Partial<SeatConfig> = {}): SeatKeeper => {
  const keeper = startSeatKeeper({ seat: { class: 'protected', health, ...change } });
  keeper.runUntil(3_000);
  keeper.post(isReady);
  return keeper;
};

describe('what a seat is asked', () => {
  test('is its list each minute and to work every ten, from its first moment on', () => {
    const log = serve(start(), 3_600_000 + 10_000, { cheap: good, inference: good });
    assert.ok(Math.abs(times(log, 'cheap') - 60) <= 2, `${times(log, 'cheap')} times`);
    assert.ok(Math.abs(times(log, 'inference') - 7) <= 1, `${times(log, 'inference')} times`);
    assert.ok((log[0]?.[1] ?? 0) < 10_000);
  });

  test('is nothing while it loads, stands still, or does not run', () => {
    const loading = startSeatKeeper({ seat: { class: 'protected', health } });
    loading.runUntil(20_000);
    assert.deepEqual(asked(loading), []);
    const absent = startSeatKeeper({ seat: { health }, seen: { runs: false } });
    absent.runUntil(700_000);
    assert.deepEqual(asked(absent), []);
    assert.deepEqual(absent.orders(), [], 'nobody loads it to ask');
  });

  test('is not to work while it is at work, however long that takes', () => {
    const keeper = start();
    serve(keeper, 20_000, { cheap: good, inference: good });
    keeper.see({ cpuShare: 0.9 });
    const log = serve(keeper, 20_000 + 15 * 60_000, { cheap: good, inference: bad });
    assert.equal(times(log, 'inference'), 0);
    assert.equal(probesOf(keeper).tracks.inference.waits, 'busy');
    assert.equal(verdict(keeper), 'busy');
    keeper.see({ cpuShare: 0 });
    assert.equal(times(serve(keeper, keeper.nowMs() + 20_000, { cheap: good, inference: good }), 'inference'), 1);
    assert.equal(verdict(keeper), 'healthy');
    assert.deepEqual(keeper.orders(), [], 'and nothing was restarted');
  });

  test('waits for rest for twenty minutes, and is then asked for besides', () => {
    const keeper = start();
    serve(keeper, 20_000, { cheap: good, inference: good });
    keeper.see({ cpuShare: 0.9 });
    const log = serve(keeper, 35 * 60_000, { cheap: good, inference: bad });
    assert.equal(times(log, 'inference'), 1);
    assert.equal(probesOf(keeper).tracks.inference.strikes, 0, 'that it is slow now is no wonder');
    assert.equal(verdict(keeper), 'busy');
  });

  test('is to work, also at work, when it is believed not to: it has to be able to take that back', () => {
    const keeper = start();
    serve(keeper, 620_000, { cheap: good, inference: bad });
    assert.equal(verdict(keeper), 'zombie');
    keeper.see({ cpuShare: 0.9 });
    serve(keeper, 1_300_000, { cheap: good, inference: good });
    assert.equal(verdict(keeper), 'busy');
  });

  test('is one question at a time, which is given up when nobody reports', () => {
    const keeper = start();
    const question = () => questionsOf(probesOf(keeper)).find(({ channel }) => channel === 'inference');
    keeper.runUntil(30_000);
    const first = question();
    assert.ok(first !== undefined);
    keeper.runUntil(60_000);
    assert.deepEqual(question(), first);
    keeper.runUntil(120_000);
    assert.equal(question(), undefined);
    keeper.runUntil(640_000);
    assert.ok((question()?.number ?? 0) > first.number);
    assert.equal(probesOf(keeper).tracks.inference.strikes, 0, 'a gateway that is gone is no fault of the seat');
    keeper.post({ type: 'finding', seat: seatName, channel: 'inference', number: first.number, finding: bad });
    assert.equal(probesOf(keeper).tracks.inference.strikes, 0, 'what was given up is not heard');
  });

  test('is asked once more after a sleep', () => {
    const keeper = start();
    serve(keeper, 30_000, { cheap: good, inference: good });
    keeper.sleepUntil(8 * 3_600_000);
    const log = serve(keeper, 8 * 3_600_000 + 30_000, { cheap: good, inference: good });
    assert.deepEqual([times(log, 'cheap'), times(log, 'inference')], [1, 1]);
  });

  test('what was under way at a sleep is asked again at once, and what is heard of it is of another time', () => {
    const keeper = start();
    keeper.runUntil(10_000);
    const slept = questionsOf(probesOf(keeper)).find(({ channel }) => channel === 'inference');
    assert.ok(slept !== undefined);
    keeper.sleepUntil(8 * 3_600_000);
    keeper.post({ type: 'finding', seat: seatName, ...slept, finding: bad });
    assert.equal(probesOf(keeper).tracks.inference.strikes, 0);
    assert.equal(times(serve(keeper, 8 * 3_600_000 + 10_000, { cheap: good, inference: good }), 'inference'), 1);
    assert.equal(verdict(keeper), 'healthy');
  });

  test('is asked at once when castellan.toml wants something else asked, and what was found before says nothing', () => {
    const keeper = start();
    serve(keeper, 620_000, { cheap: good, inference: bad });
    assert.equal(verdict(keeper), 'zombie');
    keeper.configure({ health: { ...health, chatUrl: 'http://127.0.0.1:1338/v1/chat/completions' } });
    keeper.runUntil(keeper.nowMs() + 3_000);
    assert.equal(verdict(keeper), null);
    assert.equal(probesOf(keeper).tracks.cheap.found?.ok, true, 'its list is asked for where it was');
    serve(keeper, keeper.nowMs() + 3_000, { cheap: good, inference: good });
    assert.equal(verdict(keeper), 'healthy');
    const { lastOkMs } = probesOf(keeper).tracks.inference;
    keeper.configure({ health: { ...health, chatUrl: 'http://127.0.0.1:1338/v1/chat/completions' } });
    keeper.runUntil(keeper.nowMs() + 3_000);
    assert.equal(verdict(keeper), 'healthy', 'the same, read again');
    assert.equal(probesOf(keeper).tracks.inference.lastOkMs, lastOkMs);
  });

  test('is no use of it: the answers do not keep it loaded', () => {
    const keeper = startSeatKeeper({ seat: { health, idleSeconds: 300 }, seen: { mark: 1 } });
    keeper.runUntil(3_000);
    keeper.post(isReady);
    let mark = 1;
    while (keeper.nowMs() < 900_000 && keeper.orders().length === 0) {
      keeper.runUntil(keeper.nowMs() + 1_000);
      const isAnswering = asked(keeper).length > 0;
      // It works on the answer, and bytes move at its port.
      mark += isAnswering ? 1_000 : 0;
      keeper.see({ mark, cpuShare: isAnswering ? 0.9 : 0, connections: isAnswering ? 1 : 0 });
      if (isAnswering) {
        keeper.runUntil(keeper.nowMs() + 3_000);
        for (const channel of asked(keeper)) answer(keeper, channel, good);
        keeper.see({ cpuShare: 0, connections: 0 });
      }
    }
    assert.deepEqual(
      keeper.orders().map(({ verb }) => verb),
      ['stop'],
    );
    assert.ok(keeper.nowMs() < 400_000, `${keeper.nowMs()} ms`);
  });
});

describe('what was well once', () => {
  test('is not known any more when nobody has asked for a while', () => {
    const keeper = start();
    serve(keeper, 30_000, { cheap: good, inference: good });
    assert.equal(verdict(keeper), 'healthy');
    keeper.post({ type: 'gateway', state: 'missing', listen: '', problems: [] });
    keeper.runUntil(100_000);
    assert.equal(verdict(keeper), 'healthy');
    keeper.runUntil(1_400_000);
    assert.equal(verdict(keeper), null);
    assert.deepEqual(probesOf(keeper).judged.unproven, ['cheap', 'inference', 'integrity']);
  });
});

describe('nobody knows', () => {
  const unproven = `seat_unproven ${seatName}`;
  const ofSeats = (keeper: SeatKeeper): readonly string[] =>
    keeper.alerts().filter((alert) => alert.startsWith('seat_'));

  test('is no health: a chat that nobody reports of is told, once', () => {
    const keeper = start();
    while (keeper.nowMs() < 60 * 60_000) {
      keeper.runUntil(keeper.nowMs() + 1_000);
      if (asked(keeper).includes('cheap')) answer(keeper, 'cheap', good);
      assert.notEqual(verdict(keeper), 'healthy');
    }
    assert.deepEqual(ofSeats(keeper), [unproven]);
  });

  test('of a server that spins and of a gateway that is gone is told too', () => {
    const spinning = start();
    serve(spinning, 20_000, { cheap: good, inference: good });
    spinning.see({ cpuShare: 0.9 });
    serve(spinning, 60 * 60_000, { cheap: good, inference: bad });
    assert.deepEqual(ofSeats(spinning), [unproven]);
    const alone = start();
    serve(alone, 20_000, { cheap: good, inference: good });
    alone.post({ type: 'gateway', state: 'missing', listen: '', problems: [] });
    alone.runUntil(60 * 60_000);
    assert.deepEqual(ofSeats(alone), [unproven]);
  });

  test('of a seat at work that answers besides, and of a night, is not told', () => {
    const keeper = start();
    serve(keeper, 20_000, { cheap: good, inference: good });
    keeper.see({ cpuShare: 0.9 });
    serve(keeper, 3 * 3_600_000, { cheap: good, inference: good });
    keeper.see({ cpuShare: 0 });
    keeper.sleepUntil(11 * 3_600_000);
    serve(keeper, 11 * 3_600_000 + 60_000, { cheap: good, inference: good });
    assert.deepEqual(ofSeats(keeper), []);
  });
});

describe('strikes', () => {
  test('are counted on each channel by itself, and only a success takes them back', () => {
    const keeper = start();
    serve(keeper, 10_000, { cheap: good, inference: bad });
    assert.equal(verdict(keeper), null, 'once is no proof, and speaks for nothing');
    serve(keeper, 620_000, { cheap: good, inference: bad });
    assert.equal(verdict(keeper), 'zombie');
    assert.deepEqual(
      keeper.alerts().filter((alert) => alert.includes(seatName)),
      [`seat_inference_failing ${seatName}`],
    );
    serve(keeper, 1_240_000, { cheap: good, inference: good });
    assert.equal(verdict(keeper), 'healthy');
    serve(keeper, 1_260_000, { cheap: bad, inference: good });
    assert.equal(verdict(keeper), 'healthy', 'nor is once against a seat that was well');
    serve(keeper, 1_850_000, { cheap: bad, inference: good });
    assert.equal(verdict(keeper), 'busy');
    assert.ok(keeper.alerts().includes(`seat_list_failing ${seatName}`));
  });

  test('outlive the keeper', () => {
    const first = start();
    serve(first, 10_000, { cheap: good, inference: bad });
    const { memory } = first.state().relief.remembered;
    assert.deepEqual(memory?.strikes, [{ seat: seatName, cheap: 0, inference: 1, integrity: 0 }]);
    const second = startSeatKeeper({ seat: { class: 'protected', health } });
    second.post({ type: 'remembered', memory, ageMs: 1_000 });
    second.runUntil(3_000);
    second.post(isReady);
    assert.notEqual(verdict(second), 'zombie', 'of this run nothing has been said yet');
    serve(second, 10_000, { cheap: good, inference: bad });
    assert.equal(verdict(second), 'zombie');
  });

  test('are not counted of a seat that stands still', () => {
    const keeper = start();
    keeper.runUntil(10_000);
    const { tracks } = probesOf(keeper);
    assert.ok(tracks.cheap.asking !== null);
    keeper.see({ isStopped: true });
    keeper.runUntil(14_000);
    answer(keeper, 'cheap', bad);
    assert.equal(probesOf(keeper).tracks.cheap.strikes, 0);
    assert.equal(verdict(keeper), 'frozen');
  });
});

describe('being at work', () => {
  test('excuses what is slow, and no port that is closed, no empty answer and no other model', () => {
    const listsWith = (code: Finding['code']): SeatKeeper => {
      const keeper = start();
      serve(keeper, 20_000, { cheap: good, inference: good });
      keeper.see({ cpuShare: 0.9 });
      serve(keeper, 300_000, { cheap: { ...bad, code }, inference: good });
      return keeper;
    };
    for (const code of ['refused', 'empty_answer', 'wrong_model'] as const)
      assert.ok(listsWith(code).alerts().includes(`seat_list_failing ${seatName}`), code);
    for (const code of ['timeout', 'bad_status', 'bad_answer'] as const)
      assert.equal(probesOf(listsWith(code)).tracks.cheap.strikes, 0, code);
  });
});

describe('a server that hangs from the moment its last chat had passed', () => {
  test('is told of within twenty minutes, although each question takes a minute to fail', () => {
    const keeper = start();
    serve(keeper, 5_000, { cheap: good, inference: good });
    let askedMs: number | null = null;
    while (keeper.nowMs() < 20 * 60_000) {
      keeper.runUntil(keeper.nowMs() + 1_000);
      if (asked(keeper).includes('cheap')) answer(keeper, 'cheap', good);
      if (!asked(keeper).includes('inference')) continue;
      askedMs ??= keeper.nowMs();
      if (keeper.nowMs() - askedMs < 60_000) continue;
      answer(keeper, 'inference', bad);
      askedMs = null;
    }
    assert.equal(verdict(keeper), 'zombie');
  });
});

describe('sixteen hours of a server that lists its model and does not work', () => {
  test('are told of within twenty minutes, and nothing is restarted', () => {
    const keeper = start();
    serve(keeper, 60_000, { cheap: good, inference: good });
    const brokenMs = keeper.nowMs();
    let toldMs: number | null = null;
    while (keeper.nowMs() < brokenMs + 16 * 3_600_000) {
      serve(keeper, keeper.nowMs() + 60_000, { cheap: good, inference: bad });
      if (keeper.alerts().includes(`seat_inference_failing ${seatName}`)) toldMs ??= keeper.nowMs();
    }
    assert.ok(toldMs !== null && toldMs - brokenMs <= 20 * 60_000, `${toldMs}`);
    assert.equal(verdict(keeper), 'zombie');
    assert.equal(keeper.alerts().filter((alert) => alert.startsWith('seat_inference_failing')).length, 1);
    assert.deepEqual(keeper.orders(), []);
    assert.ok(probesOf(keeper).tracks.inference.strikes >= 90);
  });
});
