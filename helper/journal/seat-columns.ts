import type { History } from '../protocol/index.ts';
import { firstState, noSample, type SeatTrack } from './seat-tracks.ts';

/**
 * Columns of the seats: the state in which a seat was at most samples of a column (of equals the newest sample's, then the
 * first of the table), and its highest footprint. The longest and not the worst: the picture says where the time went, and
 * a state that lasts (failed, hollow, frozen) fills columns of its own.
 */

export interface SeatColumns {
  /** Samples come newest first and one after the other, so that those of one column lie side by side in the ring. */
  readonly add: (column: number, index: number) => void;
  /** Seats without a sample in any column are left out. */
  readonly result: () => History['seats'];
}

/** More than there are states. */
const states = 32;

export const createSeatColumns = (tracks: readonly SeatTrack[], slots: number, count: number): SeatColumns => {
  const columns = tracks.map((track) => ({
    track,
    seen: false,
    state: new Array<number | null>(count).fill(null),
    footprintBytes: new Array<number | null>(count).fill(null),
  }));
  const counts = new Uint16Array(states);
  let open = -1;
  /** Index of the newest sample of the open column, and how many samples it has. */
  let newest = 0;
  let length = 0;

  // `?? 0` below is for the compiler alone: typed arrays have no holes.
  const close = (): void => {
    for (const each of columns) {
      const { state, footprintKib } = each.track;
      counts.fill(0);
      let peakKib = -1;
      let longest = noSample;
      for (let back = 0, index = newest; back < length; back++, index = index === 0 ? slots - 1 : index - 1) {
        const here = state[index] ?? noSample;
        if (here === noSample) continue;
        if (longest === noSample) longest = here;
        counts[here] = (counts[here] ?? 0) + 1;
        const kib = footprintKib[index] ?? 0;
        if (kib > peakKib) peakKib = kib;
      }
      if (longest === noSample) continue;
      for (let other = 0; other < states; other++) if ((counts[other] ?? 0) > (counts[longest] ?? 0)) longest = other;
      each.seen = true;
      each.footprintBytes[open] = peakKib * 1024;
      each.state[open] = longest < firstState ? null : longest - firstState;
    }
  };

  return {
    add: (column, index) => {
      if (column === open) {
        length += 1;
        return;
      }
      if (open >= 0) close();
      open = column;
      newest = index;
      length = 1;
    },
    result: () => {
      if (open >= 0) close();
      open = -1;
      return columns
        .filter(({ seen }) => seen)
        .map(({ track, state, footprintBytes }) => ({ name: track.name, state, footprintBytes }));
    },
  };
};
