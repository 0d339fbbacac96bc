import koffi from 'koffi';

/**
 * The C library's calls that node:fs has not, or has only with a string and an exception per call. Every function
 * returns −1 and leaves `errno()` on failure, as C does; nothing here throws for what the kernel says.
 */

// The program itself: node is linked to the C library, whatever its file is called here.
const program = koffi.load(null);

/** A preallocated buffer with its address, so that a read in the loop allocates nothing. */
export interface NativeBuffer {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Valid as long as `bytes` is referenced: an ArrayBuffer's memory does not move. */
  readonly address: number;
}

export const nativeBuffer = (size: number): NativeBuffer => {
  const memory = new ArrayBuffer(size);
  return { bytes: new Uint8Array(memory), view: new DataView(memory), address: Number(koffi.address(memory)) };
};

export const errno = (): number => koffi.errno();

// asm-generic/errno-base.h and errno.h: the same on x86-64 and arm64.
export const EPERM = 1;
export const ENOENT = 2;
export const ESRCH = 3;
export const EINTR = 4;
export const EACCES = 13;
export const EMFILE = 24;
export const ENFILE = 23;
export const ENOSYS = 38;

export const O_RDONLY = 0;
export const O_CLOEXEC = 0o2000000;

/** Addresses are passed as integers: koffi then neither allocates nor looks at the buffer (about 50 ns a call). */
export const libc = {
  open: program.func('int open(const char *path, int flags)') as (path: string, flags: number) => number,
  close: program.func('int close(int fd)') as (fd: number) => number,
  pread: program.func('long pread(int fd, uintptr_t to, size_t size, long offset)') as (
    fd: number,
    to: number,
    size: number,
    offset: number,
  ) => number,
  lseek: program.func('long lseek(int fd, long offset, int whence)') as (
    fd: number,
    offset: number,
    whence: number,
  ) => number,
  getdents64: program.func('long getdents64(int fd, uintptr_t to, size_t size)') as (
    fd: number,
    to: number,
    size: number,
  ) => number,
  readlinkat: program.func('long readlinkat(int dir, uintptr_t name, uintptr_t to, size_t size)') as (
    dir: number,
    name: number,
    to: number,
    size: number,
  ) => number,
  getpagesize: program.func('int getpagesize()') as () => number,
  sysconf: program.func('long sysconf(int name)') as (name: number) => number,
  /** pidfd calls have no wrapper in older C libraries. Their numbers are the same on every architecture. */
  syscall: program.func('long syscall(long number, long a, long b, long c, long d)') as (
    number: number,
    a: number,
    b: number,
    c: number,
    d: number,
  ) => number,
  epollCreate: program.func('int epoll_create1(int flags)') as (flags: number) => number,
  epollCtl: program.func('int epoll_ctl(int epoll, int op, int fd, uintptr_t event)') as (
    epoll: number,
    op: number,
    fd: number,
    event: number,
  ) => number,
  epollWait: program.func('int epoll_wait(int epoll, uintptr_t events, int most, int timeoutMs)') as (
    epoll: number,
    events: number,
    most: number,
    timeoutMs: number,
  ) => number,
  getsockopt: program.func('int getsockopt(int fd, int level, int name, uintptr_t value, uintptr_t size)') as (
    fd: number,
    level: number,
    name: number,
    value: number,
    size: number,
  ) => number,
  socket: program.func('int socket(int domain, int type, int protocol)') as (
    domain: number,
    type: number,
    protocol: number,
  ) => number,
  send: program.func('long send(int fd, uintptr_t from, size_t size, int flags)') as (
    fd: number,
    from: number,
    size: number,
    flags: number,
  ) => number,
  recv: program.func('long recv(int fd, uintptr_t to, size_t size, int flags)') as (
    fd: number,
    to: number,
    size: number,
    flags: number,
  ) => number,
  socketpair: program.func('int socketpair(int domain, int type, int protocol, uintptr_t fds)') as (
    domain: number,
    type: number,
    protocol: number,
    fds: number,
  ) => number,
} as const;

/** Calls back whenever the descriptor is readable, on the event loop's own epoll: no thread, no polling interval. */
export const whenReadable = (fd: number, call: () => void): (() => void) => {
  const handle = koffi.node.poll(fd, { readable: true }, call);
  handle.unref();
  return () => handle.close();
};
