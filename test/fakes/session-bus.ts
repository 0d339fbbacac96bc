import type { EventEmitter } from 'node:events';
import * as dbus from '@jellybrick/dbus-next';

/**
 * The desktop's side of a session bus, for tests: a tray (org.kde.StatusNotifierWatcher) that records the items put into
 * it and can click them as a panel does, and a notification server that records what it is told to show.
 */

export interface Notice {
  readonly id: number;
  readonly summary: string;
  readonly body: string;
}

export interface MenuEntry {
  readonly id: number;
  readonly label: string;
  readonly enabled: boolean;
}

export interface TrayItem {
  /** A left click. */
  activate(): Promise<void>;
  tooltip(): Promise<string>;
  /** Edge lengths of the bitmaps the item offers, pixels. */
  iconSizes(): Promise<readonly number[]>;
  menu(): Promise<readonly MenuEntry[]>;
  clickMenu(label: string): Promise<void>;
}

export interface SessionBus {
  /** Waits for the next item that registers, or gives the last one that has. Rejects after `timeoutMs`. */
  trayItem(timeoutMs?: number): Promise<TrayItem>;
  readonly notices: readonly Notice[];
  close(): void;
}

const itemInterface = 'org.kde.StatusNotifierItem';
const menuInterface = 'com.canonical.dbusmenu';
const { Interface } = dbus.interface;

const plain = (value: unknown): unknown => (value instanceof dbus.Variant ? value.value : value);

type Call = (path: string, face: string, member: string, signature?: string, body?: unknown[]) => Promise<unknown[]>;

const callOf =
  (bus: dbus.MessageBus, destination: string): Call =>
  async (path, face, member, signature = '', body = []) => {
    // Electron's item has no introspection data, which a proxy object would need.
    const message = new dbus.Message({ destination, path, interface: face, member, signature, body });
    return (await bus.call(message))?.body ?? [];
  };

const makeItem = (bus: dbus.MessageBus, service: string): TrayItem => {
  // `:1.5` or `:1.5/some/path`, as the item registered itself.
  const slash = service.indexOf('/');
  const call = callOf(bus, slash < 0 ? service : service.slice(0, slash));
  const path = slash < 0 ? '/StatusNotifierItem' : service.slice(slash);
  const property = async (name: string): Promise<unknown> => {
    const [value] = await call(path, 'org.freedesktop.DBus.Properties', 'Get', 'ss', [itemInterface, name]);
    return plain(value);
  };
  const menu = async (): Promise<readonly MenuEntry[]> => {
    const layout = await call(String(await property('Menu')), menuInterface, 'GetLayout', 'iias', [0, -1, []]);
    const [, , children] = layout[1] as [number, unknown, unknown[]];
    return children.map((child) => {
      const [id, properties] = plain(child) as [number, Record<string, unknown>];
      const label = plain(properties['label']);
      return { id, label: typeof label === 'string' ? label : '', enabled: plain(properties['enabled']) !== false };
    });
  };
  return {
    activate: async () => {
      await call(path, itemInterface, 'Activate', 'ii', [10, 10]);
    },
    tooltip: async () => String(((await property('ToolTip')) as unknown[])[2]),
    iconSizes: async () => ((await property('IconPixmap')) as [number, number, unknown][]).map(([width]) => width),
    menu,
    clickMenu: async (label) => {
      const entry = (await menu()).find((one) => one.label === label);
      if (entry === undefined) throw new Error(`no menu entry "${label}"`);
      const event = [entry.id, 'clicked', new dbus.Variant('i', 0), 0];
      await call(String(await property('Menu')), menuInterface, 'Event', 'isvu', event);
    },
  };
};

class Watcher extends Interface {
  readonly #heard: (service: string) => void;
  readonly #items: string[] = [];
  constructor(heard: (service: string) => void) {
    super('org.kde.StatusNotifierWatcher');
    this.#heard = heard;
  }
  RegisterStatusNotifierItem(service: string): void {
    this.#items.push(service);
    this.#heard(service);
  }
  RegisterStatusNotifierHost(): void {}
  get RegisteredStatusNotifierItems(): string[] {
    return this.#items;
  }
  get IsStatusNotifierHostRegistered(): boolean {
    return true;
  }
  get ProtocolVersion(): number {
    return 0;
  }
}
Watcher.configureMembers({
  properties: {
    RegisteredStatusNotifierItems: { signature: 'as', access: 'read' },
    IsStatusNotifierHostRegistered: { signature: 'b', access: 'read' },
    ProtocolVersion: { signature: 'i', access: 'read' },
  },
  methods: {
    RegisterStatusNotifierItem: { inSignature: 's' },
    RegisterStatusNotifierHost: { inSignature: 's' },
  },
});

class Notifications extends Interface {
  readonly notices: Notice[] = [];
  constructor() {
    super('org.freedesktop.Notifications');
  }
  GetCapabilities(): string[] {
    return ['body', 'actions', 'body-markup', 'persistence'];
  }
  GetServerInformation(): string[] {
    return ['castellan-test', 'castellan', '1.0', '1.2'];
  }
  Notify(_app: string, replaces: number, _icon: string, summary: string, body: string): number {
    const id = replaces === 0 ? this.notices.length + 1 : replaces;
    this.notices.push({ id, summary, body });
    return id;
  }
  CloseNotification(): void {}
}
Notifications.configureMembers({
  methods: {
    GetCapabilities: { outSignature: 'as' },
    GetServerInformation: { outSignature: 'ssss' },
    Notify: { inSignature: 'susssasa{sv}i', outSignature: 'u' },
    CloseNotification: { inSignature: 'u' },
  },
});

export const openSessionBus = async (busAddress: string): Promise<SessionBus> => {
  const bus = dbus.sessionBus({ busAddress });
  // Without a listener a bus that ends first would end the test.
  (bus as EventEmitter).on('error', () => {});
  const items: string[] = [];
  const waiting = new Set<() => void>();
  const notifications = new Notifications();
  const watcher = new Watcher((service) => {
    items.push(service);
    for (const wake of waiting) wake();
  });
  bus.export('/StatusNotifierWatcher', watcher);
  bus.export('/org/freedesktop/Notifications', notifications);
  await bus.requestName('org.kde.StatusNotifierWatcher');
  await bus.requestName('org.freedesktop.Notifications');
  return {
    notices: notifications.notices,
    trayItem: (timeoutMs = 10_000) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error('no tray item registered')), timeoutMs);
        const look = (): void => {
          const last = items.at(-1);
          if (last === undefined) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(makeItem(bus, last));
        };
        waiting.add(look);
        look();
      }),
    close: () => bus.disconnect(),
  };
};
