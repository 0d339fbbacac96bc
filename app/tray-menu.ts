import type { Status } from '../helper/protocol/index.ts';
import type { AppSnapshot } from './ipc/contract.ts';
import { waitingIn, waitingWords } from './tray-model.ts';

/** The menu of the tray icon, as a pure function of the state: a line of words, and what is needed without looking. */

export type MenuAction = 'popover' | 'window' | 'settings' | 'pause' | 'unpause' | 'remove' | 'quit';

export type MenuEntry =
  | { readonly kind: 'separator' }
  | { readonly kind: 'words'; readonly label: string }
  | { readonly kind: 'action'; readonly action: MenuAction; readonly label: string; readonly enabled: boolean };

/** A pause by the menu. */
export const pauseMinutes = 15;

const separator: MenuEntry = { kind: 'separator' };
const act = (action: MenuAction, label: string, enabled = true): MenuEntry => ({
  kind: 'action',
  action,
  label,
  enabled,
});

/** Null: nothing is known that holds now. */
const statusNow = ({ connection, status }: AppSnapshot): Status | null =>
  connection.kind === 'connected' ? status : null;

const waiting = (status: Status | null): readonly MenuEntry[] => {
  const count = status === null ? 0 : waitingIn(status);
  return count === 0 ? [] : [act('popover', `${waitingWords(count)} for you…`)];
};

/** Whole minutes, rounded up: it seldom changes, and never says 0. */
const minutesLeft = (seconds: number): number => Math.max(1, Math.ceil(seconds / 60));

const pausing = (snapshot: AppSnapshot, status: Status | null): MenuEntry => {
  const { connection } = snapshot;
  const mayAct = connection.kind === 'connected' && connection.tier !== 'read';
  const paused = status?.relief.paused ?? null;
  if (paused !== null)
    return act(
      'unpause',
      `Resume automatic actions (paused for another ${minutesLeft(paused.endsInSeconds)} min)`,
      mayAct,
    );
  const words = `Pause automatic actions for ${pauseMinutes} min`;
  // Where nothing is done by itself there is nothing to pause, and the menu says so.
  if (status?.mode.name === 'dry_run') return act('pause', `${words} (dry run: there are none)`, false);
  return act('pause', words, mayAct && status?.mode.name === 'live');
};

/** @param headline of the tray's model */
export const trayMenu = (snapshot: AppSnapshot, headline: string, canRemove: boolean): readonly MenuEntry[] => {
  const status = statusNow(snapshot);
  return [
    { kind: 'words', label: headline },
    ...waiting(status),
    separator,
    pausing(snapshot, status),
    separator,
    act('popover', 'Open Castellan'),
    act('window', 'Open Window'),
    act('settings', 'Settings…'),
    separator,
    ...(canRemove ? [act('remove', 'Remove Castellan…')] : []),
    act('quit', 'Quit Castellan (the helper keeps running)'),
  ];
};
