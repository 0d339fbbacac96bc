import type { TestContext } from 'node:test';
import { type Gateway, type GatewayOptions, startGateway } from '../../helper/gateway/gateway.ts';
import type { Caller } from '../../helper/keeper/server/caller.ts';
import type { Call, Handlers } from '../../helper/keeper/server/dispatch.ts';
import { type GatewaySocket, startGatewaySocket } from '../../helper/keeper/server/gateway-socket.ts';
import type { GatewaySeat, GatewayView } from '../../helper/protocol/seats.ts';
import { ownUid, peerAs, sampleHandlers, testRunDirectory } from './socket-keeper.ts';

/** The keeper's real gateway.sock with answers of the test's choice, and a real gateway beside it. */

export const sampleGatewaySeat = (change: Partial<GatewaySeat> = {}): GatewaySeat => ({
  name: 'Codestral',
  label: 'com.sanctum.codestral',
  class: 'on_call',
  state: 'absent',
  closing: null,
  probing: false,
  readyUrl: null,
  health: null,
  proxy: null,
  ...change,
});

export interface Heard {
  readonly verb: string;
  readonly args: Readonly<Record<string, unknown>>;
}

export interface GatewayKeeper {
  readonly runDirectory: string;
  /** What the gateway asked for, but reads. */
  readonly heard: readonly Heard[];
  readonly states: readonly string[];
  readonly log: readonly string[];
  /** Sent at once, and with each beat from then on. */
  readonly show: (change: {
    readonly seats?: readonly GatewaySeat[];
    readonly api?: Partial<GatewayView['api']>;
    readonly advisor?: GatewayView['advisor'];
  }) => void;
  readonly socket: () => GatewaySocket;
  /** No beat and no answer any more, though the connection stays. */
  readonly stopBeat: () => void;
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
}

const recorded = [
  'seat.ensure',
  'seat.load',
  'seat.unask',
  'seat.release',
  'seat.traffic',
  'seat.closingAck',
  'probe.report',
  'advice.report',
] as const;

export interface GatewayKeeperOptions {
  readonly runDirectory?: string;
  readonly handlers?: Partial<Handlers>;
  readonly seats?: readonly GatewaySeat[];
  readonly api?: Partial<GatewayView['api']>;
  readonly advisor?: GatewayView['advisor'];
  readonly beatMs?: number;
  /** Account of the gateway; a gateway in this process has this one's. */
  readonly gatewayUid?: number;
}

/** Whom a gateway that these tests start as a process becomes. */
export const gatewayProcessUid = (): number => (ownUid() === 0 ? 65_534 : ownUid());

export const startGatewayKeeper = async (
  t: Pick<TestContext, 'after'>,
  options: GatewayKeeperOptions = {},
): Promise<GatewayKeeper> => {
  const runDirectory = options.runDirectory ?? testRunDirectory(t);
  const heard: Heard[] = [];
  const states: string[] = [];
  const log: string[] = [];
  let view: GatewayView = {
    atMs: 0,
    api: { listen: '127.0.0.1:0', extraListen: [], isOpen: false, ...options.api },
    seats: [...(options.seats ?? [sampleGatewaySeat()])],
    advisor: options.advisor ?? null,
  };
  let socket: GatewaySocket | null = null;
  let beat: NodeJS.Timeout | null = null;
  const base = sampleHandlers(options.handlers);
  const recording = Object.fromEntries(
    [...recorded, 'gateway.problems' as const].map((verb) => [
      verb,
      (args: Record<string, unknown>, caller: Caller, call?: Call) => {
        heard.push({ verb, args });
        return (base[verb] as (args: unknown, caller: Caller, call?: Call) => unknown)(args, caller, call);
      },
    ]),
  ) as unknown as Partial<Handlers>;

  const publish = (): void => socket?.publish({ ...view, seats: [...view.seats], atMs: performance.now() });
  const stopBeat = (): void => {
    if (beat !== null) clearInterval(beat);
    beat = null;
  };
  const gatewayUid = options.gatewayUid ?? ownUid();
  const start = async (): Promise<void> => {
    let listening = false;
    socket = await startGatewaySocket({
      runDirectory,
      gatewayUid,
      // Of our own connections the server must see our own account: it tests that before it listens.
      peerOf: (fd) => peerAs(() => (listening ? gatewayUid : ownUid()))(fd),
      handlers: { ...base, ...recording },
      instance: 'i1',
      hostKind: 'sim',
      log: (level, text) => log.push(`${level} ${text}`),
      onState: (state) => states.push(state),
      onSubscribed: () => setImmediate(publish),
      nowMs: () => performance.now(),
    });
    listening = true;
    beat = setInterval(publish, options.beatMs ?? 500);
  };
  const stop = async (): Promise<void> => {
    stopBeat();
    const closing = socket;
    socket = null;
    await closing?.close();
  };
  await start();
  t.after(stop);
  return {
    runDirectory,
    heard,
    states,
    log,
    show: (change) => {
      view = {
        ...view,
        ...(change.seats === undefined ? {} : { seats: [...change.seats] }),
        api: { ...view.api, ...change.api },
        ...(change.advisor === undefined ? {} : { advisor: change.advisor }),
      };
      publish();
    },
    socket: () => {
      if (socket === null) throw new Error('the keeper has been stopped');
      return socket;
    },
    stopBeat,
    stop,
    start,
  };
};

export interface TestGateway {
  readonly gateway: Gateway;
  readonly log: readonly string[];
  /** "http://127.0.0.1:PORT". */
  readonly url: string;
  readonly port: number;
}

/** A gateway in this process, past its first view. */
export const startTestGateway = async (
  t: TestContext,
  keeper: Pick<GatewayKeeper, 'runDirectory'>,
  options: Partial<GatewayOptions> = {},
): Promise<TestGateway> => {
  const log: string[] = [];
  const gateway = startGateway({
    runDirectory: keeper.runDirectory,
    ownUid: ownUid(),
    log: (text) => log.push(text),
    ...options,
  });
  t.after(() => gateway.close());
  await eventually(
    () => gateway.address() !== null,
    () => `no address; ${log.join('; ')}`,
  );
  const address = gateway.address() ?? '';
  return { gateway, log, url: `http://${address}`, port: Number(address.slice(address.lastIndexOf(':') + 1)) };
};

/** Waits for what must come. The bound tells a hang. */
export const eventually = async (
  condition: () => boolean | Promise<boolean>,
  what: () => string = () => 'it did not come about',
): Promise<void> => {
  for (const end = performance.now() + 15_000; !(await condition()); ) {
    if (performance.now() > end) throw new Error(what());
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};
