import type { HelperLink } from './helper-client/link.ts';
import type { Notifier } from './notifier.ts';
import type { Surfaces } from './surfaces.ts';
import { type MenuAction, pauseMinutes } from './tray-menu.ts';

/** What each entry of the tray's menu does. */

export interface MenuActionsOptions {
  readonly request: HelperLink['request'];
  readonly surfaces: Pick<Surfaces, 'openPopover' | 'openWindow'>;
  readonly say: Notifier['say'];
  readonly askRemoval: () => void;
  readonly quit: () => void;
}

export const createMenuActions = (options: MenuActionsOptions): ((action: MenuAction) => void) => {
  const { request, surfaces, say, askRemoval, quit } = options;

  /** What went well is seen in the icon's words, and in the menu when it opens next. */
  const pause = async (minutes: number): Promise<void> => {
    const answer = await request('relief.pause', { minutes });
    if (answer.ok) return;
    const { message, todo } = answer.failure;
    say({ kind: 'refused', title: 'Automatic actions', text: `${message} ${todo}` });
  };

  return (action) => {
    switch (action) {
      case 'popover':
        surfaces.openPopover();
        return;
      case 'window':
        surfaces.openWindow(null);
        return;
      case 'settings':
        surfaces.openWindow('settings');
        return;
      case 'pause':
        void pause(pauseMinutes);
        return;
      case 'unpause':
        void pause(0);
        return;
      case 'remove':
        askRemoval();
        surfaces.openPopover();
        return;
      case 'quit':
        quit();
    }
  };
};
