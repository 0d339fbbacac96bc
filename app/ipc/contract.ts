import type {
  Failure,
  History,
  HistoryRange,
  LogRow,
  ProcessList,
  Status,
  Tier,
  Verb,
  VerbArgs,
  VerbResult,
} from '../../helper/protocol/index.ts';

/**
 * What passes between Electron's main process and the renderer, as a value: main derives its handlers and the preload
 * script its bridge from it, so no channel name is written twice. The renderer holds no truth: it draws `AppSnapshot`.
 */

/**
 * How the app stands with the keeper. Everything but `connected` shows the last known status greyed, with its time.
 * Each `sinceMs` is wall time (ms since 1970), so that a countdown needs no patches.
 */
export type Connection =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected'; readonly tier: Tier }
  /** Connected, but the last status came at `sinceMs`, 6 s or more ago (dimmed from 6 s, stale from 30 s). */
  | { readonly kind: 'silent'; readonly sinceMs: number; readonly tier: Tier }
  /** It answered before and is gone since `sinceMs`. Tried again by itself; stays `lost` meanwhile. */
  | { readonly kind: 'lost'; readonly sinceMs: number; readonly failure: Failure }
  /** Nothing answers and nothing ever did in this run of the app. */
  | { readonly kind: 'missing'; readonly failure: Failure }
  | { readonly kind: 'helper_older'; readonly helper: string; readonly app: string }
  | { readonly kind: 'helper_newer'; readonly helper: string; readonly app: string }
  /** The socket is not to be trusted, or the keeper turned us away. */
  | { readonly kind: 'refused'; readonly failure: Failure };

export interface Settings {
  /** Available memory beside the tray glyph when not green. */
  readonly numbersInTray: boolean;
  /** Level colour in the tray when not green; the shape changes in any case. */
  readonly colourInTray: boolean;
  /** Opens and hides the popover from anywhere, as Electron names it (`Control+Alt+M`); null: none. */
  readonly shortcut: string | null;
  /** Null where the platform has no login items (Linux). */
  readonly openAtLogin: boolean | null;
}

/** Where the same page is shown: by the tray icon, or in a window of its own, loaded with the hash `#window`. */
export const surfaces = ['popover', 'window'] as const;
export type Surface = (typeof surfaces)[number];

export const windowPages = [
  'overview',
  'seats',
  'processes',
  'log',
  'health',
  'what-if',
  'policy',
  'settings',
] as const;
export type WindowPage = (typeof windowPages)[number];

/** Which page the window was asked to show. */
export interface WindowGoal {
  /** Counts the asking, so that the same page can be asked for twice. */
  readonly nth: number;
  readonly page: WindowPage;
}

/** What became of something the operator asked for. */
export interface Said {
  /** `done`: as wanted. `failed`: tried, and it did not succeed. `refused`: nothing was done. */
  readonly kind: 'done' | 'failed' | 'refused';
  readonly title: string;
  readonly text: string;
}

/** What a press on a notification asks the popover to show. */
export interface Attention {
  /** Counts presses, so that the same card can be asked for twice. */
  readonly nth: number;
  /** Of the card to go to; null: there is none. */
  readonly episode: string | null;
  /** Hash of the act whose second confirmation to go to; null: to none. */
  readonly confirm: string | null;
  /** Why there is no card, or why it is not the one that was pressed. */
  readonly said: Said | null;
  /** Seat whose health to show; null: none. */
  readonly health: string | null;
}

/**
 * How the app stands with launchd. What macOS says of the daemons is not whether they answer: that is the connection.
 */
export interface Registration {
  /**
   * `unavailable`: registering is nothing this app can do (not on a Mac, or not packaged). `enabled` since when: wall time at
   * which it was seen first, so that a helper that starts is not taken for one that is silent.
   */
  readonly state: 'unavailable' | 'not_registered' | 'registering' | 'needs_approval' | 'enabled';
  readonly enabledSinceMs: number | null;
  /** Why they could not be registered; null: nothing was tried, or it went well. */
  readonly fault: string | null;
  /** The helper that answers is of another version; null: it is not, or none answers. */
  readonly update: HelperUpdate | null;
  readonly removal: Removal | null;
}

