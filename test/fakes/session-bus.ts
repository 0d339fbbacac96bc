import { setTimeout as sleep } from 'node:timers/promises';
import { DBusError, type Message as DBusMessage, Message, sessionBus, Variant } from '@jellybrick/dbus-next';

/**
 * The desktop's side of a session bus: a host for tray icons (org.kde.StatusNotifierWatcher) and for notifications
 * (org.freedesktop.Notifications), for an Electron app to meet. Electron's own objects answer an empty introspection,
 * so everything is called by name.
 */

export interface TrayProperties {
  /** Second line of the tooltip is never used by Electron. */
  readonly tooltip: string;
  readonly status: string;
  readonly icon: { readonly width: number; readonly height: number; readonly argb: Buffer } | null;
}

export interface TrayItem {
  /** A left click. */
  activate(): Promise<void>;
  properties(): Promise<TrayProperties>;
  /** Labels of the menu, from the top; separators left out. */
  menu(): Promise<readonly string[]>;
  choose(label: string): Promise<void>;
}

export interface Notification {
  readonly id: number;
  readonly summary: string;
  readonly body: string;
  readonly urgency: number | null;
  readonly actions: readonly string[];
}

export interface SessionBus {
  /** The next tray icon to be registered; ask before the app starts. */
  nextItem(withinMs?: number): Promise<TrayItem>;
  notifications(): readonly Notification[];
  /** Those that were not taken off again. */
  standing(): readonly Notification[];
  /** What a click on the notification's body does: the app is told, and the desktop takes the notification off. */
  click(id: number): void;
  /** The user takes it away. */
  dismiss(id: number): void;
  /** From now on the desktop refuses to show any. */
  refuseNotifications(refuse: boolean): void;
  close(): void;
}

const watcherName = 'org.kde.StatusNotifierWatcher';
const notificationsName = 'org.freedesktop.Notifications';
const notificationsPath = '/org/freedesktop/Notifications';
const itemInterface = 'org.kde.StatusNotifierItem';
const menuInterface = 'com.canonical.dbusmenu';
const propertiesInterface = 'org.freedesktop.DBus.Properties';
/** What Electron answers to a click on an entry that is not there any more. */
const failed = 'org.freedesktop.DBus.Error.Failed';
const unansweredMs = 5000;

const plain = (value: unknown): unknown => (value instanceof Variant ? plain(value.value) : value);
const fields = (value: unknown): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries((plain(value) ?? {}) as object).map(([key, each]) => [key, plain(each)]));
const list = (value: unknown): readonly unknown[] => (Array.isArray(plain(value)) ? (plain(value) as unknown[]) : []);

type Reply = readonly [signature: string, ...body: unknown[]];

interface MenuEntry {
  readonly id: number;
  readonly label: string;
}

