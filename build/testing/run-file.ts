import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { groupLives } from '../start/process-group.ts';
import { findLeftovers, killAll, markVariable } from './leftovers.ts';
import { type Outcome, outcomesOf, type TestEvent } from './outcome.ts';

export interface FileRun {
  readonly outcomes: readonly Outcome[];
  /** Standard output and error of the file, the end of it. */
  readonly output: string;
}

export interface FileOptions {
  readonly root: string;
  readonly timeoutMs: number;
  readonly env: NodeJS.ProcessEnv;
  /** A command the file runs under, such as `dbus-run-session --`. */
  readonly prefix?: readonly string[];
}

const keptOutput = 64 * 1024;
/** How long what a file started may take to end after it. */
const graceMs = 3000;

/** The children of this process, so that an interrupted run ends them. */
const running = new Map<string, number>();
export function killRunning(): void {
  for (const [mark, group] of running) killAll(group, mark);
}

/** Runs one test file in its own process group, folder for temporary files and, for fast-check, with the run's seed. */
export async function runFile(file: string, { root, timeoutMs, env, prefix = [] }: FileOptions): Promise<FileRun> {
  const temporary = mkdtempSync(path.join(tmpdir(), 'ct-'));
  // As open as /tmp: tests of permissions run processes of other users in it.
  chmodSync(temporary, 0o1777);
  const eventsFile = path.join(temporary, 'events.jsonl');
  const mark = randomUUID();
  const source = readFileSync(path.join(root, file), 'utf8');
  const here = (name: string): string => pathToFileURL(path.join(import.meta.dirname, name)).href;
  const args = [
    `--test-reporter=${here('events.ts')}`,
    `--test-reporter-destination=${eventsFile}`,
    ...(source.includes('fast-check') ? [`--import=${here('seed.ts')}`] : []),
    file,
  ];
  const [command = process.execPath, ...rest] = [...prefix, process.execPath, ...args];
  const child = spawn(command, rest, {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...env, TMPDIR: path.join(temporary), [markVariable]: mark },
  });
  const group = child.pid ?? 0;
  if (group > 0) running.set(mark, group);
  try {
    const { ended, output } = await follow(child, timeoutMs, () => killAll(group, mark));
    const left = await leftBehind(group, mark);
    const outcomes = [
      ...outcomesOf(file, readEvents(eventsFile)),
      ...left.map((command) => leftOutcome(file, command)),
    ];
    return { outcomes: withEnding(file, outcomes, ended, output), output };
  } finally {
    if (group > 0) killAll(group, mark);
    running.delete(mark);
    rmSync(temporary, { recursive: true, force: true, maxRetries: 3 });
  }
}

type Ending = { readonly kind: 'exit'; readonly how: string; readonly ok: boolean } | { readonly kind: 'timeout' };

async function follow(child: ChildProcess, timeoutMs: number, kill: () => void) {
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-keptOutput);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, timeoutMs);
  const exit = await new Promise<Ending>((resolve) => {
    child.on('error', (error) => resolve({ kind: 'exit', how: error.message, ok: false }));
    // Not 'close': a child that was left behind may hold the pipes.
    child.on('exit', (code, signal) =>
      resolve({ kind: 'exit', how: signal ? `signal ${signal}` : `code ${code}`, ok: code === 0 }),
    );
  });
  clearTimeout(timer);
  // What was written just before the end is still in the pipes.
  await sleep(10);
  const ended: Ending = timedOut ? { kind: 'timeout' } : exit;
  return { ended, output };
}

async function leftBehind(group: number, mark: string): Promise<readonly string[]> {
  const until = Date.now() + graceMs;
  for (;;) {
    const left = findLeftovers(mark);
    if (left.length === 0 && !groupLives(group)) return [];
    if (Date.now() > until) return left.length > 0 ? left.map(({ command }) => command) : ['a process of its group'];
    await sleep(50);
  }
}

const leftOutcome = (file: string, command: string): Outcome => ({
  status: 'failed',
  name: `${file} › leaves nothing running`,
  detail: `still running ${graceMs / 1000} s after the file ended, now killed: ${command}`,
});

function readEvents(file: string): readonly TestEvent[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as TestEvent);
  } catch {
    return [];
  }
}

/** A file that ends badly without a failed test, or runs none, has failed as a whole. */
export function withEnding(
  file: string,
  outcomes: readonly Outcome[],
  ended: Ending,
  output: string,
): readonly Outcome[] {
  const failure = (detail: string): readonly Outcome[] => [...outcomes, { status: 'failed', name: file, detail }];
  if (ended.kind === 'timeout') return failure('took too long and was ended with all it started');
  if (!ended.ok && !outcomes.some(({ status }) => status === 'failed')) {
    return failure(`the test process ended with ${ended.how}\n${output.trim()}`);
  }
  return outcomes.length === 0 ? failure('holds no test') : outcomes;
}
