import path from 'node:path';
import type { Page } from 'playwright';
import type { PopoverShell } from '../e2e/popover-states-shell.ts';
import { type Appearance, drawState, largeWindow, light, smallWindow } from './draw.ts';
import type { GalleryState } from './list.ts';

/** What the list's page says when something else is to be drawn. */
interface Chosen {
  /** Counts what was chosen: the page takes only the answer to the last. */
  readonly nth: number;
  readonly name: string;
  readonly appearance: Partial<Appearance>;
  readonly window: 'small' | 'large';
}

/**
 * Opens the page of the list beside the shell's own window, in which what is chosen is drawn at its real size. While one
 * state is drawn others may be chosen: of those only the last is drawn.
 */
export const openGallery = async (
  shell: PopoverShell,
  states: readonly GalleryState[],
  first: string | undefined,
): Promise<Page> => {
  const coming = shell.electron.waitForEvent('window');
  await shell.electron.evaluate(
    ({ app, BrowserWindow }, file) => {
      const [shown] = BrowserWindow.getAllWindows();
      const list = new BrowserWindow({ x: 20, y: 40, width: 360, height: 860, title: 'Castellan gallery' });
      const place = (): void => {
        const { x, y, width } = list.getBounds();
        shown?.setPosition(x + width + 12, y);
      };
      list.on('move', place);
      for (const window of [list, shown]) window?.once('closed', () => app.quit());
      place();
      return list.loadFile(file);
    },
    path.join(import.meta.dirname, 'page.html'),
  );
  const list = await coming;
  await list.waitForSelector('#states');

  let next: Chosen | null = null;
  let isDrawing = false;
  const drawAll = async (): Promise<void> => {
    isDrawing = true;
    while (next !== null) {
      const { nth, name, appearance, window }: Chosen = next;
      next = null;
      const state = states.find((each) => each.name === name);
      const view = window === 'small' ? smallWindow : largeWindow;
      const problem =
        state === undefined
          ? `There is no state "${name}".`
          : await drawState(shell, state, { ...light, ...appearance }, view).then(
              () => '',
              (error: unknown) => String(error),
            );
      // Gone with the window, when that was closed meanwhile.
      await list
        .evaluate((said) => (globalThis as unknown as GalleryPage).drawn(said), { nth, problem })
        .catch(() => {});
    }
    isDrawing = false;
  };
  await list.exposeFunction('choose', (chosen: Chosen) => {
    next = chosen;
    if (!isDrawing) void drawAll();
  });
  await list.evaluate(([all, start]) => (globalThis as unknown as GalleryPage).show(all, start), [
    states.map(({ name, group, kind }) => ({ name, group, kind })),
    first ?? null,
  ] as const);
  return list;
};

/** Functions of page.js. */
interface GalleryPage {
  readonly show: (all: readonly Pick<GalleryState, 'name' | 'group' | 'kind'>[], first: string | null) => void;
  readonly drawn: (said: { readonly nth: number; readonly problem: string }) => void;
}
