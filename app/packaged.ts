import type { App } from 'electron';

/** Put in by build/outputs/bundle.ts; run from a checkout there is no such name. */
declare const CASTELLAN_IS_PACKAGED: boolean | undefined;

/**
 * Whether this is the app that ships. Electron answers by the name of the program that was started (lib/browser/api/app.ts):
 * a copy or a link called "electron" has our signature all the same, and would be taken for a checkout, which lets itself be
 * told more. So what was built for a package knows it by itself, and nobody asks Electron directly.
 */
export const isPackaged = (app: Pick<App, 'isPackaged'>): boolean =>
  (typeof CASTELLAN_IS_PACKAGED !== 'undefined' && CASTELLAN_IS_PACKAGED) || app.isPackaged;
