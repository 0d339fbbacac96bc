import { once } from 'node:events';
import { createServer as createHttpServer, type Server as HttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import type { TlsOptions } from 'node:tls';
import { createAskSeat, type SeatQuestions } from '../../helper/gateway/health/ask.ts';
import { createTlsFiles } from '../../helper/gateway/health/tls-files.ts';
import type { Finding, NetworkChannel } from '../../helper/protocol/health.ts';

/** Servers that are asked for their health, honest and hostile, and how they are asked. */

export interface Asked {
  readonly url: string;
  readonly port: number;
  /** Connections that are open now. */
  readonly open: () => number;
  /** Connections that there were. */
  readonly all: () => number;
}

const listening = async (t: TestContext, server: Server | HttpServer, scheme: string): Promise<Asked> => {
  const sockets = new Set<Socket>();
  let all = 0;
  server.on('connection', (socket: Socket) => {
    all += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('no port');
  return { url: `${scheme}://127.0.0.1:${bound.port}`, port: bound.port, open: () => sockets.size, all: () => all };
};

/** Its connections, when the head of a request has come. */
export const rawServer = (t: TestContext, answer: (socket: Socket) => void): Promise<Asked> =>
  listening(
    t,
    createServer((socket) => {
      socket.once('data', () => answer(socket));
    }),
    'http',
  );

export const httpServer = (t: TestContext, answer: RequestListener): Promise<Asked> =>
  listening(t, createHttpServer(answer), 'http');

export const httpsServer = (t: TestContext, options: TlsOptions, answer: RequestListener): Promise<Asked> => {
  const server = createHttpsServer(options, answer);
  server.on('tlsClientError', () => {});
  return listening(t, server, 'https');
};

export const sampleQuestions = (change: Partial<SeatQuestions> = {}): SeatQuestions => ({
  listUrls: [],
  chatUrl: null,
  model: null,
  tls: null,
  questions: [],
  isDead: false,
  ...change,
});

/** So that no test waits for the real times. */
export const shortTimes = { cheap: 400, inference: 600 };
/** Where an answer is expected, on a machine that is busy. */
export const longTimes = { cheap: 20_000, inference: 20_000 };

export const findingOf = (
  channel: NetworkChannel,
  change: Partial<SeatQuestions>,
  times = longTimes,
): Promise<Finding> =>
  createAskSeat(createTlsFiles(), times)(sampleQuestions(change), channel, new AbortController().signal);

export const listOf = (...names: readonly string[]): string =>
  JSON.stringify({ object: 'list', data: names.map((id) => ({ id, object: 'model' })) });

export const chatOf = (model: unknown, message: unknown): string =>
  JSON.stringify({ object: 'chat.completion', model, choices: [{ index: 0, message, finish_reason: 'stop' }] });
