import type { Io, Terminal } from '../../helper/cli/command.ts';

/** Both outputs of a command line in memory, and a Ctrl-C at the test's hand. */

export interface CapturedIo extends Io {
  readonly text: { out: string; err: string };
  interrupt(): void;
  readonly listening: () => number;
}

export const capturedIo = (
  change: {
    readonly isTty?: boolean;
    readonly colours?: boolean;
    readonly columns?: number;
    readonly rows?: number;
    readonly env?: Io['env'];
    /** What is typed when a question is asked, in order; then the input is at its end. */
    readonly answers?: readonly string[];
  } = {},
): CapturedIo => {
  const text = { out: '', err: '' };
  const listeners = new Set<() => void>();
  const answers = [...(change.answers ?? [])];
  const terminal = (name: 'out' | 'err'): Terminal => ({
    write: (more) => {
      text[name] += more;
    },
    isTty: change.isTty ?? false,
    colours: change.colours ?? false,
    size: () => ({ columns: change.columns ?? 80, rows: change.rows ?? 24 }),
  });
  return {
    out: terminal('out'),
    err: terminal('err'),
    uid: process.getuid?.() ?? -1,
    env: change.env ?? {},
    ask: async (question) => {
      text.out += question;
      return answers.shift() ?? null;
    },
    onInterrupt: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    text,
    interrupt: () => {
      for (const listener of [...listeners]) listener();
    },
    listening: () => listeners.size,
  };
};