export type HelperUpdate =
  /** It was asked to end in order, so that launchd starts the new one. */
  | { readonly kind: 'refreshing'; readonly helper: string; readonly app: string }
  | { readonly kind: 'refresh_failed'; readonly helper: string; readonly app: string; readonly why: string }
  | { readonly kind: 'app_older'; readonly helper: string; readonly app: string };

export type Removal =
  | { readonly kind: 'asking' }
  | { readonly kind: 'removing' }
  | {
      readonly kind: 'done';
      readonly withData: boolean;
      /** As the keeper said; null: it did not answer. */
      readonly undone: {
        readonly resumed: number;
        readonly bands: number;
        readonly gpuLimit: VerbResult<'keeper.remove'>['gpuLimit'];
        readonly seats: readonly string[];
      } | null;
      /** What could not be done, a sentence each. */
      readonly left: readonly string[];
    };

/** What the operator asks for: `ask_removal` and `cancel_removal` only open and close the question. */
export const registrationActs = [
  'install',
  'refresh',
  'ask_removal',
  'cancel_removal',
  'remove',
  'remove_with_data',
] as const;
export type RegistrationAct = (typeof registrationActs)[number];

export interface AppSnapshot {
  readonly connection: Connection;
  readonly registration: Registration;
  /** Last status received, whatever the connection is now. */
  readonly status: Status | null;
  /** Wall time at which `status` arrived. */
  readonly receivedAtMs: number | null;
  /** The app's own processes: main, renderer and helpers of Electron. */
  readonly own: { readonly version: string; readonly pids: readonly number[]; readonly memoryBytes: number | null };
  readonly settings: Settings;
  /** The popover stays open when it loses focus. */
  readonly pinned: boolean;
  /** Null until a notification is pressed. */
  readonly attention: Attention | null;
  /** Why notifications cannot be shown; null while they can, or none was needed yet. */
  readonly notificationFault: string | null;
  /** Why the shortcut of the settings does not work; null: it does, or there is none. */
  readonly shortcutFault: string | null;
  /** The menu bar has no room for the icon, or may not show it. */
  readonly iconHidden: boolean;
  /** Null until the window was asked to show a certain page. */
  readonly windowGoal: WindowGoal | null;
}

export type SnapshotPatch = Partial<AppSnapshot>;

/** What the keeper answers to a verb. */
export type AnswerOf<V extends Verb> =
  | { readonly ok: true; readonly result: VerbResult<V> }
  | { readonly ok: false; readonly failure: Failure };

export type HistoryAnswer =
  | { readonly ok: true; readonly history: History }
  | { readonly ok: false; readonly failure: Failure };

/** All that reads, but for what approving takes: nonces stay in the main process. */
export type ReadVerb = Exclude<Extract<Verb, `read.${string}`>, 'read.pending'>;

export type ExportFormat = 'csv' | 'json';

export type Exported =
  | { readonly kind: 'written'; readonly path: string; readonly rows: number }
  /** The operator chose no file. */
  | { readonly kind: 'cancelled' }
  /** A sentence; nothing was written. */
  | { readonly kind: 'failed'; readonly why: string };

/** Pages the app may open outside itself; the renderer names one, never a URL. */
export const links = ['login-items', 'operations-manual', 'menu-bar', 'notifications'] as const;
export type Link = (typeof links)[number];

interface Call<Args extends readonly unknown[], Result> {
  readonly kind: 'call';
  /** Types only; never present at run time. */
  readonly _?: (...args: Args) => Result;
}
interface Push<Data> {
  readonly kind: 'push';
  readonly _?: (data: Data) => void;
}
const call = <Args extends readonly unknown[], Result>(): Call<Args, Result> => ({ kind: 'call' });
const push = <Data>(): Push<Data> => ({ kind: 'push' });

