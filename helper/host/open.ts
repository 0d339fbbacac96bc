import type { Host, HostKind } from './port.ts';

/** The host of this platform, where none is asked for. */
export const nativeHostKind = (platform: string): HostKind => (platform === 'darwin' ? 'darwin' : 'linux');

export interface OpenOptions {
  /** Where the supervisor of services listens; read by the Linux host only. */
  readonly supervisorSocket?: string;
}

/** Opens a host; only the code of the one asked for is loaded. */
export const openHost = async (kind: HostKind, options: OpenOptions = {}): Promise<Host> => {
  switch (kind) {
    case 'linux':
      return (await import('./linux/host.ts')).createLinuxHost(options);
    case 'sim':
      // The machine is simulated; who connects to the socket is not.
      return { ...(await import('./sim/host.ts')).createSimHost({ clock: 'real' }), peerOf: await nativePeerOf() };
    case 'darwin':
      return (await import('./darwin/host.ts')).createDarwinHost();
  }
};

const nativePeerOf = async (): Promise<Host['peerOf']> =>
  nativeHostKind(process.platform) === 'darwin'
    ? (await import('./darwin/host.ts')).createDarwinHost().peerOf
    : (await import('./linux/peer.ts')).peerOf;
