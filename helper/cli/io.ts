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

/**
 * Questions on standard input. It is let go between two of them, because an editor may want it; lines that a pipe brought
 * early are kept for the next question.
 */
const asker = (): Io['ask'] => {
  const early: string[] = [];
  return (question) => {
    const known = early.shift();
    // A stream that has ended says so only once: whoever asks later would wait for ever.
    const isOver = process.stdin.readableEnded || process.stdin.destroyed;
    if (known !== undefined || isOver) {
      process.stdout.write(question);
      return Promise.resolve(known ?? null);
    }
    return new Promise((resolve) => {
      const lines = createInterface({ input: process.stdin, terminal: false });
      let answered = false;
      lines.on('line', (line) => {
        if (answered) early.push(line);
        else {
          answered = true;
          resolve(line);
          lines.close();
        }
      });
      lines.once('close', () => resolve(null));
      // A Ctrl-C answers, too: whoever asked can then say what becomes of what it has in hand.
      const interrupted = (): void => lines.close();
      process.once('SIGINT', interrupted);
      lines.once('close', () => process.removeListener('SIGINT', interrupted));
      process.stdout.write(question);
    });
  };
};

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
    ask: asker(),
    onInterrupt: (listener) => {
      for (const signal of interrupts) process.on(signal, listener);
      return () => {
        for (const signal of interrupts) process.removeListener(signal, listener);
      };
    },
  };
};
