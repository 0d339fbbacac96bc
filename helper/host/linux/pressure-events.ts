import { closeSync, constants, openSync, statfsSync, writeSync } from 'node:fs';
import { errno, libc, nativeBuffer, O_CLOEXEC, whenReadable } from './libc.ts';

/** The kernel's own report that tasks wait for memory. A hint: it may be late, and says nothing about relief. */
export interface PressureEvents {
  /** Why there are none, a sentence; null when there are. */
  readonly missing: string | null;
  subscribe(listener: () => void): () => void;
  close(): void;
}

/** sys/epoll.h */
const EPOLL_CTL_ADD = 1;
const EPOLLPRI = 2;
/** linux/magic.h PROC_SUPER_MAGIC: a trigger written into any other file would only spoil it. */
const procFileSystem = 0x9fa0;
/** struct epoll_event is packed on x86-64 only. */
const eventBytes = process.arch === 'x64' ? 12 : 16;

/**
 * A PSI trigger on /proc/pressure/memory (Documentation/accounting/psi.rst): an event when tasks waited `stallUs` in
 * any `windowUs`, at most one a window. Without CAP_SYS_RESOURCE the window must be a multiple of 2 s
 * (kernel/sched/psi.c, psi_trigger_create).
 *
 * The kernel reports it as POLLPRI, and the file also claims to be readable always, so libuv cannot watch it: it stands
 * alone in an epoll of ours for POLLPRI, and that epoll, which is readable only when the trigger fired, is what libuv
 * watches. Nothing is polled, no thread waits, and an idle machine costs nothing.
 */
export const createPressureEvents = (options: {
  readonly path: string;
  readonly stallUs?: number;
  readonly windowUs?: number;
}): PressureEvents => {
  const { path, stallUs = 100_000, windowUs = 2_000_000 } = options;
  const listeners = new Set<() => void>();
  const events = nativeBuffer(eventBytes);
  let trigger = -1;
  let epoll = -1;
  let stopWatching: (() => void) | null = null;

  const close = (): void => {
    stopWatching?.();
    stopWatching = null;
    listeners.clear();
    if (epoll >= 0) libc.close(epoll);
    if (trigger >= 0) closeSync(trigger);
    epoll = -1;
    trigger = -1;
  };

  const open = (): string | null => {
    try {
      if (statfsSync(path).type !== procFileSystem)
        return `Memory pressure events are not available: ${path} is not the kernel’s.`;
      trigger = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
      // The terminating zero is part of what the kernel takes.
      writeSync(trigger, `some ${stallUs} ${windowUs}\0`);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
      close();
      return code === 'ENOENT' || code === 'EOPNOTSUPP'
        ? `Memory pressure events are not available: this kernel keeps no pressure figures (${path}).`
        : `Memory pressure events are not available: ${path} takes no trigger from this account (${code}).`;
    }
    epoll = libc.epollCreate(O_CLOEXEC);
    events.view.setUint32(0, EPOLLPRI, true);
    if (epoll < 0 || libc.epollCtl(epoll, EPOLL_CTL_ADD, trigger, events.address) !== 0) {
      const reason = `Memory pressure events are not available: the trigger cannot be watched (errno ${errno()}).`;
      close();
      return reason;
    }
    stopWatching = whenReadable(epoll, () => {
      if (epoll < 0) return;
      libc.epollWait(epoll, events.address, 1, 0);
      for (const listener of [...listeners]) if (listeners.has(listener)) listener();
    });
    return null;
  };

  const missing = open();
  return {
    missing,
    subscribe: (listener) => {
      // Each subscription is its own, also of the same function twice.
      const own = (): void => listener();
      if (trigger >= 0) listeners.add(own);
      return () => {
        listeners.delete(own);
      };
    },
    close,
  };
};
