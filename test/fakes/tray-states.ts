import type { AppSnapshot, Connection, Registration } from '../../app/ipc/contract.ts';
import { initialState } from '../../app/state.ts';
import { GB } from '../../helper/config/config.ts';
import { failure } from '../../helper/protocol/errors.ts';
import type { LevelName, Status } from '../../helper/protocol/status.ts';
import { frozen, proposal, withRelief } from './sample-relief.ts';
import { sampleSeat } from './sample-seat.ts';
import { sampleStatus } from './sample-status.ts';

/** Every state that the menu bar can show, as snapshots. */

/** Wall time at which they are looked at. */
export const trayNowMs = 1_000_000;
const connected: Connection = { kind: 'connected', tier: 'console' };
const settings: AppSnapshot['settings'] = {
  numbersInTray: true,
  colourInTray: true,
  shortcut: null,
  openAtLogin: null,
};

const at = (status: Status | null, connection: Connection = connected): AppSnapshot => ({
  ...initialState('0.1.0', settings),
  connection,
  status,
  receivedAtMs: trayNowMs,
});

export const leveled = (name: LevelName, availableGB: number, forSeconds: number, base?: Status): Status => {
  const status = base ?? sampleStatus({ mode: { name: 'live', reasons: [] } });
  const unreclaimable = 40 - availableGB / 2;
  return {
    ...status,
    machine: {
      ...status.machine,
      availableBytes: availableGB * GB,
      tiers: { wired: 20 * GB, compressed: (unreclaimable - 20) * GB, app: 0, cached: 0, free: 0 },
    },
    level: { ...status.level, name, forSeconds },
  };
};
/** Wired and compressed, of 64 GB. */
const filled = (unreclaimableGB: number): Status => {
  const status = leveled('green', 22.7, 720);
  const tiers = { wired: unreclaimableGB * GB, compressed: 0, app: 0, cached: 0, free: 0 };
  return { ...status, machine: { ...status.machine, tiers } };
};
const unregistered = (state: Registration['state']): AppSnapshot => {
  const snapshot = at(null, { kind: 'missing', failure: failure('not_running') });
  return { ...snapshot, registration: { ...snapshot.registration, state } };
};
const silent = (forMs: number): Connection => ({ kind: 'silent', sinceMs: trayNowMs - forMs, tier: 'console' });
const live = leveled('green', 22.7, 720);
const waiting = withRelief({ pending: [proposal()] });

export const trayStates: Readonly<Record<string, AppSnapshot>> = {
  normal: at(live),
  'almost empty': at(filled(2)),
  'fill 1': at(filled(13)),
  'fill 2': at(filled(26)),
  'fill 3': at(filled(38)),
  'fill 4': at(filled(51)),
  'fill 5': at(filled(63)),
  'getting tight': at(leveled('yellow', 6.2, 130)),
  high: at(leveled('orange', 3.1, 185)),
  critical: at(leveled('red', 1.2, 44)),
  'critical, approval waits': at(leveled('red', 1.2, 44, waiting)),
  'high, approval waits': at(leveled('orange', 3.1, 185, waiting)),
  'approval waits': at(waiting),
  'seat not well': at({
    ...live,
    seats: [sampleSeat({ health: { verdict: 'zombie', forSeconds: 60, said: '', channels: [] } })],
  }),
  frozen: at(withRelief({ frozen: [frozen()] })),
  'high, frozen': at(leveled('orange', 3.1, 185, withRelief({ frozen: [frozen()] }))),
  'dry run': at(sampleStatus()),
  'dry run, critical': at(leveled('red', 1.2, 44, sampleStatus())),
  'observing only': at(sampleStatus({ mode: { name: 'observe_only', reasons: ['A memory sensor fails.'] } })),
  'configuration invalid': at({ ...live, config: { path: '/x', state: 'invalid', problems: [] } }),
  late: at(live, silent(8000)),
  'not answering': at(live, silent(42_000)),
  'not answering, frozen': at(withRelief({ frozen: [frozen()] }), silent(42_000)),
  stopped: at(live, { kind: 'lost', sinceMs: trayNowMs - 42_000, failure: failure('connection_lost') }),
  connecting: at(null, { kind: 'connecting' }),
  measuring: at(null),
  'not running': at(null, { kind: 'missing', failure: failure('not_running') }),
  'not installed': unregistered('not_registered'),
  installing: unregistered('registering'),
  'needs approval': unregistered('needs_approval'),
  'helper older': at(null, { kind: 'helper_older', helper: '0.0.9', app: '0.1.0' }),
  'helper newer': at(null, { kind: 'helper_newer', helper: '0.2.0', app: '0.1.0' }),
  refused: at(null, { kind: 'refused', failure: failure('untrusted_server') }),
};
