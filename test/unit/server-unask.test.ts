import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { GB } from '../../helper/config/config.ts';
import { createSeatDesk } from '../../helper/keeper/answering/seat-handlers.ts';
import { gatewaySocketPath } from '../../helper/keeper/server/gateway-socket.ts';
import { eventually, startGatewayKeeper } from '../fakes/gateway-keeper.ts';
import { type SeatKeeper, seatName, startSeatKeeper } from '../fakes/seat-keeper.ts';
import { openClient, type RawClient, sampleHandlers, startSocketKeeper } from '../fakes/socket-keeper.ts';

/** The keeper's own handlers before `decide` in virtual time, with one seat, which by default does not fit now. */
const fullKeeper = (
  peakBytes = 62 * GB,
): { readonly keeper: SeatKeeper; readonly handlers: ReturnType<typeof sampleHandlers> } => {
  const keeper = startSeatKeeper({ seat: { peakBytes }, seen: { runs: false } });
  keeper.runUntil(5_000);
  const desk = createSeatDesk({
    host: { services: {} as never, clock: {} as never },
    config: () => {
      throw new Error('not asked for here');
    },
    state: () => keeper.state(),
    post: (event) => {
      const decision = keeper.post(event);
      desk.settle(decision.seatAnswers);
      return decision;
    },
    fresh: async () => {},
    audit: () => {},
  });
  return { keeper, handlers: sampleHandlers(desk.handlers) };
};

const waitingFor = ({ keeper }: { readonly keeper: SeatKeeper }): number => keeper.state().seating.asks.length;

const askFor = (client: RawClient, id: number, more: object = {}): void =>
  client.send({ type: 'request', id, verb: 'seat.ensure', args: { seat: seatName, waitSeconds: 30, ...more } });

describe('who waits for memory and goes', () => {
  const toSocket = async (t: TestContext, peakBytes?: number) => {
    const full = fullKeeper(peakBytes);
    return { full, ...(await startSocketKeeper(t, { handlers: full.handlers })) };
  };

  test('gives his place back by ending the connection, and the seat is wanted no more', async (t) => {
    const { full, path } = await toSocket(t);
    const client = await openClient(t, path);
    const stays = await openClient(t, path);
    for (let id = 0; id < 10; id += 1) askFor(client, id);
    askFor(stays, 1);
    await eventually(() => waitingFor(full) === 11);
    full.keeper.runUntil(7_000);
    assert.equal(full.keeper.seat().state, 'admitting');
    client.socket.destroy();
    await eventually(() => waitingFor(full) === 1);
    stays.socket.destroy();
    await eventually(() => waitingFor(full) === 0);
    full.keeper.runUntil(12_000);
    assert.equal(full.keeper.seat().state, 'absent');
    assert.equal(full.keeper.seat().isHeld, false);
    assert.deepEqual(full.keeper.orders(), []);
  });

  test('has no say in what was begun for him', async (t) => {
    const { full, path } = await toSocket(t, 14 * GB);
    const client = await openClient(t, path);
    askFor(client, 1);
    await eventually(() => waitingFor(full) === 1);
    full.keeper.runUntil(10_000);
    assert.deepEqual(
      full.keeper.orders().map(({ verb }) => verb),
      ['start'],
    );
    client.socket.destroy();
    await eventually(() => waitingFor(full) === 0);
    full.keeper.runUntil(11_000);
    assert.equal(full.keeper.seat().state, 'loading');
  });
});

describe('the gateway, whose one connection serves many', () => {
  test('takes a request back by its ticket, and none but its own', async (t) => {
    const full = fullKeeper();
    const keeper = await startGatewayKeeper(t, { handlers: full.handlers });
    const client = await openClient(t, gatewaySocketPath(keeper.runDirectory));
    const unask = (id: number, ticket: string): void =>
      client.send({ type: 'request', id, verb: 'seat.unask', args: { ticket } });
    askFor(client, 1, { ticket: 'a' });
    askFor(client, 2, { ticket: 'b' });
    askFor(client, 3);
    await eventually(() => waitingFor(full) === 3);
    unask(4, 'none');
    unask(5, 'a');
    const ids = [await client.next(), await client.next(), await client.next()].map(
      (message) => message !== 'closed' && message.id,
    );
    assert.deepEqual(ids.toSorted(), [1, 4, 5], 'the request is over for its connection, too');
    assert.equal(waitingFor(full), 2);
    unask(6, 'a');
    await client.next();
    assert.equal(waitingFor(full), 2);
  });
});
