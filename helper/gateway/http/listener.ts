import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { addressText } from '../../config/addresses.ts';
import type { Address } from '../../config/config.ts';
import { type Connections, limitConnections } from './connections.ts';
import { errorReply, rawReply } from './reply.ts';

/** One address at which the API is served, with the limits that keep a client from holding it. */

/** `local`: the whole API. `extra`: a further address, where little is served and the token always asked for. */
export type Reach = 'local' | 'extra';

export interface Served {
  readonly reach: Reach;
  /** What Host may say here. */
  readonly hosts: ReadonlySet<string>;
}

/** `invite` is called before a body is read: there are clients who wait to be asked for it. */
export type Handle = (request: IncomingMessage, response: ServerResponse, served: Served, invite: () => void) => void;

export interface Listener {
  /** As bound: of port 0, the one the system chose. */
  readonly address: string;
  readonly connections: Connections;
  readonly close: () => Promise<void>;
}

export type Opened = { readonly ok: true; readonly listener: Listener } | { readonly ok: false; readonly code: string };

export const connectionLimit: Readonly<Record<Reach, number>> = { local: 256, extra: 64 };

const hostsOf = (reach: Reach, address: string, port: number): ReadonlySet<string> =>
  new Set(reach === 'extra' ? [address] : [address, `127.0.0.1:${port}`, `localhost:${port}`]);

const createHttpServer = (): Server => {
  const server = createServer({
    maxHeaderSize: 8 * 1024,
    insecureHTTPParser: false,
    headersTimeout: 5_000,
    requestTimeout: 10_000,
    keepAliveTimeout: 5_000,
    // What the first two are looked at by; a slow sender is gone at most so much later.
    connectionsCheckingInterval: 1_000,
    // Answered by us, in words.
    requireHostHeader: false,
    noDelay: true,
  });
  server.maxRequestsPerSocket = 10_000;
  server.timeout = 0;
  return server;
};

const refuseRubbish = (error: NodeJS.ErrnoException, socket: Socket, connections: Connections): void => {
  // In the middle of an answer nothing else can be said.
  if (!socket.writable || connections.isAnswering(socket)) {
    socket.destroy();
    return;
  }
  const code =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? 'headers_too_large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? 'request_timeout'
        : 'bad_request';
  socket.end(rawReply(errorReply(code)));
};

const nobodyWaits = (): void => {};

/**
 * Asks for the body of a client that waits for a 100 (RFC 9110, 10.1.1). Whoever is not asked may send it or not, so that
 * nobody can tell where his next request begins: his connection ends with the answer. Of a request that came in one write
 * with the one before, the answer has no socket yet, and Node would put the 100 behind the head of that one's.
 */
const invitation = (response: ServerResponse): (() => void) => {
  const { shouldKeepAlive } = response;
  response.shouldKeepAlive = false;
  return () => {
    if (response.socket === null) return;
    response.shouldKeepAlive = shouldKeepAlive;
    response.writeContinue();
  };
};

export const openListener = (wanted: Address, reach: Reach, handle: Handle): Promise<Opened> =>
  new Promise((resolve) => {
    const server = createHttpServer();
    const connections = limitConnections(server, connectionLimit[reach]);
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) =>
      refuseRubbish(error, socket, connections),
    );
    const close = (): Promise<void> =>
      new Promise((done) => {
        server.close(() => done());
        connections.destroy();
      });
    server.once('error', (error: NodeJS.ErrnoException) => {
      connections.destroy();
      resolve({ ok: false, code: error.code ?? error.message });
    });
    server.listen({ host: wanted.host, port: wanted.port, exclusive: true }, () => {
      const bound = server.address() as AddressInfo;
      const address = addressText({ host: bound.address, port: bound.port });
      const served: Served = { reach, hosts: hostsOf(reach, address, bound.port) };
      server.on('request', (request, response) => handle(request, response, served, nobodyWaits));
      server.on('checkContinue', (request, response) => handle(request, response, served, invitation(response)));
      server.on('error', () => {});
      resolve({ ok: true, listener: { address, connections, close } });
    });
  });
