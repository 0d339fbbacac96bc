import { GB, MB } from '../../helper/config/config.ts';
import type { MachineReading, ProcessReading, ProcessTable } from '../../helper/host/reading.ts';
import type { Reading, SampleDepth } from '../../helper/keeper/judgement/reading.ts';

/** A calm 64 GB Mac; override what a test is about. */
export const machineReading = (change: Partial<MachineReading> = {}): MachineReading => ({
  atMs: 0,
  totalBytes: 64 * GB,
  availableBytes: 22 * GB,
  freeBytes: 13 * GB,
  cachedBytes: 9 * GB,
  appBytes: 19 * GB,
  wiredBytes: 20 * GB,
  compressorBytes: 2 * GB,
  swap: { totalBytes: 4 * GB, usedBytes: 1 * GB, inBytes: 0, outBytes: 0 },
  kernelLevel: 1,
  queues: {
    activeBytes: 14 * GB,
    inactiveBytes: 14 * GB,
    freeBytes: 13 * GB,
    speculativeBytes: 1 * GB,
    purgeableBytes: 0,
    fileBackedBytes: 9 * GB,
  },
  segments: null,
  faults: null,
  facts: [],
  ...change,
});

export const processReading = (pid: number, change: Partial<ProcessReading> = {}): ProcessReading => ({
  id: { pid, start: `s${pid}` },
  ppid: 1,
  processGroup: null,
  uid: 501,
  name: `process-${pid}`,
  command: `/usr/bin/process-${pid}`,
  state: 'sleeping',
  footprintBytes: 100 * MB,
  rssBytes: 80 * MB,
  peakFootprintBytes: 120 * MB,
  wiredBytes: null,
  compressedBytes: null,
  cpuMs: 0,
  ...change,
});

export const processTable = (processes: readonly ProcessReading[], atMs = 0): ProcessTable => ({
  atMs,
  processes,
  facts: [],
});

export const readingOf = (depth: SampleDepth, machine: MachineReading, change: Partial<Reading> = {}): Reading => ({
  depth,
  machine,
  services: [],
  table: depth === 'full' ? processTable([processReading(2)], machine.atMs) : null,
  chosen: [],
  vanished: [],
  signs: null,
  inspections: [],
  ...change,
});
