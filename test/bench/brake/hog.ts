/**
 * What fills the memory: `hog.ts --castellan-bench-hog`. Holds 320 MiB from the start, says `ready`, and waits for one
 * line on stdin: when to begin (CLOCK_MONOTONIC, ms), how fast (MiB/s; 0: as fast as it can), up to how much (MiB, all in
 * all), and `huge` or `small` pages. Memory is real: the kernel fills each page before the footprint grows.
 */
import { readSync } from 'node:fs';
import { monotonicMs } from './clock.ts';
import { reserve } from './memory.ts';

const MiB = 2 ** 20;
const baseBytes = 320 * MiB;

reserve(baseBytes, 'huge').fill(0, baseBytes);
process.stdout.write('ready\n');

const line = Buffer.alloc(256);
const words = line.toString('latin1', 0, readSync(0, line)).trim().split(' ');
const [startMs = 0, rate = 0, limit = 0] = words.map(Number);
const pages = words[3] === 'huge' ? 'huge' : 'small';
const most = limit * MiB - baseBytes;
const pieceBytes = pages === 'huge' ? 2 * MiB : MiB / 4;
const region = reserve(most, pages);
const pause = new Int32Array(new SharedArrayBuffer(4));

let filled = 0;
while (monotonicMs() < startMs) Atomics.wait(pause, 0, 0, 0.2);
while (filled < most) {
  const owed = rate === 0 ? most : Math.min(most, ((monotonicMs() - startMs) / 1000) * rate * MiB);
  if (owed - filled < pieceBytes && owed < most) {
    Atomics.wait(pause, 0, 0, 0.2);
    continue;
  }
  region.fill(filled, Math.min(pieceBytes, most - filled));
  filled += pieceBytes;
}
// Holds it until it is ended.
for (;;) Atomics.wait(pause, 0, 0, 60_000);
