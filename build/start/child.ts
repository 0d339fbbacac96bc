import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { groupLives } from './process-group.ts';

export interface ChildOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** True for the one child that shares the terminal; the others get their own process group, out of Ctrl-C's reach. */
  readonly inTerminal?: boolean;
  /** How long it may take to end before it is killed. */
  readonly graceMs: number;
  /**
   * What becomes of it when somebody does not want to wait: it is killed; it is `asked` twice, by which it knows, and then
   * killed; or it is `awaited` all the same. Killed where nothing is said.
   */
  readonly hurry?: 'killed' | 'asked' | 'awaited';
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Milliseconds it lived. */
  readonly livedMs: number;
  /** What it last wrote, at most `keptLines` lines. */
  readonly lastLines: readonly string[];
}

export interface Child {
  readonly name: string;
  readonly pid: number | null;
  readonly ended: Promise<Ending>;
  /** Ends it and everything in its process group, in whatever state they are. */
  readonly stop: () => Promise<void>;
  /** Ends it without a wait, as its options say. */
  readonly hurry: () => void;
}

const keptLines = 20;
/** Two signals of a kind are one while the first has not been taken. */
const askAgainMs = 500;
/** Who was asked twice has this long. */
const hurriedMs = 5_000;
/** After the child itself has ended, what is left of its group has this long. */
const stragglerMs = 500;

/**
 * Tells the process that npm started what lives, so that it can end it if this process is killed: targets of kill(2),
 * negative for a process group.
 */
const report = (message: { readonly started?: number; readonly ended?: number }): void => {
  if (process.connected) process.send?.(message);
};

export function startChild(options: ChildOptions): Child {
  const start = performance.now();
  const child = spawn(options.command, [...options.args], {
    cwd: options.cwd,
    env: options.env,
    detached: !options.inTerminal,
    stdio: options.inTerminal ? 'inherit' : ['ignore', 'pipe', 'pipe'],
  });
  const group = options.inTerminal ? null : (child.pid ?? null);
  const target = group === null ? child.pid : -group;
  if (target !== undefined) report({ started: target });
  const lastLines = keepLastLines(child);
  const exited = new Promise<Ending>((resolve) => {
    const end = (code: number | null, signal: NodeJS.Signals | null): void =>
      resolve({ code, signal, livedMs: performance.now() - start, lastLines: lastLines() });
    child.on('error', (error) => {
      if (child.pid === undefined) resolve({ code: 127, signal: null, livedMs: 0, lastLines: [error.message] });
    });
    // A moment for what it wrote last; not 'close', because a grandchild may hold the pipes.
    child.on('exit', (code, signal) => setTimeout(() => end(code, signal), 20));
  });
  const ended = exited.then(async (ending) => {
    if (group !== null) await endStragglers(group);
    if (target !== undefined) report({ ended: target });
    return ending;
  });
  const stop = async (): Promise<void> => {
    if (target !== undefined && lives()) {
      send(target, 'SIGTERM');
      // A stopped process takes no SIGTERM until it runs again.
      send(target, 'SIGCONT');
      const done = await Promise.race([exited.then(() => true), sleep(options.graceMs, false, { ref: false })]);
      if (!done) send(target, 'SIGKILL');
    }
    await ended;
  };
  const lives = (): boolean => target !== undefined && child.exitCode === null && child.signalCode === null;
  const sendTo = (signal: NodeJS.Signals): void => {
    if (target !== undefined && lives()) send(target, signal);
  };
  const hurry = (): void => {
    const { hurry: how = 'killed' } = options;
    if (how === 'killed') sendTo('SIGKILL');
    if (how !== 'asked') return;
    sendTo('SIGTERM');
    sendTo('SIGCONT');
    setTimeout(sendTo, askAgainMs, 'SIGTERM').unref();
    setTimeout(sendTo, hurriedMs, 'SIGKILL').unref();
  };
  return { name: options.name, pid: child.pid ?? null, ended, stop, hurry };
}

/** A group's number is not given to a new process while any member is left, so this reaches nobody else's. */
async function endStragglers(group: number): Promise<void> {
  if (!send(-group, 'SIGTERM')) return;
  send(-group, 'SIGCONT');
  for (const until = performance.now() + stragglerMs; performance.now() < until; await sleep(25)) {
    if (!groupLives(group)) return;
  }
  send(-group, 'SIGKILL');
}

/** False when there is nothing to signal. */
function send(target: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(target, signal);
    return true;
  } catch {
    return false;
  }
}

function keepLastLines(child: ChildProcess): () => readonly string[] {
  let text = '';
  const keep = (chunk: Buffer): void => {
    text = (text + chunk.toString()).slice(-16_384);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return () =>
    text
      .split('\n')
      .map((line) => line.trimEnd())
      .filter((line) => line !== '')
      .slice(-keptLines);
}
