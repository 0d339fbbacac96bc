import type { BandResult } from '../port.ts';
import type { ProcessId, SensorFact } from '../reading.ts';
import { constants } from './bindings.ts';
import { errnoText } from './errors.ts';
import type { Native } from './native.ts';

export interface SelfPriorityOptions {
  readonly native: Native;
  readonly identify: (pid: number) => ProcessId | SensorFact;
  readonly setBand: (id: ProcessId, band: 'CRITICAL') => BandResult;
}

/**
 * launchd starts a daemon in band 40, below the 180 of everything a user starts, and with disk I/O that may be throttled:
 * whoever is to act when memory runs out must not be the first to wait. Returns what was refused, each a sentence.
 */
export const createSelfPriority =
  ({ native, identify, setBand }: SelfPriorityOptions): (() => readonly string[]) =>
  () => {
    const refused: string[] = [];
    const self = identify(process.pid);
    const band = 'problem' in self ? ({ ok: false, detail: self.detail } as const) : setBand(self, 'CRITICAL');
    if (!band.ok) refused.push(`The keeper's own band could not be raised: ${band.detail}.`);
    const { IOPOL_TYPE_DISK, IOPOL_SCOPE_PROCESS, IOPOL_IMPORTANT } = constants;
    if (native.call.setiopolicy_np(IOPOL_TYPE_DISK, IOPOL_SCOPE_PROCESS, IOPOL_IMPORTANT) !== 0)
      refused.push(`The keeper's own disk access may be throttled: setiopolicy_np: ${errnoText(native.errno())}.`);
    return refused;
  };
