import { execFile } from 'node:child_process';

/** Programs of the system that the installer runs: by absolute path, without a shell, with an empty environment. */

export interface CommandAnswer {
  /** Null: it could not be run, or did not end in time. */
  readonly code: number | null;
  readonly output: string;
}

export type RunCommand = (program: string, args: readonly string[]) => Promise<CommandAnswer>;

const limitMs = 20_000;

export const runCommand: RunCommand = (program, args) =>
  new Promise((resolve) => {
    const options = { timeout: limitMs, killSignal: 'SIGKILL', maxBuffer: 2 ** 22, env: {} } as const;
    execFile(program, [...args], options, (error, stdout) => {
      if (error === null) resolve({ code: 0, output: stdout });
      else resolve({ code: typeof error.code === 'number' ? error.code : null, output: stdout });
    });
  });

/** As somebody would type it. */
export const commandText = (program: string, args: readonly string[]): string =>
  [program, ...args]
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ');
