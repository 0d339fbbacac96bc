import type { ProcessReading } from '../host/reading.ts';

const indexes = new WeakMap<readonly ProcessReading[], ReadonlyMap<number, ProcessReading>>();

/** The same processes by pid. One pass over the table asks several times, and pays for it once. */
export const byPid = (processes: readonly ProcessReading[]): ReadonlyMap<number, ProcessReading> => {
  const known = indexes.get(processes);
  if (known !== undefined) return known;
  const index = new Map<number, ProcessReading>();
  for (const process of processes) index.set(process.id.pid, process);
  indexes.set(processes, index);
  return index;
};
