import type { Host } from '../../host/port.ts';
import type { Log } from '../../journal/log.ts';
import type { Failure } from '../../protocol/index.ts';
import { socketPath } from '../life/run-directory.ts';
import type { Records } from '../records.ts';
import { consoleUserOf } from '../server/console-user.ts';
import type { Handlers } from '../server/dispatch.ts';
import { createGatewayCheck } from '../server/gateway-launchd.ts';
import { type GatewaySocket, startGatewaySocket } from '../server/gateway-socket.ts';
import { type NotAllowed, type Server, startServer } from '../server/server.ts';

/** The two ways in: one for people, which there must be, and one for the gateway, without which everything else works. */

export interface DoorOptions {
  readonly host: Host;
  readonly uid: number;
  readonly runDirectory: string;
  readonly instance: string;
  readonly gatewayUid: number | undefined;
  readonly handlers: Handlers;
  readonly audit: Records['audit'];
  readonly log: Log;
  /** How many clients look at the process table now. */
  readonly onLookers: (processes: number) => void;
  readonly onGateway: (state: 'present' | 'missing') => void;
  /** The gateway has begun to listen for views, and has none yet. */
  readonly onSubscribed: () => void;
}

export interface Doors {
  readonly server: Server;
  readonly gateway: GatewaySocket;
  readonly close: () => Promise<void>;
}

export const openDoors = async (
  options: DoorOptions,
): Promise<{ readonly ok: true; readonly doors: Doors } | { readonly ok: false; readonly failure: Failure }> => {
  const { host, uid, runDirectory, instance, handlers, audit, log } = options;
  const both = {
    peerOf: host.peerOf,
    peerCode: host.peerCode,
    handlers,
    instance,
    hostKind: host.kind,
    log: (level: 'warn' | 'error', text: string) => log[level](text),
    onNotAllowed: ({ verb, uid: byUid, untold }: NotAllowed): void => {
      const detail = untold === 0 ? '' : `and ${untold} like it since the last row`;
      audit({ kind: 'refusal', verb, code: 'not_allowed', detail, byUid });
    },
  };
  const started = await startServer({
    ...both,
    path: socketPath(runDirectory),
    consoleUid: consoleUserOf(host.kind, uid),
    onLookers: ({ processes }) => options.onLookers(processes),
  });
  if (!started.ok) return started;
  const { server } = started;
  const gateway = await startGatewaySocket({
    ...both,
    runDirectory,
    gatewayUid: options.gatewayUid,
    isGateway: createGatewayCheck({ hostKind: host.kind, services: host.services, pid: process.pid }),
    onState: options.onGateway,
    onSubscribed: options.onSubscribed,
    nowMs: host.clock.nowMs,
  });
  const close = async (): Promise<void> => {
    await Promise.all([server.close(), gateway.close()]);
  };
  return { ok: true, doors: { server, gateway, close } };
};
