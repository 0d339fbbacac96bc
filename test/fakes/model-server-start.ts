import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ModelServerFigures } from './model-server.ts';

const program = join(import.meta.dirname, 'model-server.ts');

/** Program and arguments that run a model server: for the command of a seat, or a property list. */
export const modelServerCommand = (...args: readonly string[]): readonly [string, ...string[]] => [
  process.execPath,
  '--no-warnings',
  program,
  ...args,
];

export type ModelServerOrder = 'hang' | 'hang-chat' | 'answer' | 'hollow' | 'load' | 'crash';

/** A model server that runs; `at` is its address, whoever started it. */
export interface ModelServerAt {
  readonly url: string;
  figures(): Promise<ModelServerFigures>;
  order(name: ModelServerOrder): Promise<ModelServerFigures>;
}

export interface ModelServer extends ModelServerAt {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly port: number;
  /** Resolves when it says that it is loaded; fails when it ends before. */
  loaded(): Promise<void>;
  /** Resolves to the exit code, or the signal. */
  ended(): Promise<number | NodeJS.Signals>;
  /** KILL, and waits. */
  end(): Promise<void>;
}

export const modelServerAt = (port: number, host = '127.0.0.1'): ModelServerAt => {
  const url = `http://${host}:${port}`;
  const ask = async (path: string, method: 'GET' | 'POST'): Promise<ModelServerFigures> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { connection: 'close' },
      signal: AbortSignal.timeout(10_000),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return (await response.json()) as ModelServerFigures;
  };
  return { url, figures: () => ask('/control', 'GET'), order: (name) => ask(`/control/${name}`, 'POST') };
};

/** Whoever ends what was started: a test context, or a bench's own list. */
export interface CleanUp {
  after(clean: () => Promise<void> | void): void;
}

/** Starts one and waits until it listens. It ends with the test, and with this process. */
export const startModelServer = async (t: CleanUp, ...args: readonly string[]): Promise<ModelServer> => {
  const [command, ...rest] = modelServerCommand('--with-parent', ...args);
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  const end = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  t.after(end);
  const seen: string[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => seen.push(line));
  const untilSaid = async (start: string): Promise<string> => {
    for (;;) {
      const line = seen.find((each) => each.startsWith(start));
      if (line !== undefined) return line;
      const how = await Promise.race([once(lines, 'line').then(() => null), exited]);
      if (how !== null && !seen.some((each) => each.startsWith(start)))
        throw new Error(`the model server ended (${how}) before it said "${start}"`);
    }
  };
  const port = Number((await untilSaid('listening ')).slice('listening '.length));
  return {
    ...modelServerAt(port),
    child,
    pid: child.pid ?? 0,
    port,
    loaded: () => untilSaid('loaded').then(() => {}),
    ended: () => exited,
    end,
  };
};
