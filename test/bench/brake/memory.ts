import koffi from 'koffi';

/** Anonymous memory whose pages are filled when it is asked for, by size and page. Linux 5.14 (MADV_POPULATE_WRITE). */

const c = koffi.load(null);
const mmap = c.func('uintptr_t mmap(uintptr_t at, size_t size, int prot, int flags, int fd, long offset)');
const munmap = c.func('int munmap(uintptr_t at, size_t size)');
const madvise = c.func('int madvise(uintptr_t at, size_t size, int advice)');
/** PROT_READ | PROT_WRITE; MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE (bits/mman-linux.h, the same on x86-64 and arm64). */
const readWrite = 3;
const anonymous = 0x4022;
/** madvise(2). */
const populateWrite = 23;
const hugePage = 14;

const hugeBytes = 2 * 2 ** 20;

export interface Region {
  readonly fill: (from: number, bytes: number) => void;
  readonly free: () => void;
}

/** Address space and nothing more. Where there are no pages of 2 MiB, small ones do. */
export const reserve = (bytes: number, pages: 'huge' | 'small'): Region => {
  const size = bytes + hugeBytes;
  const at: number = mmap(0, size, readWrite, anonymous, -1, 0);
  if (at < 0) throw new Error(`mmap of ${size} bytes: errno ${koffi.errno()}`);
  const aligned = Math.ceil(at / hugeBytes) * hugeBytes;
  if (pages === 'huge') madvise(aligned, bytes, hugePage);
  return {
    fill: (from, length) => {
      if (madvise(aligned + from, length, populateWrite) !== 0)
        throw new Error(`MADV_POPULATE_WRITE: errno ${koffi.errno()}`);
    },
    free: () => void munmap(at, size),
  };
};
