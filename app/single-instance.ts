import type { App } from 'electron';

/**
 * One app a user. A second one ends at once and the first opens its window. The second's arguments are neither read
 * nor logged: anybody may start it with any.
 */
export const isFirstInstance = (app: App, onSecond: () => void): boolean => {
  if (!app.requestSingleInstanceLock()) return false;
  app.on('second-instance', onSecond);
  // The icon may be hidden by the menu bar's settings: opening the app again is the other way in (macOS).
  app.on('activate', onSecond);
  return true;
};
