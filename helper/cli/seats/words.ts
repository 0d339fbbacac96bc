import type { Verdict } from '../../protocol/health.ts';
import type { AdmissionAnswer, BandStatus, GpuStatus, SeatState, SeatStatus } from '../../protocol/seats.ts';
import type { Status } from '../../protocol/status.ts';
import { countdown, duration, size } from '../figures.ts';
import { type Line, type Style, span } from '../lines.ts';
import { printable } from '../printable.ts';

/** Seats in words for a terminal. */

const stateWords: Readonly<Record<SeatState, string>> = {
  absent: 'cold',
  admitting: 'waiting for memory',
  starting: 'starting',
  loading: 'loading',
  ready: 'ready',
  busy: 'busy',
  idle: 'idle',
  draining: 'draining',
  frozen: 'frozen',
  failed: 'failed',
  hollow: 'hollow: its model is gone from memory',
  doomed: 'serves, and its next start will not succeed',
};

export const stateText = (state: SeatState): string => stateWords[state];

export const classText = (kind: SeatStatus['class']): string => (kind === 'protected' ? 'protected' : 'on call');

/** "idle, unloaded in 1:40". */
export const stateNow = ({ state, stopsInSeconds }: SeatStatus): string =>
  stopsInSeconds === null ? stateText(state) : `${stateText(state)}, unloaded in ${countdown(stopsInSeconds)}`;

export const bandText = ({ wanted, found, state, detail }: BandStatus): string => {
  const why = detail === '' ? '' : `: ${printable(detail)}`;
  switch (state) {
    case 'held':
      return wanted;
    case 'drifted':
      return `${wanted}, found at ${found ?? 'an unknown one'} and set again`;
    case 'refused':
      return `${wanted} is refused${why}`;
    case 'contested':
      return `${wanted}, but others keep changing it, so it is left at ${found ?? 'what they set'}`;
    case 'unknown':
      return `${wanted}, not read back${why}`;
  }
};

/** castellan.toml wants one, and this machine has one. */
export const isGpuTold = ({ state }: GpuStatus): boolean => state !== 'not_wanted' && state !== 'not_evaluated';

/** The GPU's wired limit as it is wanted and found. */
export const gpuText = ({ wantedBytes, foundBytes, isSystemPolicy, state, detail }: GpuStatus): string => {
  const own = "the system's own";
  const wanted = wantedBytes === 0 || wantedBytes === null ? own : size(wantedBytes);
  const found = isSystemPolicy ? own : foundBytes === null ? 'not known' : size(foundBytes);
  const why = detail === '' ? '' : `: ${printable(detail)}`;
  switch (state) {
    case 'held':
      return wanted;
    case 'drifted':
      return `${wanted}, found at ${found} and set again`;
    case 'refused':
      return `${wanted} is refused${why}; it is ${found}`;
    case 'contested':
      return `${wanted}, but others keep changing it, so it is left at ${found}`;
    case 'unknown':
      return `${wanted}, not read back${why}`;
    case 'not_evaluated':
      return `${wanted}, not evaluated${why}`;
    case 'not_wanted':
      return found;
  }
};

/** When a seat that has failed is tried again. */
export const againText = ({ name, class: kind, pids, retryInSeconds }: SeatStatus): string => {
  const load = `\`castellan load ${printable(name)}\``;
  if (pids.length > 0) return `not while what is left of it runs: \`castellan release ${printable(name)}\` ends that`;
  if (kind === 'protected') return `by its own service; ${load} tries now`;
  if (retryInSeconds === null) return `no request starts it again: ${load} does, once the cause is removed`;
  return retryInSeconds === 0
    ? 'the next request tries again'
    : `a request may try again in ${duration(retryInSeconds)}; ${load} tries now`;
};

export const memoryText = ({ footprintBytes, peakBytes }: SeatStatus): string =>
  `${size(footprintBytes)} of ${size(peakBytes)} peak`;