export const contract = {
  /** The whole state, once, after the renderer has subscribed to `patch`. */
  snapshot: call<[], AppSnapshot>(),
  history: call<[range: HistoryRange, columns: number], HistoryAnswer>(),
  setPinned: call<[pinned: boolean], void>(),
  setSettings: call<[change: Partial<Settings>], Settings>(),
  /**
   * Tells main that a frame with data is drawn: after the first load and after each `shown`. Main shows a new window at
   * the first one, and measures open → painted with it.
   */
  painted: call<[], void>(),
  /** Hides the surface that calls. */
  hide: call<[], void>(),
  /** Shows the window, and in it that page; null: the one it shows. */
  openWindow: call<[page: WindowPage | null], void>(),
  /**
   * Whether this surface shows the process table. While it does and is on screen, `processes` comes at every sample; a
   * hidden surface need not take it back.
   */
  watchProcesses: call<[watching: boolean], void>(),
  /** Asks any verb that only reads: `read('read.log', { limit: 200 })`. Arguments are checked by the verb's own schema. */
  read: call<[verb: ReadVerb, args: unknown], AnswerOf<ReadVerb>>(),
  /** Asks where to, and writes these rows as they were read; null: all there are, oldest first. */
  exportLog: call<[format: ExportFormat, rows: readonly LogRow[] | null], Exported>(),
  /** Asks where to, and writes the machine's figures of that range. */
  exportHistory: call<[format: ExportFormat, range: HistoryRange], Exported>(),
  retry: call<[], void>(),
  open: call<[link: Link], void>(),
  quit: call<[], void>(),
  /** Answers at once; what comes of it is in the state. */
  registration: call<[act: RegistrationAct], void>(),
  /** Approves exactly the act of that hash; `confirmed` is the second confirmation some acts need. */
  approve: call<[id: number, hash: string, confirmed: boolean], AnswerOf<'approve'>>(),
  deny: call<[id: number, hash: string], AnswerOf<'deny'>>(),
  /** "That was wrong": a plan of the dry run that should not have been. */
  markWrong: call<[plan: number], AnswerOf<'relief.wrong'>>(),
  /** Holds automatic actions back for so many minutes; 0: they go on at once. */
  pauseRelief: call<[minutes: number], AnswerOf<'relief.pause'>>(),
  setReliefMode: call<[to: 'live' | 'dry_run'], AnswerOf<'relief.mode'>>(),
  /** Brings back a service that was shed. */
  restore: call<[label: string], AnswerOf<'relief.restore'>>(),
  /** One freeze, or all. */
  resume: call<[freeze: number | null], AnswerOf<'relief.resume'>>(),
  /**
   * Unloads a seat; `cut`: although requests are under way; `confirm`: of a protected one its name, as typed. Answers when it
   * has ended, or why it has not.
   */
  release: call<[seat: string, cut: boolean, confirm: string], AnswerOf<'seat.release'>>(),
  /** Keeps it loaded for so many minutes, whatever its countdown says. */
  keep: call<[seat: string, minutes: number], AnswerOf<'seat.keep'>>(),
  /** Answers when it serves, or with the sum it was refused by; a start may take half an hour. */
  load: call<[seat: string], AnswerOf<'seat.load'>>(),
  /** Whether it would fit now, with the sum. Changes nothing. */
  preview: call<[seat: string], AnswerOf<'read.preview'>>(),
  patch: push<SnapshotPatch>(),
  /** To surfaces that watch processes. */
  processes: push<ProcessList>(),
  /** The window is on screen again; the state came before, as a patch. */
  shown: push<null>(),
} as const;

export type Contract = typeof contract;

export type CallName = { [K in keyof Contract]: Contract[K] extends Call<never, unknown> ? K : never }[keyof Contract];
export type PushName = { [K in keyof Contract]: Contract[K] extends Push<never> ? K : never }[keyof Contract];
export type ArgsOf<K> = K extends Call<infer Args, unknown> ? Args : never;
export type ResultOf<K> = K extends Call<never, infer Result> ? Result : never;
export type DataOf<K> = K extends Push<infer Data> ? Data : never;

/** `window.castellan`, made by the preload script. Listening returns its unsubscription. */
export type Bridge = {
  readonly [K in CallName]: K extends 'read'
    ? <V extends ReadVerb>(verb: V, args: VerbArgs<V>) => Promise<AnswerOf<V>>
    : (...args: ArgsOf<Contract[K]>) => Promise<ResultOf<Contract[K]>>;
} & {
  readonly [K in PushName as `on${Capitalize<K>}`]: (listener: (data: DataOf<Contract[K]>) => void) => () => void;
};

/** What main must provide: one handler per call. */
export type Handlers = {
  readonly [K in CallName]: (...args: ArgsOf<Contract[K]>) => ResultOf<Contract[K]> | Promise<ResultOf<Contract[K]>>;
};

/** What main can send: one sender per push. */
export type Senders = { readonly [K in PushName]: (data: DataOf<Contract[K]>) => void };
