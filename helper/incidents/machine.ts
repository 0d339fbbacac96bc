import type { MachineReading, Sensor, SensorFact } from '../host/reading.ts';
import type { Scenario } from './scenario.ts';
import { constant, stepAt, valueAt } from './tracks.ts';

const GB = 2 ** 30;
const none = constant(0);
const usualWired = constant(4 * GB);
const usualCompressor = constant(2 * GB);
const normal = constant(1);

/** Share of available memory that is cache that can be dropped. */
const cachedShare = 0.4;

export interface MachineChange {
  /** More available than the scenario's track says, because of what was done; negative: less. */
  readonly givenBackBytes: number;
  /** More wired than the track says: what ended processes left behind, less what they gave back. */
  readonly wiredBytes: number;
  readonly failing: readonly Sensor[];
}

const factOf = (sensor: Sensor): SensorFact => ({ sensor, problem: 'unavailable', detail: 'fails in this scenario' });

/** The machine's counters at a time. What is neither available, wired nor compressed is the memory of programs. */
export const machineReadingAt = (
  { machine }: Scenario,
  nowMs: number,
  { givenBackBytes, wiredBytes, failing }: MachineChange,
  isFast: boolean,
): MachineReading => {
  const total = machine.total;
  const bound = (bytes: number, most: number): number => Math.round(Math.min(Math.max(bytes, 1), Math.max(most, 1)));
  const compressor = bound(valueAt(machine.compressor ?? usualCompressor, nowMs), total);
  const wired = bound(valueAt(machine.wired ?? usualWired, nowMs) + wiredBytes, total - compressor);
  const available = bound(valueAt(machine.available, nowMs) + givenBackBytes, total - compressor - wired);
  const cached = Math.round(available * cachedShare);
  const app = Math.max(0, total - available - wired - compressor);
  const usedBytes = Math.round(valueAt(machine.swapUsed ?? none, nowMs));
  const totalBytes = Math.round(valueAt(machine.swapTotal ?? machine.swapUsed ?? none, nowMs));
  const hasFailed = (sensor: Sensor): boolean => failing.includes(sensor);
  return {
    atMs: nowMs,
    totalBytes: total,
    availableBytes: hasFailed('memory') ? null : available,
    freeBytes: available - cached,
    cachedBytes: cached,
    appBytes: app,
    wiredBytes: wired,
    compressorBytes: compressor,
    swap: isFast || hasFailed('swap') ? null : { totalBytes, usedBytes, inBytes: null, outBytes: null },
    kernelLevel: isFast || hasFailed('kernel_level') ? null : stepAt(machine.kernelLevel ?? normal, nowMs),
    queues: {
      activeBytes: Math.ceil(app / 2),
      inactiveBytes: Math.floor(app / 2) + cached,
      freeBytes: available - cached,
      speculativeBytes: 0,
      purgeableBytes: 0,
      fileBackedBytes: cached,
    },
    segments: null,
    faults: null,
    facts: failing.filter((sensor) => sensor !== 'processes' && sensor !== 'events' && sensor !== 'bands').map(factOf),
  };
};
