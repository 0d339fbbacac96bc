import type { ActResult, HostSignal } from '../port.ts';
import type { ProcessId } from '../reading.ts';
import { constants } from './bindings.ts';
import { actProblem, errnoText } from './errors.ts';
import { layouts } from './layouts.ts';
import { type Native, nativeMemory } from './native.ts';
import type { ProcessCalls } from './process-calls.ts';

type Refusal = Extract<ActResult, { ok: false }>;

/** Each exec between the look and the signal costs a try; a program that does nothing else is given up. */
const mostTries = 4;

/** What a kernel answers that does not know the call: then it is not asked again. */
const isUnknownCall = (errno: number): boolean =>
  errno === constants.ENOSYS || errno === constants.EINVAL || errno === constants.ENOTSUP;

/** Why nothing is done to a pid: it is not who was meant. Null: it is. */
export const strangerAt = (calls: ProcessCalls, { pid, start }: ProcessId): Refusal | null => {
  const uniqueId = calls.uniqueIdOf(pid);
  if (uniqueId < 0) return { ok: false, problem: 'vanished', detail: `proc_pidinfo: no process ${pid}` };
  if (String(uniqueId) === start) return null;
  return { ok: false, problem: 'reused', detail: `pid ${pid} is another process now` };
};

/** Answers 0, or the errno. */
export type TokenSignal = (pid: number, version: number, signal: HostSignal) => number;

/**
 * `proc_signal_with_audittoken` of macOS 14.4 and later; null: this release does not have it. It compares pid and pidversion
 * of a token with the process it finds, in the kernel (xnu bsd/kern/kern_proc.c, proc_find_audit_token: nothing else of the
 * token is looked at; permission is that of kill). Both numbers are readable of every process (PROC_PIDUNIQIDENTIFIERINFO),
 * so no task port is needed to make the token.
 */
export const createTokenSignal = (native: Native): TokenSignal | null => {
  const send = native.optional.proc_signal_with_audittoken;
  if (send === null) return null;
  const token = nativeMemory(layouts.audit_token_t.size);
  return (pid, version, signal) => {
    // audit_token_t: val[5] is the pid, val[7] its version (xnu bsd/kern/kern_prot.c).
    token.view.setUint32(5 * 4, pid, true);
    token.view.setInt32(7 * 4, version, true);
    const answer = Number(send(token.address, constants[signal]));
    // libproc returns the errno; in case some release leaves it and returns -1, that is understood, too.
    return answer < 0 ? native.errno() : answer;
  };
};

/**
 * Signals to exactly the process that was meant. `kill` takes a pid alone: between the last look and the signal it could be
 * another's. So it goes by token where there is the call and the kernel understands it (nobody has tried that on a Mac), and
 * else it is look, signal, look.
 */
export const createSignals = (native: Native, calls: ProcessCalls) => {
  let byToken = createTokenSignal(native);

  const refused = (signal: HostSignal, pid: number, errno: number): Refusal => ({
    ok: false,
    problem: actProblem(errno),
    detail: `${signal} to pid ${pid}: ${errnoText(errno)}`,
  });

  const byPid = ({ pid }: ProcessId, signal: HostSignal): ActResult =>
    native.call.kill(pid, constants[signal]) === 0 ? { ok: true } : refused(signal, pid, native.errno());

  return (id: ProcessId, signal: HostSignal): ActResult => {
    const { pid, start } = id;
    if (pid <= 1 || (pid === process.pid && (signal === 'SIGSTOP' || signal === 'SIGKILL')))
      return { ok: false, problem: 'refused', detail: `${signal} is never sent to pid ${pid}` };
    for (let tries = 0; byToken !== null && tries < mostTries; tries += 1) {
      const now = calls.generationOf(pid);
      if (now === null || String(now.uniqueId) !== start) break;
      const errno = byToken(pid, now.version, signal);
      if (errno === 0) return { ok: true };
      if (isUnknownCall(errno)) byToken = null;
      // ESRCH: it has ended, or it has made an exec since, and has another version.
      else if (errno !== constants.ESRCH) return refused(signal, pid, errno);
    }
    return strangerAt(calls, id) ?? byPid(id, signal);
  };
};
