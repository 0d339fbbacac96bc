import type { SensorFact } from '../reading.ts';
import { constants, privateConstants } from './bindings.ts';
import { errnoText } from './errors.ts';
import { layouts } from './layouts.ts';
import { type Native, nativeMemory } from './native.ts';

export interface PressureEvents {
  subscribe(listener: () => void): () => void;
  /** Why events do not come; null: they do, or nobody has asked yet. */
  fact(): SensorFact | null;
  close(): Promise<void>;
}

const waitSeconds = 2;
/** Failures in a row after which the events are given up: the level is polled anyway. */
const mostFailures = 3;
/** Before the next try: signals come in bursts, and one that ends a wait (EINTR) is no reason to give up. */
const pauseMs = 2_000;

const { kevent: event } = layouts;

/**
 * A hint that the level changed. One blocking kevent at a time on koffi's thread pool, two seconds long and then armed
 * again, so that none is left behind for longer than that. The kernel tells one process every 0.25 s, slowest last
 * (xnu kern_memorystatus_notify.c), and may tell us late or never: the polled level is the truth.
 */
export const createPressureEvents = (native: Native, afterFailureMs = pauseMs): PressureEvents => {
  const { call } = native;
  const listeners = new Set<() => void>();
  const change = nativeMemory(event.size);
  const happened = nativeMemory(event.size);
  const timeout = nativeMemory(layouts.timespec.size);
  timeout.view.setBigInt64(0, BigInt(waitSeconds), true);
  let queue = -1;
  let failures = 0;
  let problem: string | null = null;
  let isClosed = false;
  let whenIdle: (() => void) | null = null;
  let isWaiting = false;
  let again: NodeJS.Timeout | null = null;

  const apply = (ident: number, filter: number, flags: number, fflags: number): boolean => {
    const f = event.fields;
    change.bytes.fill(0);
    change.view.setBigUint64(f.ident[0], BigInt(ident), true);
    change.view.setInt16(f.filter[0], filter, true);
    change.view.setUint16(f.flags[0], flags, true);
    change.view.setUint32(f.fflags[0], fflags, true);
    return call.kevent(queue, change.address, 1, 0, 0, timeout.address) !== -1;
  };

  const giveUp = (what: string): void => {
    problem ??= what;
    if (queue >= 0) call.close(queue);
    queue = -1;
    whenIdle?.();
  };

  const rest = (): void => {
    if (again !== null) clearTimeout(again);
    again = null;
  };

  const wait = (): void => {
    rest();
    isWaiting = true;
    call.kevent.async(queue, 0, 0, happened.address, 1, timeout.address, (error: unknown, count: unknown) => {
      isWaiting = false;
      if (isClosed) return giveUp('closed');
      // errno belongs to the thread that waited and cannot be asked for here.
      failures = error === null && typeof count === 'number' && count >= 0 ? 0 : failures + 1;
      if (failures >= mostFailures) return giveUp('kevent: failed three times in a row');
      if (count === 1) for (const listener of [...listeners]) listener();
      if (listeners.size === 0) return;
      if (failures === 0) wait();
      else again = setTimeout(wait, afterFailureMs).unref();
    });
  };

  const start = (): void => {
    if (isClosed || isWaiting || again !== null || problem !== null) return;
    if (queue < 0) {
      queue = Number(call.kqueue());
      if (queue < 0) {
        giveUp(`kqueue: ${errnoText(native.errno())}`);
        return;
      }
      const { EVFILT_MEMORYSTATUS, ...notes } = privateConstants;
      const mask =
        notes.NOTE_MEMORYSTATUS_PRESSURE_NORMAL |
        notes.NOTE_MEMORYSTATUS_PRESSURE_WARN |
        notes.NOTE_MEMORYSTATUS_PRESSURE_CRITICAL;
      if (!apply(0, EVFILT_MEMORYSTATUS, constants.EV_ADD | constants.EV_CLEAR, mask)) {
        giveUp(`EVFILT_MEMORYSTATUS: ${errnoText(native.errno())}`);
        return;
      }
      apply(1, constants.EVFILT_USER, constants.EV_ADD | constants.EV_CLEAR, 0);
      // As root we may ask to be told first while pressure rises. A refusal only means later hints.
      call.memorystatus_control(notes.MEMORYSTATUS_CMD_PRIVILEGED_LISTENER_ENABLE, 0, 0, 0, 0);
    }
    wait();
  };

  return {
    subscribe: (listener) => {
      const own = () => listener();
      if (!isClosed) listeners.add(own);
      start();
      return () => {
        listeners.delete(own);
      };
    },
    fact: () => (problem === null ? null : { sensor: 'events', problem: 'unavailable', detail: problem }),
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      listeners.clear();
      rest();
      if (!isWaiting) return giveUp('closed');
      const idle = new Promise<void>((resolve) => {
        whenIdle = resolve;
      });
      // Wakes the waiting thread at once; if that fails it comes back by itself within two seconds.
      apply(1, constants.EVFILT_USER, 0, constants.NOTE_TRIGGER);
      await idle;
    },
  };
};
