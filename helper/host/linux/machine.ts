import type { ReadDepth } from '../port.ts';
import type { MachineReading, SensorFact } from '../reading.ts';
import { openCounterFile } from './counter-file.ts';
import { libc, nativeBuffer } from './libc.ts';
import { type MemoryParts, meminfoNames, memoryFailed, memoryParts } from './meminfo.ts';
import { kernelLevelOf, parsePressure } from './pressure-level.ts';
import { isRefused, openFile, readOpen } from './proc-io.ts';
import { createZram } from './zram.ts';

export interface MachineReader {
  read(depth: ReadDepth): MachineReading;
  /** What the process pass needs: shared memory and swap in use, bytes. Null when meminfo cannot be read. */
  sharedAndSwap(): { readonly shmemBytes: number; readonly swapUsedBytes: number } | null;
  close(): void;
}

interface SwapTraffic {
  readonly inBytes: number | null;
  readonly outBytes: number | null;
}

const latin1 = new TextDecoder('latin1');
const noTraffic: SwapTraffic = { inBytes: null, outBytes: null };

/**
 * Machine counters with files kept open. `fast` reads /proc/meminfo only: it has no kernel level because a reader of
 * /proc/pressure/memory takes the averaging periods away from the trigger (psi_show updates the averages without the
 * triggers; measured: read every 20 ms one event came where four did otherwise, read every 2 s none was lost), and no
 * page faults and swap traffic because /proc/vmstat sums every CPU's counters.
 */
export const createMachineReader = (options: {
  readonly procRoot: string;
  readonly blockRoot: string;
  readonly pageBytes: number;
  readonly totalBytes: number;
  readonly nowMs: () => number;
}): MachineReader => {
  const { procRoot, pageBytes, nowMs } = options;
  const meminfo = openCounterFile(`${procRoot}/meminfo`, meminfoNames, 8192);
  const vmstat = openCounterFile(`${procRoot}/vmstat`, ['pgfault', 'pswpin', 'pswpout']);
  const zram = createZram(options.blockRoot);
  const pressureBuffer = nativeBuffer(512);
  let pressureFd = -1;
  let zramBytes = 0;
  // The last total that was read: with a failing sensor the figure stays, and the fact says what happened.
  let totalBytes = options.totalBytes;

  const kernelLevel = (memory: MemoryParts, facts: SensorFact[]): number | null => {
    if (pressureFd < 0) pressureFd = openFile(`${procRoot}/pressure/memory`);
    const n = pressureFd < 0 ? pressureFd : readOpen(pressureFd, pressureBuffer);
    const fail = (problem: SensorFact['problem'], detail: string): null => {
      facts.push({ sensor: 'kernel_level', problem, detail: `${procRoot}/pressure/memory ${detail}` });
      return null;
    };
    if (n <= 0)
      return isRefused(n)
        ? fail('refused', 'may not be read by this account')
        : fail('unavailable', 'cannot be read: this kernel keeps no pressure figures');
    const averages = parsePressure(latin1.decode(pressureBuffer.bytes.subarray(0, n)));
    if (averages === null) return fail('implausible', 'is not of the form the kernel documents');
    if (memory.availableBytes === null) return fail('unavailable', 'says nothing without the memory available');
    return kernelLevelOf(averages, memory.availableBytes / memory.totalBytes);
  };

  const readMemory = (depth: ReadDepth, atMs: number, traffic: SwapTraffic): MemoryParts => {
    const result = meminfo.read();
    if (result !== 0)
      return memoryFailed(
        totalBytes,
        isRefused(result) ? 'refused' : 'unavailable',
        `${procRoot}/meminfo cannot be read (${-result})`,
      );
    if (depth === 'slot') zramBytes = zram.usedBytes((meminfo.get('SwapTotal') ?? 0) * 1024, atMs);
    const parts = memoryParts(meminfo.get, totalBytes, zramBytes, traffic);
    totalBytes = parts.totalBytes;
    return parts;
  };

  const read = (depth: ReadDepth): MachineReading => {
    const atMs = nowMs();
    const slot = depth === 'slot';
    let faults: number | null = null;
    let traffic: SwapTraffic = noTraffic;
    if (slot && vmstat.read() === 0) {
      faults = vmstat.get('pgfault');
      const inPages = vmstat.get('pswpin');
      const outPages = vmstat.get('pswpout');
      traffic = {
        inBytes: inPages === null ? null : inPages * pageBytes,
        outBytes: outPages === null ? null : outPages * pageBytes,
      };
    }
    const memory = readMemory(depth, atMs, traffic);
    const facts: SensorFact[] = [...memory.facts];
    return {
      atMs,
      totalBytes: memory.totalBytes,
      availableBytes: memory.availableBytes,
      freeBytes: memory.freeBytes,
      cachedBytes: memory.cachedBytes,
      appBytes: memory.appBytes,
      wiredBytes: memory.wiredBytes,
      compressorBytes: memory.compressorBytes,
      swap: memory.swap,
      kernelLevel: slot ? kernelLevel(memory, facts) : null,
      queues: null,
      segments: null,
      faults,
      facts,
    };
  };

  return {
    read,
    sharedAndSwap: () => {
      if (meminfo.read() !== 0) return null;
      const swapUsed = (meminfo.get('SwapTotal') ?? 0) - (meminfo.get('SwapFree') ?? 0);
      return { shmemBytes: (meminfo.get('Shmem') ?? 0) * 1024, swapUsedBytes: swapUsed * 1024 };
    },
    close: () => {
      meminfo.close();
      vmstat.close();
      zram.close();
      if (pressureFd >= 0) libc.close(pressureFd);
      pressureFd = -1;
    },
  };
};
