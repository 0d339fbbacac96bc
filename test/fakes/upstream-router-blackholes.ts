import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttpServer, type Server as HttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { CleanUp } from './model-server-start.ts';

/** Whom one may ask and get no answer from, each a base address with real sockets behind it. */

const listening = async (server: Server | HttpServer): Promise<string> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** Answers HTTP as it is told to. */
export const answering = async (t: CleanUp, listener: RequestListener): Promise<string> => {
  const server = createHttpServer(listener);
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return listening(server);
};

/** Does with each connection what it is told to; with nothing to do it accepts and never answers. */
export const talking = async (t: CleanUp, listener: (socket: Socket) => void = () => {}): Promise<string> => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    listener(socket);
  });
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return listening(server);
};

/** A port at which nobody listens. */
export const nobody = async (): Promise<string> => {
  const server = createServer();
  const url = await listening(server);
  server.close();
  await once(server, 'close');
  return url;
};

const listener = `require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () {
  process.stdout.write(String(this.address().port));
});`;

/**
 * A listener whose process is stopped and whose backlog is full: the kernel answers no further connection (Linux drops the
 * SYN, tcp_conn_request), so that connecting itself hangs.
 */
export const fullBacklog = async (t: CleanUp): Promise<string> => {
  const child: ChildProcess = spawn(process.execPath, ['-e', listener], { stdio: ['ignore', 'pipe', 'inherit'] });
  const sockets: Socket[] = [];
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    child.kill('SIGKILL');
  });
  const [said] = (await once(child.stdout ?? child, 'data')) as [Buffer];
  const port = Number(String(said));
  child.kill('SIGSTOP');
  // A backlog of 1 takes 2; one more than that hangs.
  for (let n = 0; n < 4; n += 1) sockets.push(connect(port, '127.0.0.1').on('error', () => {}));
  for (const socket of sockets.slice(0, 2)) if (socket.connecting) await once(socket, 'connect');
  return `http://127.0.0.1:${port}`;
};
