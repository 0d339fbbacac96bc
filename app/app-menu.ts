import { Menu } from 'electron';

/** Seldom seen, but without it macOS gives ⌘C, ⌘V, ⌘A, ⌘W, ⌘M and ⌘Q no meaning. Elsewhere there is none. */
export const registerAppMenu = (platform: string): void => {
  Menu.setApplicationMenu(
    platform === 'darwin'
      ? Menu.buildFromTemplate([
          { role: 'appMenu' },
          { role: 'fileMenu' },
          { role: 'editMenu' },
          { role: 'windowMenu' },
        ])
      : null,
  );
};
