import { app, Menu, type MenuItemConstructorOptions, nativeImage, nativeTheme, Tray } from 'electron';
import type { AppSnapshot } from './ipc/contract.ts';
import type { Rect } from './rects.ts';
import type { Store } from './state.ts';
import { drawTray, paletteOn, templatePalette } from './tray-image.ts';
import { openLayers, type PackedLayers } from './tray-layers.ts';
import { type MenuAction, type MenuEntry, trayMenu } from './tray-menu.ts';
import { type TrayModel, type TrayPicture, trayModel } from './tray-model.ts';
import { samePicture, waitForChange } from './tray-pace.ts';

/** The menu-bar item: draws the model when it changes, at most every two seconds. */

export interface TrayOptions {
  readonly store: Store;
  readonly onClick: (anchor: Rect | null) => void;
  readonly onMenu: (action: MenuAction) => void;
  /** Whether this app registered the helper, so that it can remove it. */
  readonly canRemove: () => boolean;
}

export interface TrayHandle {
  /** As last shown. */
  shown(): TrayModel;
  /** As it would open now. */
  menu(): readonly MenuEntry[];
  /** Linux tells of none. */
  bounds(): Rect;
  updates(): number;
}

/** While nothing comes from the keeper the words about the silence still grow older. */
const oldStateEveryMs = 10_000;

/** Points; drawn at once and twice. */
const imageSize = process.platform === 'darwin' ? 18 : 22;
/** Put in by build/outputs/bundle.ts. */
declare const CASTELLAN_TRAY_LAYERS: PackedLayers;
const layers = openLayers(CASTELLAN_TRAY_LAYERS);

const imageOf = (picture: TrayPicture): Electron.NativeImage => {
  const isTemplate = process.platform === 'darwin' && picture.colour === null;
  // A Linux panel does not tell how bright it is.
  const ground = process.platform !== 'darwin' || nativeTheme.shouldUseDarkColors ? 'dark' : 'light';
  const palette = isTemplate ? templatePalette : paletteOn(ground, picture);
  const image = nativeImage.createEmpty();
  for (const scaleFactor of [1, 2]) {
    const pixels = imageSize * scaleFactor;
    const buffer = Buffer.from(drawTray(layers, picture, pixels, palette));
    image.addRepresentation({ scaleFactor, width: pixels, height: pixels, buffer });
  }
  image.setTemplateImage(isTemplate);
  return image;
};

const itemOf = (entry: MenuEntry, onMenu: TrayOptions['onMenu']): MenuItemConstructorOptions => {
  switch (entry.kind) {
    case 'separator':
      return { type: 'separator' };
    case 'words':
      return { label: entry.label, enabled: false };
    case 'action':
      return { label: entry.label, enabled: entry.enabled, click: () => onMenu(entry.action) };
  }
};

const menuOf = (entries: readonly MenuEntry[], onMenu: TrayOptions['onMenu']): Menu =>
  Menu.buildFromTemplate(entries.map((entry) => itemOf(entry, onMenu)));

export const createTray = (options: TrayOptions): TrayHandle => {
  const { store } = options;
  let shown = trayModel(store.get(), Date.now());
  const menuNow = (): readonly MenuEntry[] => trayMenu(store.get(), shown.headline, options.canRemove());
  /** The menu that is set, as text; macOS is given one at each click. */
  let menuSet = '';
  let updatedAt = performance.now();
  let updates = 0;
  /** What waits to be shown, and when it is its turn. */
  let trailing: { readonly timer: NodeJS.Timeout; readonly dueAt: number } | null = null;
  let ageing: NodeJS.Timeout | null = null;

  const tray = new Tray(imageOf(shown.picture));
  tray.setIgnoreDoubleClickEvents(true);
  tray.on('click', (_event, bounds) => options.onClick(bounds));
  if (process.platform === 'darwin') {
    // A menu that is set would open at a left click, too.
    tray.on('right-click', () => tray.popUpContextMenu(menuOf(menuNow(), options.onMenu)));
  }

  const setMenu = (): void => {
    if (process.platform === 'darwin') return;
    const entries = menuNow();
    const text = JSON.stringify(entries);
    if (text === menuSet) return;
    menuSet = text;
    tray.setContextMenu(menuOf(entries, options.onMenu));
  };

  const draw = (model: TrayModel, before: TrayModel | null): void => {
    if (before === null || !samePicture(model.picture, before.picture)) tray.setImage(imageOf(model.picture));
    if (model.label !== before?.label) tray.setToolTip(model.label);
    if (process.platform === 'darwin' && model.title !== before?.title)
      tray.setTitle(model.title, { fontType: 'monospacedDigit' });
    shown = model;
    setMenu();
  };

  const update = (): void => {
    // What changed in the menu alone waits for nothing that is drawn.
    setMenu();
    const now = performance.now();
    const model = trayModel(store.get(), Date.now());
    const waitMs = waitForChange(shown, model, now - updatedAt);
    const dueAt = waitMs === null ? null : now + waitMs;
    // It looks once more when its turn comes: what else has changed until then goes with it.
    if (trailing !== null && dueAt !== null && trailing.dueAt <= dueAt + 1) return;
    if (trailing !== null) clearTimeout(trailing.timer);
    trailing = null;
    if (waitMs === null || dueAt === null) return;
    // Timers may be a millisecond early.
    if (waitMs > 1) {
      trailing = { timer: setTimeout(turn, waitMs), dueAt };
      return;
    }
    updatedAt = now;
    updates += 1;
    draw(model, shown);
  };

  const turn = (): void => {
    trailing = null;
    update();
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
  return { shown: () => shown, menu: menuNow, bounds: () => tray.getBounds(), updates: () => updates };
};
