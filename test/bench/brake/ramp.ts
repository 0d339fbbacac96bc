import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { monotonicMs } from './clock.ts';
import type { FakeMeminfo } from './meminfo.ts';

/** One ramp: memory runs out while somebody is meant to do something about the hog. */

export const MiB = 2 ** 20;

export interface Course {
  /** Rate in MiB/s by which available memory falls; null: by what the machine really loses. */
  readonly rate: number | null;
  readonly startBytes: number;
  readonly lineBytes: number;
  readonly beginMs: number;
  /** Bytes the ramp may fall in all: what the hog may hold. */
  readonly mostBytes: number;
}

export interface Outcome {
  /** From the first value below the line to the hog stopped or on its way out; null: nothing happened. */
  readonly ms: number | null;
  /** How far below the line memory was by then, bytes. */
  readonly overshootBytes: number;
  /** What the footprint of the hog really gained from the start to the end of the ramp, MiB/s. */
  readonly hogRate: number;
  /** Longest time between two looks around what happened: the figure may be too large by this. */
  readonly resolutionMs: number;
}

const lookEveryMs = 0.25;
const giveUpMs = 4_000;
/** sched.h: PF_EXITING. A signal that ends a process shows at once, long before its memory is given back. */
const exitingFlag = 0x4;

interface Looker {
  readonly hasReacted: () => boolean;
  readonly rssBytes: () => number;
  readonly close: () => void;
}

const lookerOf = (pid: number): Looker => {
  const stat = openSync(`/proc/${pid}/stat`, 'r');
  const buffer = Buffer.alloc(1024);
  return {
    hasReacted: () => {
      let length: number;
      try {
        length = readSync(stat, buffer, 0, buffer.length, 0);
      } catch {
        return true;
      }
      // Fields from the third on: state, ppid, pgrp, session, tty, tpgid, flags (proc_pid_stat(5)).
      const fields = buffer.toString('latin1', buffer.lastIndexOf(0x29, length) + 2, length).split(' ', 7);
      return 'TtZXx'.includes(fields[0] ?? 'X') || (Number(fields[6]) & exitingFlag) !== 0;
    },
    rssBytes: () => {
      try {
        const status = readFileSync(`/proc/${pid}/status`, 'latin1');
        return Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN) * 1024;
      } catch {
        return Number.NaN;
      }
    },
    close: () => closeSync(stat),
  };
};

const wait = new Int32Array(new SharedArrayBuffer(4));

/** Blocks the event loop from the beginning of the ramp to its end. */
export const runRamp = (course: Course, pid: number, meminfo: FakeMeminfo): Outcome => {
  const { rate, startBytes, lineBytes, beginMs, mostBytes } = course;
  const looker = lookerOf(pid);
  const realStart = meminfo.realAvailable();
  const available = (nowMs: number): number => {
    const fallen = rate === null ? realStart - meminfo.realAvailable() : ((nowMs - beginMs) / 1000) * rate * MiB;
    return startBytes - Math.min(mostBytes, rate === null ? fallen : Math.max(0, fallen));
  };
  // The clock of the experiment must not wait for a turn behind its subjects; they run as they always do.
  setPriority(constants.priority.PRIORITY_HIGHEST);
  try {
    let crossed: { readonly ms: number; readonly rssBytes: number } | null = null;
    const rssAtStart = looker.rssBytes();
    let lastMs = monotonicMs();
    let longest = 0;
    for (;;) {
      const nowMs = monotonicMs();
      const now = available(nowMs);
      meminfo.write(now);
      const hasReacted = looker.hasReacted();
      const lookedMs = monotonicMs();
      if (crossed !== null) longest = Math.max(longest, lookedMs - lastMs);
      lastMs = lookedMs;
      if (crossed === null && now < lineBytes) crossed = { ms: lookedMs, rssBytes: looker.rssBytes() };
      const late = crossed !== null && lookedMs - crossed.ms > giveUpMs;
      if (hasReacted || late || lookedMs - beginMs > 60_000) {
        const sinceMs = (crossed?.ms ?? lookedMs) - beginMs;
        return {
          // What is stopped before the line is crossed was not stopped because of it.
          ms: hasReacted && crossed !== null ? lookedMs - crossed.ms : null,
          overshootBytes: lineBytes - now,
          hogRate: (((crossed?.rssBytes ?? Number.NaN) - rssAtStart) / MiB / sinceMs) * 1000,
          resolutionMs: longest,
        };
      }
      Atomics.wait(wait, 0, 0, lookEveryMs);
    }
  } finally {
    setPriority(0);
    looker.close();
  }
};
