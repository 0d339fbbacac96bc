import type { App } from 'electron';

/** Open at login: macOS only, as the system tells it; null elsewhere. */

type LoginItems = Pick<App, 'getLoginItemSettings' | 'setLoginItemSettings'>;

export const readLoginItem = (app: LoginItems, platform: string): boolean | null =>
  platform === 'darwin' ? app.getLoginItemSettings().openAtLogin : null;

/** Returns what the system says afterwards: a refusal is not reported otherwise. */
export const writeLoginItem = (app: LoginItems, platform: string, openAtLogin: boolean): boolean | null => {
  if (platform !== 'darwin') return null;
  app.setLoginItemSettings({ openAtLogin });
  return readLoginItem(app, platform);
};
