import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

export interface Exchange {
  readonly received: Buffer;
  /** `closed`: the other side ended or reset it. `hung`: neither within the time. */
  readonly end: 'closed' | 'hung' | 'refused';
  readonly ms: number;
}

export interface ExchangeOptions {
  /** Bytes after which a new write begins; absent: one write. */
  readonly cuts?: readonly number[];
  /**
   * So long an answer is waited for before our side says that no more comes, milliseconds; 0: it says so at once, which
   * Node's server takes for a client that has left, whose answers nobody needs.
   */
  readonly patienceMs?: number;
  readonly withinMs?: number;
}

/** What is sent in one exchange never gets more back than this. */
const mostReceived = 4 * 2 ** 20;

/** After an answer, for the next one. */
const quietMs = 15;

const piecesOf = (bytes: Buffer, cuts: readonly number[]): readonly Buffer[] => {
  const ends = [...new Set(cuts)].filter((at) => at > 0 && at < bytes.length).sort((a, b) => a - b);
  return [...ends, bytes.length].map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
};

/** Sends exactly these bytes over a connection of their own, says that no more come, and takes all that comes back. */
export const exchange = (port: number, bytes: Buffer, options: ExchangeOptions = {}): Promise<Exchange> =>
  new Promise((resolve) => {
    const { cuts = [], patienceMs = 300, withinMs = 15_000 } = options;
    let leaving: NodeJS.Timeout | undefined;
    const fromMs = performance.now();
    const chunks: Buffer[] = [];
    let size = 0;
    let wasConnected = false;
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    const done = (end: Exchange['end']): void => {
      clearTimeout(timer);
      clearTimeout(leaving);
      socket.removeAllListeners('data');
      socket.destroy();
      resolve({ received: Buffer.concat(chunks), end, ms: performance.now() - fromMs });
    };
    const timer = setTimeout(() => done('hung'), withinMs);
    const leaveIn = (ms: number): void => {
      clearTimeout(leaving);
      leaving = setTimeout(() => {
        if (socket.writable) socket.end();
      }, ms);
    };
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > mostReceived) done('hung');
      else if (patienceMs > 0) leaveIn(quietMs);
    });
    socket.on('end', () => done('closed'));
    socket.on('close', () => done('closed'));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // A reset behind an answer is an end like any other; whoever wrote too much gets one (EPIPE, ECONNRESET).
      done(wasConnected || error.code === 'ECONNRESET' ? 'closed' : 'refused');
    });
    socket.on('connect', async () => {
      wasConnected = true;
      for (const piece of piecesOf(bytes, cuts)) {
        if (socket.destroyed || !socket.writable) return;
        socket.write(piece);
        if (cuts.length > 0) await nextTurn();
      }
      if (patienceMs === 0) socket.end();
      else if (size === 0) leaveIn(patienceMs);
    });
  });
