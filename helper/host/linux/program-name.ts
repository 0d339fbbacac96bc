import { cleanName } from '../text.ts';

/** TASK_COMM_LEN less its NUL (linux/sched.h): a longer name was cut. */
const commLength = 15;
/** Runtimes that rename their first thread, which is what `comm` names: Node since 23 says "node-MainThread". */
const threadSuffix = '-MainThread';

const slash = 47;

/** File name of the program from a raw argument vector: what follows the last slash of the first argument. */
export const programFile = (argv: Uint8Array): string => {
  const end = argv.indexOf(0);
  const program = end < 0 ? argv : argv.subarray(0, end);
  return cleanName(program.subarray(program.lastIndexOf(slash) + 1));
};

/**
 * What people call a process. `comm` is the name of its first thread, cut at 15 bytes; where it was cut or is a thread's
 * own name, the file name of the program stands in.
 */
export const programName = (comm: string, file: string): string => {
  if (file === '') return comm;
  if (comm.endsWith(threadSuffix)) return file;
  return comm.length >= commLength && file.startsWith(comm) ? file : comm;
};
