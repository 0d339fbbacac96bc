import type { Activity, ActVerbName, Frozen, Gate } from '../../../helper/protocol/relief.ts';
import type { Status } from '../../../helper/protocol/status.ts';
import { roughSpan, shorten, size, timeOfDay } from '../../text/format.ts';

/** What Castellan does, did and would do, in the words of the popover. */

export const actWords: Readonly<Record<ActVerbName, string>> = {
  freeze: 'Freeze',
  resume: 'Resume',
  shed: 'Shed',
  restore: 'Bring back',
  bootout: 'Stop',
  recover: 'Recover',
  fallback: 'Start',
  fallback_end: 'Stop',
  terminate: 'End',
  kill: 'Kill',
  unload: 'Unload',
  purge: 'Flush disk caches',
};

const outcomeWords: Readonly<Record<Activity['outcome'], string>> = {
  pending: 'measuring',
  effective: 'helped',
  useless: 'did not help',
  failed: 'failed',
  dry_run: 'dry run',
  withdrawn: 'withdrawn',
};

export interface ActivityView {
  readonly plan: number;
  readonly time: string;
  readonly what: string;
  /** Shortened in `what`; for the title. */
  readonly target: string;
  readonly outcome: string;
  /** What was expected against what was measured. */
  readonly against: string;
  /** Not as wanted: shown stronger. */
  readonly poor: boolean;
  readonly marked: boolean;
  /** May be said to have been wrong: a plan of the dry run that nobody has marked yet. */
  readonly canMark: boolean;
}

/** Two processes of one name are told apart by nothing else. */
const pidText = (pid: number | null): string => (pid === null ? '' : ` (pid ${pid})`);

export const activityView = ({
  plan,
  atMs,
  verb,
  target,
  expected,
  got,
  outcome,
  markedWrong,
}: Activity): ActivityView => ({
  plan,
  time: timeOfDay(atMs).slice(0, 5),
  what: `${actWords[verb]} ${shorten(target.name, 24)}${pidText(target.pid)}`.trim(),
  target: `${target.name}${pidText(target.pid)}`,
  outcome: outcomeWords[outcome],
  against: got === '' ? expected : `${expected} Got: ${got}`,
  poor: outcome === 'useless' || outcome === 'failed',
  marked: markedWrong,
  canMark: outcome === 'dry_run' && !markedWrong,
});

const whoFroze: Readonly<Record<Frozen['by'], string>> = {
  brake: 'Frozen by the brake',
  level: 'Frozen under pressure',
  approved: 'Frozen as approved',
};

export const frozenLine = ({ pid, footprintBytes, count, by }: Frozen): string =>
  [whoFroze[by], `pid ${pid}`, size(footprintBytes), ...(count > 1 ? [`${count} processes`] : [])].join(' · ');

/** A list of any length in the room there is for it. */
export const firstFew = (lines: readonly string[], most: number): readonly string[] =>
  lines.length <= most ? lines : [...lines.slice(0, most - 1), `And ${lines.length - most + 1} more.`];

/** What is shed, and what is left alone because acting on it did not help: one line each. */
export const standingLines = ({ relief }: Status): readonly string[] => [
  ...relief.shed.map(({ label, sinceSeconds, restoresInSeconds, staysDown }) => {
    const back = staysDown
      ? 'stays down until you bring it back'
      : restoresInSeconds === null
        ? 'comes back when memory is calm'
        : `comes back in ${roughSpan(restoresInSeconds)}`;
    return `${label} is shed for ${roughSpan(sinceSeconds)}; ${back}.`;
  }),
  ...relief.suppressed.map(({ target, why, wouldHelp }) => `${target}: ${why} ${wouldHelp}`.trim()),
];

export interface BadgeView {
  readonly text: string;
  readonly title: string;
  /** Going live can be asked for. */
  readonly open: boolean;
}

/** Of the gate before going live: a count of observed time, which stands still while a sensor fails. */
const gateLeft = ({ state, neededSeconds, observedSeconds }: Gate): number | null =>
  state === 'counting' ? Math.max(0, neededSeconds - observedSeconds) : null;

/** Null when live: then there is nothing to say. */
export const badgeView = ({ mode, relief: { gate } }: Status): BadgeView | null => {
  const reasons = mode.reasons.join(' ');
  if (mode.name === 'live') return null;
  if (mode.name === 'observe_only') return { text: 'OBSERVE ONLY', title: reasons, open: false };
  // Of a dry run that is live's neighbour the gate tells how far it is; of one that is forced there is no way out by it.
  if (mode.reasons.length > 0) return { text: 'FORCED DRY RUN', title: reasons, open: false };
  const left = gateLeft(gate);
  const title = `Relief is only shown; seats and bands are live. ${planText(gate)}`;
  if (left === null) return { text: 'DRY RUN', title, open: gate.state === 'open' };
  return { text: `DRY RUN · ${roughSpan(left)} left`, title, open: false };
};

/** "4 acts were planned in 2 h, none marked as wrong." */
export const planText = ({ plans: planned, wrong, observedSeconds }: Gate): string => {
  if (planned === 0) return `No act was planned in ${roughSpan(observedSeconds)}.`;
  const marked = wrong === 0 ? 'none marked as wrong' : `${wrong} marked as wrong`;
  return `${planned} ${planned === 1 ? 'act was' : 'acts were'} planned in ${roughSpan(observedSeconds)}, ${marked}.`;
};

export type ModeWish = 'live' | 'dry_run';

export interface ModeQuestion {
  readonly title: string;
  readonly text: string;
  readonly no: string;
  readonly yes: string;
}

export const modeQuestion = (wish: ModeWish, { relief: { gate } }: Status): ModeQuestion =>
  wish === 'live'
    ? {
        title: 'Go live?',
        text: `Castellan then freezes, sheds and stops what the policy allows, and asks before what cannot be undone. ${planText(gate)}${
          gate.plans === 0 ? ' So none of it has been seen at work yet.' : ''
        }`,
        no: 'Stay in dry run',
        yes: 'Yes, go live',
      }
    : {
        title: 'Back to dry run?',
        text: 'Of relief Castellan then only says what it would do. Seats, bands and limits go on as they are.',
        no: 'Stay live',
        yes: 'Yes, dry run',
      };
