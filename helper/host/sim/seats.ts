import { type SeatConfig, seatDefaults } from '../../config/config.ts';

/** The seats of the simulated machine, as data: what a configuration for it would declare. Sizes are bytes. */

const GB = 2 ** 30;

export const simSeats: readonly SeatConfig[] = [
  {
    ...seatDefaults,
    name: 'Cilghal',
    label: 'com.sanctum.mlx',
    class: 'protected',
    peakBytes: 41 * GB,
    note: 'at 32K tokens of context',
    wiredBytes: 18 * GB,
    band: 'CRITICAL',
    port: 1337,
  },
  {
    ...seatDefaults,
    name: 'Codestral',
    label: 'com.sanctum.mlx-codestral',
    class: 'on_call',
    peakBytes: 14 * GB,
    wiredBytes: 2 * GB,
    port: 1339,
  },
];
