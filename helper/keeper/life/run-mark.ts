import { join } from 'node:path';
import * as z from 'zod/mini';
import { readWhole } from '../../journal/read-whole.ts';
import { replaceFile } from '../../journal/replace-file.ts';
import type { MachineSample } from '../../journal/samples.ts';

/**
 * Whether the machine went down under a keeper: a mark that is set at its start and struck at an orderly end. launchd tells its
 * daemons to end before a restart that somebody wanted; a panic, a watchdog and a power cut tell nobody.
 */

const lastSchema = z.strictObject({
  atMs: z.number(),
  level: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]),
  /** What an allocation could have had without compressing; null: not known. */
  availableBytes: z.nullable(z.number()),
  compressedBytes: z.nullable(z.number()),
  swapUsedBytes: z.nullable(z.number()),
});

const wentDownSchema = z.strictObject({
  /** When it was found out, wall time in ms. */
  foundMs: z.number(),
  /** The last sample before; null: none was kept. */
  last: z.nullable(lastSchema),
});
export type WentDown = z.infer<typeof wentDownSchema>;

const markSchema = z.strictObject({
  bootId: z.string().check(z.maxLength(128)),
  /** Null: the keeper that set it runs, or ended without a word. */
  endedMs: z.nullable(z.number()),
  /** Found by it, or by one before it in the same boot. */
  wentDown: z.nullable(wentDownSchema),
});
type Mark = z.infer<typeof markSchema>;

export interface RunMark {
  /** Null: the last keeper ended in order, was only killed, or there was none; or it is more than a day ago. */
  readonly wentDown: WentDown | null;
  /** An orderly end. */
  readonly strike: () => void;
}

const longest = 4_096;
const toldForMs = 24 * 3_600_000;

/** What is not a mark of ours says nothing. */
const readMark = (path: string): Mark | null => {
  try {
    const bytes = readWhole(path, longest);
    const parsed = bytes === null ? null : z.safeParse(markSchema, JSON.parse(bytes.toString()));
    return parsed?.success === true ? parsed.data : null;
  } catch {
    return null;
  }
};

const lastOf = (sample: MachineSample | null): WentDown['last'] =>
  sample === null
    ? null
    : {
        atMs: sample.wallMs,
        level: sample.level,
        availableBytes: sample.tiers === null ? null : sample.tiers.free + sample.tiers.cached,
        compressedBytes: sample.tiers?.compressed ?? null,
        swapUsedBytes: sample.swapUsedBytes,
      };

export interface RunMarkOptions {
  readonly bootId: string;
  /** Wall time, ms. */
  readonly nowMs: () => number;
  /** Newest of what earlier keepers measured. */
  readonly lastSample: MachineSample | null;
  readonly warn: (text: string) => void;
}

/** Reads what the last keeper left, and sets a mark of its own. A disk that takes none is said, and costs no more. */
export const markRun = (statePath: string, { bootId, nowMs, lastSample, warn }: RunMarkOptions): RunMark => {
  const path = join(statePath, 'run.json');
  const before = readMark(path);
  const isOtherBoot = before !== null && before.bootId !== bootId;
  const found = isOtherBoot && before.endedMs === null ? { foundMs: nowMs(), last: lastOf(lastSample) } : null;
  const carried = before === null || isOtherBoot ? null : before.wentDown;
  const known = found ?? carried;
  const wentDown = known !== null && nowMs() - known.foundMs < toldForMs ? known : null;
  const write = (endedMs: number | null): void => {
    try {
      replaceFile(path, `${JSON.stringify({ bootId, endedMs, wentDown } satisfies Mark)}\n`, 0o600);
    } catch (fault) {
      warn(`run.json: ${fault instanceof Error ? fault.message : String(fault)}`);
    }
  };
  write(null);
  return { wentDown, strike: () => write(nowMs()) };
};
