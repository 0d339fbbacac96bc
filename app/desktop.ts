import { Notification } from 'electron';

/** Notifications on the desktop, each under a key of its own. What to show, and what a press means, is judged elsewhere. */

/** On the body, or on one of the buttons (macOS only) by its index. */
export type DesktopPress = { readonly on: 'body' } | { readonly on: 'action'; readonly index: number };

export interface DesktopWords {
  readonly title: string;
  readonly body: string;
  /** Shown on macOS only; elsewhere a click on the body is all there is. */
  readonly actions: readonly string[];
  readonly onPress: (press: DesktopPress) => void;
  /** Taken away by the operator or the desktop, pressed or not; not by `takeOff`. */
  readonly onGone: () => void;
}

export interface Desktop {
  /** What stands under the key is taken off first. */
  putUp(key: string, words: DesktopWords): void;
  takeOff(key: string): void;
  /** How many stand now. */
  count(): number;
  /** For tests: presses one that was made in this run, also one that is off the desktop by now. */
  press(key: string, press: DesktopPress): boolean;
  /** Takes all off: without the app nobody hears their answers. */
  stop(): void;
}

export interface DesktopOptions {
  /** Null: one was shown. Otherwise why one could not be. */
  readonly onFault: (fault: string | null) => void;
}

/** What has left the desktop may still be pressed: an answer can be under way. */
const keptMade = 32;

interface Made {
  readonly key: string;
  readonly notification: Notification;
}

export const createDesktop = ({ onFault }: DesktopOptions): Desktop => {
  const made: Made[] = [];
  const standing = new Map<string, Made>();

  const takeOff = (key: string): void => {
    const one = standing.get(key);
    standing.delete(key);
    one?.notification.close();
  };

  const putUp = (key: string, { title, body, actions, onPress, onGone }: DesktopWords): void => {
    takeOff(key);
    if (!Notification.isSupported()) {
      onFault('This system shows none.');
      return;
    }
    const notification = new Notification({
      title,
      body,
      silent: false,
      urgency: 'normal',
      // It is taken off when it is no longer true; the desktop need not guess.
      timeoutType: 'never',
      actions: actions.map((text) => ({ type: 'button' as const, text })),
    });
    const one: Made = { key, notification };
    const pressed = (press: DesktopPress): void => {
      // A desktop takes off what was pressed; Electron on Linux says nothing of that, and could close it no more.
      if (standing.get(key) === one) {
        takeOff(key);
        onGone();
      }
      onPress(press);
    };
    notification.on('click', () => pressed({ on: 'body' }));
    notification.on('action', (_event, index) => pressed({ on: 'action', index }));
    notification.on('show', () => onFault(null));
    notification.on('failed', (_event, why) => onFault(why === '' ? 'The system gives no reason.' : why));
    notification.on('close', () => {
      if (standing.get(key) !== one) return;
      standing.delete(key);
      onGone();
    });
    standing.set(key, one);
    made.push(one);
    if (made.length > keptMade) made.shift();
    notification.show();
  };

  return {
    putUp,
    takeOff,
    count: () => standing.size,
    press: (key, press) => {
      const one = made.findLast((each) => each.key === key);
      if (one === undefined) return false;
      if (press.on === 'body') one.notification.emit('click');
      else one.notification.emit('action', {}, press.index);
      return true;
    },
    stop: () => {
      for (const key of [...standing.keys()]) takeOff(key);
    },
  };
};
