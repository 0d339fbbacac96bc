/**
 * The kernel's word on memory pressure, on the scale macOS uses (1 normal, 2 warn, 4 critical), from
 * /proc/pressure/memory (Documentation/accounting/psi.rst).
 *
 * Warn from 10 % `some`: one task in the machine waited for memory a tenth of the last ten seconds. Critical from 10 %
 * `full`: nothing ran in that time. They are the lines of GNOME's low-memory-monitor (70 to 100 ms of 1 s `some`,
 * 100 ms of 1 s `full`).
 *
 * A control group that thrashes under a limit of its own counts in the machine's figures too (kernel/sched/psi.c adds
 * to every ancestor). That is no shortage of the machine: the averages count only while less than a quarter of memory
 * is available.
 */
const someWarnPercent = 10;
const fullCriticalPercent = 10;
const roomyShare = 0.25;

export interface PressureAverages {
  readonly some: number;
  readonly full: number;
}

/** The 10 s averages, percent. Null: not such a file. Kernels before 5.13 have no `full` line for CPU; memory has. */
export const parsePressure = (text: string): PressureAverages | null => {
  const some = /^some avg10=(\d+(?:\.\d+)?) /m.exec(text)?.[1];
  const full = /^full avg10=(\d+(?:\.\d+)?) /m.exec(text)?.[1];
  if (some === undefined || full === undefined) return null;
  const averages = { some: Number(some), full: Number(full) };
  return averages.some <= 100 && averages.full <= 100 ? averages : null;
};

export const kernelLevelOf = (averages: PressureAverages, availableShare: number): 1 | 2 | 4 => {
  if (availableShare >= roomyShare) return 1;
  if (averages.full >= fullCriticalPercent) return 4;
  return averages.some >= someWarnPercent ? 2 : 1;
};
