import { constants, privateConstants } from '../../helper/host/darwin/bindings.ts';
import { layouts } from '../../helper/host/darwin/layouts.ts';
import type { SimHost } from '../../helper/host/sim/host.ts';
import { segmentBytes, vmCounters } from '../../helper/host/sim/memory.ts';
import { footprintOf, rssOf, type SimProcess } from '../../helper/host/sim/process.ts';
import type { RowField } from './libsystem-header.ts';
import { fill, textBytes, u32Bytes, u64Bytes } from './libsystem-memory.ts';

/** What a simulated Mac is pushed as into the tables of the stand-in libSystem. */

/** Values of sysctls, by name. */
export const sysctlsOf = (sim: SimHost): ReadonlyMap<string, () => Uint8Array> => {
  const { machine } = sim.world.scenario;
  const swap = () => sim.readMachine('slot').swap;
  return new Map(
    Object.entries({
      'hw.memsize': () => u64Bytes(machine.totalBytes),
      // Less than is built in, since macOS 15: what the firmware has kept is missing.
      'hw.memsize_usable': () => u64Bytes(machine.totalBytes),
      'hw.pagesize': () => u64Bytes(machine.pageBytes),
      'kern.argmax': () => u32Bytes(1_048_576),
      'kern.bootsessionuuid': () => textBytes('6E2B2C7E-0000-4000-8000-000000000001'),
      'kern.osrelease': () => textBytes('24.5.0'),
      'kern.osproductversion': () => textBytes('15.5'),
      'kern.osversion': () => textBytes('24F74'),
      'kern.memorystatus_vm_pressure_level': () => u32Bytes(sim.readMachine('slot').kernelLevel ?? 0),
      'vm.compressor_segment_limit': () => u32Bytes(machine.compressorPoolBytes / segmentBytes),
      'vm.compressor_segment_buffer_size': () => u32Bytes(segmentBytes),
      'iogpu.wired_limit_mb': () => u32Bytes(sim.world.gpuLimitBytes / 2 ** 20),
      'vm.swapusage': () =>
        fill(layouts.xsw_usage, {
          xsu_total: swap()?.totalBytes ?? 0,
          xsu_avail: (swap()?.totalBytes ?? 0) - (swap()?.usedBytes ?? 0),
          xsu_used: swap()?.usedBytes ?? 0,
          xsu_pagesize: machine.pageBytes,
          xsu_encrypted: 1,
        }),
    }),
  );
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
    internal_page_count: Math.max(c.active + c.inactive + c.speculative - c.external, 0),
  });
};

/** Ticks of 125/3 ns. */
const ticks = (ms: number): number => Math.round((ms * 1e6 * 3) / 125);

/** When the simulated Mac was booted, seconds of the wall clock. */
const bootSeconds = 1_790_000_000;

const statusOf = (p: SimProcess): number => {
  if (p.state === 'stopped') return constants.SSTOP;
  return p.state === 'zombie' ? constants.SZOMB : constants.SRUN;
};

/** What a test has said of a process beyond what is simulated. */
export interface RowExtras {
  readonly version: number;
  readonly isTraced: boolean;
  readonly isManaged: boolean;
  readonly userData: number;
  readonly parentUnique: number;
}

export const rowOf = (p: SimProcess, extras: RowExtras): Readonly<Record<RowField, number>> => ({
  pid: p.pid,
  ppid: p.ppid,
  pgid: p.processGroup,
  uid: p.spec.uid ?? 0,
  gid: (p.spec.uid ?? 0) === 0 ? 0 : 20,
  flags: extras.isTraced ? constants.PROC_FLAG_TRACED : 0,
  status: statusOf(p),
  unique: p.uniqueId,
  parentUnique: extras.parentUnique,
  version: extras.version,
  startSeconds: bootSeconds + Math.floor(p.startedMs / 1000),
  startTicks: ticks(p.startedMs),
  footprint: Math.round(footprintOf(p)),
  peak: Math.round(p.peakBytes),
  resident: Math.round(rssOf(p)),
  wired: Math.round(p.wiredBytes),
  compressed: Math.floor(p.compressedBytes),
  userTicks: ticks(p.cpuMs),
  band: p.band,
  userData: extras.userData,
  memoryState: extras.isManaged ? privateConstants.kMemorystatusAssertion : 0,
  isManaged: extras.isManaged ? 1 : 0,
  codeFlags:
    privateConstants.CS_VALID |
    privateConstants.CS_SIGNED |
    (p.spec.isPlatform === true || p.pid === 1 ? privateConstants.CS_PLATFORM_BINARY : 0),
});

