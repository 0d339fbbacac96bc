import type { Status } from '../helper/protocol/index.ts';

/**
 * What is wrong with seats that the operator is told of by notification. Pure. One notification for each kind of trouble of each
 * seat, from when it is believed until it is over; nothing is asked with it, and pressing it shows the seat's health.
 */

type Seat = Status['seats'][number];
type ChannelStatus = NonNullable<Seat['health']>['channels'][number];
type Channel = ChannelStatus['channel'];

/** The alert kinds of the keeper, one a channel. */
export const alertOf = {
  cheap: 'seat_list_failing',
  inference: 'seat_inference_failing',
  integrity: 'seat_files_failing',
} as const satisfies Readonly<Record<Channel, string>>;

/** And those that a seat's state says, or that nothing has been heard of it. */
export const otherAlerts = ['seat_failed', 'seat_hollow', 'seat_doomed', 'seat_unproven'] as const;

type AlertKind = (typeof alertOf)[Channel] | (typeof otherAlerts)[number];

export interface SeatAlert {
  /** "seat_files_failing Cilghal", as the keeper names the episode. */
  readonly episode: string;
  readonly seat: string;
  readonly title: string;
  readonly body: string;
}

interface Told {
  /** Wall time, ms, at which it was last known to fail. */
  readonly lastFailedMs: number;
  /** It is on the desktop. */
  readonly stands: boolean;
}

/** By episode. Kept for one run of the app: after a restart what fails is told once more. */
export type AlertMemory = ReadonlyMap<string, Told>;
export const nothingAlerted: AlertMemory = new Map();

/** Well for so long, and a failure is a new episode: what flaps is told once. */
export const newEpisodeAfterMs = 10 * 60_000;
/** So long what is not known any more is believed to fail: a keeper or a seat that starts again proves nothing. */
export const believedMs = 30 * 60_000;
/** At most so many stand at once; the others can be read in the popover, and are told when there is room. */
export const mostAlerts = 4;

const titles: Readonly<Record<AlertKind, (name: string) => string>> = {
  seat_list_failing: (name) => `${name} does not answer`,
  seat_inference_failing: (name) => `${name} does not do its work`,
  seat_files_failing: (name) => `${name} would not start again`,
  seat_failed: (name) => `${name} has failed`,
  seat_hollow: (name) => `${name} has lost its model`,
  seat_doomed: (name) => `${name} would not start again`,
  seat_unproven: (name) => `Nobody knows whether ${name} works`,
};

/** Names have any length, a desktop has little room. */
const mostName = 48;
const short = (name: string): string =>
  name.length > mostName ? `${[...name].slice(0, mostName - 1).join('')}…` : name;

const sentences = (texts: readonly string[]): string =>
  texts
    .filter((text) => text !== '')
    .map((text) => (/[.!?]$/.test(text) ? text : `${text}.`))
    .join(' ');

/** `unknown`: nothing speaks for it or against it now. */
type Standing = 'fails' | 'well' | 'unknown';

interface Seen {
  readonly episode: string;
  readonly standing: Standing;
  /** Put into words only where it is told of: nearly all are well, at every status. */
  readonly alert: () => SeatAlert;
}

const seenFor = ({ name }: Seat, kind: AlertKind, standing: Standing, said: () => readonly string[]): Seen => {
  const episode = `${kind} ${name}`;
  return {
    episode,
    standing,
    alert: () => ({ episode, seat: name, title: titles[kind](short(name)), body: sentences(said()) }),
  };
};

const nothingRestarts = 'Nothing is restarted by itself.';

const channelStanding = (seat: Seat, { state, channel }: ChannelStatus): Standing => {
  if (state === 'fail') return 'fails';
  if (state === 'pass' || state === 'off') return 'well';
  // What does not run is not asked over the network, and does not fail for that.
  return seat.state === 'absent' && channel !== 'integrity' ? 'well' : 'unknown';
};

const ofChannel = (seat: Seat, status: ChannelStatus): Seen => {
  const { health } = seat;
  const { channel, last } = status;
  return seenFor(seat, alertOf[channel], channelStanding(seat, status), () => [
    // Without a verdict there is nothing to be said of the seat as a whole.
    health === null || health.verdict === null ? '' : health.said,
    last === null || last.ok ? '' : last.detail,
    nothingRestarts,
  ]);
};

