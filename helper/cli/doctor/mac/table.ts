import { actChecks, freezeChecks } from './acts.ts';
import type { MacCheck } from './check.ts';
import { deadmanChecks, installedChecks } from './installed.ts';
import { readingChecks } from './readings.ts';
import { serviceChecks } from './services.ts';
import { signatureChecks } from './signature.ts';
import { socketChecks } from './socket.ts';

/** In the order of docs/mac-checklist.md. A new check is one value and one row there. */
export const macChecks: readonly MacCheck[] = [
  ...signatureChecks,
  ...installedChecks,
  ...readingChecks,
  ...actChecks,
  ...socketChecks,
  ...serviceChecks,
  ...freezeChecks,
  ...deadmanChecks,
];
