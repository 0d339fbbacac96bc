import { isServing, type LevelName, type Status } from '../helper/protocol/index.ts';
import type { AppSnapshot } from './ipc/contract.ts';

/**
 * What the menu bar shows, as a pure function of the state. The level is told by shape first, so that it can be read
 * without colour and in a template image; colour is an addition.
 */

export interface TrayPicture {
  /** The tower: outlined, filled (critical), or dashed (old figures). */
  readonly shape: 'outline' | 'filled' | 'dashed';
  /** Fill of the tower in steps of a fifth of RAM: wired + compressed, what cannot be had back quickly. */
  readonly fill: 0 | 1 | 2 | 3 | 4 | 5;
  readonly badge: 'none' | 'triangle' | 'diamond' | 'hexagon' | 'question' | 'exclamation';
  /** Small sign at the foot: something is frozen, relief is only shown (dry run), or only reading is done. */
  readonly mark: 'none' | 'frozen' | 'dry_run' | 'observe_only';
  /** A dot at the head: an approval waits for the operator, or a seat is not well. */
  readonly waits: boolean;
  /** The figures are a few seconds old. */
  readonly dimmed: boolean;
  readonly colour: 'yellow' | 'orange' | 'red' | null;
}

export interface TrayModel {
  readonly picture: TrayPicture;
  /** Beside the glyph (macOS): at most 7 characters. */
  readonly title: string;
  /** First line of the menu: words without figures, so that it seldom changes. */
  readonly headline: string;
  /** Tooltip, and what a screen reader says. */
  readonly label: string;
}

/** A silence from this length on makes the figures old, not only late. */
const staleAfterMs = 30_000;

const GB = 2 ** 30;
const gigabytes = (bytes: number): string => `${(bytes / GB).toFixed(1)} gigabytes`;

const plural = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;

/** Coarse on purpose (10 s steps, then minutes, then hours): a label that changed every second would be work for nothing. */
export const spokenDuration = (ms: number): string => {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 10) return plural(seconds, 'second');
  if (seconds < 60) return plural(Math.floor(seconds / 10) * 10, 'second');
  if (seconds < 3600) return plural(Math.floor(seconds / 60), 'minute');
  return plural(Math.floor(seconds / 3600), 'hour');
};

const levelWords: Readonly<Record<LevelName, string>> = {
  green: 'Memory normal',
  yellow: 'Memory getting tight',
  orange: 'Memory pressure high',
  red: 'Memory critical',
};
const levelBadge = { green: 'none', yellow: 'triangle', orange: 'diamond', red: 'hexagon' } as const;

const plainPicture: TrayPicture = {
  shape: 'outline',
  fill: 0,
  badge: 'none',
  mark: 'none',
  waits: false,
  dimmed: false,
  colour: null,
};

const fillOf = ({ machine }: Status): TrayPicture['fill'] => {
  if (machine.tiers === null || machine.totalBytes === 0) return 0;
  const share = (machine.tiers.wired + machine.tiers.compressed) / machine.totalBytes;
  return Math.min(5, Math.max(0, Math.round(share * 5))) as TrayPicture['fill'];
};

const waitingOf = ({ relief }: Status): Status['relief']['pending'] => relief.pending.filter(({ dryRun }) => !dryRun);
/** Approvals that an answer is waited for; in a dry run nothing is asked. */
export const waitingIn = (status: Status): number => waitingOf(status).length;
/** "1 approval waits", "2 approvals wait". */
export const waitingWords = (count: number): string => `${plural(count, 'approval')} ${count === 1 ? 'waits' : 'wait'}`;
const frozenIn = ({ relief }: Status): number => relief.frozen.reduce((sum, { count }) => sum + count, 0);

/** What is not asked, or not known yet, is no finding; files that are gone are one, also of a seat that does not run. */
const isUnwell = ({ health }: Status['seats'][number]): boolean =>
  health !== null &&
  (health.verdict === null
    ? health.channels.some(({ state }) => state === 'fail')
    : health.verdict !== 'healthy' && health.verdict !== 'busy');
const unwellIn = ({ seats }: Status): number => seats.filter(isUnwell).length;

/** A stopped process is news for as long as it stands; the mode is told at any other time. */
const markOf = (status: Status): TrayPicture['mark'] => {
  if (frozenIn(status) > 0) return 'frozen';
  return status.mode.name === 'live' ? 'none' : status.mode.name;
};

/** Coarse, like every duration here: it changes with each status. */
const expiryText = (status: Status): string => {
  const seconds = waitingOf(status).map((each) => each.expiresInSeconds);
  if (seconds.length === 0) return '';
  const which = seconds.length === 1 ? 'It' : 'The first';
  return `${which} expires in ${spokenDuration(Math.min(...seconds) * 1000)}. `;
};

/** "1 approval waits", "1 seat not well", "2 processes frozen"; empty when there is nothing of it. */
const reliefWords = (status: Status): readonly string[] => {
  const [waiting, unwell, frozen] = [waitingIn(status), unwellIn(status), frozenIn(status)];
  return [
    ...(waiting === 0 ? [] : [waitingWords(waiting)]),
    ...(unwell === 0 ? [] : [`${plural(unwell, 'seat')} not well`]),
    ...(frozen === 0 ? [] : [`${frozen} ${frozen === 1 ? 'process' : 'processes'} frozen`]),
    ...(status.relief.paused === null ? [] : ['automatic actions paused']),
  ];
};

/** Of the time before going live can be offered; in hours, then in minutes, so that it seldom changes. */
const gateText = ({ mode, relief: { gate } }: Status): string => {
  // Forced: no time that passes leads out of it.
  if (mode.reasons.length > 0) return ` ${mode.reasons.join(' ')}`;
  const leftSeconds = gate.neededSeconds - gate.observedSeconds;
  if (gate.state === 'open' || leftSeconds <= 0) return ' Going live is possible.';
  return gate.state === 'counting' ? ` ${spokenDuration(leftSeconds * 1000)} of it left.` : '';
};

