import { createInterface } from 'node:readline';
import type { Io, Terminal } from './command.ts';

/** The process's own terminal and signals. */

const terminal = (stream: NodeJS.WriteStream, env: Io['env']): Terminal => {
  const isTty = stream.isTTY === true;
  return {
    write: (text) => {
      stream.write(text);
    },
    isTty,
    // https://no-color.org: present and not empty, whatever its value.
    colours: isTty && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb',
    size: () => ({ columns: stream.columns || 80, rows: stream.rows || 24 }),
  };
};

const interrupts = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export const processIo = (): Io => {
  // `castellan status | head -1` closes our output while we write: that is an end, not an error.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit(0);
    });
  }
  return {
    out: terminal(process.stdout, process.env),
    err: terminal(process.stderr, process.env),
    uid: process.getuid?.() ?? -1,
    env: process.env,
    ask: (question) =>
      new Promise((resolve) => {
        const lines = createInterface({ input: process.stdin, output: process.stdout });
        lines.once('close', () => resolve(null));
        lines.question(question, (answer) => {
          resolve(answer);
          lines.close();
        });
      }),
    onInterrupt: (listener) => {
      for (const signal of interrupts) process.on(signal, listener);
      return () => {
        for (const signal of interrupts) process.removeListener(signal, listener);
      };
    },
  };
};
