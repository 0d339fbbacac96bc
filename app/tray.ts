import { app, Menu, type MenuItemConstructorOptions, nativeImage, nativeTheme, Tray } from 'electron';
import type { AppSnapshot } from './ipc/contract.ts';
import type { Rect } from './popover-place.ts';
import type { Store } from './state.ts';
import { drawTray, type Rgb, type TrayPalette } from './tray-image.ts';
import { type TrayModel, type TrayPicture, trayModel } from './tray-model.ts';

/** The menu-bar item: draws the model when it changes, at most every two seconds. */

export interface TrayOptions {
  readonly store: Store;
  readonly onClick: (anchor: Rect | null) => void;
  readonly onOpen: () => void;
  readonly onQuit: () => void;
  /** Whether this app registered the helper, so that it can remove it. */
  readonly canRemove: () => boolean;
  readonly onRemove: () => void;
}

export interface TrayHandle {
  /** As last shown. */
  shown(): TrayModel;
  updates(): number;
}

const leastBetweenMs = 2000;
/** A figure in the tooltip that changes while the picture stays: each change is told to the whole desktop. */
const leastBetweenWordsMs = 10_000;
/** While nothing comes from the keeper the words about the silence still grow older. */
const oldStateEveryMs = 10_000;

/** Points; drawn at once and twice. */
const imageSize = process.platform === 'darwin' ? 18 : 22;
const white: Rgb = [245, 245, 245];
const black: Rgb = [0, 0, 0];
const badgeColours: Readonly<Record<'light' | 'dark', Readonly<Record<'yellow' | 'orange' | 'red', Rgb>>>> = {
  light: { yellow: [0xab, 0x85, 0x0d], orange: [0xa4, 0x3f, 0x05], red: [0xdf, 0x2c, 0x53] },
  dark: { yellow: [0xec, 0xce, 0x38], orange: [0xbf, 0x52, 0x00], red: [0xf6, 0x65, 0x72] },
};

const paletteFor = ({ colour }: TrayPicture, isTemplate: boolean): TrayPalette => {
  // Only its alpha counts in a template image; macOS gives it the menu bar's colour.
  if (isTemplate) return { ink: black, badge: black, rim: null };
  // A Linux panel does not tell how bright it is: light with a dark rim reads on any.
  const isDark = process.platform === 'darwin' ? nativeTheme.shouldUseDarkColors : true;
  const ink = isDark ? white : black;
  return {
    ink,
    badge: colour === null ? ink : badgeColours[isDark ? 'dark' : 'light'][colour],
    rim: isDark ? black : white,
  };
};

const samePicture = (a: TrayPicture, b: TrayPicture): boolean => JSON.stringify(a) === JSON.stringify(b);

const imageOf = (picture: TrayPicture): Electron.NativeImage => {
  const isTemplate = process.platform === 'darwin' && picture.colour === null;
  const palette = paletteFor(picture, isTemplate);
  const image = nativeImage.createEmpty();
  for (const scaleFactor of [1, 2]) {
    const pixels = imageSize * scaleFactor;
    const buffer = Buffer.from(drawTray(picture, pixels, palette));
    image.addRepresentation({ scaleFactor, width: pixels, height: pixels, buffer });
  }
  image.setTemplateImage(isTemplate);
  return image;
};

const menuFor = ({ headline }: TrayModel, { onOpen, onQuit, canRemove, onRemove }: TrayOptions): Menu => {
  const items: MenuItemConstructorOptions[] = [
    { label: headline, enabled: false },
    { type: 'separator' },
    { label: 'Open Castellan', click: onOpen },
    { type: 'separator' },
    ...(canRemove() ? [{ label: 'Remove Castellan…', click: onRemove }] : []),
    { label: 'Quit Castellan (the helper keeps running)', click: onQuit },
  ];
  return Menu.buildFromTemplate(items);
};

export const createTray = (options: TrayOptions): TrayHandle => {
  const { store } = options;
  let shown = trayModel(store.get(), Date.now());
  let updatedAt = performance.now();
  let updates = 0;
  let trailing: NodeJS.Timeout | null = null;
  let ageing: NodeJS.Timeout | null = null;

  const tray = new Tray(imageOf(shown.picture));
  tray.setIgnoreDoubleClickEvents(true);
  tray.on('click', (_event, bounds) => options.onClick(bounds));
  if (process.platform === 'darwin') {
    // A menu that is set would open at a left click, too.
    tray.on('right-click', () => tray.popUpContextMenu(menuFor(shown, options)));
  } else tray.setContextMenu(menuFor(shown, options));

  const draw = (model: TrayModel, before: TrayModel | null): void => {
    if (before === null || !samePicture(model.picture, before.picture)) tray.setImage(imageOf(model.picture));
    if (model.label !== before?.label) tray.setToolTip(model.label);
    if (process.platform !== 'darwin') {
      if (model.headline !== before?.headline) tray.setContextMenu(menuFor(model, options));
    } else if (model.title !== before?.title) tray.setTitle(model.title, { fontType: 'monospacedDigit' });
    shown = model;
  };

  const update = (): void => {
    if (trailing !== null) clearTimeout(trailing);
    trailing = null;
    const model = trayModel(store.get(), Date.now());
    if (JSON.stringify(model) === JSON.stringify(shown)) return;
    const onlyWords =
      model.headline === shown.headline && model.title === shown.title && samePicture(model.picture, shown.picture);
    const waitMs = (onlyWords ? leastBetweenWordsMs : leastBetweenMs) - (performance.now() - updatedAt);
    // Timers may be a millisecond early.
    if (waitMs > 1) {
      trailing = setTimeout(update, waitMs);
      return;
    }
    updatedAt = performance.now();
    updates += 1;
    draw(model, shown);
  };

  const age = ({ connection }: AppSnapshot): void => {
    const isOld = connection.kind === 'silent' || connection.kind === 'lost';
    if (isOld && ageing === null) ageing = setInterval(update, oldStateEveryMs);
    if (!isOld && ageing !== null) {
      clearInterval(ageing);
      ageing = null;
    }
  };

  draw(shown, null);
  store.onChange((after) => {
    age(after);
    update();
  });
  nativeTheme.on('updated', () => tray.setImage(imageOf(shown.picture)));
  app.on('will-quit', () => tray.destroy());
  return { shown: () => shown, updates: () => updates };
};
