import { join } from 'node:path';

/** Where the supervisor is spoken to, what it reads, and where seats write, in a run directory. */

export const supervisorSocketPath = (runDirectory: string): string => join(runDirectory, 'supervisor.sock');
export const servicesPath = (runDirectory: string): string => join(runDirectory, 'services');

/**
 * What seats write to their outputs, a file each. Not in `state`, which the keeper's account alone can enter: launchd opens
 * such a file with the rights of the seat's account, and does not start a program whose output it cannot open (78, EX_CONFIG).
 */
export const seatLogsPath = (runDirectory: string): string => join(runDirectory, 'seats');
export const seatLogPath = (runDirectory: string, label: string): string =>
  join(seatLogsPath(runDirectory), `${label}.log`);
