import type { BandStatus, SeatState } from '../../../helper/protocol/seats.ts';
import type { SeatStatus } from '../../../helper/protocol/status.ts';
import { gb, gbFigure, size } from '../../text/format.ts';
import type { Figure } from '../definitions.ts';

/** A seat as its card shows it: words and shares, nothing of the page. */
export interface SeatView {
  readonly name: string;
  readonly kind: string;
  readonly state: string;
  readonly group: SeatGroup;
  /** Footprint of the declared peak, or what it would need. */
  readonly use: string;
  /** Sentences the operator should read: why it is in its state, what does not agree with what was declared. */
  readonly says: readonly string[];
  /** What is good to know, on one quiet line. */
  readonly facts: readonly SeatFact[];
  /** Shares of the bar's track, which ends at the largest of footprint, declared and proposed peak. */
  readonly share: number;
  readonly peakShare: number;
  /** Where its peak should be declared, by what it has needed; null: where it is. */
  readonly proposedShare: number | null;
}

/** States of one group share a colour; each state has an icon of its own, and its word. */
export type SeatGroup = 'rest' | 'coming' | 'serving' | 'leaving' | 'frozen' | 'trouble';

export const stateWords: Readonly<Record<SeatState, string>> = {
  absent: 'Cold',
  admitting: 'Waiting for memory',
  starting: 'Starting',
  loading: 'Loading',
  ready: 'Ready',
  busy: 'Busy',
  idle: 'Idle',
  draining: 'Draining',
  frozen: 'Frozen',
  failed: 'Failed',
  hollow: 'Hollow',
  doomed: 'Doomed',
};

export const groupOf: Readonly<Record<SeatState, SeatGroup>> = {
  absent: 'rest',
  admitting: 'coming',
  starting: 'coming',
  loading: 'coming',
  ready: 'serving',
  busy: 'serving',
  idle: 'serving',
  draining: 'leaving',
  frozen: 'frozen',
  failed: 'trouble',
  hollow: 'trouble',
  doomed: 'trouble',
};

/** States that pass: how long one has lasted is worth a look. */
export const isPassing = (state: SeatState): boolean =>
  groupOf[state] === 'coming' || state === 'draining' || state === 'frozen';

export const requestsText = (count: number): string => `${count} request${count === 1 ? '' : 's'}`;

/** What to say of states that explain themselves to few, when the keeper says no more. */
const plainWhy: Readonly<Partial<Record<SeatState, string>>> = {
  hollow: 'It runs, and its model is gone from memory.',
  doomed: 'It serves, and its next start will not succeed.',
};

/** What its health says in so many words is not said twice. */
const plainOf = ({ state, health }: SeatStatus): string | undefined =>
  health?.verdict === state ? undefined : plainWhy[state];

const bandSays = (band: BandStatus): readonly string[] => {
  const detail = band.detail === '' ? '' : `: ${band.detail}`;
  switch (band.state) {
    case 'held':
      return [];
    case 'drifted':
      return [`Its band is ${band.found ?? 'not known'} and should be ${band.wanted}; it is set again.`];
    case 'refused':
      return [`The system refuses its band ${band.wanted}${detail}.`];
    case 'contested':
      return [`Something else keeps changing its band to ${band.found ?? 'another'}; it is left so.`];
    case 'unknown':
      return [`Whether its band is ${band.wanted} cannot be read${detail}.`];
  }
};

/**
 * `sysexits.h`: 78 is EX_CONFIG. launchd lists the negative of a signal for a job that one ended. Signal numbers of Linux
 * and macOS agree for these.
 */
const signalNames: Readonly<Record<number, string>> = {
  1: 'HUP',
  2: 'INT',
  6: 'ABRT',
  9: 'KILL',
  11: 'SEGV',
  15: 'TERM',
};
export const exitText = (code: number): string => {
  if (code === 0) return 'ended normally last';
  if (code === 78) return 'last exit 78, its configuration is wrong';
  if (code > 0) return `last exit ${code}`;
  const name = signalNames[-code];
  return `ended by ${name === undefined ? `signal ${-code}` : `SIG${name}`} last`;
};

/** Of a run that goes well nobody asks how the one before ended. */
const tellsExit = (state: SeatState): boolean => groupOf[state] === 'rest' || groupOf[state] === 'trouble';

