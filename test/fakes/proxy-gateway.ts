import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createActivity, type SeatActivity } from '../../helper/gateway/activity.ts';
import type { Taken } from '../../helper/gateway/problems.ts';
import { type Proxies, type ProxiesOptions, startProxies } from '../../helper/gateway/proxy/proxies.ts';
import type { EnsureAnswer, GatewaySeat, GatewayView } from '../../helper/protocol/seats.ts';
import type { Answer } from '../../helper/protocol/session.ts';

/** The rest of a gateway around the proxies: a view that the test writes, and a keeper that answers what the test says. */

export const seatName = 'council';

export const ready: Answer<EnsureAnswer> = {
  ok: true,
  result: {
    seat: seatName,
    outcome: 'ready',
    state: 'ready',
    admission: null,
    retryAfterSeconds: null,
    said: 'It serves.',
  },
};

export const failed: Answer<EnsureAnswer> = {
  ok: true,
  result: {
    seat: seatName,
    outcome: 'never_ready',
    state: 'failed',
    admission: null,
    retryAfterSeconds: 7,
    said: 'council did not become ready in 120 s.',
  },
};

export const seatAt = (targetPort: number, change: Partial<GatewaySeat> = {}): GatewaySeat => ({
  name: seatName,
  label: `com.example.${seatName}`,
  class: 'on_call',
  state: 'ready',
  closing: null,
  probing: false,
  readyUrl: null,
  health: null,
  proxy: { listen: '127.0.0.1:0', target: `127.0.0.1:${targetPort}` },
  ...change,
});

export interface FakeGateway {
  readonly proxies: Proxies;
  readonly activity: SeatActivity;
  /** Requests and connections that count as under way. */
  readonly inFlight: () => number;
  readonly problems: Map<string, string>;
  readonly ensures: string[];
  /** How the next questions for a seat are answered. */
  answer: (seat: string, left: AbortSignal) => Promise<Answer<EnsureAnswer>>;
  readonly taken: Map<string, Taken | null>;
  /** A new view. */
  show(...seats: readonly GatewaySeat[]): void;
  /** The keeper is not heard of any more. */
  lose(): void;
  /** Where the proxy of a seat listens, once it does. */
  port(seat?: string): Promise<number>;
}

export const until = async (what: string, isSo: () => boolean, withinMs = 10_000): Promise<void> => {
  const endMs = performance.now() + withinMs;
  while (!isSo()) {
    if (performance.now() > endMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(2);
  }
};

export const fakeGateway = (
  t: TestContext,
  seats: readonly GatewaySeat[],
  more: Partial<Pick<ProxiesOptions, 'times' | 'nowMs'>> = {},
): FakeGateway => {
  const listeners = new Set<(view: GatewayView) => void>();
  const viewOf = (of: readonly GatewaySeat[]): GatewayView => ({
    atMs: 0,
    api: { listen: '127.0.0.1:0', extraListen: [], isOpen: false },
    seats: [...of],
    advisor: null,
  });
  let view: GatewayView | null = viewOf(seats);
  const flying = { count: 0 };
  const counted = createActivity();
  const activity: SeatActivity = {
    ...counted,
    opened: (seat) => {
      flying.count += 1;
      counted.opened(seat);
    },
    closed: (seat) => {
      flying.count -= 1;
      counted.closed(seat);
    },
  };
  const problems = new Map<string, string>();
  const taken: FakeGateway['taken'] = new Map();
  const ensures: string[] = [];
  const proxies = startProxies({
    view: () => view,
    onView: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ensure: (seat, left) => {
      ensures.push(seat);
      return gateway.answer(seat, left);
    },
    activity,
    log: { warn: () => {} },
    problem: (seat, text, of) => {
      taken.set(seat, of);
      if (text === null) problems.delete(seat);
      else problems.set(seat, text);
    },
    ...more,
    times: { graceMs: 50, ...more.times },
  });
  t.after(() => proxies.close());
  const gateway: FakeGateway = {
    proxies,
    activity,
    inFlight: () => flying.count,
    problems,
    taken,
    ensures,
    answer: async () => ready,
    show: (...of) => {
      view = viewOf(of);
      for (const tell of listeners) tell(view);
    },
    lose: () => {
      view = null;
    },
    port: async (seat = seatName) => {
      await until(`the proxy of ${seat} listens`, () => proxies.address(seat) !== null);
      return proxies.address(seat)?.port ?? 0;
    },
  };
  return gateway;
};

/** A model server's place: a real listener whose connections the test handles. */
export interface SeatServer {
  readonly port: number;
  readonly server: Server;
  readonly sockets: Set<Socket>;
  /** As when its process is killed: connections end, and nobody listens. */
  die(): void;
}

export const seatServer = async (t: TestContext, onClient: (socket: Socket) => void, port = 0): Promise<SeatServer> => {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    onClient(socket);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const die = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  t.after(die);
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('no address');
  return { port: bound.port, server, sockets, die };
};

/** A port at which nobody listens now. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  server.close();
  await once(server, 'close');
  if (bound === null || typeof bound === 'string') throw new Error('no address');
  return bound.port;
};

export const client = async (t: TestContext, port: number): Promise<Socket> => {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  socket.on('error', () => {});
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
};

/** Everything until the other side has ended; `reset`: it was cut instead. */
export const readAll = (socket: Socket): Promise<{ readonly bytes: Buffer; readonly end: 'fin' | 'reset' }> =>
  new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let hasFailed = false;
    const done = (end: 'fin' | 'reset'): void => resolve({ bytes: Buffer.concat(chunks), end });
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.once('end', () => done('fin'));
    socket.once('error', () => {
      hasFailed = true;
    });
    socket.once('close', () => done(hasFailed ? 'reset' : 'fin'));
  });
