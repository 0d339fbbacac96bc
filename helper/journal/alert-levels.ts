import type { AlertLevel } from '../protocol/push.ts';
import type { AlertKind } from './alert-kinds.ts';

/** How much an alert is worth being woken for. What is in neither list is a warning. */

/** Somebody waits for an answer that does not come, or memory runs out and nothing is left to do. */
const critical: ReadonlySet<AlertKind> = new Set<AlertKind>([
  'relief_exhausted',
  'brake_exhausted',
  'freeze_failed',
  'seat_failed',
  'seat_hollow',
  'seat_list_failing',
  'seat_inference_failing',
  'keeper_stale',
]);

/** Worth knowing, and nothing to be done. */
const notice: ReadonlySet<AlertKind> = new Set<AlertKind>(['gap', 'tombstone_retired']);

export const alertLevel = (kind: AlertKind): AlertLevel =>
  critical.has(kind) ? 'critical' : notice.has(kind) ? 'notice' : 'warning';
