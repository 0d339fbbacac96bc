import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * How many connections a listener holds. Whoever opens too many loses his own first: the one that has been idle longest
 * makes place for a new one, and only where all are being answered the new one goes.
 */
export interface Connections {
  readonly count: () => number;
  /** Whether a request that came by it is being answered. */
  readonly isAnswering: (socket: Socket) => boolean;
  /** Closes all, whatever they do. */
  readonly destroy: () => void;
}

export const limitConnections = (server: Server, most: number): Connections => {
  const all = new Set<Socket>();
  /** Idle: nothing of a whole request is to be answered. In the order in which they became so. */
  const idle = new Set<Socket>();
  const underWay = new Map<Socket, number>();

  const close = (socket: Socket): void => {
    idle.delete(socket);
    all.delete(socket);
    socket.destroy();
  };

  server.on('connection', (socket: Socket) => {
    if (all.size >= most) {
      const oldest = idle.values().next();
      close(oldest.done === true ? socket : oldest.value);
      if (socket.destroyed) return;
    }
    all.add(socket);
    idle.add(socket);
    socket.once('close', () => {
      all.delete(socket);
      idle.delete(socket);
      underWay.delete(socket);
    });
  });

  const begin = (socket: Socket, response: ServerResponse): void => {
    idle.delete(socket);
    underWay.set(socket, (underWay.get(socket) ?? 0) + 1);
    response.once('close', () => {
      const left = (underWay.get(socket) ?? 1) - 1;
      if (left > 0) {
        underWay.set(socket, left);
        return;
      }
      underWay.delete(socket);
      if (all.has(socket)) idle.add(socket);
    });
  };
  server.on('request', (request, response) => begin(request.socket, response));
  server.on('checkContinue', (request, response) => begin(request.socket, response));

  return {
    count: () => all.size,
    isAnswering: (socket) => underWay.has(socket),
    destroy: () => {
      for (const socket of [...all]) close(socket);
    },
  };
};
