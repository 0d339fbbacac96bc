import type { Answer, RawMachine, VmCounters } from '../darwin/machine.ts';
import type { Problem, Sensor, SensorFact } from '../reading.ts';

/**
 * Sensors of the simulated Mac that have been made to fail. `refused` is a fact of the host, as a real refusal is;
 * zero, constant and implausible counters come through as they are: finding them out is the reader's task.
 */

export const failures = ['ok', 'zero', 'constant', 'refused', 'implausible'] as const;
export type Failure = (typeof failures)[number];

/** A swap in use or a level that stays the same, and a compressor at zero, say nothing about the sensor. */
export const sensorFailures: Readonly<Record<Sensor, readonly Failure[]>> = {
  memory: ['ok', 'zero', 'constant', 'refused', 'implausible'],
  swap: ['ok', 'refused', 'implausible'],
  kernel_level: ['ok', 'zero', 'refused', 'implausible'],
  compressor: ['ok', 'refused', 'implausible'],
  processes: ['ok', 'zero', 'refused'],
  services: ['ok', 'refused'],
  events: ['ok', 'refused'],
  bands: ['ok', 'refused'],
};

const names: Readonly<Record<Sensor, string>> = {
  memory: 'host_statistics64',
  swap: 'vm.swapusage',
  kernel_level: 'kern.memorystatus_vm_pressure_level',
  compressor: 'vm.compressor_segment_limit',
  processes: 'proc_listallpids',
  services: 'launchctl list',
  events: 'EVFILT_MEMORYSTATUS',
  bands: 'memorystatus_control',
};

export const refusal = (
  sensor: Sensor,
): { readonly ok: false; readonly problem: Problem; readonly detail: string } => ({
  ok: false,
  problem: 'refused',
  detail: `${names[sensor]}: refused by the simulation`,
});

export interface SensorFaults {
  readonly of: ReadonlyMap<Sensor, Failure>;
  set(sensor: Sensor, failure: Failure, vm: VmCounters): void;
  /** Spoils what the sensors that fail would have said. */
  spoil(raw: RawMachine): RawMachine;
}

const zeroVm = (faults: number): VmCounters => ({
  free: 0,
  active: 0,
  inactive: 0,
  speculative: 0,
  wired: 0,
  purgeable: 0,
  external: 0,
  compressor: 0,
  swapIns: 0,
  swapOuts: 0,
  faults,
});

const spoilVm = (vm: VmCounters, failure: Failure | undefined, frozen: VmCounters | null, totalPages: number) => {
  if (failure === 'zero') return zeroVm(vm.faults);
  if (failure === 'constant' && frozen !== null) return { ...frozen, faults: vm.faults };
  if (failure === 'implausible') return { ...vm, wired: totalPages * 3, external: totalPages * 2 };
  return vm;
};

const spoilCompressor = (vm: VmCounters, failure: Failure | undefined, totalPages: number): VmCounters =>
  failure === 'implausible' ? { ...vm, compressor: totalPages * 2 } : vm;

export const createSensorFaults = (): SensorFaults => {
  const of = new Map<Sensor, Failure>();
  let frozen: VmCounters | null = null;

  const refuse = <A extends Answer<unknown>>(sensor: Sensor, answer: A | null) =>
    answer !== null && of.get(sensor) === 'refused' ? refusal(sensor) : answer;

  return {
    of,
    set: (sensor, failure, vm) => {
      if (failure === 'ok') of.delete(sensor);
      else of.set(sensor, failure);
      if (sensor === 'memory') frozen = vm;
    },
    spoil: (raw) => {
      if (of.size === 0) return raw;
      const totalPages = Math.ceil(raw.totalBytes / raw.pageBytes);
      const facts: SensorFact[] = [...raw.facts];
      for (const sensor of ['services', 'events', 'bands'] as const) {
        const { problem, detail } = refusal(sensor);
        if (of.get(sensor) === 'refused') facts.push({ sensor, problem, detail });
      }
      const spoilt: RawMachine = {
        ...raw,
        facts,
        vm: of.get('memory') === 'refused' ? refusal('memory') : raw.vm,
        swap: refuse('swap', raw.swap),
        level: refuse('kernel_level', raw.level),
        segments: refuse('compressor', raw.segments),
      };
      const { vm, swap, level } = spoilt;
      return {
        ...spoilt,
        vm: vm.ok
          ? {
              ok: true,
              value: spoilCompressor(
                spoilVm(vm.value, of.get('memory'), frozen, totalPages),
                of.get('compressor'),
                totalPages,
              ),
            }
          : vm,
        swap:
          swap?.ok === true && of.get('swap') === 'implausible'
            ? { ok: true, value: { ...swap.value, usedBytes: swap.value.totalBytes + 2 ** 30 } }
            : swap,
        level:
          level?.ok === true && (of.get('kernel_level') === 'zero' || of.get('kernel_level') === 'implausible')
            ? { ok: true, value: of.get('kernel_level') === 'zero' ? 0 : 77 }
            : level,
      };
    },
  };
};
