import { type ChildProcess, spawn } from 'node:child_process';
import { ownProgram } from '../own-program.ts';
import { appendExit } from './append-alert.ts';

/**
 * Alerts in a file that several programs write to (`alerts.file` in castellan.toml), beside alerts.jsonl. It may lie in a
 * home, so a short-lived child with that user's rights writes it. Nothing here waits, and nothing here is an error of the
 * keeper: what could not be written is a line in the log.
 */

export interface AlertsFile {
  /** `line` without its line break. */
  readonly append: (path: string, line: string) => void;
  /** Waits for what is being written, at most 2 s. */
  readonly close: () => Promise<void>;
}

export interface AlertsFileOptions {
  readonly warn: (text: string) => void;
  /** How this program is started: for tests. */
  readonly command?: readonly [string, ...string[]];
  readonly timeoutMs?: number;
}

const waitingKept = 64;
const timeoutMs = 10_000;
const closeWithinMs = 2_000;
/** Several alerts of one moment go into one child. */
const gatherMs = 200;
const saidCharacters = 500;

export const createAlertsFile = (options: AlertsFileOptions): AlertsFile => {
  let waiting: { readonly path: string; readonly line: string }[] = [];
  let dropped = 0;
  let running: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let closed = false;
  /** The last trouble of each path, so that it is said once. */
  const said = new Map<string, string>();

  const say = (path: string, detail: string): void => {
    if (said.get(path) === detail) return;
    said.set(path, detail);
    options.warn(`alerts file: ${detail}`);
  };

  const write = async (path: string, lines: readonly string[]): Promise<void> => {
    const [program, ...before] = options.command ?? ownProgram();
    const args = [...before, 'append-alert', path];
    const ended = await runChild(program, args, `${lines.join('\n')}\n`, options.timeoutMs ?? timeoutMs);
    if (ended.code === appendExit.ok) said.delete(path);
    else if (ended.code === appendExit.leftAlone) say(path, `${ended.detail}: it is left alone`);
    else say(path, ended.detail === '' ? `${path}: the writer ended with ${ended.code}` : ended.detail);
  };

  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      const { path } = waiting[0] ?? { path: '' };
      const lines = waiting.filter((each) => each.path === path).map(({ line }) => line);
      waiting = waiting.filter((each) => each.path !== path);
      if (dropped > 0) options.warn(`alerts file: ${dropped} alerts were dropped, the writer is too slow`);
      dropped = 0;
      await write(path, lines);
    }
  };

  const start = (): void => {
    timer = null;
    running ??= run().finally(() => {
      running = null;
    });
  };

  return {
    append: (path, line) => {
      if (closed) return;
      if (waiting.length >= waitingKept) {
        waiting.shift();
        dropped++;
      }
      waiting.push({ path, line });
      if (running === null) timer ??= setTimeout(start, gatherMs);
    },
    close: async () => {
      if (closed) return;
      closed = true;
      if (timer !== null) clearTimeout(timer);
      if (waiting.length > 0) start();
      if (running === null) return;
      let limit: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        limit = setTimeout(resolve, closeWithinMs);
      });
      await Promise.race([running, late]);
      clearTimeout(limit);
    },
  };
};

interface Ended {
  readonly code: number | string;
  readonly detail: string;
}

const runChild = (program: string, args: readonly string[], input: string, limitMs: number): Promise<Ended> =>
  new Promise((resolve) => {
    let child: ChildProcess;
    try {
      // No environment: nothing in ours is meant for a program that starts as root. Its own group: a Ctrl-C is not for it.
      child = spawn(program, [...args], { stdio: ['pipe', 'ignore', 'pipe'], env: {}, cwd: '/', detached: true });
    } catch (fault) {
      resolve({ code: 'spawn', detail: String(fault) });
      return;
    }
    let detail = '';
    const limit = setTimeout(() => {
      detail = `${args.at(-1)}: not written within ${limitMs / 1000} s`;
      child.kill('SIGKILL');
      // One that hangs in the disk ends when the disk answers: it is not waited for.
      resolve({ code: 'timeout', detail });
    }, limitMs);
    // Nor does the keeper stay alive for it.
    child.unref();
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      if (detail.length < saidCharacters) detail = `${detail}${text}`.slice(0, saidCharacters);
    });
    // The child may have ended before it read: its exit tells why.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
    child.once('error', (fault) => {
      clearTimeout(limit);
      resolve({ code: 'error', detail: fault.message });
    });
    child.once('close', (code, signal) => {
      clearTimeout(limit);
      resolve({ code: code ?? signal ?? 'unknown', detail: detail.trim().replaceAll(/\s+/g, ' ') });
    });
  });
