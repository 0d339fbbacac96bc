import { join } from 'node:path';
import type { PeerCode } from '../../host/peer.ts';
import type { HostKind } from '../../host/port.ts';
import { type Failure, failureText } from '../../protocol/errors.ts';
import type { GatewayView } from '../../protocol/seats.ts';
import type { PeerOf } from './descriptor.ts';
import type { Handlers, WireCheck } from './dispatch.ts';
import { findGatewayAccount } from './gateway-account.ts';
import { prepareGatewayFolder } from './gateway-folder.ts';
import { prepareGatewayToken } from './gateway-token.ts';
import { limitMutations } from './mutations.ts';
import { type NotAllowed, type Server, startServer } from './server.ts';

/** `gateway.sock`: the keeper's side of the one connection to the gateway. */

export const gatewaySocketPath = (runDirectory: string): string => join(runDirectory, 'gateway.sock');

export interface GatewaySocketOptions {
  readonly runDirectory: string;
  /** Value of `--gateway-uid`. */
  readonly gatewayUid: number | undefined;
  readonly peerOf: PeerOf;
  readonly peerCode?: PeerCode | undefined;
  /** Beside account and signature, whether a process is the gateway that is meant. */
  readonly isGateway?: ((pid: number) => Promise<Failure | null>) | undefined;
  readonly handlers: Handlers;
  readonly instance: string;
  readonly hostKind: HostKind;
  readonly log: (level: 'warn' | 'error', text: string) => void;
  readonly onNotAllowed?: (refusal: NotAllowed) => void;
  /** A gateway is there, past its handshake; or none is any more. */
  readonly onState: (state: 'present' | 'missing') => void;
  /** A gateway has begun to listen for views, and has none yet. */
  readonly onSubscribed: () => void;
  readonly check?: WireCheck | undefined;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
}

export interface GatewaySocket {
  readonly publish: (view: GatewayView) => void;
  /** Of the gateway that is connected; null: none is. */
  readonly pid: () => number | null;
  readonly close: () => Promise<void>;
}

/** Without a gateway everything else works: whatever is wrong here is logged, and there is no gateway. */
export const startGatewaySocket = async (options: GatewaySocketOptions): Promise<GatewaySocket> => {
  const { runDirectory, log, nowMs } = options;
  const nobody: GatewaySocket = { publish: () => {}, pid: () => null, close: () => Promise.resolve() };
  const ownUid = process.getuid?.() ?? 0;
  const found = findGatewayAccount({ flag: options.gatewayUid, ownUid, ownGid: process.getgid?.() ?? 0 });
  if (!found.ok) {
    log('error', `no gateway: ${found.detail}`);
    return nobody;
  }
  const untold = prepareGatewayToken(runDirectory, ownUid, found.account);
  if (untold !== null) log('error', `the gateway has no token, so /load and /release are refused: ${untold}`);

  const unkept = prepareGatewayFolder(runDirectory, found.account);
  if (unkept !== null) log('error', `the gateway can keep nothing: ${unkept}`);

  let server: Server | null = null;
  let state: 'present' | 'missing' = 'missing';
  let listeners = 0;
  const pid = (): number | null => server?.callers()[0]?.pid ?? null;
  const started = await startServer({
    path: gatewaySocketPath(runDirectory),
    peerOf: options.peerOf,
    peerCode: options.peerCode,
    isGateway: options.isGateway,
    handlers: limitMutations(options.handlers, nowMs),
    consoleUid: () => null,
    gatewayUid: found.account.uid,
    instance: options.instance,
    hostKind: options.hostKind,
    log,
    ...(options.onNotAllowed === undefined ? {} : { onNotAllowed: options.onNotAllowed }),
    onLookers: ({ seats }) => {
      const more = seats > listeners;
      listeners = seats;
      if (more) options.onSubscribed();
    },
    onSessions: () => {
      const now = pid() === null ? 'missing' : 'present';
      if (now === state) return;
      state = now;
      options.onState(now);
    },
    check: options.check,
    nowMs,
  });
  if (!started.ok) {
    log('error', `no gateway: ${failureText(started.failure)}`);
    return nobody;
  }
  server = started.server;
  return { publish: (view) => started.server.publish('seats', view), pid, close: started.server.close };
};
