import type { ReadDepth } from '../port.ts';
import type { MachineReading } from '../reading.ts';
import { constants } from './bindings.ts';
import { decodeSwap, decodeVm } from './decode.ts';
import { layouts } from './layouts.ts';
import {
  type Answer,
  machineReading,
  type PageShare,
  type SegmentInfo,
  type SwapUsage,
  type VmCounters,
} from './machine.ts';
import { type Native, nativeMemory } from './native.ts';
import type { Sysctl } from './sysctl.ts';

export interface CounterOptions {
  readonly native: Native;
  readonly sysctl: Sysctl;
  readonly totalBytes: number;
  readonly pageBytes: number;
  readonly nowMs: () => number;
}

/** Reads the machine's counters: one call at `fast`, three at `slot`, four since macOS 15. */
export const createCounters = ({ native, sysctl, totalBytes, pageBytes, nowMs }: CounterOptions) => {
  const info = nativeMemory(layouts.vm_statistics64.size);
  const count = nativeMemory(4);
  // Each call of mach_host_self adds a send right, so it is called once.
  const host = Number(native.call.mach_host_self());

  const readVm = (): Answer<VmCounters> => {
    // Newer kernels know more words; asking for 38 keeps getting these.
    count.view.setUint32(0, constants.HOST_VM_INFO64_COUNT, true);
    const result = native.call.host_statistics64(host, constants.HOST_VM_INFO64, info.address, count.address);
    if (result !== 0) return { ok: false, problem: 'refused', detail: `host_statistics64: kern_return ${result}` };
    const words = count.view.getUint32(0, true);
    if (words < constants.HOST_VM_INFO64_COUNT)
      return { ok: false, problem: 'implausible', detail: `host_statistics64: ${words} words` };
    return { ok: true, value: decodeVm(info.view) };
  };

  const readSwap = (): Answer<SwapUsage> => {
    const read = sysctl.bytes('vm.swapusage', layouts.xsw_usage.size);
    return read.ok ? { ok: true, value: decodeSwap(read.value) } : read;
  };

  /** Constant while the machine runs. The limit can be read since macOS 15; before, its absence is no failure. */
  const segments = ((): Answer<SegmentInfo> | null => {
    const limit = sysctl.number('vm.compressor_segment_limit');
    const size = sysctl.number('vm.compressor_segment_buffer_size');
    if (!limit.ok || !size.ok || limit.value <= 0 || size.value <= 0) return null;
    return { ok: true, value: { limit: limit.value, segmentBytes: size.value } };
  })();

  /** Of the compressed pages the kernel can keep track of. Both since macOS 15. */
  const pageLimit = sysctl.number('vm.compressor_segment_pages_compressed_limit');
  const readPages = (): PageShare | null => {
    if (!pageLimit.ok || pageLimit.value <= 0) return null;
    const now = sysctl.number('vm.compressor_segment_pages_compressed');
    return now.ok && now.value >= 0 ? { used: now.value, limit: pageLimit.value } : null;
  };

  return {
    read: (depth: ReadDepth): MachineReading => {
      const isSlot = depth === 'slot';
      return machineReading({
        atMs: nowMs(),
        totalBytes,
        pageBytes,
        vm: readVm(),
        swap: isSlot ? readSwap() : null,
        // Returns 1, 2 or 4: the kernel folds "urgent" into 2 (xnu kern_memorystatus_notify.c).
        level: isSlot ? sysctl.number('kern.memorystatus_vm_pressure_level') : null,
        segments: isSlot ? segments : null,
        compressedPages: isSlot ? readPages() : null,
        facts: [],
      });
    },
  };
};
