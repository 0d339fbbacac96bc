import type { BandName } from '../port.ts';

/** The seats of the simulated machine, as data: what a configuration for it would declare. Sizes are bytes. */
export interface SimSeat {
  readonly name: string;
  readonly label: string;
  readonly class: 'protected' | 'on_call';
  readonly peakBytes: number;
  readonly wiredBytes: number;
  readonly band: BandName;
  readonly oracle: string | null;
  readonly drainSeconds: number;
}

const GB = 2 ** 30;

export const simSeats: readonly SimSeat[] = [
  {
    name: 'Cilghal',
    label: 'com.sanctum.mlx',
    class: 'protected',
    peakBytes: 41 * GB,
    wiredBytes: 18 * GB,
    band: 'CRITICAL',
    oracle: null,
    drainSeconds: 30,
  },
  {
    name: 'Codestral',
    label: 'com.sanctum.mlx-codestral',
    class: 'on_call',
    peakBytes: 14 * GB,
    wiredBytes: 2 * GB,
    band: 'IDLE',
    oracle: null,
    drainSeconds: 30,
  },
];
