import { longestFreezeMs } from './times.ts';

/**
 * A tombstone says who was frozen, so that whoever is left can undo it. One JSON object, filled up with blanks to one
 * size: it overwrites space that was allocated beforehand. Parsed by hand, because the deadman shares no library with
 * the keeper whose failure it survives.
 */

export const tombstoneBytes = 4096;
/** Members of one freeze. */
export const largestGroup = 64;
/** Freezes at a time; a group counts once. */
export const mostFreezes = 8;

const hosts = ['darwin', 'linux', 'sim'] as const;
export type TombstoneHost = (typeof hosts)[number];

export interface Tombstone {
  readonly pid: number;
  /** Identity as the host of the keeper knows it; opaque here. */
  readonly start: string;
  /**
   * When the process started, as the machine tells everybody: on macOS what `ps -o lstart` prints in UTC, on Linux field 22
   * of /proc/PID/stat, clock ticks after boot. Null: could not be read.
   */
  readonly started: string | null;
  readonly boot: string;
  readonly host: TombstoneHost;
  /** The run of the keeper that froze it. */
  readonly instance: string;
  /** Number of the freeze: the same for all members of a group. */
  readonly freeze: number;
  readonly command: string;
  readonly reason: string;
  /** For the order of resuming: smallest first. */
  readonly footprintBytes: number;
  /** How long the freeze may last from `writtenMs` on, milliseconds, at most 600,000. */
  readonly limitMs: number;
  /** The machine's monotonic clock when this was written: `machineMs()` in whichever process. */
  readonly writtenMs: number;
}

/**
 * The clock by which a limit is counted: CLOCK_MONOTONIC on Linux, mach_continuous_time on macOS (libuv `uv_hrtime`). All
 * processes of one boot read the same one.
 */
export const machineMs = (): number => Number(process.hrtime.bigint() / 1000n) / 1000;

/**
 * When the freeze is over, by `machineMs`. A reading that lies ahead of ours is from another clock: then the whole limit
 * counts from when the tombstone was first seen. It never lasts longer than that.
 */
export const dueMs = (tombstone: Tombstone, seenMs: number): number => {
  const limitMs = Math.min(tombstone.limitMs, longestFreezeMs);
  return tombstone.writtenMs <= seenMs ? tombstone.writtenMs + limitMs : seenMs + limitMs;
};

const encode = (tombstone: Tombstone): Buffer => Buffer.from(JSON.stringify(tombstone));

/** Exactly `tombstoneBytes`, ending with a line break; a command or reason that is too long is cut. */
export const formatTombstone = (tombstone: Tombstone): Buffer => {
  let fitting = tombstone;
  let text = encode(fitting);
  for (let length = 1024; text.length >= tombstoneBytes && length > 0; length = Math.floor(length / 2)) {
    fitting = { ...tombstone, command: tombstone.command.slice(0, length), reason: tombstone.reason.slice(0, length) };
    text = encode(fitting);
  }
  if (text.length >= tombstoneBytes) throw new Error(`a tombstone of ${text.length} bytes`);
  const file = Buffer.alloc(tombstoneBytes, ' ');
  text.copy(file);
  file[tombstoneBytes - 1] = 10;
  return file;
};

const isText = (value: unknown, most: number): value is string => typeof value === 'string' && value.length <= most;
const isWhole = (value: unknown, least: number): value is number =>
  Number.isSafeInteger(value) && Number(value) >= least;
const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0;

/** Pids are below 2^22 on Linux and below 100,000 on macOS; 2^31 is what kill(2) takes. */
const highestPid = 2 ** 31 - 1;
export const isTargetPid = (value: unknown): value is number => isWhole(value, 2) && value <= highestPid;

/** Null: not a tombstone. Unknown keys are passed over, for a newer keeper's sake. */
export const parseTombstone = (text: string): Tombstone | null => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const { pid, start, started, boot, host, instance, freeze, command, reason, footprintBytes, limitMs, writtenMs } =
    value as Readonly<Record<string, unknown>>;
  const kind = hosts.find((each) => each === host);
  if (!isTargetPid(pid) || kind === undefined) return null;
  if (!isText(start, 128) || !(started === null || isText(started, 64)) || !isText(boot, 128)) return null;
  if (!isText(instance, 64) || instance === '' || !isWhole(freeze, 0)) return null;
  if (!isText(command, tombstoneBytes) || !isText(reason, tombstoneBytes)) return null;
  if (!isTime(footprintBytes) || !isTime(limitMs) || !isTime(writtenMs)) return null;
  return {
    pid,
    start,
    started,
    boot,
    host: kind,
    instance,
    freeze,
    command,
    reason,
    footprintBytes,
    limitMs,
    writtenMs,
  };
};

/** The pid a tombstone's file name stands for; null: no tombstone is called that. */
export const pidOfName = (name: string): number | null => {
  if (!/^[1-9]\d{0,9}$/.test(name)) return null;
  const pid = Number(name);
  return isTargetPid(pid) ? pid : null;
};
