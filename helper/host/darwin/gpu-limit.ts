import type { GpuLimit, GpuLimitResult } from '../port.ts';
import { constants } from './bindings.ts';
import { errnoText } from './errors.ts';
import type { Sysctl } from './sysctl.ts';

/**
 * `iogpu.wired_limit_mb` of the IOGPUFamily driver, macOS 14 and later: MB, 0 is the system's own policy, takes effect at once
 * and is gone after a boot. It is in no public header; this is what many who set it report. What the policy allows is told by
 * Metal only (`recommendedMaxWorkingSetSize`), not by any call made here. macOS 13 had `debug.iogpu.wired_limit`, on whose
 * unit reports differ: it is left alone.
 */
const name = 'iogpu.wired_limit_mb';
const MB = 2 ** 20;

export interface GpuLimits {
  read(): GpuLimit;
  set(bytes: number): GpuLimitResult;
}

export const createGpuLimits = (sysctl: Sysctl): GpuLimits => {
  const read = (): GpuLimit => {
    const found = sysctl.number(name);
    if (!found.ok)
      return found.problem === 'unavailable'
        ? { kind: 'not_evaluated', why: `This Mac does not show what the GPU may hold wired (no ${name}).` }
        : { kind: 'unknown', detail: found.detail };
    if (found.value < 0) return { kind: 'unknown', detail: `${name}: ${found.value}` };
    return found.value === 0
      ? {
          kind: 'not_evaluated',
          why: 'macOS decides what the GPU may hold wired, and does not show it.',
          isSystemPolicy: true,
        }
      : { kind: 'limit', bytes: found.value * MB, isSystemPolicy: false };
  };

  return {
    read,
    set: (bytes) => {
      const mb = Math.floor(bytes / MB);
      // Anything but 0 that would be rounded to 0 would lift the limit it was meant to set.
      if (!Number.isSafeInteger(mb) || mb < 0 || mb > 0x7fff_ffff || (mb === 0 && bytes !== 0))
        return { ok: false, problem: 'failed', detail: `${bytes} bytes are no limit` };
      const errno = sysctl.set(name, mb);
      if (errno !== null)
        return {
          ok: false,
          problem: errno === constants.EPERM ? 'refused' : errno === constants.ENOENT ? 'unsupported' : 'failed',
          detail: `${name} = ${mb}: ${errnoText(errno)}`,
        };
      const back = sysctl.number(name);
      if (!back.ok) return { ok: false, problem: 'failed', detail: `read back: ${back.detail}` };
      return back.value === mb
        ? { ok: true, bytes: mb * MB }
        : { ok: false, problem: 'refused', detail: `${name} reads ${back.value} after ${mb} was written` };
    },
  };
};
