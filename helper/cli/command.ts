import type { Failure } from '../protocol/errors.ts';

/** What a command of the command line is. Each is one file in `commands/` and one row in `table.ts`. */

export const exitCodes = {
  ok: 0,
  /** The command worked and found something wrong: a failed check, an invalid file. */
  findings: 1,
  usage: 2,
  /** No keeper answers, or not in time. */
  unanswered: 3,
  /** The keeper, or trust in it, says no. */
  refused: 4,
  /** `watch`: the keeper of the other machine says nothing any more. */
  stale: 5,
  /** `watch`: a seat of the other machine does not do its work. */
  noWork: 6,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** One of the two outputs. */
export interface Terminal {
  write(text: string): void;
  readonly isTty: boolean;
  readonly colours: boolean;
  /** Width and height now; 80 × 24 where there is no terminal. */
  size(): { readonly columns: number; readonly rows: number };
}

/** Everything a command touches of the process it runs in. */
export interface Io {
  readonly out: Terminal;
  readonly err: Terminal;
  readonly uid: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A question and its answer, one line; null when there is nobody to answer (end of input). */
  ask(question: string): Promise<string | null>;
  /** Calls back on Ctrl-C and on TERM, instead of dying. Returns the removal. */
  onInterrupt(listener: () => void): () => void;
}

/** One option as `node:util` parseArgs takes it, with its line in the help. */
export interface Option {
  readonly type: 'boolean' | 'string';
  /** Name of the value in the help: `--seconds N`. */
  readonly value?: string;
  /** It may be given more than once: `texts` has all of them. */
  readonly multiple?: boolean;
  readonly help: string;
}

export interface Parsed {
  readonly values: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  readonly positionals: readonly string[];
}

export interface Command {
  /** One or two words: `status`, `config check`. */
  readonly name: string;
  readonly summary: string;
  /** Names of the positional arguments for the help: `[FILE]`. */
  readonly takes?: string;
  /** How many positional arguments are right; none by default. */
  readonly positionals?: { readonly min: number; readonly max: number };
  readonly options: Readonly<Record<string, Option>>;
  /** Further lines of the help. */
  readonly notes?: readonly string[];
  run(parsed: Parsed, io: Io): Promise<Outcome>;
}

/** `failed` is printed by `run` of main.ts, with the exit code that goes with it; `usage` with a hint to the help. */
export type Outcome =
  | { readonly kind: 'exit'; readonly code: ExitCode }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'usage'; readonly message: string };

export const exit = (code: ExitCode): Outcome => ({ kind: 'exit', code });
export const failed = (why: Failure): Outcome => ({ kind: 'failed', failure: why });
export const usage = (message: string): Outcome => ({ kind: 'usage', message });

export const flag = (parsed: Parsed, name: string): boolean => parsed.values[name] === true;

export const text = (parsed: Parsed, name: string): string | null => {
  const value = parsed.values[name];
  return typeof value === 'string' ? value : null;
};

/** Of an option that may be given more than once. */
export const texts = (parsed: Parsed, name: string): readonly string[] => {
  const value = parsed.values[name];
  return Array.isArray(value) ? value : [];
};

/** Options that more than one command has, worded once. */
export const runDirOption: Option = { type: 'string', value: 'DIR', help: "the keeper's run directory" };
export const jsonOption: Option = { type: 'boolean', help: 'print JSON for programs' };
