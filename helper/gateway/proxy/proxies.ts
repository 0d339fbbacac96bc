import type { Socket } from 'node:net';
import { parseAddress } from '../../config/addresses.ts';
import type { Address } from '../../config/config.ts';
import { type GatewaySeat, type GatewayView, isServing } from '../../protocol/seats.ts';
import type { Direction, SeatActivity } from '../activity.ts';
import type { Taken } from '../problems.ts';
import { createCollector } from './collect.ts';
import { createListener, type Listener } from './listener.ts';
import { createReadBuffers } from './read-buffer.ts';
import type { Refusal } from './refusal.ts';
import { createStarts, type Ensure } from './starts.ts';
import { mostConnections, type ProxyTimes, proxyTimes } from './times.ts';
import { createVisit, type Host, type Visit } from './visit.ts';

export interface ProxiesOptions {
  /** What the keeper said last; null: too long ago to go by, or nothing yet. */
  readonly view: () => GatewayView | null;
  /** Calls with each view that comes; gives what ends that. */
  readonly onView: (listener: (view: GatewayView) => void) => () => void;
  /** Asks the keeper for a seat, and answers when it serves or will not. */
  readonly ensure: Ensure;
  readonly activity: SeatActivity;
  readonly log: { readonly warn: (text: string) => void };
  /** Told when it changes; null: the proxy of this seat has no problem (any more). At most 256 characters. */
  readonly problem: (seat: string, text: string | null, taken: Taken | null) => void;
  readonly times?: Partial<ProxyTimes>;
  /** Monotonic. */
  readonly nowMs?: () => number;
}

export interface ProxyFigures {
  readonly seat: string;
  /** Open now. */
  readonly connections: number;
  /** Passed on since the gateway was started. */
  readonly bytes: Readonly<Record<Direction, number>>;
}

/** The on-demand proxies: one listener for each seat that has an address of its own in the view. */
export interface Proxies {
  /** Where the proxy of a seat listens now; null: it has none, or cannot listen. */
  address(seat: string): Address | null;
  /** Connections of clients to this seat's proxy, served or not. */
  connections(seat: string): number;
  /** Of each seat that has a proxy. */
  figures(): readonly ProxyFigures[];
  /** Listens no more, and gives connections under way a moment to end by themselves. */
  close(): Promise<void>;
}

/** What there is of a seat's proxy. It outlives its place in the view as long as connections go by it. */
interface Place {
  seat: GatewaySeat;
  readonly visits: Set<Visit>;
  readonly bytes: Record<Direction, number>;
  listen: string;
  listener: Listener | null;
  problem: string | null;
}

const newPlace = (seat: GatewaySeat): Place => ({
  seat,
  visits: new Set(),
  bytes: { to_seat: 0, from_seat: 0 },
  listen: '',
  listener: null,
  problem: null,
});

export const startProxies = (options: ProxiesOptions): Proxies => {
  const { view, activity, log } = options;
  const times: ProxyTimes = { ...proxyTimes, ...options.times };
  const nowMs = options.nowMs ?? (() => performance.now());
  const places = new Map<string, Place>();
  const visits = new Map<Visit, Place>();
  const readBuffer = createReadBuffers();
  const collect = createCollector();
  let onEmpty: (() => void) | null = null;
  const starts = createStarts({ ensure: options.ensure, nowMs, backOffMs: times.backOffMs, onTrouble: log.warn });

  const say = (place: Place, text: string | null, taken: Taken | null = null): void => {
    if (place.problem === text) return;
    place.problem = text;
    if (text !== null) log.warn(text);
    options.problem(place.seat.name, text, taken);
  };

  const accept = (client: Socket, place: Place): void => {
    const isFull = place.visits.size >= mostConnections;
    const host: Host = {
      seat: () => place.seat,
      isFresh: () => view() !== null,
      starts,
      activity,
      readBuffer,
      onMoved: (bytes, direction) => {
        place.bytes[direction] += bytes;
        collect(bytes, direction);
      },
      times,
      nowMs,
    };
    const visit = createVisit(client, host, isFull ? full(place.seat) : null, (over) => {
      place.visits.delete(over);
      visits.delete(over);
      if (visits.size === 0) onEmpty?.();
    });
    place.visits.add(visit);
    visits.set(visit, place);
  };

  const open = (place: Place, listen: string): void => {
    place.listen = listen;
    const at = parseAddress(listen);
    if (at === null) {
      say(place, `The proxy of ${place.seat.name} cannot listen at ${listen}: that is no address.`);
      return;
    }
    place.listener = createListener({
      seat: place.seat.name,
      at,
      onClient: (client) => accept(client, place),
      againMs: times.listenAgainMs,
      onProblem: (text, taken) => say(place, text, taken),
    });
  };

  const shut = (place: Place): void => {
    place.listener?.close();
    place.listener = null;
    place.listen = '';
    say(place, null);
  };

  const follow = ({ seats }: GatewayView): void => {
    const listens = new Map(seats.flatMap(({ name, proxy }) => (proxy === null ? [] : [[name, proxy.listen]])));
    // Addresses are given up before others are taken: two seats may have changed places.
    for (const [name, place] of places) {
      const listen = listens.get(name);
      if (place.listen !== listen) shut(place);
      if (listen !== undefined) continue;
      places.delete(name);
      starts.forget(name);
    }
    for (const seat of seats) {
      const listen = listens.get(seat.name);
      if (listen === undefined) continue;
      if (isServing(seat.state) && seat.closing === null) starts.forget(seat.name);
      const place = places.get(seat.name) ?? newPlace(seat);
      place.seat = seat;
      places.set(seat.name, place);
      if (place.listen !== listen) open(place, listen);
    }
  };

  const leaveView = options.onView(follow);
  const present = view();
  if (present !== null) follow(present);
  const sweep = setInterval(() => {
    for (const visit of visits.keys()) visit.expire(nowMs(), times.inFlightMs);
  }, times.sweepMs);
  sweep.unref();

  const end = async (): Promise<void> => {
    leaveView();
    clearInterval(sweep);
    for (const place of places.values()) shut(place);
    for (const [visit, { seat }] of [...visits]) visit.turnAway(ending(seat));
    if (visits.size === 0) return;
    await new Promise<void>((resolve) => {
      const cut = setTimeout(() => {
        for (const visit of visits.keys()) visit.cut();
      }, times.graceMs);
      onEmpty = () => {
        clearTimeout(cut);
        resolve();
      };
    });
  };
  let ended: Promise<void> | null = null;

  return {
    address: (seat) => places.get(seat)?.listener?.address() ?? null,
    connections: (seat) => places.get(seat)?.visits.size ?? 0,
    figures: () =>
      [...places].map(([seat, { visits, bytes }]) => ({ seat, connections: visits.size, bytes: { ...bytes } })),
    close: () => {
      ended ??= end();
      return ended;
    },
  };
};

const full = ({ name, state }: GatewaySeat): Refusal => ({
  seat: name,
  code: 'too_many_connections',
  state,
  said: `${name} has ${mostConnections} connections already.`,
  retryAfterSeconds: 1,
});

const ending = ({ name, state }: GatewaySeat): Refusal => ({
  seat: name,
  code: 'ending',
  state,
  said: `The gateway is ending; ${name} itself goes on.`,
  retryAfterSeconds: 5,
});
