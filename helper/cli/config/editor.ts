import { spawn } from 'node:child_process';
import { type Failure, failure } from '../../protocol/errors.ts';
import type { Io } from '../command.ts';

/** The operator's own editor, run without a shell. */

/** Words as a shell would part them: by blanks, with quotes and backslashes; nothing is expanded. Null: a quote is open. */
export const splitWords = (command: string): readonly string[] | null => {
  const words: string[] = [];
  let word: string | null = null;
  let quote: string | null = null;
  for (let at = 0; at < command.length; at += 1) {
    const c = command[at] ?? '';
    if (quote !== null && c === quote) quote = null;
    else if (c === '\\' && quote !== "'") {
      at += 1;
      if (at >= command.length) return null;
      word = (word ?? '') + (command[at] ?? '');
    } else if (quote === null && (c === '"' || c === "'")) {
      quote = c;
      word ??= '';
    } else if (quote === null && /\s/.test(c)) {
      if (word !== null) words.push(word);
      word = null;
    } else word = (word ?? '') + c;
  }
  if (quote !== null) return null;
  return word === null ? words : [...words, word];
};

/** vi is on every Mac and every Linux (POSIX); sudoedit and git fall back to it, too. */
const fallback = 'vi';

const editorOf = (env: Io['env']): string => {
  const set = [env.VISUAL, env.EDITOR].find((value) => value !== undefined && value.trim() !== '');
  return set ?? fallback;
};

/** The account the editor runs as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Behind sudo the editor runs as who called sudo, as sudoedit does: an editor is a door to a shell. Null: as ourselves.
 * The two variables can only take rights away, because they are looked at by root alone.
 */
export const callerBehindSudo = ({ uid, env }: Pick<Io, 'uid' | 'env'>): Account | null => {
  if (uid !== 0) return null;
  const [caller, group] = [env.SUDO_UID, env.SUDO_GID].map((text) =>
    /^\d{1,10}$/.test(text ?? '') ? Number(text) : 0,
  );
  return caller === undefined || group === undefined || caller === 0 || group === 0
    ? null
    : { uid: caller, gid: group };
};

/** Opens `path` and waits until the editor ends. Null: it ended well. */
export const runEditor = (path: string, io: Io, account: Account | null): Promise<Failure | null> => {
  const words = splitWords(editorOf(io.env));
  const [command, ...given] = words ?? [];
  if (command === undefined)
    return Promise.resolve(failure('editor_failed', `${editorOf(io.env)} is not a command line`));
  // Ctrl-C on this terminal is meant for the editor.
  const removeInterrupt = io.onInterrupt(() => {});
  return new Promise<Failure | null>((resolve) => {
    const child = spawn(command, [...given, path], {
      stdio: 'inherit',
      env: { ...io.env },
      // With a uid libuv also drops root's supplementary groups (uv-unix process.c).
      ...(account === null ? {} : { uid: account.uid, gid: account.gid }),
    });
    child.once('error', (error: NodeJS.ErrnoException) =>
      resolve(failure('editor_failed', `${command}: ${error.code ?? error.message}`)),
    );
    child.once('close', (code, signal) =>
      resolve(code === 0 ? null : failure('editor_failed', `${command} ended with ${signal ?? `code ${code}`}`)),
    );
  }).finally(removeInterrupt);
};
