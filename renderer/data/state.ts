import { batch, type ReadonlySignal, signal } from '@preact/signals';
import type {
  AppSnapshot,
  Attention,
  Bridge,
  Connection,
  Registration,
  Settings,
  SnapshotPatch,
  WindowGoal,
} from '../../app/ipc/contract.ts';
import type { Status } from '../../helper/protocol/status.ts';
import { levelChange } from '../text/labels.ts';

/**
 * Signals over the app's snapshot. The renderer holds no truth: it subscribes to patches first, then asks for the whole,
 * and draws what it was told. While the popover is hidden nothing is drawn and no timer runs.
 */

/** What the store needs of the page and its clock; tests give their own. */
export interface Surroundings {
  readonly hidden: () => boolean;
  /** Calls back when `hidden` may have changed; returns how to stop. */
  readonly onVisibility: (changed: () => void) => () => void;
  /** Wall time, ms since 1970. */
  readonly now: () => number;
  /** Calls back once a second until stopped; the first time a second and a little after the start. */
  readonly everySecond: (tick: () => void) => () => void;
}

export interface Store {
  readonly connection: ReadonlySignal<Connection>;
  readonly registration: ReadonlySignal<Registration>;
  readonly status: ReadonlySignal<Status | null>;
  readonly receivedAtMs: ReadonlySignal<number | null>;
  readonly own: ReadonlySignal<AppSnapshot['own'] | null>;
  /** Null until main has told them. */
  readonly settings: ReadonlySignal<Settings | null>;
  readonly pinned: ReadonlySignal<boolean>;
  readonly attention: ReadonlySignal<Attention | null>;
  readonly notificationFault: ReadonlySignal<string | null>;
  /** Why the shortcut does not work; null: it does, or there is none. */
  readonly shortcutFault: ReadonlySignal<string | null>;
  /** The menu bar shows no icon. */
  readonly iconHidden: ReadonlySignal<boolean>;
  readonly windowGoal: ReadonlySignal<WindowGoal | null>;
  readonly visible: ReadonlySignal<boolean>;
  /** Wall time, once a second while visible. */
  readonly nowMs: ReadonlySignal<number>;
  /** Last change of level, for the live region. */
  readonly announcement: ReadonlySignal<string>;
  readonly stop: () => void;
}

/** Whether all figures of a value are figures. Main checks what comes from the keeper; this is for what main gets wrong. */
export const isSound = (value: unknown): boolean =>
  typeof value === 'number'
    ? Number.isFinite(value)
    : typeof value !== 'object' || value === null || Object.values(value).every(isSound);

/** A status with a figure that is none is not drawn: the one before it stands, and grows old in sight. */
const withoutUnsound = (patch: SnapshotPatch): SnapshotPatch => {
  if (isSound(patch.status) && isSound(patch.receivedAtMs)) return patch;
  const { status: _status, receivedAtMs: _receivedAtMs, ...rest } = patch;
  return rest;
};

const nothingRegistered: Registration = {
  state: 'unavailable',
  enabledSinceMs: null,
  fault: null,
  update: null,
  removal: null,
};

export const createStore = (bridge: Pick<Bridge, 'snapshot' | 'onPatch'>, page: Surroundings): Store => {
  const connection = signal<Connection>({ kind: 'connecting' });
  const registration = signal<Registration>(nothingRegistered);
  const status = signal<Status | null>(null);
  const receivedAtMs = signal<number | null>(null);
  const own = signal<AppSnapshot['own'] | null>(null);
  const settings = signal<Settings | null>(null);
  const pinned = signal(false);
  const attention = signal<Attention | null>(null);
  const notificationFault = signal<string | null>(null);
  const shortcutFault = signal<string | null>(null);
  const iconHidden = signal(false);
  const windowGoal = signal<WindowGoal | null>(null);
  const visible = signal(!page.hidden());
  const nowMs = signal(page.now());
  const announcement = signal('');
  /** What came since the last drawing: a hidden popover is only brought up to date when it is shown. */
  let waiting: SnapshotPatch = {};
  let answered = false;

  let stopClock: (() => void) | null = null;
  const startClock = (): void => {
    stopClock?.();
    stopClock = page.everySecond(() => {
      nowMs.value = page.now();
    });
  };

  const flush = (): void => {
    if (!answered || page.hidden()) return;
    const news = waiting;
    waiting = {};
    // A status brings the time with it: the clock goes in step with them, so that the two are not drawn one after the other.
    if (news.status !== undefined && stopClock !== null) startClock();
    batch(() => {
      nowMs.value = page.now();
      if (news.status !== undefined) {
        announcement.value = levelChange(status.value, news.status) || announcement.value;
        status.value = news.status;
      }
      if (news.receivedAtMs !== undefined) receivedAtMs.value = news.receivedAtMs;
      if (news.connection !== undefined) connection.value = news.connection;
      if (news.registration !== undefined) registration.value = news.registration;
      if (news.own !== undefined) own.value = news.own;
      if (news.settings !== undefined) settings.value = news.settings;
      if (news.pinned !== undefined) pinned.value = news.pinned;
      if (news.attention !== undefined) attention.value = news.attention;
      if (news.notificationFault !== undefined) notificationFault.value = news.notificationFault;
      if (news.shortcutFault !== undefined) shortcutFault.value = news.shortcutFault;
      if (news.iconHidden !== undefined) iconHidden.value = news.iconHidden;
      if (news.windowGoal !== undefined) windowGoal.value = news.windowGoal;
    });
  };

  const unsubscribe = bridge.onPatch((patch) => {
    waiting = { ...waiting, ...withoutUnsound(patch) };
    flush();
  });
  // Patches that overtake the reply are at least as new as it: they lie on top.
  void bridge.snapshot().then((snapshot) => {
    waiting = { ...withoutUnsound(snapshot), ...waiting };
    answered = true;
    flush();
  });

  const follow = (): void => {
    visible.value = !page.hidden();
    if (visible.value && stopClock === null) startClock();
    if (!visible.value) {
      stopClock?.();
      stopClock = null;
    }
    flush();
  };
  const unfollow = page.onVisibility(follow);
  follow();

  return {
    connection,
    registration,
    status,
    receivedAtMs,
    own,
    settings,
    pinned,
    attention,
    notificationFault,
    shortcutFault,
    iconHidden,
    windowGoal,
    visible,
    nowMs,
    announcement,
    stop: () => {
      unsubscribe();
      unfollow();
      stopClock?.();
      stopClock = null;
    },
  };
};
