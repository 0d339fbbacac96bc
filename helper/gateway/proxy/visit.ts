import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAddress } from '../../config/addresses.ts';
import type { GatewaySeat } from '../../protocol/seats.ts';
import type { Direction, SeatActivity } from '../activity.ts';
import { type Connected, connect, type SeatSocket } from './connect.ts';
import { createFlight, type Flight } from './flight.ts';
import { type Peek, peek } from './peek.ts';
import type { ReadBuffer } from './read-buffer.ts';
import type { Refusal } from './refusal.ts';
import { refuse } from './refuse.ts';
import { relay } from './relay.ts';
import { reset } from './reset.ts';
import { routeOf } from './route.ts';
import type { StartResult, Starts } from './starts.ts';
import type { ProxyTimes } from './times.ts';

/** What one connection needs to know of its seat; the seat may change while it waits. */
export interface Host {
  readonly seat: () => GatewaySeat;
  /** The keeper's word on it is not too old. */
  readonly isFresh: () => boolean;
  readonly starts: Starts;
  readonly activity: SeatActivity;
  readonly readBuffer: () => ReadBuffer;
  /** Bytes were passed on. */
  readonly onMoved: (bytes: number, direction: Direction) => void;
  readonly times: ProxyTimes;
  readonly nowMs: () => number;
}

/** A connection to a seat, from when it was accepted until it is over. */
export interface Visit {
  /** It no longer counts as a request under way if its last bytes are that old. */
  readonly expire: (nowMs: number, limitMs: number) => void;
  /** Tells the client why and closes, unless it is passed on to the seat already. */
  readonly turnAway: (refusal: Refusal) => void;
  /** Cuts it, wherever it is. */
  readonly cut: () => void;
}

/**
 * `client` is paused and unread. `refusal`: it is not to be served at all. `onOver` is called once, when the client's
 * socket is closed.
 */
export const createVisit = (
  client: Socket,
  host: Host,
  refusal: Refusal | null,
  onOver: (visit: Visit) => void,
): Visit => {
  const { times, nowMs } = host;
  const { name } = host.seat();
  let flight: Flight | null = null;
  let peeked: Peek | null = null;
  let stage: 'waiting' | 'relayed' | 'over' = 'waiting';

  const peekNow = (): Peek => {
    if (peeked !== null) return peeked;
    const begun = peek(client);
    peeked = begun;
    // It leaves without having asked for anything; one that asked and sends no more still wants the answer.
    begun.onMore = () => {
      if (begun.hasEnded() && begun.bytes() === 0) client.end();
    };
    return begun;
  };

  const turnAway = (refusal: Refusal): void => {
    if (stage !== 'waiting') return;
    stage = 'over';
    flight?.end();
    refuse(client, peekNow(), refusal, times);
  };

  const passOn = (seat: SeatSocket, flight: Flight): void => {
    stage = 'relayed';
    const hasEnded = peeked?.hasEnded() ?? false;
    const held = peeked?.take() ?? [];
    if (held.length === 0) flight.rest();
    seat.socket.once('close', flight.end);
    relay(client, seat, { held, hasEnded }, (bytes, direction) => {
      flight.moved(bytes, direction);
      host.onMoved(bytes, direction);
    });
  };

  /** Null: the client left meanwhile. */
  const started = (): Promise<StartResult | null> =>
    new Promise((resolve) => {
      peekNow();
      const onClose = (): void => {
        leave();
        resolve(null);
      };
      client.once('close', onClose);
      const leave = host.starts.join(name, (result) => {
        client.off('close', onClose);
        resolve(result);
      });
    });

  const find = async (): Promise<void> => {
    let hasStarted = false;
    let refusedFromMs: number | null = null;
    let againMs = times.refusedAgainMs.first;
    while (stage === 'waiting' && !client.destroyed) {
      const seat = host.seat();
      const route = hasStarted ? ({ kind: 'seat', isSure: true } as const) : routeOf(seat, host.isFresh());
      if (route.kind === 'refuse') return turnAway(route.refusal);
      // From here on it wants the seat: a refused one is no use of it.
      flight ??= createFlight(host.activity, name, nowMs);
      if (route.kind === 'ensure') {
        const result = await started();
        if (result === null) return;
        if (!result.ok) return turnAway(result.refusal);
        hasStarted = true;
        refusedFromMs = null;
        continue;
      }
      const target = parseAddress(seat.proxy?.target ?? '');
      const connected: Connected =
        target === null ? { ok: false, code: 'no address' } : await connect(target, times.connectMs, host.readBuffer());
      if (connected.ok) {
        if (stage === 'waiting' && !client.destroyed) passOn(connected.seat, flight);
        else connected.seat.socket.on('error', () => {}).destroy();
        return;
      }
      const now = nowMs();
      refusedFromMs ??= now;
      const isWorthIt = route.isSure && connected.code === 'ECONNREFUSED' && now - refusedFromMs < times.refusedMs;
      if (!isWorthIt)
        return turnAway(host.isFresh() ? unreachable(seat, connected.code) : unknown(seat, connected.code));
      peekNow();
      await sleep(againMs);
      againMs = Math.min(againMs * 2, times.refusedAgainMs.last);
    }
  };

  const visit: Visit = {
    expire: (now, limitMs) => flight?.expire(now, limitMs),
    turnAway,
    cut: () => {
      stage = 'over';
      reset(client);
    },
  };
  client.on('error', () => {});
  client.once('close', () => {
    flight?.end();
    onOver(visit);
  });
  if (refusal === null) void find();
  else turnAway(refusal);
  return visit;
};

/** What the keeper said of it last is too old to be told. */
const unknown = (seat: GatewaySeat, code: string): Refusal => ({
  ...unreachable(seat, code),
  code: 'keeper_unavailable',
  state: null,
  said: `The keeper does not answer, and ${seat.name} does not accept connections at ${seat.proxy?.target ?? 'any address'} (${code}).`,
});

const unreachable = (seat: GatewaySeat, code: string): Refusal => ({
  seat: seat.name,
  code: 'unreachable',
  state: seat.state,
  said: `${seat.name} does not accept connections at ${seat.proxy?.target ?? 'any address'} (${code}).`,
  retryAfterSeconds: 5,
});
