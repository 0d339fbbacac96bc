/**
 * What stands behind every forwarder of the bench: `upstream.ts`, prints its port. To the word `?` it answers with a reply of
 * 128 bytes on the same connection; to `!N\n` with N MiB, and ends.
 */
import { createServer, type Socket } from 'node:net';

const reply = Buffer.alloc(128, 'r');
const piece = Buffer.alloc(2 ** 20, 'd');

const pour = (socket: Socket, mib: number): void => {
  let left = mib;
  const more = (): void => {
    while (left > 0) {
      left -= 1;
      if (!socket.write(piece)) return;
    }
    socket.end();
  };
  socket.on('drain', more);
  more();
};

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {});
  socket.on('data', (bytes: Buffer) => {
    if (bytes[0] === '!'.charCodeAt(0)) pour(socket, Number(bytes.toString('latin1', 1)));
    else for (const letter of bytes) if (letter === '?'.charCodeAt(0)) socket.write(reply);
  });
});
server.listen(0, '127.0.0.1', () => {
  const at = server.address();
  process.stdout.write(`${typeof at === 'object' ? at?.port : at}\n`);
});
// Ends with whoever started it.
process.stdin.on('end', () => process.exit(0)).resume();
