import { chmodSync, chownSync } from 'node:fs';
import { createServer, type Server as NetServer, type Socket } from 'node:net';
import type { PeerCode } from '../../host/peer.ts';
import type { HostKind } from '../../host/port.ts';
import { type ErrorCode, type Failure, failure, failureText } from '../../protocol/errors.ts';
import { limitFromKeeper } from '../../protocol/frame.ts';
import { encodeMessage } from '../../protocol/json.ts';
import type { Topic } from '../../protocol/requests.ts';
import type { EventData } from '../../protocol/verbs.ts';
import { oldestProtocol, productVersion, protocolVersion } from '../../protocol/version.ts';
import { type Access, onlyGateway, openToAll } from './access.ts';
import type { Caller } from './caller.ts';
import type { Pool, Seated } from './caps.ts';
import {
  type Connection,
  type ConnectionTimes,
  checkedConnectionTimes,
  connectionTimes,
  createConnection,
} from './connection.ts';
import { type PeerOf, peerOfSocket, testPeerOf, tokenOfSocket } from './descriptor.ts';
import type { DispatchOptions, Handlers, WireCheck } from './dispatch.ts';
import { newGreeting, type ProtocolRange } from './handshake.ts';
import { countLookers, type LookerCounts, sameCounts } from './lookers.ts';
import { createOutbox } from './outbox.ts';
import { createPeerGuard } from './peer-guard.ts';
import { fullBucket, type Rate, take } from './rate.ts';
import { clearSocketPath } from './socket-file.ts';

/** `castellan.sock` or `gateway.sock`: who may connect, and the connections there are. */

export interface ServerOptions {
  /** Absolute, at most 103 bytes; its folder exists and is as it should be. */
  readonly path: string;
  readonly peerOf: PeerOf;
  /** Given: only code that this vouches for gets a session. Absent: the boundary is the user. */
  readonly peerCode?: PeerCode | undefined;
  readonly handlers: Handlers;
  /** The user at the console; null when nobody is. In development the uid that runs the keeper. */
  readonly consoleUid: () => number | null;
  /** The account the keeper runs as; given by tests that need another. */
  readonly keeperUid?: number;
  /** Given: this is `gateway.sock`, for the gateway that runs as this account. */
  readonly gatewayUid?: number;
  /** Beside that, whether a process is the gateway that is meant. */
  readonly isGateway?: ((pid: number) => Promise<Failure | null>) | undefined;
  /** Differs for each start of the keeper. */
  readonly instance: string;
  readonly hostKind: HostKind;
  readonly log: (level: 'warn' | 'error', text: string) => void;
  /**
   * A request that its account may not make, for the audit. Any local user can make these: at most ten at once and one in
   * five seconds are told, each with how many were not.
   */
  readonly onNotAllowed?: (refusal: NotAllowed) => void;
  /** Told at each change of how many look at a topic. */
  readonly onLookers: (counts: LookerCounts) => void;
  /** Told when a handshake is done, and when such a session has ended. */
  readonly onSessions?: () => void;
  readonly check?: WireCheck | undefined;
  readonly times?: ConnectionTimes;
  /** For tests of version skew. */
  readonly protocol?: ProtocolRange;
  /** Monotonic milliseconds. */
  readonly nowMs?: () => number;
}

export interface NotAllowed {
  readonly verb: string;
  readonly uid: number;
  /** How many like it came since the last that was told. */
  readonly untold: number;
}

export interface Server {
  /** To all who subscribe to the topic; serialised once. */
  publish<T extends Topic>(topic: T, data: EventData<T>): void;
  lookers(): LookerCounts;
  /** The open sessions, in the order in which they connected; nobody whose handshake is not done. */
  callers(): readonly Caller[];
  /** Says goodbye to all and removes the socket. */
  close(): Promise<void>;
}

export type Started =
  | { readonly ok: true; readonly server: Server }
  | { readonly ok: false; readonly failure: Failure };

/** How connections end when nothing is wrong. */
const quietGoodbyes: ReadonlySet<ErrorCode> = new Set(['idle_timeout', 'shutting_down']);

/** Whoever connects can make us log; this much of it, and a count of the rest. */
const refusalLogRate: Rate = { perSecond: 0.2, burst: 10 };

const listen = (server: NetServer, path: string): Promise<Failure | null> =>
  new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(failure(error.code === 'EADDRINUSE' ? 'already_running' : 'untrusted_path', error.message)),
    );
    // Created closed and opened afterwards; the bind happens before listen() returns.
    const mask = process.umask(0o177);
    server.listen(path, () => resolve(null));
    process.umask(mask);
  });

/** The file was created closed; now it gets its owner and its mode. */
const giveAway = (path: string, { ownerUid, mode }: Access): Failure | null => {
  try {
    if (ownerUid !== null && ownerUid !== process.geteuid?.()) chownSync(path, ownerUid, -1);
    chmodSync(path, mode);
    return null;
  } catch (error) {
    return failure('untrusted_path', `${path} cannot be given to uid ${ownerUid}: ${String(error)}`);
  }
};

