import type { ActResult, HostSignal } from '../port.ts';
import type { ProcessId, SensorFact } from '../reading.ts';
import { ENOSYS, EPERM, ESRCH, errno, libc } from './libc.ts';

/** x86-64 and arm64 alike: include/uapi/asm-generic/unistd.h. */
const pidfdSendSignal = 424;
const pidfdOpen = 434;

/** asm-generic/signal.h. */
const numbers: Readonly<Record<HostSignal, number>> = { SIGSTOP: 19, SIGCONT: 18, SIGTERM: 15, SIGKILL: 9 };

/** Compares who has the pid now with who is meant. Null: the same. */
export const otherThan = (
  id: ProcessId,
  identify: (pid: number) => ProcessId | SensorFact,
): Extract<ActResult, { ok: false }> | null => {
  const now = identify(id.pid);
  if ('problem' in now) {
    const problem = now.problem === 'vanished' ? 'vanished' : now.problem === 'refused' ? 'refused' : 'unsupported';
    return { ok: false, problem, detail: now.detail };
  }
  if (now.start === id.start) return null;
  return { ok: false, problem: 'reused', detail: `pid ${id.pid} now belongs to a process that started later` };
};

const failed = (pid: number, error: number, what: string): ActResult => {
  if (error === ESRCH) return { ok: false, problem: 'vanished', detail: `pid ${pid} ended before it got ${what}` };
  if (error === EPERM)
    return { ok: false, problem: 'refused', detail: `this account may not send ${what} to pid ${pid}` };
  return { ok: false, problem: 'unsupported', detail: `${what} to pid ${pid} failed (errno ${error})` };
};

/**
 * Signals one process and no other. A pidfd (pidfd_open(2), Linux 5.3) is opened first and the identity checked after:
 * the descriptor then cannot mean a later owner of the pid. On older kernels the identity is checked before and after
 * a plain kill, which leaves microseconds in which a pid could be reused, and says so if it was.
 */
export const signalProcess = (
  id: ProcessId,
  signal: HostSignal,
  identify: (pid: number) => ProcessId | SensorFact,
): ActResult => {
  // Who stops or kills itself resumes nobody; and pid 1 is the machine (in a container, all of it).
  if (id.pid <= 1 || (id.pid === process.pid && (signal === 'SIGSTOP' || signal === 'SIGKILL')))
    return { ok: false, problem: 'refused', detail: `${signal} is never sent to pid ${id.pid}` };
  const before = otherThan(id, identify);
  if (before !== null) return before;
  const pidfd = libc.syscall(pidfdOpen, id.pid, 0, 0, 0);
  if (pidfd < 0) {
    const error = errno();
    return error === ENOSYS ? killPlain(id, signal, identify) : failed(id.pid, error, signal);
  }
  const meant = otherThan(id, identify);
  const sent = meant === null ? libc.syscall(pidfdSendSignal, pidfd, numbers[signal], 0, 0) : 0;
  const error = sent < 0 ? errno() : 0;
  libc.close(pidfd);
  if (meant !== null) return meant;
  return sent < 0 ? failed(id.pid, error, signal) : { ok: true };
};

const killPlain = (id: ProcessId, signal: HostSignal, identify: (pid: number) => ProcessId | SensorFact): ActResult => {
  try {
    process.kill(id.pid, signal);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return failed(id.pid, code === 'ESRCH' ? ESRCH : code === 'EPERM' ? EPERM : 0, signal);
  }
  const after = otherThan(id, identify);
  return after?.problem === 'reused' ? after : { ok: true };
};
