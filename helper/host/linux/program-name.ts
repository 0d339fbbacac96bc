/** TASK_COMM_LEN less its NUL (linux/sched.h): a longer name was cut. */
const commLength = 15;
/** Runtimes that rename their first thread, which is what `comm` names: Node since 23 says "node-MainThread". */
const threadSuffix = '-MainThread';

/**
 * What people call a process. `comm` is the name of its first thread, cut at 15 bytes; where it was cut or is a thread's
 * own name, the file name of the program stands in, from the command line.
 */
export const programName = (comm: string, command: string): string => {
  const program = command.split(' ', 1)[0] ?? '';
  const file = program.slice(program.lastIndexOf('/') + 1);
  if (file === '') return comm;
  if (comm.endsWith(threadSuffix)) return file;
  return comm.length >= commLength && file.startsWith(comm) ? file.slice(0, 64) : comm;
};
