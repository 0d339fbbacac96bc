import { spawn } from 'node:child_process';
import { findElectron } from '../../build/fetch/electron-runtime.ts';
import type { TrayItem } from '../fakes/session-bus.ts';
import { appArguments, appEnvironment } from './harness.ts';
import { end, eventually, kept, root, type World } from './surroundings.ts';

/**
 * The real app without Playwright, for what Playwright changes: it emulates focus, so that a page is never hidden, and
 * its own work would be measured with the app's. Its main process is asked through Node's inspector.
 */

export interface PlainApp {
  readonly pid: number;
  readonly tray: TrayItem;
  /** Evaluates an expression in the main process, with `require` and `hook` (app/test-hook.ts) in scope. */
  readonly main: <T>(expression: string) => Promise<T>;
  /** Evaluates an expression in the popover's page. */
  readonly page: <T>(expression: string) => Promise<T>;
}

interface Answer {
  readonly id?: number;
  readonly result?: {
    readonly result: { readonly value?: unknown };
    readonly exceptionDetails?: { readonly text: string; readonly exception?: { readonly description?: string } };
  };
}

const inspect = async (url: string): Promise<{ readonly evaluate: PlainApp['main']; readonly close: () => void }> => {
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error('the inspector cannot be reached')));
  });
  const waiting = new Map<number, (answer: Answer) => void>();
  let last = 0;
  socket.addEventListener('message', ({ data }) => {
    const answer = JSON.parse(String(data)) as Answer;
    if (answer.id !== undefined) waiting.get(answer.id)?.(answer);
  });
  const evaluate = async <T>(expression: string): Promise<T> => {
    last += 1;
    const id = last;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    waiting.set(id, resolve);
    const params = { expression, awaitPromise: true, returnByValue: true, includeCommandLineAPI: true };
    socket.send(JSON.stringify({ id, method: 'Runtime.evaluate', params }));
    const { result } = await promise;
    waiting.delete(id);
    const wrong = result?.exceptionDetails;
    if (wrong !== undefined) throw new Error(wrong.exception?.description ?? wrong.text);
    return result?.result.value as T;
  };
  return { evaluate, close: () => socket.close() };
};

/** `switches`: of Chromium, for what is measured. */
export const launchPlainApp = async (world: World, switches: readonly string[] = []): Promise<PlainApp> => {
  const runtime = findElectron(root);
  if (runtime.kind === 'missing') throw new Error(runtime.reason);
  const coming = world.bus.nextItem();
  coming.catch(() => {});
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const args = ['--inspect=127.0.0.1:0', ...sandbox, ...switches, ...appArguments(world)];
  const options = { env: appEnvironment(world), stdio: ['ignore', 'pipe', 'pipe'] as const };
  const child = kept(spawn(runtime.executable, args, { ...options, stdio: [...options.stdio] }));
  world.defer(() => end(child));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const url = await eventually(
    () => /ws:\/\/\S+/.exec(output)?.[0],
    () => `the inspector listens\n${output}`,
  );
  const tray = await coming;
  const { evaluate, close } = await inspect(url);
  world.defer(close);
  const main: PlainApp['main'] = (expression) =>
    evaluate(`{ const hook = globalThis.__castellan; const electron = require('electron'); ${expression} }`);
  const page: PlainApp['page'] = (expression) =>
    main(`electron.BrowserWindow.getAllWindows()[0].webContents.executeJavaScript(${JSON.stringify(expression)})`);
  await eventually(
    () => main<boolean>('hook !== undefined'),
    () => `the app starts\n${output}`,
  );
  return { pid: child.pid ?? 0, tray, main, page };
};
