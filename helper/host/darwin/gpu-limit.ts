import type { GpuLimit, GpuLimitResult } from '../port.ts';
import { constants } from './bindings.ts';
import { errnoText } from './errors.ts';
import type { Answer } from './machine.ts';
import type { Sysctl } from './sysctl.ts';

/**
 * `iogpu.wired_limit_mb` of the IOGPUFamily driver, macOS 14 and later: MB, 0 is the system's own policy, takes effect at once
 * and is gone after a boot. macOS 13 has `debug.iogpu.wired_limit` instead. Neither is in a public header; this is what many
 * who set them report. On the unit of the older one reports differ, and its width settles it: in 32 bits no limit of 4 GB
 * could be told in bytes. What the system's policy allows is told by Metal only (`recommendedMaxWorkingSetSize`), not by any
 * call made here.
 */
const names = ['iogpu.wired_limit_mb', 'debug.iogpu.wired_limit'] as const;
type Name = (typeof names)[number];

const MB = 2 ** 20;

export interface GpuLimits {
  read(): GpuLimit;
  set(bytes: number): GpuLimitResult;
}

interface Spelling {
  readonly name: Name;
  readonly unit: number;
}

export const createGpuLimits = (sysctl: Sysctl): GpuLimits => {
  /** Found out once: which of both there is does not change while the machine runs. */
  let spelling: Spelling | null = null;

  const spellingNow = (): Answer<Spelling> => {
    if (spelling !== null) return { ok: true, value: spelling };
    for (const name of names) {
      const found = sysctl.bytes(name);
      if (!found.ok && found.problem === 'unavailable') continue;
      if (!found.ok) return found;
      spelling = { name, unit: name === 'iogpu.wired_limit_mb' || found.value.byteLength === 4 ? MB : 1 };
      return { ok: true, value: spelling };
    }
    return { ok: false, problem: 'unavailable', detail: `${names.join(', ')}: ENOENT` };
  };

  const unread = ({ problem, detail }: Extract<Answer<unknown>, { ok: false }>): GpuLimit =>
    problem === 'unavailable'
      ? { kind: 'not_evaluated', why: `This Mac does not show what the GPU may hold wired (no ${names[0]}).` }
      : { kind: 'unknown', detail };

  const read = (): GpuLimit => {
    const known = spellingNow();
    if (!known.ok) return unread(known);
    const found = sysctl.number(known.value.name);
    if (!found.ok) return unread(found);
    if (found.value < 0) return { kind: 'unknown', detail: `${known.value.name}: ${found.value}` };
    return found.value === 0
      ? {
          kind: 'not_evaluated',
          why: 'macOS decides what the GPU may hold wired, and does not show it.',
          isSystemPolicy: true,
        }
      : { kind: 'limit', bytes: found.value * known.value.unit, isSystemPolicy: false };
  };

  return {
    read,
    set: (bytes) => {
      const mb = Math.floor(bytes / MB);
      // Anything but 0 that would be rounded to 0 would lift the limit it was meant to set.
      if (!Number.isSafeInteger(mb) || mb < 0 || mb > 0x7fff_ffff || (mb === 0 && bytes !== 0))
        return { ok: false, problem: 'failed', detail: `${bytes} bytes are no limit` };
      const known = spellingNow();
      if (!known.ok)
        return { ok: false, problem: known.problem === 'unavailable' ? 'unsupported' : 'failed', detail: known.detail };
      const { name, unit } = known.value;
      const value = (mb * MB) / unit;
      const errno = sysctl.set(name, value);
      if (errno !== null)
        return {
          ok: false,
          problem: errno === constants.EPERM ? 'refused' : errno === constants.ENOENT ? 'unsupported' : 'failed',
          detail: `${name} = ${value}: ${errnoText(errno)}`,
        };
      const back = sysctl.number(name);
      if (!back.ok) return { ok: false, problem: 'failed', detail: `read back: ${back.detail}` };
      return back.value === value
        ? { ok: true, bytes: mb * MB }
        : { ok: false, problem: 'refused', detail: `${name} reads ${back.value} after ${value} was written` };
    },
  };
};
