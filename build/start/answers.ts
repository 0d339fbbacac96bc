import { connect } from 'node:net';

/** `answers`: a keeper greets whoever connects. `silent`: something accepts and says nothing. `nobody`: no keeper. */
export type Presence = 'answers' | 'silent' | 'nobody';

const greetingMs = 2000;

/** Looks whether a keeper serves the socket; the server speaks first, so any byte is enough. */
export function presenceOn(socketPath: string): Promise<Presence> {
  return new Promise((resolve) => {
    let connected = false;
    const socket = connect(socketPath);
    const finish = (presence: Presence): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(presence);
    };
    const timer = setTimeout(() => finish(connected ? 'silent' : 'nobody'), greetingMs);
    socket.on('connect', () => {
      connected = true;
    });
    socket.on('data', () => finish('answers'));
    // Turned away counts as an answer: a keeper is there, with all its places taken.
    socket.on('end', () => finish(connected ? 'answers' : 'nobody'));
    socket.on('error', () => finish(connected ? 'silent' : 'nobody'));
  });
}
