import { join } from 'node:path';

/**
 * Where keeper and deadman meet, all in the run directory. `stopped/PID` is the tombstone of a process that is frozen;
 * `resuming/PID.RESUMER` one that somebody is resuming right now; `slots/` tombstones to be, whose space is allocated.
 */
export interface Places {
  readonly socket: string;
  readonly heartbeat: string;
  readonly stopped: string;
  readonly resuming: string;
  readonly slots: string;
}

export const placesIn = (runDirectory: string): Places => ({
  socket: join(runDirectory, 'deadman.sock'),
  heartbeat: join(runDirectory, 'heartbeat'),
  stopped: join(runDirectory, 'stopped'),
  resuming: join(runDirectory, 'resuming'),
  slots: join(runDirectory, 'slots'),
});
