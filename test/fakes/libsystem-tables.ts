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

/** p_idversion: counts up with every fork and every exec, and is not the unique id. */
export const versionOf = (p: SimProcess): number => 3 * p.uniqueId + 7;

const statusOf = (p: SimProcess): number => (p.state === 'stopped' ? constants.SSTOP : constants.SRUN);

/** What proc_pidinfo fills in; null: not of this process, or not for this caller. */
export const infoOf = (
  p: SimProcess,
  flavor: number,
  { isOpen, isTraced, execs }: { readonly isOpen: boolean; readonly isTraced: boolean; readonly execs: number },
): Uint8Array | null => {
  const uid = p.spec.uid ?? 0;
  if (flavor === privateConstants.PROC_PIDUNIQIDENTIFIERINFO)
    return fill(layouts.proc_uniqidentifierinfo, {
      p_uniqueid: p.uniqueId,
      p_puniqueid: 1,
      p_idversion: versionOf(p) + execs,
    });
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

/** Descriptors of a process: three files, its listeners, one connection. */
const fileCount = 3;
export const descriptorsOf = (p: SimProcess): Uint8Array => {
  const kinds = [
    1,
    1,
    1,
    ...(p.spec.listens ?? []).map(() => constants.PROX_FDTYPE_SOCKET),
    constants.PROX_FDTYPE_SOCKET,
  ];
  const rows = kinds.map((proc_fdtype, proc_fd) => fill(layouts.proc_fdinfo, { proc_fd, proc_fdtype }));
  return Uint8Array.from(rows.flatMap((row) => [...row]));
};

/** What proc_pidfdinfo tells of one of them; null: it is no socket. */
export const socketOf = (p: SimProcess, fd: number): Uint8Array | null => {
  const listens = p.spec.listens ?? [];
  if (fd < fileCount || fd > fileCount + listens.length) return null;
  const address = listens[fd - fileCount] ?? '127.0.0.1:49152';
  const host = address.slice(0, address.lastIndexOf(':'));
  const isSix = host.startsWith('[');
  const bytes = fill(layouts.socket_fdinfo, {
    'psi.soi_kind': constants.SOCKINFO_TCP,
    'psi.soi_family': isSix ? constants.AF_INET6 : constants.AF_INET,
    'psi.soi_proto.pri_tcp.tcpsi_state': fd - fileCount < listens.length ? constants.TSI_S_LISTEN : 4,
  });
  const view = new DataView(bytes.buffer);
  const f = layouts.socket_fdinfo.fields;
  const port = Number(address.slice(address.lastIndexOf(':') + 1));
  view.setUint16(f['psi.soi_proto.pri_tcp.tcpsi_ini.insi_lport'][0], port, false);
  const [at] = f['psi.soi_proto.pri_tcp.tcpsi_ini.insi_laddr.ina_6'];
  if (isSix) bytes[at + 15] = host === '[::1]' ? 1 : 0;
  else bytes.set(host.split('.').map(Number), at + 12);
  return bytes;
};

/** A signature's flags and its entitlements, as csops tells them. */
export const codeOf = (p: SimProcess): { readonly flags: number; readonly entitlements: string | null } => {
  const { CS_VALID, CS_SIGNED, CS_PLATFORM_BINARY } = privateConstants;
  const isPlatform = p.spec.isPlatform === true || p.pid === 1;
  const key = (name: string, value: string) => `<key>${name}</key><${value}/>`;
  return {
    flags: (CS_VALID | CS_SIGNED | (isPlatform ? CS_PLATFORM_BINARY : 0)) >>> 0,
    entitlements:
      p.spec.isHypervisor === true
        ? `<plist version="1.0"><dict>${key('com.apple.security.network.client', 'true')}${key('com.apple.security.hypervisor', 'true')}</dict></plist>`
        : p.pid % 2 === 0
          ? null
          : `<plist version="1.0"><dict>${key('com.apple.security.cs.allow-jit', 'true')}${key('com.apple.security.hypervisor', 'false')}</dict></plist>`,
  };
};

/** The kernel's snapshot of all processes, in entries of that many bytes. */
export const jetsamSnapshot = ({ world }: SimHost, entryBytes: number): Uint8Array => {
  const page = world.scenario.machine.pageBytes;
  const all = [...world.processes.values()];
  const bytes = new Uint8Array(layouts.jetsam_snapshot.size + entryBytes * all.length);
  bytes.set(
    fill(layouts.jetsam_snapshot, {
      'stats.total_uncompressed_pages_in_compressor': world.holdings().compressedBytes / page,
      entry_count: all.length,
    }),
  );
  for (const [i, p] of all.entries())
    bytes.set(
      fill(layouts.jetsam_snapshot_entry, {
        pid: p.pid,
        name: p.spec.name.slice(0, 32),
        priority: p.band,
        jse_internal_compressed_pages: p.compressedBytes / page,
      }),
      layouts.jetsam_snapshot.size + entryBytes * i,
    );
  return bytes;
};
