import { constants, layouts, privateConstants } from '../../helper/host/darwin/bindings.ts';
import type { SimHost } from '../../helper/host/sim/host.ts';
import { segmentBytes, vmCounters } from '../../helper/host/sim/memory.ts';
import type { SimProcess } from '../../helper/host/sim/process.ts';
import { fill, textBytes, u32Bytes, u64Bytes } from './libsystem-memory.ts';

/** What a stand-in libSystem has to tell of a simulated Mac and its processes, as macOS lays it out. */

/** sysctls by name. */
export const sysctlsOf = (sim: SimHost): Readonly<Record<string, () => Uint8Array>> => {
  const { world } = sim;
  const swap = () => sim.readMachine('slot').swap;
  return {
    'hw.memsize': () => u64Bytes(world.scenario.machine.totalBytes),
    'hw.pagesize': () => u64Bytes(world.scenario.machine.pageBytes),
    'kern.argmax': () => u32Bytes(1_048_576),
    'kern.bootsessionuuid': () => textBytes('6E2B2C7E-0000-4000-8000-000000000001'),
    'kern.osrelease': () => textBytes('24.5.0'),
    'kern.osproductversion': () => textBytes('15.5'),
    'kern.osversion': () => textBytes('24F74'),
    'kern.memorystatus_vm_pressure_level': () => u32Bytes(sim.readMachine('slot').kernelLevel ?? 0),
    'vm.compressor_segment_limit': () => u32Bytes(world.scenario.machine.compressorPoolBytes / segmentBytes),
    'vm.compressor_segment_buffer_size': () => u32Bytes(segmentBytes),
    'iogpu.wired_limit_mb': () => u32Bytes(world.gpuLimitBytes / 2 ** 20),
    'vm.swapusage': () =>
      fill(layouts.xsw_usage, {
        xsu_total: swap()?.totalBytes ?? 0,
        xsu_avail: (swap()?.totalBytes ?? 0) - (swap()?.usedBytes ?? 0),
        xsu_used: swap()?.usedBytes ?? 0,
        xsu_pagesize: 16_384,
        xsu_encrypted: 1,
      }),
  };
};

/** host_statistics64's. */
export const vmStatistics = ({ world }: SimHost): Uint8Array => {
  const c = vmCounters(world.memory, world.holdings());
  return fill(layouts.vm_statistics64, {
    free_count: c.free,
    active_count: c.active,
    inactive_count: c.inactive,
    wire_count: c.wired,
    faults: c.faults,
    purgeable_count: c.purgeable,
    speculative_count: c.speculative,
    swapins: c.swapIns,
    swapouts: c.swapOuts,
    compressor_page_count: c.compressor,
    external_page_count: c.external,
  });
};

const statusOf = (p: SimProcess): number => (p.state === 'stopped' ? constants.SSTOP : constants.SRUN);

/** What proc_pidinfo fills in; null: not of this process, or not for this caller. */
export const infoOf = (
  p: SimProcess,
  flavor: number,
  { isOpen, isTraced }: { readonly isOpen: boolean; readonly isTraced: boolean },
): Uint8Array | null => {
  const uid = p.spec.uid ?? 0;
  if (flavor === privateConstants.PROC_PIDUNIQIDENTIFIERINFO)
    return fill(layouts.proc_uniqidentifierinfo, { p_uniqueid: p.uniqueId, p_puniqueid: 1 });
  if (flavor === constants.PROC_PIDT_SHORTBSDINFO)
    return fill(layouts.proc_bsdshortinfo, {
      pbsi_pid: p.pid,
      pbsi_ppid: p.ppid,
      pbsi_pgid: p.processGroup,
      pbsi_status: statusOf(p),
      pbsi_comm: p.spec.name.slice(0, 16),
      pbsi_uid: uid,
    });
  if (flavor !== constants.PROC_PIDTBSDINFO || !isOpen) return null;
  return fill(layouts.proc_bsdinfo, {
    pbi_pid: p.pid,
    pbi_ppid: p.ppid,
    pbi_pgid: p.processGroup,
    pbi_flags: isTraced ? constants.PROC_FLAG_TRACED : 0,
    pbi_status: statusOf(p),
    pbi_uid: uid,
    pbi_comm: p.spec.name.slice(0, 16),
    pbi_name: p.spec.name.slice(0, 31),
  });
};
