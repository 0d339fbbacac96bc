import { isServing, type Preview, type SeatStatus } from '../../protocol/seats.ts';
import type { Status } from '../../protocol/status.ts';
import { duration, size } from '../figures.ts';
import { type Line, span } from '../lines.ts';
import { printable } from '../printable.ts';
import { previewLines } from './preview.ts';
import { againText, bandText, classText, gpuText, isGpuTold, memoryText, seatTroubles, stateNow } from './words.ts';

/** Why a seat is as it is. */

const row = (name: string, text: string): Line => [span(`  ${name.padEnd(11)}`, 'dim'), span(text)];

const noteOf = ({ note }: SeatStatus): string => (note === '' ? '' : ` (${printable(note)})`);

const serviceText = ({ label, pids, starts, lastExit }: SeatStatus): string =>
  [
    printable(label),
    pids.length === 0 ? 'no process' : `pid ${pids.join(', ')}`,
    `${starts} start${starts === 1 ? '' : 's'} in the last hour`,
    ...(lastExit === null ? [] : [`last exit ${lastExit}`]),
  ].join(', ');

/** On macOS a band decides only in one case, and nobody should count on it in the other. */
const bandNote = (host: Status['keeper']['host']): string =>
  host === 'linux' ? '' : '; decides when the zone map is full, not when memory runs out';

const countdownText = (seat: SeatStatus): string => {
  if (seat.class === 'protected') return 'never unloaded: it is protected';
  if (seat.stopsInSeconds !== null) return stateNow(seat);
  return 'none runs';
};

const useText = ({ usedBy, state }: SeatStatus): string => {
  if (usedBy.length > 0) return usedBy.map(printable).join('; ');
  return isServing(state) ? 'nobody uses it now' : 'no: it does not serve';
};

export const explainSeatLines = (
  seat: SeatStatus,
  preview: Preview,
  { keeper: { host }, gpu }: Pick<Status, 'keeper' | 'gpu'>,
): readonly Line[] => [
  [
    span(`${printable(seat.name)} (${classText(seat.class)}): ${stateNow(seat)}`, 'bold'),
    span(`  for ${duration(seat.forSeconds)}`, 'dim'),
  ],
  ...(seat.why === '' ? [] : [row('why', printable(seat.why))]),
  ...(seat.state === 'failed' ? [row('again', againText(seat))] : []),
  row('countdown', countdownText(seat)),
  row('in use', useText(seat)),
  row('footprint', `${memoryText(seat)}${noteOf(seat)}, ${size(seat.lifetimePeakBytes)} at most in this run`),
  row('wired', `${size(seat.wiredBytes)} of ${size(seat.declaredWiredBytes)} declared`),
  ...(gpu === null || !isGpuTold(gpu) ? [] : [row('gpu', `wired limit ${gpuText(gpu)}`)]),
  ...(seat.band === null ? [] : [row('band', `${bandText(seat.band)}${bandNote(host)}`)]),
  row('service', serviceText(seat)),
  ...(seat.proxy === null ? [] : [row('proxy', `a connection to ${printable(seat.proxy)} starts it`)]),
  ...(seat.oracle === null ? [] : [row('oracle', printable(seat.oracle))]),
  ...seatTroubles({ ...seat, why: '' }).map((text): Line => [span('  ! ', 'yellow'), span(printable(text))]),
  [],
  ...previewLines(preview),
];
