import { rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import type { PeerCode, PeerResult, PeerTokenResult } from '../../host/peer.ts';

/**
 * The descriptor of an accepted socket, and the test that it can be had. Node has no public way to it: this is the one
 * file that knows the private one, and a Node that moved it makes the keeper refuse to listen rather than serve
 * strangers.
 */

export type PeerOf = (fd: number) => PeerResult;

/** Null when the socket has been closed already, or this Node keeps its descriptor elsewhere. */
const descriptorOf = (socket: Socket): number | null => {
  const handle = (socket as unknown as { readonly _handle?: { readonly fd?: unknown } | null })._handle;
  const fd = handle?.fd;
  return typeof fd === 'number' && Number.isInteger(fd) && fd >= 0 ? fd : null;
};

const noDescriptor = {
  ok: false,
  detail: 'the connection has ended, or this Node does not give its descriptor',
} as const;

/** Who is at the other end, as the kernel says. To be asked once, at accept, before a byte is read. */
export const peerOfSocket = (socket: Socket, peerOf: PeerOf): PeerResult => {
  const fd = descriptorOf(socket);
  return fd === null ? noDescriptor : peerOf(fd);
};

/** The program at the other end, as of now. The descriptor is looked up each time: its number may be another's by then. */
export const tokenOfSocket = (socket: Socket, code: PeerCode): PeerTokenResult => {
  const fd = descriptorOf(socket);
  return fd === null ? noDescriptor : code.tokenOf(fd);
};

const testTimeoutMs = 2_000;

/** The peer of the first connection to `path`, which is one from this process; its pid by the token where there are tokens. */
const peerOfOurselves = (server: Server, path: string, peerOf: PeerOf, code?: PeerCode): Promise<PeerResult> =>
  new Promise((resolve) => {
    const mask = process.umask(0o177);
    const deadline = setTimeout(() => done({ ok: false, detail: 'no connection within 2 s' }), testTimeoutMs);
    const client: { socket: Socket | null } = { socket: null };
    const done = (result: PeerResult): void => {
      clearTimeout(deadline);
      client.socket?.destroy();
      resolve(result);
    };
    server.once('error', (error) => done({ ok: false, detail: String(error) }));
    server.once('connection', (socket) => {
      const result = peerOfSocket(socket, peerOf);
      const program = code === undefined || !result.ok ? null : tokenOfSocket(socket, code);
      socket.destroy();
      if (program === null || !result.ok) done(result);
      else done(program.ok ? { ...result, pid: program.token.pid } : program);
    });
    // Bound before listen() returns, so that the mask is back before anything else runs.
    server.listen(path);
    process.umask(mask);
    server.once('listening', () => {
      client.socket = connect(path).on('error', (error) => done({ ok: false, detail: String(error) }));
    });
  });

/**
 * Connects to a temporary socket of our own beside `socketPath` and checks that the kernel names this very process as
 * the peer. Null when it does, else what was wrong.
 */
export const testPeerOf = async (socketPath: string, peerOf: PeerOf, code?: PeerCode): Promise<string | null> => {
  // No longer than the real name, so that it fits where that one fits.
  const path = join(dirname(socketPath), `t${process.pid}.sock`);
  rmSync(path, { force: true });
  const server = createServer({ pauseOnConnect: true });
  const peer = await peerOfOurselves(server, path, peerOf, code);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  rmSync(path, { force: true });
  if (!peer.ok) return peer.detail;
  if (peer.uid !== process.geteuid?.()) return `the kernel says uid ${peer.uid} of our own connection`;
  if (code !== undefined && peer.pid !== process.pid)
    return `the kernel says pid ${peer.pid} of our own connection, which is pid ${process.pid}`;
  return null;
};
