import { connect } from 'node:net';
import type { PortLook } from './docker-wire.ts';

/** Whether somebody accepts at a port of this machine. Only its own addresses are tried, whatever an engine says. */

export type HostPort = Pick<PortLook, 'host' | 'port'>;

const answerMs = 1_000;

/** Refused is closed. A queue that is full answers nothing, and is not closed for that. */
const isOpen = ({ host, port }: HostPort): Promise<boolean | null> =>
  new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (open: boolean | null): void => {
      clearTimeout(limit);
      socket.destroy();
      resolve(open);
    };
    const limit = setTimeout(() => end(null), answerMs);
    socket.on('connect', () => end(true));
    socket.on('error', (fault: NodeJS.ErrnoException) => end(fault.code === 'ECONNREFUSED' ? false : null));
  });

export const lookAtPorts = (ports: readonly HostPort[]): Promise<readonly PortLook[]> =>
  Promise.all(ports.map(async ({ host, port }) => ({ host, port, open: await isOpen({ host, port }) })));
