import type { GpuLimit } from '../host/port.ts';
import type { MachineReading } from '../host/reading.ts';
import type { AdmissionFacts, ForecastFacts, OtherFacts, SeatClaimFacts, WiredLimitFacts } from './admission-terms.ts';
import type { SeatWorld } from './seat-world.ts';
import { seatNamed, viewOf } from './seat-world.ts';
import type { Seating } from './seating.ts';

/**
 * What admission is reckoned from, as the last readings have it: one builder for the verdict, the preview and the what-if
 * sheet.
 */

const claims = (seating: Seating, world: SeatWorld, without: ReadonlySet<string>): readonly SeatClaimFacts[] =>
  world.config.seats.map((config): SeatClaimFacts => {
    const view = viewOf(world, config.name);
    const isGone = without.has(config.name);
    // What stands in for a seat uses the seat's claim, and no other.
    const standIn = view?.standIn ?? null;
    return {
      name: config.name,
      class: config.class,
      peakBytes: config.peakBytes,
      wiredBytes: config.wiredBytes,
      footprintBytes: isGone ? 0 : view === undefined ? null : view.footprintBytes + (standIn?.footprintBytes ?? 0),
      wiredNowBytes: isGone ? 0 : view === undefined ? null : view.wiredBytes + (standIn?.wiredBytes ?? 0),
      isHeld:
        (!isGone && (seatNamed(seating, config.name)?.isHeld ?? false)) ||
        standIn !== null ||
        world.fallbacks.has(config.name),
    };
  });

/** What seats that are thought away hold now. */
const freedBytes = (world: SeatWorld, without: ReadonlySet<string>, of: 'footprintBytes' | 'wiredBytes'): number =>
  world.views.reduce((sum, view) => sum + (without.has(view.name) ? view[of] : 0), 0);

const otherFacts = (world: SeatWorld, machine: MachineReading, without: ReadonlySet<string>): OtherFacts => {
  const { processes } = world;
  let outside = 0;
  let explainedWired = 0;
  for (const { process, seat } of processes ?? []) {
    if (seat === null) outside += process.footprintBytes;
    explainedWired += process.wiredBytes ?? 0;
  }
  return {
    kind: 'measured',
    processesBytes: processes === null ? null : outside,
    // Wired pages that no process tells of are the kernel's own.
    kernelBytes: Math.max(0, machine.wiredBytes - explainedWired),
    machine:
      machine.availableBytes === null
        ? null
        : {
            internalBytes: Math.max(0, machine.appBytes - freedBytes(world, without, 'footprintBytes')),
            purgeableBytes: 0,
            wiredBytes: machine.wiredBytes,
            compressorBytes: machine.compressorBytes,
          },
  };
};

const forecastFacts = (world: SeatWorld, machine: MachineReading, without: ReadonlySet<string>): ForecastFacts => {
  const { queues } = machine;
  if (queues === null) return { kind: 'not_evaluated', why: "This machine does not show the kernel's page queues." };
  const wired = freedBytes(world, without, 'wiredBytes');
  return {
    kind: 'evaluated',
    freeBytes: queues.freeBytes + freedBytes(world, without, 'footprintBytes'),
    speculativeBytes: queues.speculativeBytes,
    cleanFileBackedBytes: queues.fileBackedBytes,
    purgeableBytes: queues.purgeableBytes,
    compressorBytes: machine.compressorBytes,
    wiredBytes: Math.max(0, machine.wiredBytes - wired),
  };
};

const wiredLimitFacts = (limit: GpuLimit): WiredLimitFacts => {
  switch (limit.kind) {
    case 'limit':
      return { kind: 'limit', bytes: limit.bytes };
    case 'unknown':
      return { kind: 'limit', bytes: null };
    case 'not_evaluated':
      return limit;
  }
};

/** @param without seats that are thought to have ended, with all their bytes back */
export const admissionFacts = (
  seating: Seating,
  world: SeatWorld,
  seat: string,
  without: ReadonlySet<string> = new Set(),
): AdmissionFacts => {
  const { machine } = world;
  return {
    totalBytes: machine?.totalBytes ?? null,
    seat,
    seats: claims(seating, world, without),
    other:
      machine === null
        ? { kind: 'measured', processesBytes: null, kernelBytes: null, machine: null }
        : otherFacts(world, machine, without),
    wiredLimit: wiredLimitFacts(seating.gpuLimit),
    forecast: machine === null ? { kind: 'unknown' } : forecastFacts(world, machine, without),
    leakers: world.leakers,
  };
};
