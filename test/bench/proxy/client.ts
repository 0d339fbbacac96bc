import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** The client of the bench: one request at a time, as a caller that waits for its answer makes them. */

const replyBytes = 128;
const hangMs = 20_000;

const opened = (port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.setTimeout(hangMs, () => socket.destroy(new Error(`nothing from port ${port} for ${hangMs / 1000} s`)));
    socket.once('error', reject);
    socket.once('connect', () => resolve(socket));
  });

const asked = (socket: Socket): Promise<void> =>
  new Promise((resolve, reject) => {
    let bytes = 0;
    const hear = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes < replyBytes) return;
      socket.removeListener('data', hear);
      socket.removeListener('error', reject);
      resolve();
    };
    socket.on('data', hear);
    socket.once('error', reject);
    socket.write('?');
  });

/** Milliseconds of each of so many requests on one connection, the first ones left out. */
export const keepAlive = async (port: number, count: number): Promise<readonly number[]> => {
  const socket = await opened(port);
  const times: number[] = [];
  for (let n = 0; n < 20; n += 1) await asked(socket);
  for (let n = 0; n < count; n += 1) {
    const fromMs = performance.now();
    await asked(socket);
    times.push(performance.now() - fromMs);
  }
  socket.destroy();
  return times;
};

/** Milliseconds from connecting to the answer, each on a connection of its own. */
export const newConnections = async (port: number, count: number): Promise<readonly number[]> => {
  const times: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const fromMs = performance.now();
    const socket = await opened(port);
    await asked(socket);
    times.push(performance.now() - fromMs);
    const closed = once(socket, 'close');
    socket.destroy();
    await closed;
  }
  return times;
};

/** MB a second of one download of so many MiB. The bytes land in one buffer again and again, and nobody looks at them. */
export const throughput = (port: number, mib: number): Promise<number> =>
  new Promise((resolve, reject) => {
    let bytes = 0;
    let fromMs = 0;
    const socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer: Buffer.alloc(2 ** 18),
        callback: (count) => {
          bytes += count;
          return true;
        },
      },
    });
    socket.setTimeout(hangMs, () => socket.destroy(new Error('the download stands still')));
    socket.once('error', reject);
    socket.once('connect', () => {
      fromMs = performance.now();
      socket.write(`!${mib}\n`);
    });
    socket.once('end', () => {
      if (bytes !== mib * 2 ** 20) reject(new Error(`${bytes} bytes of ${mib} MiB`));
      else resolve(bytes / 1e6 / ((performance.now() - fromMs) / 1000));
    });
  });