export const openSessionBus = async (busAddress: string): Promise<SessionBus> => {
  const bus = sessionBus({ busAddress });
  const items: string[] = [];
  const waiting: ((item: string) => void)[] = [];
  const shown: Notification[] = [];
  const closed = new Set<number>();
  let refuses = false;

  const watcherProperties = (): Record<string, Variant> => ({
    RegisteredStatusNotifierItems: new Variant('as', items),
    IsStatusNotifierHostRegistered: new Variant('b', true),
    ProtocolVersion: new Variant('i', 0),
  });

  const register = ({ sender, body }: DBusMessage): Reply => {
    const [service] = body as [string];
    // A service name, or a path on the caller's own connection.
    const item = service.startsWith('/') ? `${sender}${service}` : `${service}/StatusNotifierItem`;
    items.push(item);
    waiting.shift()?.(item);
    return [''];
  };

  const notify = ({ body }: DBusMessage): Reply => {
    const [, replaces, , summary, text, actions, hints] = body as [
      string,
      number,
      string,
      string,
      string,
      string[],
      unknown,
    ];
    const id = replaces === 0 ? shown.length + 1 : replaces;
    closed.delete(id);
    const urgency = fields(hints).urgency;
    shown.push({ id, summary, body: text, actions, urgency: typeof urgency === 'number' ? urgency : null });
    return ['u', id];
  };

  /** Reasons of the specification: 2 dismissed by the user, 3 by a call. */
  const closeNotification = (id: number, reason: 2 | 3): void => {
    closed.add(id);
    bus.send(Message.newSignal(notificationsPath, notificationsName, 'NotificationClosed', 'uu', [id, reason]));
  };

  const methods: Readonly<Record<string, (message: DBusMessage) => Reply>> = {
    [`${watcherName}.RegisterStatusNotifierItem`]: register,
    [`${watcherName}.RegisterStatusNotifierHost`]: () => [''],
    [`${propertiesInterface}.Get`]: ({ body }) => ['v', watcherProperties()[String(body[1])] ?? new Variant('s', '')],
    [`${propertiesInterface}.GetAll`]: () => ['a{sv}', watcherProperties()],
    [`${notificationsName}.GetCapabilities`]: () => ['as', ['body', 'actions', 'persistence']],
    [`${notificationsName}.GetServerInformation`]: () => ['ssss', 'castellan-test', 'castellan', '1.0', '1.2'],
    [`${notificationsName}.Notify`]: notify,
    [`${notificationsName}.CloseNotification`]: ({ body }) => {
      closeNotification(Number(body[0]), 3);
      return [''];
    },
  };
  bus.addMethodHandler((message: DBusMessage) => {
    const answer = methods[`${message.interface}.${message.member}`];
    if (answer === undefined) return false;
    if (refuses && message.member === 'Notify') {
      bus.send(Message.newError(message, 'org.freedesktop.Notifications.Error.Refused', 'no notifications here'));
      return true;
    }
    const [signature, ...body] = answer(message);
    bus.send(Message.newMethodReturn(message, signature, body));
    return true;
  });

  const call = async (item: string, path: string | null, name: string, signature = '', body: unknown[] = []) => {
    const slash = item.indexOf('/');
    const dot = name.lastIndexOf('.');
    const reply = await bus.call(
      new Message({
        destination: item.slice(0, slash),
        path: path ?? item.slice(slash),
        interface: name.slice(0, dot),
        member: name.slice(dot + 1),
        signature,
        body,
      }),
    );
    return reply?.body ?? [];
  };

  const trayItem = (item: string): TrayItem => {
    const all = async (): Promise<Readonly<Record<string, unknown>>> =>
      fields((await call(item, null, `${propertiesInterface}.GetAll`, 's', [itemInterface]))[0]);

    const menuPath = async (): Promise<string> => String((await all()).Menu);
    const entries = async (): Promise<readonly MenuEntry[]> => {
      const [, layout] = await call(item, await menuPath(), `${menuInterface}.GetLayout`, 'iias', [0, -1, []]);
      return list(list(layout)[2]).map((each) => {
        const [id, properties] = list(each);
        return { id: Number(id), label: String(fields(properties).label ?? '').replace('_', '') };
      });
    };

    return {
      activate: async () => void (await call(item, null, `${itemInterface}.Activate`, 'ii', [10, 10])),
      properties: async () => {
        const { ToolTip, Status, IconPixmap } = await all();
        const [picture] = list(IconPixmap);
        const [width, height, argb] = list(picture);
        return {
          tooltip: String(list(ToolTip)[2] ?? ''),
          status: String(Status),
          icon: picture === undefined ? null : { width: Number(width), height: Number(height), argb: argb as Buffer },
        };
      },
      menu: async () => (await entries()).map(({ label }) => label).filter((label) => label !== ''),
      choose: async (label) => {
        // A menu that was set meanwhile has other ids: the click on the old one is refused, and made on the new one.
        let isRefused: boolean;
        do {
          const entry = (await entries()).find((each) => each.label === label);
          if (entry === undefined) throw new Error(`the tray's menu has no "${label}"`);
          const event = [entry.id, 'clicked', new Variant('i', 0), 0];
          isRefused = await Promise.race([
            call(item, await menuPath(), `${menuInterface}.Event`, 'isvu', event).then(
              () => false,
              (error) => error instanceof DBusError && error.type === failed,
            ),
            // Who is told to quit may not answer.
            sleep(unansweredMs, false, { ref: false }),
          ]);
        } while (isRefused);
      },
    };
  };

  await bus.requestName(notificationsName, 0);
  await bus.requestName(watcherName, 0);
  return {
    nextItem: async (withinMs = 20_000) => {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      const timer = setTimeout(() => reject(new Error(`no tray icon within ${withinMs} ms`)), withinMs);
      waiting.push(resolve);
      try {
        return trayItem(await promise);
      } finally {
        clearTimeout(timer);
      }
    },
    notifications: () => shown,
    standing: () => shown.filter(({ id }) => !closed.has(id)),
    click: (id) => {
      bus.send(Message.newSignal(notificationsPath, notificationsName, 'ActionInvoked', 'us', [id, 'default']));
      closeNotification(id, 2);
    },
    dismiss: (id) => closeNotification(id, 2),
    refuseNotifications: (refuse) => {
      refuses = refuse;
    },
    close: () => bus.disconnect(),
  };
};
