/** The hooks of a keeper: its signals go through a pidfd, straight to the kernel. */
import { libc } from '../../helper/host/linux/libc.ts';
import { reach, signalled } from './hooks.ts';

/** As in helper/host/linux/signals.ts: include/uapi/asm-generic/unistd.h and signal.h. */
const calls = { pidfdSendSignal: 424, pidfdOpen: 434 } as const;
const names: Readonly<Record<number, string>> = { 19: 'SIGSTOP', 18: 'SIGCONT', 9: 'SIGKILL' };

const { syscall } = libc;
const pids = new Map<number, number>();

const hooked: typeof syscall = (number, ...args) => {
  const [first, signal] = args;
  const name = names[signal] ?? '';
  if (number === calls.pidfdSendSignal && name === 'SIGSTOP') reach('acknowledged');
  const result = syscall(number, ...args);
  if (number === calls.pidfdOpen) pids.set(result, first);
  if (number === calls.pidfdSendSignal && result === 0) signalled(pids.get(first) ?? 0, name);
  return result;
};
Object.assign(libc, { syscall: hooked });
