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
    case 'sim': {
      // The machine is simulated; who connects to the socket is not.
      const sim = (await import('./sim/host.ts')).createSimHost({ clock: 'real' });
      const { close, ...peers } = await nativePeers();
      return {
        ...sim,
        ...peers,
        close: async () => {
          await sim.close();
          await close?.();
        },
      };
    }
    case 'darwin':
      return (await import('./darwin/host.ts')).createDarwinHost();
  }
};

/** A Mac has no other way to its peers than a host of its own. */
const nativePeers = async (): Promise<Pick<Host, 'peerOf' | 'peerCode'> & Partial<Pick<Host, 'close'>>> => {
  if (nativeHostKind(process.platform) !== 'darwin') return { peerOf: (await import('./linux/peer.ts')).peerOf };
  const { peerOf, peerCode, close } = (await import('./darwin/host.ts')).createDarwinHost();
  return { peerOf, close, ...(peerCode === undefined ? {} : { peerCode }) };
};
