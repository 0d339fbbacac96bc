import { daySlots, type MachineSample } from './samples.ts';
import { createSeatTracks, type SeatTrack } from './seat-tracks.ts';

/**
 * The last samples in typed arrays, in the order they were pushed: 40 bytes a sample, 1.7 MB for a day, all of it
 * allocated at the start, so that a machine short of memory costs no sample. Sizes are kept in KiB: pages of 4 or 16 KiB
 * are whole multiples of it, and 32 bits reach 4 TiB. What the seats did lies beside it, in arrays made when a seat is first
 * seen (seat-tracks.ts).
 *
 * Wall time is kept as given and never used for order: it may jump back. `buckets.ts` makes sense of it.
 */

export const noSize = 0xffff_ffff;
export const noSigned = -(2 ** 31);
export const noLevel = 0xff;

export interface RingView {
  readonly slots: number;
  /** Samples held, at most `slots`. */
  readonly length: number;
  /** Index of the newest sample; older ones lie before it, wrapping round. −1 when empty. */
  readonly newest: number;
  readonly wallMs: Float64Array;
  /** KiB; `noSize` in `wiredKib` means that the sample has no tiers. */
  readonly wiredKib: Uint32Array;
  readonly compressedKib: Uint32Array;
  readonly appKib: Uint32Array;
  readonly cachedKib: Uint32Array;
  readonly freeKib: Uint32Array;
  readonly swapKib: Uint32Array;
  /** `noSigned`: none. */
  readonly growthKib: Int32Array;
  readonly reserveKib: Int32Array;
  readonly level: Uint8Array;
  readonly kernelLevel: Uint8Array;
  readonly seats: readonly SeatTrack[];
}

export interface Ring {
  readonly push: (sample: MachineSample) => void;
  /** The arrays themselves, not a copy: use before the next push. */
  readonly view: () => RingView;
}

const size = (bytes: number | null): number =>
  bytes === null || !Number.isFinite(bytes) ? noSize : Math.min(noSize - 1, Math.max(0, Math.round(bytes / 1024)));

const signed = (bytes: number | null): number =>
  bytes === null || !Number.isFinite(bytes)
    ? noSigned
    : Math.min(2 ** 31 - 1, Math.max(noSigned + 1, Math.round(bytes / 1024)));

const small = (level: number | null): number =>
  level === null || !(level >= 0 && level < noLevel) ? noLevel : Math.round(level);

export const createRing = ({ slots = daySlots }: { readonly slots?: number } = {}): Ring => {
  let length = 0;
  let newest = -1;
  const wallMs = new Float64Array(slots);
  const wiredKib = new Uint32Array(slots);
  const compressedKib = new Uint32Array(slots);
  const appKib = new Uint32Array(slots);
  const cachedKib = new Uint32Array(slots);
  const freeKib = new Uint32Array(slots);
  const swapKib = new Uint32Array(slots);
  const growthKib = new Int32Array(slots);
  const reserveKib = new Int32Array(slots);
  const level = new Uint8Array(slots);
  const kernelLevel = new Uint8Array(slots);
  const tracks = createSeatTracks(slots);

  return {
    push: (sample) => {
      newest = (newest + 1) % slots;
      length = Math.min(length + 1, slots);
      const { tiers } = sample;
      wallMs[newest] = sample.wallMs;
      wiredKib[newest] = size(tiers === null ? null : tiers.wired);
      compressedKib[newest] = size(tiers === null ? null : tiers.compressed);
      appKib[newest] = size(tiers === null ? null : tiers.app);
      cachedKib[newest] = size(tiers === null ? null : tiers.cached);
      freeKib[newest] = size(tiers === null ? null : tiers.free);
      swapKib[newest] = size(sample.swapUsedBytes);
      growthKib[newest] = signed(sample.compressorGrowthBytesPerSecond);
      reserveKib[newest] = signed(sample.reserveLineBytes);
      level[newest] = sample.level;
      kernelLevel[newest] = small(sample.kernelLevel);
      tracks.write(newest, sample.seats);
    },
    view: () => ({
      slots,
      length,
      newest,
      wallMs,
      wiredKib,
      compressedKib,
      appKib,
      cachedKib,
      freeKib,
      swapKib,
      growthKib,
      reserveKib,
      level,
      kernelLevel,
      seats: tracks.all(),
    }),
  };
};
