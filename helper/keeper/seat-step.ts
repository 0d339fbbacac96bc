import type { KeeperState, SeatEvent } from './state.ts';

/** Seats as part of the keeper's step. */
export const heardOfSeat = (state: KeeperState, _event: SeatEvent): KeeperState => state;
