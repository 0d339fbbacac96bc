import type { Connection, Registration, Removal } from '../../../app/ipc/contract.ts';
import type { Screen } from './screen.ts';

/** What is shown of the helper's registration: before it runs, while it comes and goes, and when it is to be removed. */

/** From approval to the first answer: a start, and launchd's throttle when one was before it. */
const startsWithinMs = 20_000;

const removed = (removal: Extract<Removal, { kind: 'done' }>): Screen => {
  const { undone, left, withData } = removal;
  const said =
    undone === null
      ? []
      : [
          [
            undone.resumed === 0
              ? 'Nothing was frozen'
              : `${undone.resumed} frozen ${undone.resumed === 1 ? 'process runs' : 'processes run'} again`,
            undone.bands === 0 ? '' : `, ${undone.bands} ${undone.bands === 1 ? 'band was' : 'bands were'} given back`,
            undone.gpuLimit === 'restored' ? ', the GPU’s limit is the system’s again' : '',
            '.',
          ].join(''),
          ...(undone.seats.length === 0
            ? []
            : [`${undone.seats.join(', ')} ${undone.seats.length === 1 ? 'serves' : 'serve'} on.`]),
          withData ? 'History, log and castellan.toml are gone.' : 'History, log and castellan.toml are kept.',
        ];
  return {
    kind: 'removed',
    title: left.length === 0 ? 'Castellan is removed' : 'Castellan is not removed entirely',
    lines: [...said, ...left, ...(left.length === 0 ? ['Quit it, and move it to the Bin.'] : [])],
    detail: '',
    button: { label: 'Quit Castellan', action: 'quit' },
    others: left.length === 0 ? [] : [{ label: 'Open Login Items', action: 'login-items' }],
    isAlone: true,
  };
};

const removalScreen = (removal: Removal): Screen => {
  switch (removal.kind) {
    case 'asking':
      return {
        kind: 'ask_removal',
        title: 'Remove Castellan?',
        lines: [
          'Frozen processes run again; bands and the GPU’s limit are given back. Seats serve on, with nobody to watch over them.',
          'Its data are history, audit log and castellan.toml. Without them it begins anew, should it come back.',
        ],
        detail: '',
        button: { label: 'Cancel', action: 'cancel_removal' },
        others: [
          { label: 'Remove, keep data', action: 'remove' },
          { label: 'Remove with data', action: 'remove_with_data' },
        ],
        isAlone: true,
      };
    case 'removing':
      return {
        kind: 'removing',
        title: 'Removing Castellan…',
        lines: ['What is frozen runs again, then the helper ends. It takes half a minute at most.'],
        detail: '',
        button: null,
        isAlone: true,
      };
    case 'done':
      return removed(removal);
  }
};

/** Nobody answers, or nobody has yet. */
const isUnanswered = ({ kind }: Connection): boolean => kind === 'missing' || kind === 'lost' || kind === 'connecting';

/** Null: the registration has nothing to say, and the connection speaks for itself. */
export const registrationScreen = (
  registration: Registration,
  connection: Connection,
  nowMs: number,
): Screen | null => {
  const { state, fault, enabledSinceMs, update, removal } = registration;
  if (removal !== null) return removalScreen(removal);
  if (!isUnanswered(connection)) return null;
  if (update?.kind === 'refreshing')
    return {
      kind: 'refreshing',
      title: 'The helper is being updated',
      lines: [`From ${update.helper} to ${update.app}; a few seconds.`, 'Seats serve on, and limits already set hold.'],
      detail: '',
      button: null,
    };
  switch (state) {
    case 'unavailable':
      return null;
    case 'not_registered':
      return {
        kind: 'not_installed',
        title: 'Castellan needs its helper',
        lines: [
          ...(fault === null
            ? [
                'It watches memory and sets limits; you approve the rest. It begins in a dry run: relief is only shown.',
                'macOS asks for an administrator once.',
              ]
            : [fault, 'Nothing is measured until the helper is installed.']),
        ],
        detail: '',
        button: { label: fault === null ? 'Install helper…' : 'Try again', action: 'install' },
      };
    case 'registering':
      return {
        kind: 'registering',
        title: 'Installing the helper…',
        lines: ['macOS is told of its three parts.'],
        detail: '',
        button: null,
      };
    case 'needs_approval':
      return {
        kind: 'needs_approval',
        title: 'One switch is left',
        lines: [
          'System Settings › General › Login Items: allow Castellan in the background.',
          'Nothing is measured until then. It is looked for by itself; nothing else needs doing here.',
        ],
        detail: '',
        button: { label: 'Open Settings', action: 'login-items' },
      };
    case 'enabled': {
      if (connection.kind === 'lost') return null;
      if (enabledSinceMs !== null && nowMs - enabledSinceMs < startsWithinMs)
        return { kind: 'starting', title: 'The helper starts…', lines: ['A few seconds.'], detail: '', button: null };
      return {
        kind: 'enabled_silent',
        title: 'The helper does not answer',
        lines: [
          'macOS says that it may run, and nobody answers: nothing is measured.',
          'Its last words are in `/var/log/com.sanctum.castellan.log`. Restarting the Mac starts it anew.',
        ],
        detail: connection.kind === 'missing' ? connection.failure.detail : '',
        button: { label: 'Try again', action: 'retry' },
      };
    }
  }
};
