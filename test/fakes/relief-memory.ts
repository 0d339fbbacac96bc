import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';

/**
 * A /proc/meminfo of a test's own, which it puts over the kernel's in a mount namespace of the keeper's own. What our hogs
 * take is taken from the memory available in it, and nobody else changes it: the test is right whatever else the machine does.
 */

const MB = 2 ** 20;

/** Of all memory; above a quarter the kernel's own word on pressure, which is of the whole machine, does not count. */
const shares = { calm: 0.7, yellow: 0.6, orange: 0.55, least: 0.31 } as const;
/** How soon what a hog took shows: several times between two looks of a keeper that is in a hurry. */
const everyMs = 3;
/** How soon the other lines are read anew: counters that stand still for a minute are taken for a broken sensor. */
const othersEveryMs = 1_000;

export interface Memory {
  readonly file: string;
  readonly yellowBytes: number;
  readonly orangeBytes: number;
  readonly redBytes: number;
  /** So much is available from now on, less what hogs take from now on. */
  readonly set: (bytes: number) => void;
  /** Wall time at which it fell below the orange line for the first time since it was set; null: it has not. */
  readonly crossedMs: () => number | null;
  /** Plenty. */
  readonly calm: () => void;
  readonly close: () => void;
}

const totalBytesOf = (text: string): number => 1024 * Number(/^MemTotal:\s+(\d+) kB/m.exec(text)?.[1]);

/** Anonymous memory of a process that may have ended. */
const anonymousBytes = (pid: number): number => {
  try {
    return 1024 * Number(/^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0);
  } catch {
    return 0;
  }
};

const replaced = (text: string, name: string, bytes: number): string =>
  text.replace(
    new RegExp(`^(${name}:)( *\\d+) kB$`, 'm'),
    (_line, head: string, figure: string) => `${head}${String(Math.round(bytes / 1024)).padStart(figure.length)} kB`,
  );

/**
 * The command that runs another one, in the same process, with `file` in the place of /proc/meminfo. Not by unshare's own
 * --propagation: that fails in a chroot. What is mounted below a /proc that is private here is mounted nowhere else.
 */
export const underMemory = (file: string, command: readonly string[]): readonly [string, ...string[]] => {
  const script = 'mount --make-private /proc && mount --bind "$1" /proc/meminfo && shift && exec "$@"';
  return ['unshare', '--mount', '--propagation', 'unchanged', 'sh', '-c', script, 'sh', file, ...command];
};

/** Why a keeper cannot be shown memory of a test's own here; null: it can. */
export const whyNoMemory = (): string | null => {
  if (process.platform !== 'linux') return 'real processes under a keeper of the linux host';
  if (!existsSync('/proc/pressure/memory')) return 'this kernel keeps no pressure figures, so a keeper only observes';
  if (process.geteuid?.() !== 0) return 'a /proc/meminfo of its own for the keeper needs root (a mount namespace)';
  const [command, ...args] = underMemory('/dev/null', ['true']);
  const tried = spawnSync(command, args, { encoding: 'utf8', timeout: 20_000 });
  if (tried.error !== undefined) return `unshare cannot be run: ${tried.error.message}`;
  return tried.status === 0 ? null : `nothing can be put over /proc/meminfo here: ${tried.stderr.trim()}`;
};

/**
 * Made in `file`, which the caller mounts. `hogs` are the processes whose memory counts. Orange and red are `redBelowMb`
 * apart.
 */
export const openMemory = (file: string, hogs: () => readonly number[], redBelowMb = 1_024): Memory => {
  const descriptor = openSync(file, 'w+', 0o644);
  let others = readFileSync('/proc/meminfo', 'latin1');
  const totalBytes = totalBytesOf(others);
  const orangeBytes = shares.orange * totalBytes;
  const redBytes = Math.max(orangeBytes - redBelowMb * MB, (shares.orange + shares.least) * 0.5 * totalBytes);
  let setBytes = shares.calm * totalBytes;
  let heldThen = new Map<number, number>();
  let written = 0;
  let crossedMs: number | null = null;

  const held = (): Map<number, number> => new Map(hogs().map((pid) => [pid, anonymousBytes(pid)]));

  const write = (): void => {
    // What was held when it was set is in the figure already, also when its hog ends.
    let taken = 0;
    for (const [pid, bytes] of held()) taken += Math.max(0, bytes - (heldThen.get(pid) ?? 0));
    const available = Math.max(shares.least * totalBytes, setBytes - taken);
    let text = replaced(others, 'MemAvailable', available);
    // A machine without swap: how full that of this one is must not matter.
    for (const name of ['SwapTotal', 'SwapFree']) text = replaced(text, name, 0);
    const length = writeSync(descriptor, text, 0, 'latin1');
    if (available < orangeBytes) crossedMs ??= Date.now();
    if (length < written) ftruncateSync(descriptor, length);
    written = length;
  };

  const set = (bytes: number): void => {
    heldThen = held();
    setBytes = bytes;
    crossedMs = null;
    write();
  };
  write();
  const writing = setInterval(write, everyMs);
  const reading = setInterval(() => {
    others = readFileSync('/proc/meminfo', 'latin1');
  }, othersEveryMs);

  return {
    file,
    yellowBytes: shares.yellow * totalBytes,
    orangeBytes,
    redBytes,
    set,
    crossedMs: () => crossedMs,
    calm: () => set(shares.calm * totalBytes),
    close: () => {
      clearInterval(writing);
      clearInterval(reading);
      closeSync(descriptor);
    },
  };
};
