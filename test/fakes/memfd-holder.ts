/**
 * A process that holds memory which no figure of its own shows: `memfd-holder.ts BYTES [map|share|again]`.
 * It writes BYTES into a memfd through write(2) and keeps it open. `map` also maps and touches it, `share` also gives
 * it to a child that holds it the same way, `again` makes another memfd when it is told to grow. Prints `ok` (and the child's pid) when the memory is there; ends when its
 * standard input does. A line `close` on stdin closes the descriptor, any number grows the file to so many bytes.
 */
import { spawn } from 'node:child_process';
import { closeSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import koffi from 'koffi';

const bytes = Number(process.argv[2]);
const how = process.argv[3] ?? 'hold';
const c = koffi.load(null);
const memfdCreate = c.func('int memfd_create(const char *name, unsigned int flags)');
const mmap = c.func('uintptr_t mmap(uintptr_t at, size_t size, int prot, int flags, int fd, long offset)');

/** MFD_CLOEXEC (linux/memfd.h) */
const create = (): number => {
  const made: number = memfdCreate('weights', 1);
  if (made < 0) throw new Error(`memfd_create failed (errno ${koffi.errno()})`);
  return made;
};
let fd = create();
const piece = Buffer.alloc(2 ** 20, 7);
let written = 0;
const grow = (to: number): void => {
  while (written < to) written += writeSync(fd, piece, 0, Math.min(piece.length, to - written), written);
};
grow(bytes);

if (how === 'map') {
  // PROT_READ, MAP_SHARED | MAP_POPULATE (bits/mman-linux.h)
  if (mmap(0, bytes, 1, 0x8001, fd, 0) < 0) throw new Error(`mmap failed (errno ${koffi.errno()})`);
}

let sharer = '';
if (how === 'share') {
  const child = spawn('sleep', ['600'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
  sharer = ` ${child.pid}`;
  process.on('exit', () => child.kill('SIGKILL'));
}

process.stdout.write(`ok${sharer}\n`);
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  if (line === 'close') closeSync(fd);
  else {
    if (how === 'again') {
      fd = create();
      written = 0;
    }
    grow(Number(line));
  }
  process.stdout.write('ok\n');
});
lines.on('close', () => process.exit(0));
