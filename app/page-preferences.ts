import { nativeTheme, type Session, type WebPreferences } from 'electron';

/** What every page of ours is given, wherever it is shown. */

export const pagePreferences = (preload: string, session: Session): WebPreferences => ({
  preload,
  session,
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  webviewTag: false,
  navigateOnDragDrop: false,
  spellcheck: false,
  backgroundThrottling: true,
});

/** Until the first frame. */
export const pageBackground = (): string => (nativeTheme.shouldUseDarkColors ? '#232326' : '#f6f6f8');
