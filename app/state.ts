import type { Failure, Status, Tier } from '../helper/protocol/index.ts';
import type {
  AppSnapshot,
  Attention,
  Connection,
  Registration,
  Settings,
  SnapshotPatch,
  WindowPage,
} from './ipc/contract.ts';

/**
 * The app's state as a pure reducer. Everything the renderer and the tray show derives from one `AppSnapshot`; it
 * changes here and nowhere else. Times in events are wall times (ms since 1970) handed in by the caller.
 */

export type StateEvent =
  | { readonly kind: 'ready'; readonly tier: Tier }
  | { readonly kind: 'status'; readonly status: Status; readonly atMs: number }
  /** The connection is open but the last status came at `sinceMs`, too long ago. */
  | { readonly kind: 'silent'; readonly sinceMs: number }
  /** A connection, or the attempt at one, ended. `helperVersion` when its greeting was read. */
  | { readonly kind: 'closed'; readonly failure: Failure; readonly atMs: number; readonly helperVersion: string | null }
  | { readonly kind: 'own'; readonly own: AppSnapshot['own'] }
  | { readonly kind: 'settings'; readonly settings: Settings }
  | { readonly kind: 'pinned'; readonly pinned: boolean }
  /** A notification was pressed; null: what that asked for has been looked at. */
  | { readonly kind: 'attention'; readonly attention: Attention | null }
  | { readonly kind: 'registration'; readonly registration: Registration }
  | { readonly kind: 'notifications'; readonly fault: string | null }
  | { readonly kind: 'shortcut'; readonly fault: string | null }
  | { readonly kind: 'icon'; readonly hidden: boolean }
  /** The window is to show that page; null: it is gone, and begins anew. */
  | { readonly kind: 'window_page'; readonly page: WindowPage | null };

export const noRegistration: Registration = {
  state: 'unavailable',
  enabledSinceMs: null,
  fault: null,
  update: null,
  removal: null,
};

export const initialState = (version: string, settings: Settings): AppSnapshot => ({
  connection: { kind: 'connecting' },
  registration: noRegistration,
  status: null,
  receivedAtMs: null,
  own: { version, pids: [], memoryBytes: null },
  settings,
  pinned: false,
  attention: null,
  notificationFault: null,
  shortcutFault: null,
  iconHidden: false,
  windowGoal: null,
});

/** Failures that mean "someone is there and it cannot be worked with", as against "nobody answers". */
const turnedAway: ReadonlySet<Failure['code']> = new Set([
  'untrusted_server',
  'untrusted_path',
  'not_allowed',
  'too_many_connections',
  'rate_limited',
  'handshake_failed',
  'bad_frame',
  'bad_json',
  'frame_too_large',
  'bad_answer',
  'peer_unknown',
  'socket_path_too_long',
]);

const hasAnswered = (state: AppSnapshot): boolean =>
  state.status !== null || state.connection.kind === 'connected' || state.connection.kind === 'silent';

const afterClose = (state: AppSnapshot, event: Extract<StateEvent, { kind: 'closed' }>): Connection => {
  const { failure } = event;
  const versions = { helper: event.helperVersion ?? 'unknown', app: state.own.version };
  if (failure.code === 'client_too_new') return { kind: 'helper_older', ...versions };
  if (failure.code === 'client_too_old') return { kind: 'helper_newer', ...versions };
  if (turnedAway.has(failure.code)) return { kind: 'refused', failure };
  if (state.connection.kind === 'lost') return { ...state.connection, failure };
  if (hasAnswered(state)) return { kind: 'lost', sinceMs: state.receivedAtMs ?? event.atMs, failure };
  return { kind: 'missing', failure };
};

const sameConnection = (a: Connection, b: Connection): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);

const withConnection = (state: AppSnapshot, connection: Connection): AppSnapshot =>
  sameConnection(state.connection, connection) ? state : { ...state, connection };

/** Returns the same object when nothing changes, so that no patch follows. */
export const reduce = (state: AppSnapshot, event: StateEvent): AppSnapshot => {
  switch (event.kind) {
    case 'ready':
      return withConnection(state, { kind: 'connected', tier: event.tier });
    case 'status': {
      // The tier is told once, with `ready`; a status after a silence restores it from what was known.
      const connection: Connection =
        state.connection.kind === 'connected'
          ? state.connection
          : { kind: 'connected', tier: state.connection.kind === 'silent' ? state.connection.tier : 'read' };
      return { ...withConnection(state, connection), status: event.status, receivedAtMs: event.atMs };
    }
    case 'silent':
      return state.connection.kind === 'connected'
        ? withConnection(state, { kind: 'silent', sinceMs: event.sinceMs, tier: state.connection.tier })
        : state;
    case 'closed':
      return withConnection(state, afterClose(state, event));
    case 'own':
      return JSON.stringify(state.own) === JSON.stringify(event.own) ? state : { ...state, own: event.own };
    case 'settings':
      return { ...state, settings: event.settings };
    case 'pinned':
      return state.pinned === event.pinned ? state : { ...state, pinned: event.pinned };
    case 'attention':
      return state.attention === event.attention ? state : { ...state, attention: event.attention };
    case 'registration':
      return JSON.stringify(state.registration) === JSON.stringify(event.registration)
        ? state
        : { ...state, registration: event.registration };
    case 'notifications':
      return state.notificationFault === event.fault ? state : { ...state, notificationFault: event.fault };
    case 'shortcut':
      return state.shortcutFault === event.fault ? state : { ...state, shortcutFault: event.fault };
    case 'icon':
      return state.iconHidden === event.hidden ? state : { ...state, iconHidden: event.hidden };
    case 'window_page':
      if (event.page === null) return state.windowGoal === null ? state : { ...state, windowGoal: null };
      return { ...state, windowGoal: { page: event.page, nth: (state.windowGoal?.nth ?? 0) + 1 } };
  }
};

/** The top-level parts that differ, or null. Parts are compared by identity: the reducer keeps what does not change. */
export const patchBetween = (before: AppSnapshot, after: AppSnapshot): SnapshotPatch | null => {
  if (before === after) return null;
  const patch: Partial<Record<keyof AppSnapshot, unknown>> = {};
  for (const key of Object.keys(after) as (keyof AppSnapshot)[]) {
    if (before[key] !== after[key]) patch[key] = after[key];
  }
  return Object.keys(patch).length === 0 ? null : (patch as SnapshotPatch);
};

export type StateListener = (after: AppSnapshot, before: AppSnapshot) => void;

export interface Store {
  get(): AppSnapshot;
  dispatch(event: StateEvent): void;
  /** Called after each change, in order of subscription. */
  onChange(listener: StateListener): void;
}

export const createStore = (initial: AppSnapshot): Store => {
  let state = initial;
  const listeners: StateListener[] = [];
  return {
    get: () => state,
    dispatch: (event) => {
      const before = state;
      state = reduce(before, event);
      if (state !== before) for (const listener of listeners) listener(state, before);
    },
    onChange: (listener) => {
      listeners.push(listener);
    },
  };
};
