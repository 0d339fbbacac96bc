import { type OwnChildEnd, runOwnChild } from '../own-child.ts';
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
const saidBytes = 64 * 1024;

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
    const limitMs = options.timeoutMs ?? timeoutMs;
    const end = await runOwnChild({
      args: ['append-alert', path],
      account: null,
      input: `${lines.join('\n')}\n`,
      hears: 'stderr',
      limitMs,
      mostBytes: saidBytes,
      command: options.command,
    });
    const ended = endOf(end, path, limitMs);
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

const endOf = (end: OwnChildEnd, path: string, limitMs: number): Ended => {
  switch (end.kind) {
    case 'not_started':
      return { code: 'error', detail: end.detail };
    case 'late':
      // One that hangs in the disk ends when the disk answers: it is not waited for.
      return { code: 'timeout', detail: `${path}: not written within ${limitMs / 1000} s` };
    case 'said_too_much':
      return { code: 'too much said', detail: '' };
    case 'ended': {
      const detail = end.said.toString('utf8').slice(0, saidCharacters).trim().replaceAll(/\s+/g, ' ');
      return { code: end.code ?? end.signal ?? 'unknown', detail };
    }
  }
};