/** States that prove neither that it is well again nor that it is not: it was asked for anew, or is stopped. */
const undecided: ReadonlySet<Seat['state']> = new Set(['admitting', 'starting', 'loading', 'draining', 'frozen']);

const ofState = (seat: Seat, kind: 'seat_failed' | 'seat_hollow' | 'seat_doomed', fails: boolean): Seen =>
  seenFor(seat, kind, fails ? 'fails' : undecided.has(seat.state) ? 'unknown' : 'well', () =>
    kind === 'seat_failed' ? [seat.why] : [seat.why, nothingRestarts],
  );

const ofSilence = (seat: Seat, channels: readonly ChannelStatus[]): Seen => {
  const silent = channels.find((channel) => channel.silent !== undefined)?.silent;
  return seenFor(seat, 'seat_unproven', silent === undefined ? 'well' : 'fails', () => [
    silent === undefined ? '' : `${silent[0]?.toUpperCase() ?? ''}${silent.slice(1)}`,
    'Ask it something yourself.',
  ]);
};

const seenOf = (seat: Seat): readonly Seen[] => {
  const channels = seat.health?.channels ?? [];
  // Which file it is, is told by the channel of its files.
  const hasFault = channels.some(({ channel, state }) => channel === 'integrity' && state === 'fail');
  return [
    ofState(seat, 'seat_failed', seat.state === 'failed'),
    ofState(seat, 'seat_hollow', seat.state === 'hollow'),
    ofState(seat, 'seat_doomed', seat.state === 'doomed' && !hasFault),
    ...channels.map((channel) => ofChannel(seat, channel)),
    ofSilence(seat, channels),
  ];
};

const seenIn = (status: Status): ReadonlyMap<string, Seen> =>
  new Map(status.seats.flatMap(seenOf).map((seen) => [seen.episode, seen]));

export interface AlertInput {
  /** Null: nothing is known of the keeper now. */
  readonly status: Status | null;
  /** Whether this account may do something about it; who may not is not told. */
  readonly mayAct: boolean;
  readonly nowMs: number;
}

export interface JudgedAlerts {
  readonly memory: AlertMemory;
  readonly show: readonly SeatAlert[];
  /** Episodes whose notification is to be taken off the desktop. */
  readonly withdraw: readonly string[];
}

/** What becomes of one that was told of and does not fail now; null: forgotten, so that it may be told afresh. */
const after = (told: Told, standing: Standing, nowMs: number): Told | null => {
  const awayMs = nowMs - told.lastFailedMs;
  if (standing === 'unknown') return awayMs >= believedMs ? null : told;
  return awayMs >= newEpisodeAfterMs ? null : { ...told, stands: false };
};

export const judgeAlerts = (memory: AlertMemory, { status, mayAct, nowMs }: AlertInput): JudgedAlerts => {
  const seen = status === null ? null : mayAct ? seenIn(status) : new Map<string, Seen>();
  const next = new Map<string, Told>();
  const withdraw: string[] = [];
  for (const [episode, told] of memory) {
    // Without the keeper nothing is known; a seat or channel that it no longer names is none.
    const standing = seen === null ? 'unknown' : (seen.get(episode)?.standing ?? 'well');
    const kept = standing === 'fails' ? { ...told, lastFailedMs: nowMs } : after(told, standing, nowMs);
    if (kept !== null) next.set(episode, kept);
    if (told.stands && kept?.stands !== true) withdraw.push(episode);
  }
  let standing = [...next.values()].filter(({ stands }) => stands).length;
  const show: SeatAlert[] = [];
  for (const [episode, { standing: how, alert }] of seen ?? []) {
    if (how !== 'fails' || next.has(episode) || standing >= mostAlerts) continue;
    standing += 1;
    show.push(alert());
    next.set(episode, { lastFailedMs: nowMs, stands: true });
  }
  return { memory: next, show, withdraw };
};

/** The operator, or the desktop, took it away: not shown again in this episode. */
export const dismissedAlert = (memory: AlertMemory, episode: string): AlertMemory => {
  const told = memory.get(episode);
  return told === undefined ? memory : new Map(memory).set(episode, { ...told, stands: false });
};
