import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AskSeat, SeatQuestions } from '../../helper/gateway/health/ask.ts';
import { createQuestions } from '../../helper/gateway/health/questions.ts';
import type { Ask } from '../../helper/gateway/keeper-link.ts';
import { failure } from '../../helper/protocol/errors.ts';
import type { Finding } from '../../helper/protocol/health.ts';
import type { GatewaySeat, GatewayView } from '../../helper/protocol/seats.ts';
import { http } from '../fakes/gateway-http.ts';
import { eventually, sampleGatewaySeat, startGatewayKeeper, startTestGateway } from '../fakes/gateway-keeper.ts';
import { chatOf, httpServer, listOf, rawServer, sampleQuestions } from '../fakes/gateway-servers.ts';

const good: Finding = { ok: true, code: 'ok', detail: '', ms: 1 };

const viewOf = (...seats: readonly GatewaySeat[]): GatewayView => ({
  atMs: 0,
  api: { listen: '127.0.0.1:0', extraListen: [], isOpen: false },
  seats: [...seats],
  advisor: null,
});

const seatWith = (questions: SeatQuestions['questions'], change: Partial<SeatQuestions> = {}): GatewaySeat =>
  sampleGatewaySeat({ state: 'ready', health: sampleQuestions({ ...change, questions }) });

interface Put {
  readonly channel: string;
  readonly signal: AbortSignal;
  readonly answer: (finding: Finding) => void;
}

const start = (refusals: readonly string[] = []) => {
  const puts: Put[] = [];
  const reports: unknown[] = [];
  const left = [...refusals];
  const askSeat: AskSeat = (_, channel, signal) =>
    new Promise((answer) => {
      puts.push({ channel, signal, answer });
    });
  const ask = (async (_: string, args: unknown) => {
    reports.push(args);
    const code = left.shift();
    return code === undefined ? { ok: true, result: {} } : { ok: false, failure: failure(code as 'rate_limited') };
  }) as unknown as Ask;
  return { puts, reports, questions: createQuestions(askSeat, ask, assert.fail) };
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a question of the view', () => {
  const cheap = { channel: 'cheap', number: 7 } as const;
  const inference = { channel: 'inference', number: 8 } as const;

  test('is put once for as long as it stands there, answered or not, and reported under its number', async () => {
    const { puts, reports, questions } = start();
    for (let n = 0; n < 5; n += 1) questions.onView(viewOf(seatWith([cheap, inference])));
    assert.deepEqual(
      puts.map(({ channel }) => channel),
      ['cheap', 'inference'],
    );
    puts[1]?.answer(good);
    await turn();
    questions.onView(viewOf(seatWith([cheap, inference])));
    assert.equal(puts.length, 2);
    assert.deepEqual(reports, [{ seat: 'Codestral', ...inference, finding: good }]);
    questions.onView(viewOf(seatWith([cheap])));
    questions.onView(viewOf(seatWith([cheap, { ...inference, number: 9 }])));
    assert.equal(puts.length, 3);
  });

  test('that is there no more is given up and not reported', async () => {
    const { puts, reports, questions } = start();
    questions.onView(viewOf(seatWith([cheap, inference])));
    questions.onView(viewOf(seatWith([inference])));
    assert.deepEqual(
      puts.map(({ signal }) => signal.aborted),
      [true, false],
    );
    questions.onView(viewOf());
    for (const { answer } of puts) answer(good);
    await turn();
    assert.equal(puts[1]?.signal.aborted, true);
    assert.deepEqual(reports, []);
  });

  test('with another number takes the place of the one before, which ends first', () => {
    const { puts, questions } = start();
    questions.onView(viewOf(seatWith([cheap])));
    questions.onView(viewOf(seatWith([{ ...cheap, number: 9 }])));
    assert.deepEqual(
      puts.map(({ signal }) => signal.aborted),
      [true, false],
    );
  });

  test('is put again after another keeper has come, whose numbers begin anew', () => {
    const { puts, questions } = start();
    questions.onView(viewOf(seatWith([cheap])));
    questions.forget();
    assert.equal(puts[0]?.signal.aborted, true);
    questions.onView(viewOf(seatWith([cheap])));
    assert.equal(puts.length, 2);
  });

  test('that cannot be put is told of, and no others are lost', async () => {
    const said: string[] = [];
    const reports: unknown[] = [];
    const askSeat: AskSeat = async (_, channel) => {
      if (channel === 'cheap') throw new TypeError('a fault of ours');
      return good;
    };
    const ask = (async (_: string, args: unknown) => {
      reports.push(args);
      return { ok: true, result: {} };
    }) as unknown as Ask;
    createQuestions(askSeat, ask, (text) => said.push(text)).onView(viewOf(seatWith([cheap, inference])));
    await eventually(() => said.length === 1);
    assert.deepEqual(said, ['Codestral was not asked (cheap): TypeError: a fault of ours']);
    assert.deepEqual(reports, [{ seat: 'Codestral', ...inference, finding: good }]);
  });

  test('is reported again when there were too many, and not when the keeper is gone', async () => {
    const busy = start(['rate_limited']);
    busy.questions.onView(viewOf(seatWith([cheap])));
    busy.puts[0]?.answer(good);
    await eventually(() => busy.reports.length === 2);
    const gone = start(['connection_lost']);
    gone.questions.onView(viewOf(seatWith([cheap])));
    gone.puts[0]?.answer(good);
    await turn();
    await turn();
    assert.equal(gone.reports.length, 1);
  });
});

