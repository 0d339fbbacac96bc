import { type App, shell } from 'electron';
import type { Approvals } from './approvals.ts';
import type { HelperLink } from './helper-client/link.ts';
import type { Handlers, Settings } from './ipc/contract.ts';
import { openLink } from './links.ts';
import { writeLoginItem } from './login-item.ts';
import type { Popover } from './popover.ts';
import type { RegistrationHandle } from './registration/registration.ts';
import { changeSettings, writeSettings } from './settings.ts';
import type { Store } from './state.ts';

/** What the renderer can ask for: one row a call. Sender and arguments have been checked before. */

export interface HandlerOptions {
  readonly app: App;
  readonly store: Store;
  readonly link: HelperLink;
  readonly approvals: Approvals;
  readonly popover: () => Popover;
  readonly registration: Pick<RegistrationHandle, 'act'>;
  readonly settingsFile: string;
}

export const makeHandlers = ({
  app,
  store,
  link,
  approvals,
  popover,
  registration,
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
    writeSettings(settingsFile, settings);
    store.dispatch({ kind: 'settings', settings });
    return settings;
  };
  return {
    snapshot: () => store.get(),
    history: async (range, columns) => {
      const answer = await link.request('read.history', { range, columns });
      return answer.ok ? { ok: true, history: answer.result } : { ok: false, failure: answer.failure };
    },
    setPinned: (pinned) => store.dispatch({ kind: 'pinned', pinned }),
    setSettings,
    painted: () => popover().painted(),
    hide: () => popover().hide(),
    retry: () => link.retry(),
    open: (target) => openLink(target, shell, app.getAppPath(), process.platform),
    quit: () => app.quit(),
    registration: registration.act,
    approve: approvals.approve,
    deny: approvals.deny,
    markWrong: (plan) => link.request('relief.wrong', { plan }),
    setReliefMode: (to) => link.request('relief.mode', { to }),
    resume: (freeze) => link.request('relief.resume', { freeze }),
    release: (seat, cut) => link.request('seat.release', { seat, cut }),
    keep: (seat, minutes) => link.request('seat.keep', { seat, minutes }),
    load: (seat) => link.request('seat.load', { seat }),
    preview: (seat) => link.request('read.preview', { seat }),
  };
};