/** So many starts in an hour are worth a word. */
const manyStarts = 3;

const says = (seat: SeatStatus, isRunning: boolean): readonly string[] => {
  const over = seat.footprintBytes - seat.peakBytes;
  const proposed = seat.proposedPeakBytes;
  return [
    ...[seat.why === '' ? plainOf(seat) : seat.why].filter((text) => text !== undefined),
    ...(isRunning && over > 0 ? [`${gb(over)} over its declared peak.`] : []),
    ...(proposed !== null && proposed > seat.peakBytes
      ? [`It has needed ${gb(proposed)}: declare that as its peak.`]
      : []),
    ...(isRunning && seat.pendingRestart
      ? [`It runs with another wired limit than declared (${gb(seat.declaredWiredBytes)}); its next start has that.`]
      : []),
    ...(isRunning && seat.band !== null ? bandSays(seat.band) : []),
  ];
};

export interface SeatFact {
  readonly text: string;
  /** Null: it is no figure. */
  readonly of: Figure | null;
}

/** A short fact stays on one line. */
const together = (text: string): string => (text.length <= 24 ? text.replaceAll(' ', '\u00a0') : text);

const facts = (seat: SeatStatus, isRunning: boolean): readonly SeatFact[] =>
  (
    [
      [isRunning && seat.wiredBytes > 0, 'seat_wired', `wired ${gbFigure(seat.wiredBytes)}`],
      [isRunning && seat.band?.state === 'held', 'band', `band ${seat.band?.wanted ?? ''}`],
      [isRunning && seat.rssBytes < seat.footprintBytes * 0.1, 'rss', `RSS says ${size(seat.rssBytes)}`],
      [!isRunning && seat.proxy !== null, null, `starts with a connection to ${seat.proxy ?? ''}`],
      [seat.lastExit !== null && tellsExit(seat.state), null, exitText(seat.lastExit ?? 0)],
      [seat.starts >= manyStarts, 'starts', `${seat.starts} starts in an hour`],
      [seat.note !== '', 'declared_peak', `peak ${seat.note}`],
    ] as const
  ).flatMap(([holds, of, text]) => (holds ? [{ of, text: together(text) }] : []));

export const seatView = (seat: SeatStatus): SeatView => {
  // A seat that failed may still hold its memory.
  const isRunning = seat.state !== 'absent' && (seat.footprintBytes > 0 || groupOf[seat.state] !== 'trouble');
  const track = Math.max(seat.peakBytes, seat.footprintBytes, seat.proposedPeakBytes ?? 0, 1);
  return {
    name: seat.name,
    kind: seat.class === 'protected' ? 'protected' : 'on call',
    state: stateWords[seat.state],
    group: groupOf[seat.state],
    use: isRunning ? `${gbFigure(seat.footprintBytes)} of ${gb(seat.peakBytes)} peak` : `needs ${gb(seat.peakBytes)}`,
    says: says(seat, isRunning),
    facts: facts(seat, isRunning),
    share: seat.footprintBytes / track,
    peakShare: seat.peakBytes / track,
    proposedShare:
      seat.proposedPeakBytes !== null && seat.proposedPeakBytes > seat.peakBytes
        ? seat.proposedPeakBytes / track
        : null,
  };
};

export type SeatButton = 'load' | 'again' | 'keep' | 'cancel' | 'release' | 'fits';

/** Keeping it is offered while the countdown runs, or could begin. A protected seat is not unloaded. */
const byState: Readonly<Record<SeatState, readonly SeatButton[]>> = {
  absent: ['load', 'fits'],
  admitting: [],
  starting: ['cancel'],
  loading: ['cancel'],
  ready: ['keep', 'release'],
  busy: ['release'],
  idle: ['keep', 'release'],
  draining: [],
  frozen: [],
  failed: ['again', 'fits'],
  hollow: ['release'],
  doomed: ['release'],
};

/** What may be done with a seat from its card; who may only look can still ask whether it would fit. */
export const buttonsOf = (seat: SeatStatus, canAct: boolean): readonly SeatButton[] =>
  byState[seat.state].filter((button) => {
    if (button === 'fits') return true;
    return canAct && (seat.class === 'on_call' || button === 'load' || button === 'again');
  });
