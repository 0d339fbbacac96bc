import { execFile } from 'node:child_process';
import { isAbsolute } from 'node:path';
import { type AdapterProblem, problem } from './wire.ts';

/** A runtime's own command line, for what it does not do over HTTP: absolute path, no shell, fixed words, and never as root. */

export type RunCli = (
  args: readonly string[],
) => Promise<{ readonly ok: true; readonly text: string } | AdapterProblem>;

export interface CliOptions {
  readonly program: string;
  readonly home: string;
  readonly uid: number;
  readonly leftMs: () => number;
}

const mostBytes = 2 ** 20;
const path = '/usr/bin:/bin:/usr/sbin:/sbin';

export const createCli =
  ({ program, home, uid, leftMs }: CliOptions): RunCli =>
  (args) =>
    new Promise((resolve) => {
      if (!isAbsolute(program)) return resolve(problem('bad_request', `${program} is no absolute path`));
      if (uid === 0) return resolve(problem('unsupported', `${program} is not run as root`));
      const timeout = Math.max(1, Math.floor(leftMs()));
      const options = {
        timeout,
        killSignal: 'SIGKILL',
        maxBuffer: mostBytes,
        cwd: '/',
        env: { HOME: home, PATH: path },
      };
      try {
        const child = execFile(program, [...args], { ...options, killSignal: 'SIGKILL' }, (error, stdout) => {
          if (error === null) resolve({ ok: true, text: stdout });
          else if (error.code === 'ENOENT') resolve(problem('unreachable', `${program} is not there`));
          else if (error.killed === true) resolve(problem('too_late', `${program} took too long, or said too much`));
          else resolve(problem('refused', `${program} ended with ${error.code ?? error.signal ?? 'an error'}`));
        });
        // It asks which model is meant when it was not told: nobody is there to answer.
        child.stdin?.end();
      } catch (fault) {
        resolve(problem('unreachable', `${program} cannot be run: ${String(fault)}`));
      }
    });
