import type { Connection, Registration } from '../../app/ipc/contract.ts';
import { noRegistration } from '../../app/state.ts';
import { failure } from '../../helper/protocol/errors.ts';
import type { Status } from '../../helper/protocol/status.ts';
import { type PopoverState, snapshot, status } from './popover-fixtures.ts';

/** The helper is not there yet, comes, is exchanged, and goes. */

const missing: Connection = {
  kind: 'missing',
  failure: failure('not_running', '/Library/Application Support/Sanctum/Castellan/run/castellan.sock does not exist'),
};
const connected: Connection = { kind: 'connected', tier: 'console' };

const shown = (
  nowMs: number,
  screen: string | null,
  connection: Connection,
  registration: Partial<Registration>,
  seen: Status | null = null,
): PopoverState => ({
  snapshot: {
    ...snapshot(nowMs, connection, seen),
    registration: { ...noRegistration, state: 'enabled', enabledSinceMs: nowMs - 60_000, ...registration },
  },
  history: null,
  screen,
});

const undone = { resumed: 2, bands: 3, gpuLimit: 'restored', seats: ['Cilghal', 'Codestral'] } as const;

export const registrationStates = {
  'not-installed': (nowMs) => shown(nowMs, 'not_installed', missing, { state: 'not_registered' }),
  'not-installed-fault': (nowMs) =>
    shown(nowMs, 'not_installed', missing, {
      state: 'not_registered',
      fault:
        'macOS finds no helper in this app that it would run. Castellan has to be in Applications, put there by its installer.',
    }),
  'needs-approval': (nowMs) => shown(nowMs, 'needs_approval', missing, { state: 'needs_approval' }),
  'enabled-silent': (nowMs) => shown(nowMs, 'enabled_silent', missing, {}),
  refreshing: (nowMs) =>
    shown(
      nowMs,
      'refreshing',
      { kind: 'lost', sinceMs: nowMs - 2_000, failure: failure('connection_lost') },
      { update: { kind: 'refreshing', helper: '0.1.0', app: '0.2.0' } },
      status(nowMs - 2_000),
    ),
  'refresh-failed': (nowMs) =>
    shown(
      nowMs,
      null,
      connected,
      {
        update: {
          kind: 'refresh_failed',
          helper: '0.1.0',
          app: '0.2.0',
          why: 'It ended and was not started again within a minute.',
        },
      },
      status(nowMs),
    ),
  'app-older': (nowMs) =>
    shown(nowMs, null, connected, { update: { kind: 'app_older', helper: '0.3.0', app: '0.2.0' } }, status(nowMs)),
  'ask-removal': (nowMs) => shown(nowMs, 'ask_removal', connected, { removal: { kind: 'asking' } }, status(nowMs)),
  removing: (nowMs) => shown(nowMs, 'removing', connected, { removal: { kind: 'removing' } }, status(nowMs)),
  removed: (nowMs) =>
    shown(
      nowMs,
      'removed',
      missing,
      { state: 'not_registered', removal: { kind: 'done', withData: false, undone, left: [] } },
      status(nowMs),
    ),
  'removed-partly': (nowMs) =>
    shown(nowMs, 'removed', missing, {
      state: 'enabled',
      removal: {
        kind: 'done',
        withData: true,
        undone: null,
        left: [
          'The helper did not answer: the deadman resumes what was frozen, and bands hold until the programs are restarted.',
          'Its data is still in /Library/Application Support/Sanctum/Castellan.',
          'macOS still has the keeper registered; it can be switched off under Login Items.',
        ],
      },
    }),
} as const satisfies Readonly<Record<string, (nowMs: number) => PopoverState>>;
