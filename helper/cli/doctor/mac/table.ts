import { bandChecks } from './bands.ts';
import type { MacCheck } from './check.ts';
import { freezeChecks } from './freezing.ts';
import { deadmanChecks, installedChecks } from './installed.ts';
import { processChecks } from './process-readings.ts';
import { machineChecks } from './readings.ts';
import { serviceChecks } from './services.ts';
import { signatureChecks } from './signature.ts';
import { socketChecks } from './socket.ts';

/** In the order of docs/mac-checklist.md. A new check is one value and one row there. */
export const macChecks: readonly MacCheck[] = [
  ...signatureChecks,
  ...installedChecks,
  ...machineChecks,
  ...processChecks,
  ...bandChecks,
  ...socketChecks,
  ...serviceChecks,
  ...freezeChecks,
  ...deadmanChecks,
];