const largest = (status: Status): string => {
  const [first] = status.top;
  if (first === undefined) return '';
  return ` Largest: ${first.seat ?? first.name}, ${gigabytes(first.footprintBytes)}.`;
};

const seatsText = ({ seats }: Status): string => {
  if (seats.length === 0) return '';
  return ` ${plural(seats.length, 'seat')}, ${seats.filter((seat) => isServing(seat.state)).length} ready.`;
};

const modeText = (status: Status): string => {
  const { mode } = status;
  if (mode.name === 'live') return '';
  if (mode.name === 'dry_run') return ` Dry run: relief is only shown.${gateText(status)}`;
  const [reason] = mode.reasons;
  return reason === undefined ? ' Observing only.' : ` Observing only: ${reason.replace(/\.$/, '')}.`;
};

const levelText = (status: Status): string => {
  const { level, machine } = status;
  const lasting = level.name === 'green' ? '' : ` for ${spokenDuration(level.forSeconds * 1000)}`;
  const available =
    machine.availableBytes === null ? 'Available memory unknown' : `${gigabytes(machine.availableBytes)} available`;
  return `${levelWords[level.name]}${lasting}. ${available}.${level.name === 'green' ? seatsText(status) : largest(status)}`;
};

const titleOf = (status: Status): string => {
  const { level, machine } = status;
  const waiting = Math.min(9, waitingIn(status));
  const count = waiting === 0 ? '' : `·${waiting}`;
  if (level.name === 'green' || machine.availableBytes === null) return count;
  const figure = Math.min(999, machine.availableBytes / GB);
  // The count takes the place of the exclamation mark, and of a decimal that would be one character too many.
  const text = `${figure.toFixed(figure < (count === '' ? 99.95 : 9.95) ? 1 : 0)}G`;
  if (count !== '') return `${text} ${count}`;
  return `${text}${level.name === 'red' ? ' !' : ''}`;
};

const fromStatus = (status: Status, { settings }: AppSnapshot): TrayModel => {
  const level = status.level.name;
  // A level from orange up is more urgent than a configuration error, which waits until somebody edits a file.
  const relief = reliefWords(status);
  const configError = status.config.state === 'invalid' && (level === 'green' || level === 'yellow');
  return {
    picture: {
      shape: level === 'red' ? 'filled' : 'outline',
      fill: fillOf(status),
      badge: configError ? 'exclamation' : levelBadge[level],
      mark: markOf(status),
      waits: waitingIn(status) + unwellIn(status) > 0,
      dimmed: false,
      colour: !settings.colourInTray ? null : configError ? 'red' : level === 'green' ? null : level,
    },
    title: settings.numbersInTray ? titleOf(status) : '',
    headline: [levelWords[level], ...relief].join(' · '),
    label: `Castellan. ${relief.map((words) => `${words}. `).join('')}${expiryText(status)}${levelText(status)}${modeText(status)}${configError ? ' castellan.toml has errors.' : ''}`,
  };
};

const unreachable = (badge: TrayPicture['badge'], label: string): TrayModel => ({
  picture: { ...plainPicture, badge },
  title: '',
  headline: label,
  label,
});

/** Nobody answers: because nothing is registered yet, or because it does not run. */
const missingText = ({ registration: { state, removal } }: AppSnapshot): string => {
  if (removal?.kind === 'done') return 'Castellan is removed from this machine.';
  switch (state) {
    case 'not_registered':
      return 'Castellan helper is not installed.';
    case 'registering':
      return 'Castellan helper is being installed.';
    case 'needs_approval':
      return 'Castellan helper waits for your approval in System Settings.';
    default:
      return 'Castellan helper is not running.';
  }
};

/** What the deadman does without the keeper. */
const frozenNote = ({ status }: AppSnapshot): string =>
  status !== null && frozenIn(status) > 0 ? ' Frozen processes resume by themselves.' : '';

const stale = (snapshot: AppSnapshot, label: string): TrayModel => ({
  picture: { ...plainPicture, shape: 'dashed' },
  title: '--',
  headline: 'The helper is not answering',
  label: `${label}${frozenNote(snapshot)}`,
});

/** `nowMs` is wall time, compared only with the app's own earlier wall times. */
export const trayModel = (snapshot: AppSnapshot, nowMs: number): TrayModel => {
  const { connection, status } = snapshot;
  switch (connection.kind) {
    case 'connecting':
      return unreachable('none', 'Castellan is connecting to its helper.');
    case 'missing':
      return unreachable('question', missingText(snapshot));
    case 'helper_older':
      return unreachable('question', `Castellan helper ${connection.helper} is older than the app ${connection.app}.`);
    case 'helper_newer':
      return unreachable('question', `Castellan helper ${connection.helper} is newer than the app ${connection.app}.`);
    case 'refused':
      return unreachable('exclamation', `Castellan cannot use its helper. ${connection.failure.message}`);
    case 'lost':
      return stale(snapshot, `Castellan helper stopped ${spokenDuration(nowMs - connection.sinceMs)} ago.`);
    case 'silent': {
      const forMs = nowMs - connection.sinceMs;
      const label = `Castellan helper has not answered for ${spokenDuration(forMs)}. The figures shown are old.`;
      if (forMs >= staleAfterMs || status === null) return stale(snapshot, label);
      const model = fromStatus(status, snapshot);
      return { ...model, picture: { ...model.picture, dimmed: true }, label };
    }
    case 'connected':
      return status === null ? unreachable('none', 'Castellan is measuring.') : fromStatus(status, snapshot);
  }
};
