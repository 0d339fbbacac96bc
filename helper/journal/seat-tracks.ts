import { seatStateCodes } from '../protocol/seat-state-codes.ts';
import type { SeatSample } from './samples.ts';

/**
 * What each seat was doing at each of the samples in the ring, at the same index: 5 bytes a sample, 216 KB a seat and day.
 * Zero means nothing, so that memory that was never written is never touched either.
 */

export interface SeatTrack {
  readonly name: string;
  /** 0: no sample of this seat. 1: its state is not known (kept by a version that kept none). Else its code + `firstState`. */
  readonly state: Uint8Array;
  readonly footprintKib: Uint32Array;
}

export const noSample = 0;
export const unknownState = 1;
export const firstState = 2;

export interface SeatTracks {
  /** The seats of the sample at `index`; call it for every sample, also one without seats. */
  readonly write: (index: number, seats: readonly SeatSample[]) => void;
  /** Seats of the newest sample first, in its order. The arrays themselves, not copies. */
  readonly all: () => readonly SeatTrack[];
}

/** With the widest question (2,000 columns) so many still fit into one frame of 1 MiB. More seats have no history. */
export const mostTracks = 16;

interface Held extends SeatTrack {
  /** Number of the last sample it was in. */
  lastWrite: number;
}

const stateByte = (state: SeatSample['state']): number =>
  state === null ? unknownState : seatStateCodes.indexOf(state) + firstState;

const kib = (bytes: number): number =>
  Number.isFinite(bytes) ? Math.min(0xffff_ffff, Math.max(0, Math.round(bytes / 1024))) : 0;

export const createSeatTracks = (slots: number): SeatTracks => {
  let held: Held[] = [];
  let writes = 0;

  /** Null: all places are taken by seats that have a sample of today. */
  const trackOf = (name: string): Held | null => {
    const known = held.find((track) => track.name === name);
    if (known !== undefined) return known;
    if (held.length >= mostTracks) return null;
    const made: Held = {
      name,
      state: new Uint8Array(slots),
      footprintKib: new Uint32Array(slots),
      lastWrite: writes,
    };
    held.push(made);
    return made;
  };

  return {
    write: (index, seats) => {
      writes += 1;
      // What stood here is a whole ring old; a seat with nothing else left goes.
      for (const track of held) track.state[index] = noSample;
      if (held.some((track) => writes - track.lastWrite >= slots)) {
        held = held.filter((track) => writes - track.lastWrite < slots);
      }
      for (const seat of seats) {
        const track = trackOf(seat.name);
        if (track === null) continue;
        track.state[index] = stateByte(seat.state);
        track.footprintKib[index] = kib(seat.footprintBytes);
        track.lastWrite = writes;
      }
      // A changed configuration: the order is that of the newest sample, those that went come last.
      if (seats.some((seat, at) => at < mostTracks && held[at]?.name !== seat.name)) {
        const place = new Map(seats.map((seat, at) => [seat.name, at]));
        held.sort((a, b) => (place.get(a.name) ?? seats.length) - (place.get(b.name) ?? seats.length));
      }
    },
    all: () => held,
  };
};