export const startServer = async (options: ServerOptions): Promise<Started> => {
  const { path, log } = options;
  const nowMs = options.nowMs ?? (() => performance.now());
  const protocol = options.protocol ?? { oldest: oldestProtocol, newest: protocolVersion };
  const keeperUid = options.keeperUid ?? process.getuid?.() ?? 0;
  const access =
    options.gatewayUid === undefined
      ? openToAll(options.consoleUid, keeperUid)
      : onlyGateway(options.gatewayUid, options.isGateway);
  const { peerCode } = options;
  const times = options.times ?? (peerCode === undefined ? connectionTimes : checkedConnectionTimes);
  const open = new Map<Connection, Seated>();
  let lookers = countLookers([]);
  let logBucket = fullBucket(refusalLogRate, nowMs());
  let unlogged = 0;

  const logRefusal = (uid: number, why: Failure): void => {
    const taken = take(logBucket, refusalLogRate, nowMs());
    logBucket = taken.bucket;
    if (!taken.ok) {
      unlogged += 1;
      return;
    }
    log('warn', `uid ${uid}: ${failureText(why)}${unlogged > 0 ? ` [and ${unlogged} more]` : ''}`);
    unlogged = 0;
  };

  let notAllowedBucket = fullBucket(refusalLogRate, nowMs());
  let untold = 0;
  const tellNotAllowed = (verb: string, { uid }: Caller): void => {
    const taken = take(notAllowedBucket, refusalLogRate, nowMs());
    notAllowedBucket = taken.bucket;
    if (!taken.ok) {
      untold += 1;
      return;
    }
    options.onNotAllowed?.({ verb, uid, untold });
    untold = 0;
  };

  const recount = (): void => {
    const counts = countLookers([...open.keys()].map((one) => one.topics()));
    if (sameCounts(counts, lookers)) return;
    lookers = counts;
    options.onLookers(counts);
  };

  const dispatch: DispatchOptions = {
    handlers: options.handlers,
    hostKind: options.hostKind,
    check: options.check,
    onNotAllowed: tellNotAllowed,
    onFault: (verb, error) => log('error', `${verb}: ${error instanceof Error ? (error.stack ?? '') : String(error)}`),
  };

  const turnAway = (socket: Socket, uid: number, why: Failure): void => {
    logRefusal(uid, why);
    socket.on('error', () => {});
    createOutbox(socket).goodbye(why);
  };

  const endOthers = (newest: Connection): void => {
    for (const one of [...open.keys()])
      if (one !== newest && one.caller() !== null) one.goodbye(failure('too_many_connections', 'a newer one has come'));
  };

  const admit = (socket: Socket, uid: number, gid: number, pid: number, pool: Pool): void => {
    const connection = createConnection({
      socket,
      peer: { uid, gid, pid },
      guard: createPeerGuard({
        code: peerCode,
        tokenNow: (code) => tokenOfSocket(socket, code),
        isOpen: () => !socket.destroyed,
        pid,
        admits: access.admits,
      }),
      greeting: newGreeting(protocol, productVersion),
      instance: options.instance,
      tierOf: access.tierOf,
      dispatch,
      times,
      nowMs,
      onTopics: recount,
      onOpen: () => {
        if (access.isSingle) endOthers(connection);
        options.onSessions?.();
      },
      onGoodbye: (why) => {
        if (!quietGoodbyes.has(why.code)) logRefusal(uid, why);
      },
    });
    open.set(connection, { uid, pool });
    socket.once('close', () => {
      open.delete(connection);
      options.onSessions?.();
    });
  };

  const accept = (socket: Socket): void => {
    const peer = peerOfSocket(socket, options.peerOf);
    if (!peer.ok) {
      turnAway(socket, -1, failure('peer_unknown', peer.detail));
      return;
    }
    const place = access.placeFor([...open.values()], peer.uid);
    if (typeof place !== 'string') {
      turnAway(socket, peer.uid, place);
      return;
    }
    admit(socket, peer.uid, peer.gid, peer.pid, place);
  };

  const busy = await clearSocketPath(path, access.ownerUid);
  if (busy !== null) return { ok: false, failure: busy };
  const blind = await testPeerOf(path, options.peerOf, peerCode);
  if (blind !== null) return { ok: false, failure: failure('peer_unknown', blind) };

  const server = createServer({ pauseOnConnect: true }, accept);
  const refused = await listen(server, path);
  if (refused !== null) return { ok: false, failure: refused };
  const kept = giveAway(path, access);
  if (kept !== null) {
    await new Promise<void>((resolve) => server.close(() => resolve()));
    return { ok: false, failure: kept };
  }
  server.on('error', (error) => log('error', String(error)));

  const publish = <T extends Topic>(topic: T, data: EventData<T>): void => {
    if (lookers[topic] === 0) return;
    try {
      dispatch.check?.event(topic, data);
      const frame = encodeMessage({ type: 'event', topic, data }, limitFromKeeper);
      for (const connection of [...open.keys()]) connection.deliver(topic, frame);
    } catch (error) {
      log('error', `event ${topic}: ${String(error)}`);
    }
  };

  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const connection of [...open.keys()]) connection.goodbye(failure('shutting_down'));
    await closed;
  };

  const callers = (): readonly Caller[] =>
    [...open.keys()].map((one) => one.caller()).filter((caller) => caller !== null);

  return { ok: true, server: { publish, lookers: () => lookers, callers, close } };
};
