import { isIdleExit } from './processes.ts';
import type { ReportFacts } from './verdict.ts';

/** The kernel's words for why it ended a process (xnu kern_memorystatus.c, memorystatus_kill_cause_name), in plain ones. */

interface Cause {
  /** Follows "macOS ended X". */
  readonly why: string;
  /** Whether it means that the machine was short of memory. */
  readonly isShort: boolean | null;
}

const causes: Readonly<Record<string, Cause>> = {
  'per-process-limit': { why: 'for more memory than its own limit allows', isShort: false },
  'conclave-limit': { why: 'for more memory than its own limit allows', isShort: false },
  highwater: { why: 'for being above its own soft limit while memory was short', isShort: true },
  'vm-pageshortage': { why: 'because free memory had run out', isShort: true },
  'vm-pageout-starvation': { why: 'because memory could not be freed fast enough', isShort: true },
  'vm-compressor-space-shortage': { why: 'because the compressor had no room left', isShort: true },
  'vm-compressor-thrashing': { why: 'because the machine did little but compress and decompress', isShort: true },
  'low-swap': { why: 'because swap space had run out', isShort: true },
  'sustained-memory-pressure': { why: 'because memory had been short for long', isShort: true },
  'fc-thrashing': { why: 'because the same files were read again and again for lack of cache', isShort: true },
  'proc-thrashing': { why: 'because the machine did little but page', isShort: true },
  'zone-map-exhaustion': { why: "because the kernel's own memory (the zone map) was used up", isShort: null },
  'vnode-limit': { why: 'because too many files were open', isShort: false },
  'disk-space-shortage': { why: 'because the disk was full', isShort: false },
  'idle-exit': { why: 'for being idle', isShort: false },
  'long-idle-exit': { why: 'for having been idle for long', isShort: false },
  jettisoned: { why: 'because somebody asked for it', isShort: null },
};

/** A word this version does not know is shown as it is. */
export const causeOf = (code: string): Cause =>
  (Object.hasOwn(causes, code) ? causes[code] : undefined) ?? {
    why: code === 'unknown' ? 'without saying why' : `for a reason it calls "${code}"`,
    isShort: null,
  };

/** Below the kernel's own 98 %, and yet too near for "there was room". */
const nearPercent = 80;
const manySwapFiles = 20;

const shortInPanic = ({ compressor, swap }: ReportFacts): boolean | null => {
  const limits = [compressor?.segments ?? null, compressor?.pages ?? null].filter((limit) => limit !== null);
  if (limits.some(({ isBad }) => isBad) || swap?.isLow === true) return true;
  if (limits.length === 0) return null;
  const isNear = limits.some(({ percent }) => percent >= nearPercent) || (swap?.files ?? 0) >= manySwapFiles;
  return isNear ? null : false;
};

/** Whether the machine was short of memory; null: the report does not tell. */
export const shortOfMemory = (facts: ReportFacts): boolean | null => {
  if (facts.kind === 'panic') return shortInPanic(facts);
  const told = facts.ended.filter(({ code }) => !isIdleExit(code)).map(({ code }) => causeOf(code).isShort);
  if (told.includes(true)) return true;
  return facts.ended.length > 0 && !told.includes(null) ? false : null;
};
