import type { Connection, RegistrationAct } from '../../../app/ipc/contract.ts';
import { clockSpan } from '../../text/format.ts';

/** What is shown instead of, or above, the figures when the app does not stand well with the keeper. */

export type ScreenAction = 'retry' | 'manual' | 'login-items' | 'quit' | RegistrationAct;

export interface ScreenButton {
  readonly label: string;
  readonly action: ScreenAction;
}

export interface Screen {
  readonly kind:
    | Exclude<Connection['kind'], 'connected'>
    | 'not_installed'
    | 'registering'
    | 'needs_approval'
    | 'starting'
    | 'enabled_silent'
    | 'refreshing'
    | 'ask_removal'
    | 'removing'
    | 'removed';
  readonly title: string;
  /** Cause and consequence, one sentence each. Parts between backticks are code. */
  readonly lines: readonly string[];
  /** Particulars for whoever looks into it: a path, a mode, an error. */
  readonly detail: string;
  readonly button: ScreenButton | null;
  /** Beside it. */
  readonly others?: readonly ScreenButton[];
  /** No figures below it, although there are some. */
  readonly isAlone?: boolean;
}

const again = { label: 'Try again', action: 'retry' } as const;
const manual = { label: 'How to update', action: 'manual' } as const;

/** Null when connected. `nowMs` is wall time, as the connection's own times are. */
export const screenFor = (connection: Connection, nowMs: number): Screen | null => {
  switch (connection.kind) {
    case 'connected':
      return null;
    case 'connecting':
      return { kind: 'connecting', title: 'Measuring…', lines: [], detail: '', button: null };
    case 'silent':
      return {
        kind: 'silent',
        title: `No new reading for ${clockSpan((nowMs - connection.sinceMs) / 1000)}`,
        lines: ['The helper is connected but does not report.', 'Limits already set still hold.'],
        detail: '',
        button: again,
      };
    case 'lost':
      return {
        kind: 'lost',
        title: `Castellan is not answering for ${clockSpan((nowMs - connection.sinceMs) / 1000)}`,
        lines: ['Limits already set still hold.', 'The app connects again by itself.'],
        detail: connection.failure.detail,
        button: again,
      };
    case 'missing':
      return {
        kind: 'missing',
        title: 'The helper is not running',
        lines: ['Nothing is measured.', connection.failure.todo],
        detail: connection.failure.detail,
        button: again,
      };
    case 'helper_older':
      return {
        kind: 'helper_older',
        title: 'The helper is older than this app',
        lines: [
          `Helper ${connection.helper}, app ${connection.app}.`,
          'It goes on working, but this app cannot show what it measures until it is updated.',
        ],
        detail: '',
        button: manual,
      };
    case 'helper_newer':
      return {
        kind: 'helper_newer',
        title: 'This app is older than the helper',
        lines: [
          `Helper ${connection.helper}, app ${connection.app}.`,
          'The helper goes on working. Update the app to see what it measures.',
        ],
        detail: '',
        button: manual,
      };
    case 'refused':
      return {
        kind: 'refused',
        title: 'The connection was refused',
        lines: [connection.failure.message, connection.failure.todo],
        detail: connection.failure.detail,
        button: again,
      };
  }
};

/** Splits `a `b` c` into text and code, for the sentences that name a command. */
export const codeParts = (text: string): readonly { readonly text: string; readonly code: boolean }[] =>
  text
    .split('`')
    .map((part, index) => ({ text: part, code: index % 2 === 1 }))
    .filter((part) => part.text !== '');
