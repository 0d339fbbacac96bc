import type { MachineReading, SensorFact } from '../host/reading.ts';

/**
 * The sensor self-test. A counter that is zero, out of range or has not moved for a minute while the machine was
 * plainly at work is worth nothing: what it feeds becomes unknown, and a fact says why.
 */

/** A minute of identical counters … */
const constantMs = 60_000;
/** … during which this many page faults happened: no machine faults that much without moving a page. */
const constantFaults = 50_000;

/** A total that stands this long is the machine's new one (memory was plugged in, a balloon let go). */
const newTotalMs = 60_000;

export interface SensorState {
  readonly totalBytes: number | null;
  /** Another total than the one believed, and since when. */
  readonly other: { readonly totalBytes: number; readonly sinceMs: number } | null;
  /** Sum of the memory counters, since when it has not changed, and the fault counter then. */
  readonly still: { readonly sum: number; readonly sinceMs: number; readonly faults: number | null } | null;
}

export const initialSensors: SensorState = { totalBytes: null, other: null, still: null };

const inRange = (bytes: number, total: number): boolean => Number.isFinite(bytes) && bytes >= 0 && bytes <= total;

const memoryFault = (reading: MachineReading, knownTotal: number | null): Omit<SensorFact, 'sensor'> | null => {
  const { totalBytes, availableBytes } = reading;
  if (!Number.isFinite(totalBytes) || totalBytes <= 0) return { problem: 'zero', detail: 'total memory reads 0' };
  if (knownTotal !== null && knownTotal !== totalBytes)
    return { problem: 'implausible', detail: `total memory changed from ${knownTotal} to ${totalBytes} bytes` };
  if (availableBytes === null) return null;
  if (availableBytes === 0 && reading.freeBytes === 0) return { problem: 'zero', detail: 'available memory reads 0' };
  if (!inRange(availableBytes, totalBytes))
    return { problem: 'implausible', detail: `available memory reads ${availableBytes} of ${totalBytes} bytes` };
  for (const [name, bytes] of [
    ['free', reading.freeBytes],
    ['wired', reading.wiredBytes],
    ['app', reading.appBytes],
    ['cached', reading.cachedBytes],
  ] as const)
    if (!inRange(bytes, totalBytes)) return { problem: 'implausible', detail: `${name} memory reads ${bytes} bytes` };
  return null;
};

const observeTotal = (
  state: SensorState,
  { totalBytes, atMs }: MachineReading,
): Pick<SensorState, 'totalBytes' | 'other'> => {
  if (totalBytes === state.totalBytes) return { totalBytes, other: null };
  if (state.totalBytes === null || !(totalBytes > 0)) return { totalBytes: state.totalBytes, other: null };
  if (state.other?.totalBytes !== totalBytes)
    return { totalBytes: state.totalBytes, other: { totalBytes, sinceMs: atMs } };
  return atMs - state.other.sinceMs >= newTotalMs ? { totalBytes, other: null } : state;
};

const observeStill = (state: SensorState, reading: MachineReading): SensorState['still'] => {
  const sum =
    (reading.availableBytes ?? 0) +
    reading.freeBytes +
    reading.appBytes * 3 +
    reading.wiredBytes * 5 +
    reading.cachedBytes * 7;
  if (state.still !== null && state.still.sum === sum) return state.still;
  return { sum, sinceMs: reading.atMs, faults: reading.faults };
};

const isConstant = (still: SensorState['still'], reading: MachineReading): boolean =>
  still !== null &&
  reading.faults !== null &&
  still.faults !== null &&
  reading.atMs - still.sinceMs >= constantMs &&
  reading.faults - still.faults >= constantFaults;

/** Checks one reading against itself and the ones before; what is not to be believed comes back as null with a fact. */
export const checkSensors = (
  state: SensorState,
  reading: MachineReading,
): { readonly state: SensorState; readonly reading: MachineReading } => {
  const still = observeStill(state, reading);
  const total = observeTotal(state, reading);
  const facts: SensorFact[] = [...reading.facts];
  let { availableBytes, compressorBytes, swap, kernelLevel } = reading;

  const memory =
    memoryFault(reading, total.totalBytes) ??
    (isConstant(still, reading)
      ? { problem: 'constant' as const, detail: 'memory counters have not moved for a minute while the machine worked' }
      : null);
  if (memory !== null) {
    availableBytes = null;
    facts.push({ sensor: 'memory', ...memory });
  }
  if (swap !== null && (!inRange(swap.usedBytes, Number.MAX_SAFE_INTEGER) || !(swap.usedBytes <= swap.totalBytes))) {
    facts.push({
      sensor: 'swap',
      problem: 'implausible',
      detail: `swap reads ${swap.usedBytes} used of ${swap.totalBytes} bytes`,
    });
    swap = null;
  }
  if (memory === null && !inRange(compressorBytes, reading.totalBytes)) {
    facts.push({
      sensor: 'compressor',
      problem: 'implausible',
      detail: `the compressor reads ${compressorBytes} bytes`,
    });
    compressorBytes = 0;
  }
  if (kernelLevel !== null && ![1, 2, 3, 4].includes(kernelLevel)) {
    facts.push({ sensor: 'kernel_level', problem: 'implausible', detail: `the kernel level reads ${kernelLevel}` });
    kernelLevel = null;
  }
  const totalBytes = memory === null ? reading.totalBytes : total.totalBytes;
  const unchanged = facts.length === reading.facts.length;
  const isSame = totalBytes === state.totalBytes && total.other === state.other && still === state.still;
  return {
    state: isSame ? state : { totalBytes, other: total.other, still },
    reading: unchanged ? reading : { ...reading, availableBytes, compressorBytes, swap, kernelLevel, facts },
  };
};
