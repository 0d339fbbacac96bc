import { isServing, type SeatStatus } from '../../protocol/seats.ts';
import type { SessionEvent } from '../../protocol/session.ts';
import type { Terminal } from '../command.ts';
import { timeOfDay } from '../figures.ts';
import { printable } from '../printable.ts';
import { findSeat } from './named.ts';
import { memoryText, stateText } from './words.ts';

/** What becomes of a seat while somebody waits for it: a line for each change, to a person at a terminal alone. */

const lineOf = (seat: SeatStatus): string => {
  const why = seat.why === '' ? '' : `: ${printable(seat.why)}`;
  const memory = seat.footprintBytes > 0 ? ` (${memoryText(seat)})` : '';
  return `${printable(seat.name)}: ${stateText(seat.state)}${memory}${why}`;
};

/** A listener for the events of a connection that is subscribed to the status. */
export const tellProgress = (err: Terminal, name: string): ((...event: SessionEvent) => void) => {
  let told: string | null = null;
  return (topic, data) => {
    if (!err.isTty || topic !== 'status') return;
    const seat = findSeat(data.seats, name);
    if (seat === undefined) return;
    const state = `${seat.state} ${seat.why}`;
    // As it was when it was asked for is no news, unless somebody else is loading it already.
    const isNews = told === null ? seat.state !== 'absent' && !isServing(seat.state) : told !== state;
    told = state;
    if (isNews) err.write(`${timeOfDay(data.atMs)} ${lineOf(seat)}\n`);
  };
};
