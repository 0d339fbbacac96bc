import { type App, shell } from 'electron';
import { failure } from '../helper/protocol/errors.ts';
import { requests } from '../helper/protocol/requests.ts';
import type { Approvals } from './approvals.ts';
import type { Feed } from './feed.ts';
import type { HelperLink } from './helper-client/link.ts';
import type { AnswerOf, Handlers, ReadVerb, Settings, Surface, WindowPage } from './ipc/contract.ts';
import { openLink } from './links.ts';
import { writeLoginItem } from './login-item.ts';
import type { RegistrationHandle } from './registration/registration.ts';
import { changeSettings, type StoredSettings, storedPart } from './settings.ts';
import type { Store } from './state.ts';
import type { StoredFile } from './stored-file.ts';

/** What the renderer can ask for: one row a call. Sender and arguments have been checked before. */

export interface HandlerOptions {
  readonly app: App;
  readonly store: Store;
  readonly link: HelperLink;
  readonly approvals: Approvals;
  readonly exports: Pick<Handlers, 'exportLog' | 'exportHistory'>;
  /** Whose handlers these are. */
  readonly surface: Surface;
  readonly shown: { hide(): void; painted(): void };
  readonly feed: Pick<Feed, 'watchProcesses'>;
  readonly openWindow: (page: WindowPage | null) => void;
  readonly registration: Pick<RegistrationHandle, 'act'>;
  readonly applyShortcut: (shortcut: string | null) => void;
  readonly settingsFile: Pick<StoredFile<StoredSettings>, 'write'>;
}

export const makeHandlers = ({
  app,
  store,
  link,
  approvals,
  exports,
  surface,
  shown,
  feed,
  openWindow,
  registration,
  applyShortcut,
  settingsFile,
}: HandlerOptions): Handlers => {
  const setSettings = (change: Partial<Settings>): Settings => {
    const wanted = changeSettings(store.get().settings, change);
    const openAtLogin =
      typeof change.openAtLogin === 'boolean'
        ? writeLoginItem(app, process.platform, change.openAtLogin)
        : wanted.openAtLogin;
    const settings = { ...wanted, openAtLogin };
    // First the file: what could not be kept is not shown as set.
    settingsFile.write(storedPart(settings));
    store.dispatch({ kind: 'settings', settings });
    applyShortcut(settings.shortcut);
    return settings;
  };
  const read = async (verb: ReadVerb, given: unknown): Promise<AnswerOf<ReadVerb>> => {
    const args = requests[verb].args.safeParse(given);
    if (!args.success) return { ok: false, failure: failure('bad_arguments', verb) };
    // Verb and arguments belong together by the table they were checked with; the compiler cannot follow that.
    return link.request(verb, args.data as never);
  };
  return {
    snapshot: () => store.get(),
    history: async (range, columns) => {
      const answer = await link.request('read.history', { range, columns });
      return answer.ok ? { ok: true, history: answer.result } : { ok: false, failure: answer.failure };
    },
    setPinned: (pinned) => store.dispatch({ kind: 'pinned', pinned }),
    setSettings,
    painted: shown.painted,
    hide: shown.hide,
    openWindow,
    watchProcesses: (watching) => feed.watchProcesses(surface, watching),
    read,
    ...exports,
    retry: () => link.retry(),
    open: (target) => openLink(target, shell, app.getAppPath(), process.platform),
    quit: () => app.quit(),
    registration: registration.act,
    approve: approvals.approve,
    deny: approvals.deny,
    markWrong: (plan) => link.request('relief.wrong', { plan }),
    pauseRelief: (minutes) => link.request('relief.pause', { minutes }),
    setReliefMode: (to) => link.request('relief.mode', { to }),
    restore: (label) => link.request('relief.restore', { label }),
    resume: (freeze) => link.request('relief.resume', { freeze }),
    release: (seat, cut, confirm) => link.request('seat.release', { seat, cut, confirm }),
    keep: (seat, minutes) => link.request('seat.keep', { seat, minutes }),
    load: (seat) => link.request('seat.load', { seat }),
    preview: (seat) => link.request('read.preview', { seat }),
  };
};
