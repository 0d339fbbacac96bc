import { constants } from '../../../host/darwin/bindings.ts';
import type { Native } from '../../../host/darwin/native.ts';
import { createProcessCalls } from '../../../host/darwin/process-calls.ts';
import { createTokenSignal } from '../../../host/darwin/signals.ts';
import { createSysctl } from '../../../host/darwin/sysctl.ts';
import type { Mac } from './mac.ts';

/** The host itself falls back on kill where a token is not understood, and nobody would see that it did. */
export const continueByToken = (native: Native): Mac['continueByToken'] => {
  const send = createTokenSignal(native);
  if (send === null) return null;
  const calls = createProcessCalls(native, createSysctl(native));
  return (pid, version) => {
    const now = calls.generationOf(pid);
    return now === null ? constants.ESRCH : send(pid, now.version + (version === 'another' ? 1 : 0), 'SIGCONT');
  };
};
