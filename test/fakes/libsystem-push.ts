import { nativeMemory } from '../../helper/host/darwin/native.ts';
import type { SimHost } from '../../helper/host/sim/host.ts';
import { vmCounters } from '../../helper/host/sim/memory.ts';
import type { SimProcess } from '../../helper/host/sim/process.ts';
import type { StandIn } from './libsystem.ts';
import type { Control } from './libsystem-control.ts';
import { rowFields, texts } from './libsystem-header.ts';
import { u32Bytes, u64Bytes } from './libsystem-memory.ts';
import {
  argumentArea,
  type Descriptor,
  descriptorsOf,
  entitlementBlob,
  entitlementsOf,
  kernelRow,
  rowOf,
  sysctlsOf,
  vmStatistics,
} from './libsystem-rows.ts';

/** Written into the tables at most at once. */
const roomBytes = 65_536;
const gpuLimit = 'iogpu.wired_limit_mb';

/** Brings the tables of the C stand-in to what the simulated Mac and a test say now. */
export const createPusher = (sim: SimHost, control: Control, told: StandIn) => {
  const room = nativeMemory(roomBytes);
  const row = nativeMemory(rowFields.length * 8);
  /** What was pushed beside the row of a pid, so that it is pushed again only when it changed. */
  const pushed = new Map<number, string>();
  /** Execs that a process has made, by its unique id. */
  const execs = new Map<number, number>();
  /** As the last setter of a band left it, by unique id. */
  const userData = new Map<number, number>();
  const sysctlNames: string[] = [];

  const place = (bytes: Uint8Array): number => {
    room.bytes.set(bytes);
    return room.address;
  };

  const pushRow = (values: Readonly<Record<string, number>>): void => {
    for (const [i, field] of rowFields.entries()) row.view.setFloat64(8 * i, values[field] ?? 0, true);
    control.row(row.address);
  };

  const text = (pid: number, which: (typeof texts)[number], value: Uint8Array | string | null): void => {
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
    const index = texts.indexOf(which);
    if (bytes === null) control.text(pid, index, 0, -1);
    else control.text(pid, index, place(bytes), bytes.length);
  };

  const descriptors = (pid: number, list: readonly Descriptor[]): void => {
    control.no_descriptors(pid);
    for (const { fd, type, family, kind, state, port, address } of list)
      control.descriptor(pid, fd, type, family, kind, state, port, place(address));
  };

  const push = (p: SimProcess): void => {
    const { spec, pid } = p;
    pushRow(
      rowOf(p, {
        // p_idversion: counts up with every fork and every exec, and is not the unique id.
        version: 3 * p.uniqueId + 7 + (execs.get(p.uniqueId) ?? 0),
        isTraced: told.traced.has(pid),
        isManaged: told.managed.has(pid),
        userData: userData.get(p.uniqueId) ?? 0,
        parentUnique: sim.world.processes.get(p.ppid)?.uniqueId ?? 0,
      }),
    );
    const path = told.executables.has(pid) ? (told.executables.get(pid) ?? null) : process.execPath;
    const entitlements = entitlementsOf(p);
    const signature = [p.uniqueId, spec.name, spec.command, path, entitlements, spec.listens].join('\n');
    if (pushed.get(pid) === signature) return;
    pushed.set(pid, signature);
    // MAXCOMLEN is 16, and a name of that length fills its field.
    text(pid, 'comm', spec.name.slice(0, 16));
    text(pid, 'name', spec.name.slice(0, 31));
    text(pid, 'path', path);
    text(pid, 'arguments', argumentArea(spec.command));
    text(pid, 'entitlements', entitlements === null ? null : entitlementBlob(entitlements));
    descriptors(pid, descriptorsOf(p));
  };

  const kernel = (): void => {
    pushRow(kernelRow);
    if (pushed.has(0)) return;
    pushed.set(0, 'kernel_task');
    text(0, 'comm', 'kernel_task');
    text(0, 'name', 'kernel_task');
  };

  const all = (): void => {
    control.begin();
    kernel();
    for (const p of sim.world.processes.values()) push(p);
    control.end();
    for (const pid of pushed.keys()) if (pid !== 0 && !sim.world.processes.has(pid)) pushed.delete(pid);
    const { machine } = sim.world.scenario;
    control.snapshot_machine(machine.pageBytes, vmCounters(sim.world.memory, sim.world.holdings()).compressor);
  };

  const value = (name: string): { readonly bytes: Uint8Array; readonly isWritable: boolean } | null => {
    if (told.unknownSysctls.has(name)) return null;
    const own = told.sysctls.get(name);
    if (own !== undefined)
      return { bytes: own.isWide === true ? u64Bytes(own.value) : u32Bytes(own.value), isWritable: own.isWritable };
    const found = sysctlsOf(sim).get(name);
    return found === undefined ? null : { bytes: found(), isWritable: name === gpuLimit };
  };

  const pusher = {
    userData,
    all,
    exec: (pid: number): void => {
      const p = sim.world.processes.get(pid);
      if (p === undefined) throw new Error(`no process ${pid}`);
      execs.set(p.uniqueId, (execs.get(p.uniqueId) ?? 0) + 1);
    },
    process: (pid: number): void => {
      const p = sim.world.processes.get(pid);
      if (pid === 0) kernel();
      else if (p !== undefined) push(p);
      else {
        pushed.delete(pid);
        control.remove(pid);
      }
    },
    /** Who calls, and what a test has planned for the call. */
    circumstances: (name: string): void => {
      control.caller(told.isRoot, 501);
      control.usage_version(told.usageVersion);
      control.no_plans();
      const planned = told.failing.get(name);
      if (planned !== undefined) control.plan(name, planned.result, planned.errno);
    },
    sysctl: (name: string): void => {
      const found = value(name);
      const number = Number(
        found === null
          ? control.sysctl(name, 0, -1, false)
          : control.sysctl(name, place(found.bytes), found.bytes.length, found.isWritable),
      );
      sysctlNames[number] = name;
    },
    /** A sysctl was set, by its number. */
    written: (number: number, to: number): void => {
      const name = sysctlNames[number];
      const own = name === undefined ? undefined : told.sysctls.get(name);
      if (own !== undefined) own.value = to;
      else if (name === gpuLimit) sim.world.gpuLimitBytes = to * 2 ** 20;
    },
    vm: (): void => {
      control.vm(place(vmStatistics(sim)));
    },
    accounts: (): void => {
      control.no_accounts();
      for (const [name, { uid, gid, home }] of told.accounts) control.account(name, uid, gid, home);
    },
    peer: (fd: number): void => {
      const peer = told.peers.get(fd);
      if (peer === undefined) control.no_peer(fd);
      else control.peer(fd, peer.pid, peer.uid, peer.gid, peer.isClosed === true);
    },
    everything: (): void => {
      pusher.circumstances('');
      all();
      pusher.vm();
      pusher.accounts();
      for (const name of [...sysctlsOf(sim).keys(), ...told.sysctls.keys()]) pusher.sysctl(name);
    },
  };
  return pusher;
};
