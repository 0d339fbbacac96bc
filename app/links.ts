import { join } from 'node:path';
import type { Shell } from 'electron';
import type { Link } from './ipc/contract.ts';

/** Fixed places outside the app; the renderer names one and never sends an address. */

/** Panes of System Settings as macOS 13 and later name them; the last two not yet seen on a Mac. */
const panes: Readonly<Record<Exclude<Link, 'operations-manual'>, string>> = {
  'login-items': 'x-apple.systempreferences:com.apple.LoginItems-Settings.extension',
  'menu-bar': 'x-apple.systempreferences:com.apple.ControlCenter-Settings.extension',
  notifications: 'x-apple.systempreferences:com.apple.Notifications-Settings.extension',
};

export const openLink = async (link: Link, shell: Shell, appPath: string, platform: string): Promise<void> => {
  if (link !== 'operations-manual') {
    if (platform === 'darwin') await shell.openExternal(panes[link]);
    return;
  }
  const problem = await shell.openPath(join(appPath, 'docs', 'operations.md'));
  if (problem !== '') throw new Error(problem);
};
