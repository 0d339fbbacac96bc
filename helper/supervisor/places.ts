import { join } from 'node:path';

/** Where the supervisor is spoken to, and what it reads, in a run directory. */

export const supervisorSocketPath = (runDirectory: string): string => join(runDirectory, 'supervisor.sock');
export const servicesPath = (runDirectory: string): string => join(runDirectory, 'services');
