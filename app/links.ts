import { join } from 'node:path';
import type { Shell } from 'electron';
import type { Link } from './ipc/contract.ts';

/** Fixed places outside the app; the renderer names one and never sends an address. */

const loginItems = 'x-apple.systempreferences:com.apple.LoginItems-Settings.extension';
/** Panes as macOS 13 and later name them; these two not yet seen on a Mac. */
const menuBar = 'x-apple.systempreferences:com.apple.ControlCenter-Settings.extension';
const notifications = 'x-apple.systempreferences:com.apple.Notifications-Settings.extension';

export const openLink = async (link: Link, shell: Shell, appPath: string, platform: string): Promise<void> => {
  switch (link) {
    case 'login-items':
      if (platform === 'darwin') await shell.openExternal(loginItems);
      return;
    case 'menu-bar':
      if (platform === 'darwin') await shell.openExternal(menuBar);
      return;
    case 'notifications':
      if (platform === 'darwin') await shell.openExternal(notifications);
      return;
    case 'operations-manual': {
      const problem = await shell.openPath(join(appPath, 'docs', 'operations.md'));
      if (problem !== '') throw new Error(problem);
      return;
    }
  }
};