/** kernel_task: listed with the others, and nobody's to look into. */
export const kernelRow: Readonly<Partial<Record<RowField, number>>> = {
  status: constants.SRUN,
  flags: constants.PROC_FLAG_SYSTEM,
  band: 999,
  footprint: 2 ** 31,
};

/** The area that KERN_PROCARGS2 copies: count, program, padding, arguments, environment. */
export const argumentArea = (command: string): Uint8Array => {
  const argv = command.split(' ');
  const [program = ''] = argv;
  const path = program + '\0'.repeat(8 - (new TextEncoder().encode(program).length % 8));
  const bytes = new TextEncoder().encode(`    ${path}${argv.join('\0')}\0HOME=/Users/neo\0`);
  new DataView(bytes.buffer).setInt32(0, argv.length, true);
  return bytes;
};

/** As the kernel keeps entitlements: magic and length in network order, and the property list. */
export const entitlementBlob = (plist: string): Uint8Array => {
  const text = new TextEncoder().encode(plist);
  const bytes = new Uint8Array(8 + text.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, privateConstants.CSMAGIC_EMBEDDED_ENTITLEMENTS, false);
  view.setUint32(4, bytes.length, false);
  bytes.set(text, 8);
  return bytes;
};

/** What a program was signed with; null: nothing. Every other one has an entitlement that is denied in so many words. */
export const entitlementsOf = ({ pid, spec }: SimProcess): string | null => {
  const key = (name: string, value: boolean): string => `<key>com.apple.security.${name}</key><${value}/>`;
  const plist = (...keys: readonly string[]): string => `<plist version="1.0"><dict>${keys.join('')}</dict></plist>`;
  if (spec.isHypervisor === true) return plist(key('network.client', true), key('hypervisor', true));
  return pid % 2 === 0 ? null : plist(key('cs.allow-jit', true), key('hypervisor', false));
};

export interface Descriptor {
  readonly fd: number;
  readonly type: number;
  readonly family: number;
  readonly kind: number;
  readonly state: number;
  readonly port: number;
  /** 16 bytes: an IPv4 address is in the last four. */
  readonly address: Uint8Array;
}

const vnode = 1;
const established = 4;

const addressBytes = (host: string): Uint8Array => {
  const bytes = new Uint8Array(16);
  if (host.includes('.')) bytes.set(host.split('.').map(Number), 12);
  else if (host === '::1') bytes[15] = 1;
  else if (host !== '::') throw new Error(`no address ${host} in this libSystem`);
  return bytes;
};

/** Standard input and output, one connection for every server, and a socket for each address it listens on. */
export const descriptorsOf = ({ spec }: SimProcess): readonly Descriptor[] => {
  const none = { family: 0, kind: 0, state: 0, port: 0, address: new Uint8Array(16) };
  const standard = [0, 1, 2].map((fd) => ({ fd, type: vnode, ...none }));
  const listens = spec.listens ?? [];
  const sockets = listens.map((text, i) => {
    const [, host = '', port = ''] = /^\[?([^\]]*)\]?:(\d+)$/.exec(text) ?? [];
    const family = host.includes(':') ? constants.AF_INET6 : constants.AF_INET;
    const socket = { type: constants.PROX_FDTYPE_SOCKET, kind: constants.SOCKINFO_TCP };
    return {
      fd: 10 + i,
      ...socket,
      family,
      state: constants.TSI_S_LISTEN,
      port: Number(port),
      address: addressBytes(host),
    };
  });
  const [first] = sockets;
  return [...standard, ...sockets, ...(first === undefined ? [] : [{ ...first, fd: 40, state: established }])];
};
