import { Menu } from 'electron';

/** Never seen, but without it macOS gives ⌘C, ⌘V, ⌘A and ⌘Q no meaning. Elsewhere there is none. */
export const registerAppMenu = (platform: string): void => {
  Menu.setApplicationMenu(
    platform === 'darwin' ? Menu.buildFromTemplate([{ role: 'appMenu' }, { role: 'editMenu' }]) : null,
  );
};