describe('the gateway', () => {
  test('puts questions to the seat and reports them, none of which counts as use of it', async (t) => {
    const seat = await httpServer(
      t,
      (request, response) => void response.end(request.method === 'GET' ? listOf('a') : chatOf('b', { content: 'OK' })),
    );
    const questions = [
      { channel: 'cheap', number: 1 },
      { channel: 'inference', number: 2 },
    ] as const;
    const asked = { listUrls: [`${seat.url}/list`], chatUrl: `${seat.url}/chat`, model: 'a' };
    const keeper = await startGatewayKeeper(t, { seats: [seatWith([...questions], asked)], beatMs: 20 });
    const { gateway } = await startTestGateway(t, keeper);
    const reports = () => keeper.heard.filter(({ verb }) => verb === 'probe.report').map(({ args }) => args);
    await eventually(() => reports().length === 2);
    const codes = reports().map(({ channel, number, finding }) => [channel, number, (finding as Finding).code]);
    assert.deepEqual(codes.sort(), [
      ['cheap', 1, 'ok'],
      ['inference', 2, 'wrong_model'],
    ]);
    // Many beats with the same questions.
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.equal(seat.all(), 2);
    await eventually(() => seat.open() === 0);
    assert.deepEqual(
      keeper.heard.filter(({ verb }) => verb === 'seat.traffic'),
      [],
    );
    await gateway.close();
  });

  test('ends what it asks when the keeper goes, and when it ends itself', async (t) => {
    const seat = await rawServer(t, () => {});
    const asked = { listUrls: [`${seat.url}/list`] };
    const keeper = await startGatewayKeeper(t, { seats: [seatWith([{ channel: 'cheap', number: 1 }], asked)] });
    const { gateway } = await startTestGateway(t, keeper, { health: { cheap: 60_000, inference: 60_000 } });
    await eventually(() => seat.open() === 1);
    await keeper.stop();
    await eventually(() => seat.open() === 0);
    await keeper.start();
    await eventually(() => seat.open() === 1);
    await gateway.close();
    await eventually(() => seat.open() === 0);
    assert.deepEqual(
      keeper.heard.filter(({ verb }) => verb === 'probe.report'),
      [],
    );
  });

  test('does not answer for a seat that does no work, and asks the keeper, who says why', async (t) => {
    const said = 'Codestral does not serve. It accepts connections and does no work.';
    const keeper = await startGatewayKeeper(t, {
      seats: [seatWith([])],
      handlers: {
        'seat.ensure': async ({ seat }) => ({
          ok: true,
          result: { seat, outcome: 'refused', state: 'ready', admission: null, retryAfterSeconds: null, said },
        }),
      },
    });
    const { port } = await startTestGateway(t, keeper);
    const ensure = (query = '') => http(port, `/ensure-loaded/Codestral${query}`, { method: 'POST' });
    const asks = () => keeper.heard.filter(({ verb }) => verb === 'seat.ensure').length;
    assert.equal((await ensure()).status, 200);
    assert.equal(asks(), 0);
    keeper.show({ seats: [seatWith([], { isDead: true })] });
    await eventually(async () => (await ensure()).status === 503);
    const { json } = await ensure('?wait=1');
    assert.deepEqual([json?.code, json?.error], ['seat_refused', said]);
    assert.ok(asks() >= 2);
    keeper.show({ seats: [seatWith([])] });
    await eventually(async () => (await ensure()).status === 200);
  });
});
