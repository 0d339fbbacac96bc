import type { Inspection } from '../port.ts';
import type { ProcessId, ProcessReading } from '../reading.ts';
import { footprintOf, rssOf, type SimProcess } from './process.ts';

/** A simulated process as the port shows it. */

export const readingOf = (p: SimProcess): ProcessReading => ({
  id: idOf(p),
  ppid: p.ppid,
  processGroup: p.processGroup,
  uid: p.spec.uid ?? 0,
  name: p.spec.name,
  command: p.spec.command,
  state: p.state,
  footprintBytes: Math.round(footprintOf(p)),
  rssBytes: Math.round(rssOf(p)),
  peakFootprintBytes: Math.round(p.peakBytes),
  wiredBytes: Math.round(p.wiredBytes),
  compressedBytes: Math.floor(p.compressedBytes),
  cpuMs: Math.floor(p.cpuMs),
});

/** What is seen of it from outside, beyond its row. */
export const inspectionOf = (p: SimProcess): Inspection => ({
  id: idOf(p),
  listening: p.spec.listens ?? [],
  isHypervisor: p.spec.isHypervisor ?? false,
  isTraced: false,
  isPlatform: p.spec.isPlatform ?? false,
  processGroup: p.processGroup,
});

export const idOf = (p: SimProcess): ProcessId => ({ pid: p.pid, start: String(p.uniqueId) });
