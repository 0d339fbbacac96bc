import type { Host, HostKind } from './port.ts';

/** The host of this platform, where none is asked for. */
export const nativeHostKind = (platform: string): HostKind => (platform === 'darwin' ? 'darwin' : 'linux');

/** Opens a host; only the code of the one asked for is loaded. */
export const openHost = async (kind: HostKind): Promise<Host> => {
  switch (kind) {
    case 'linux':
      return (await import('./linux/host.ts')).createLinuxHost();
    case 'sim':
      return (await import('./sim/host.ts')).createSimHost({ clock: 'real' });
    case 'darwin':
      return (await import('./darwin/host.ts')).createDarwinHost();
  }
};
