import type { RunCommand } from './command-runner.ts';

/** Processes that somebody has stopped (SIGSTOP, or Ctrl-Z in a terminal): who does not resume them before it goes leaves them so. */

export interface StoppedProcess {
  readonly pid: number;
  /** Path of its program, as ps tells it. */
  readonly command: string;
}

/** More than anybody freezes; what is beyond is not told one by one. */
const most = 32;

/** `state` begins with T for what is stopped (ps(1), on macOS and Linux). Empty where ps does not answer. */
export const findStopped = async (run: RunCommand): Promise<readonly StoppedProcess[]> => {
  const { output } = await run('/bin/ps', ['-axo', 'pid=,stat=,comm=']);
  return output
    .split('\n')
    .flatMap((line) => {
      const [, pid, state, command] = /^\s*(\d+)\s+(\S+)\s+(\S.*?)\s*$/.exec(line) ?? [];
      return pid === undefined || command === undefined || state?.startsWith('T') !== true
        ? []
        : [{ pid: Number(pid), command }];
    })
    .slice(0, most);
};
