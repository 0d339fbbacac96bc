import type { ProcessReading } from '../host/reading.ts';
import type { SeatState, Tiers } from '../protocol/index.ts';

/** One look at the machine, as history keeps it. Bytes; wall time in ms since 1970. Null: the sensor failed. */
export interface MachineSample {
  readonly wallMs: number;
  readonly tiers: Tiers | null;
  readonly swapUsedBytes: number | null;
  /** 0 green … 3 red. */
  readonly level: 0 | 1 | 2 | 3;
  /** As the kernel returned it: 1, 2 or 4 on macOS. */
  readonly kernelLevel: number | null;
  readonly compressorGrowthBytesPerSecond: number | null;
  /** May be negative: the declared peaks do not fit into the machine. */
  readonly reserveLineBytes: number | null;
  readonly seats: readonly SeatSample[];
}

export interface SeatSample {
  readonly name: string;
  readonly footprintBytes: number;
  /** Null: not known, because a version that kept no states wrote it. */
  readonly state: SeatState | null;
}

/** What history keeps of a process. Rows of the process table fit as they are. */
export type ProcessSample = Pick<ProcessReading, 'id' | 'name' | 'footprintBytes' | 'rssBytes'>;

/** A process row on its way to the database, dated. Footprint 0: it was there and is gone. */
export interface ProcessRow {
  readonly wallMs: number;
  readonly pid: number;
  readonly start: string;
  readonly name: string;
  readonly footprintBytes: number;
  readonly rssBytes: number;
}

/** 24 hours at one sample every 2 s. */
export const daySlots = 43_200;
