import type { BandResult, GpuLimit, Inspection, PortTraffic } from '../../host/port.ts';
import type { MachineReading, ProcessId, ProcessReading, ProcessTable, SensorFact } from '../../host/reading.ts';

/** What one sample of the machine found, as `decide` gets it: plain data, so that a journal of it replays to the same decisions. */

/** `fast`: machine counters only. `slot`: also kernel level, swap and seats. `full`: also the process table. */
export type SampleDepth = 'fast' | 'slot' | 'full';

/** Services as [label, pid or null]; one that is loaded and does not run has no pid. */
export type Services = readonly (readonly [string, number | null])[];

/** What a slot reads for the seats and bands, beside processes and services. */
export interface SeatSigns {
  /** How the last run of each listed service ended: an exit code, or the negative of a signal. */
  readonly lastExits: readonly (readonly [label: string, exit: number])[];
  /** Null: this host does not tell. */
  readonly traffic: readonly PortTraffic[] | null;
  /** `processKey` of seat processes whose executable file is gone; asked on full passes, empty otherwise. */
  readonly executableGone: readonly string[];
  /** Bands of those who should have one. */
  readonly bands: readonly { readonly id: ProcessId; readonly found: BandResult }[];
  readonly gpuLimit: GpuLimit;
}

export interface Reading {
  readonly depth: SampleDepth;
  readonly machine: MachineReading;
  /** Pids of services by label; null: not known now. Empty on a fast sample, which does not ask. */
  readonly services: Services | null;
  /** Present on a full sample. */
  readonly table: ProcessTable | null;
  /** Seat processes re-read on a slot sample. */
  readonly chosen: readonly ProcessReading[];
  /** Chosen processes that were gone. */
  readonly vanished: readonly SensorFact[];
  /** A closer look at what the policy matches, on some full samples. */
  readonly inspections: readonly Inspection[];
  /** Null on a fast sample. */
  readonly signs: SeatSigns | null;
}