export const inFlightText = (count: number): string => `${count} request${count === 1 ? '' : 's'} under way`;

/** Nothing of one that is not asked, or of which nothing is known yet. */
const healthText = ({ health }: SeatStatus): readonly string[] => {
  const isAdHoc = health?.channels.some(({ last }) => last?.signed === 'ad_hoc') === true;
  const verdict = health?.verdict?.replaceAll('_', ' ');
  return [...(verdict === undefined ? [] : [`health ${verdict}`]), ...(isAdHoc ? ['signed ad hoc'] : [])];
};

/** One line of `castellan status`. */
export const seatText = (seat: SeatStatus): string => {
  const held = seat.pids.length > 0 || seat.footprintBytes > 0;
  return [
    `${printable(seat.name)} (${classText(seat.class)}): ${stateNow(seat)}`,
    ...(held ? [memoryText(seat)] : []),
    ...(held && seat.band !== null ? [`band ${bandText(seat.band)}`] : []),
    ...(seat.inFlight > 0 ? [inFlightText(seat.inFlight)] : []),
    ...healthText(seat),
  ].join(', ');
};

const troubled: ReadonlySet<SeatState> = new Set(['failed', 'hollow', 'doomed', 'frozen']);

/** Verdicts that the state of a seat does not tell by itself. */
const ailing: ReadonlySet<Verdict> = new Set(['zombie', 'doomed', 'config_error', 'unreachable']);

const healthTrouble = ({ name, state, health }: SeatStatus): readonly string[] =>
  health === null || health.verdict === null || !ailing.has(health.verdict) || troubled.has(state)
    ? []
    : [`${name}: ${health.said} \`castellan health\` has more`];

/** What of a seat is not as it should be, each a line. */
export const seatTroubles = (seat: SeatStatus): readonly string[] => [
  ...healthTrouble(seat),
  ...(troubled.has(seat.state) && seat.why !== '' ? [`${seat.name} is ${seat.state}: ${seat.why}`] : []),
  ...(seat.pendingRestart
    ? [`${seat.name} runs with another wired limit than castellan.toml says: its next start has the right one`]
    : []),
  ...(seat.proposedPeakBytes === null
    ? []
    : [
        `${seat.name} has reached more than its declared peak of ${size(seat.peakBytes)}: peak = "${proposal(seat.proposedPeakBytes)}" would hold it`,
      ]),
];

const GB = 2 ** 30;

/** As castellan.toml takes it, never less than was seen. */
const proposal = (bytes: number): string => `${(Math.ceil((bytes / GB) * 10) / 10).toFixed(1)} GB`;

/** The gateway in one line; what it cannot do is said by itself. */
export const gatewayText = ({ state, listen }: Status['gateway']): string => {
  if (state === 'missing') return 'does not answer: no HTTP API, no proxies, and no readiness over HTTP';
  return listen === '' ? 'connected, and listens nowhere' : `http://${printable(listen)}`;
};

const marks: Readonly<
  Record<
    AdmissionAnswer['clauses'][number]['outcome'],
    { readonly sign: string; readonly style: Style; readonly more: string }
  >
> = {
  holds: { sign: '✓', style: 'green', more: '' },
  fails: { sign: '✕', style: 'red', more: '' },
  not_evaluated: { sign: '–', style: 'dim', more: 'not evaluated: ' },
};

const clauseNames: Readonly<Record<AdmissionAnswer['clauses'][number]['name'], string>> = {
  known: 'terms',
  leak: 'leak',
  memory: 'memory',
  wired: 'wired',
  forecast: 'forecast',
};

/** The conditions one by one. */
export const clauseLines = ({ clauses }: AdmissionAnswer): readonly Line[] =>
  clauses.map(({ name, outcome, text }): Line => {
    const { sign, style, more } = marks[outcome];
    return [span(`  ${sign} `, style), span(`${clauseNames[name].padEnd(9)} ${more}${printable(text)}`)];
  });
