import type { Socket } from 'node:net';

/** Whether the client of a request that is not answered yet is still there. */
export interface Departure {
  /** Aborted when its connection ends before `done`. */
  readonly signal: () => AbortSignal;
  readonly hasLeft: () => boolean;
  /** It is answered. */
  readonly done: () => void;
}

/** One listener for each connection on which something ever waited: several requests may come in one write. */
export const createDepartures = (): ((socket: Socket) => Departure) => {
  const waiting = new WeakMap<Socket, Set<AbortController>>();

  const waitingOn = (socket: Socket): Set<AbortController> => {
    const known = waiting.get(socket);
    if (known !== undefined) return known;
    const fresh = new Set<AbortController>();
    waiting.set(socket, fresh);
    socket.once('close', () => {
      for (const one of [...fresh]) one.abort();
      fresh.clear();
    });
    return fresh;
  };

  return (socket) => {
    let controller: AbortController | null = null;
    return {
      signal: () => {
        if (controller !== null) return controller.signal;
        controller = new AbortController();
        if (socket.destroyed) controller.abort();
        else waitingOn(socket).add(controller);
        return controller.signal;
      },
      hasLeft: () => controller?.signal.aborted ?? false,
      done: () => {
        if (controller !== null) waiting.get(socket)?.delete(controller);
      },
    };
  };
};
