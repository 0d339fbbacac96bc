import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright';
import type { SnapshotPatch } from '../../app/ipc/contract.ts';
import { findElectron } from '../../build/fetch/electron-runtime.ts';
import type { PopoverState } from './popover-fixtures.ts';

/** The built renderer in a real browser window, with a bridge that says what the test gives it. */

const root = path.resolve(import.meta.dirname, '../..');
const pictures = path.join(root, 'dist/e2e/states');
const renderer = process.env.CASTELLAN_RENDERER ?? path.join(root, 'dist/renderer');
const electron = findElectron(root);

/** Why there can be no window here; false when there can. */
export const missing: string | false =
  electron.kind === 'missing'
    ? electron.reason
    : process.platform === 'linux' && (process.env.DISPLAY ?? '') === ''
      ? 'there is no display; `npm test` starts a virtual one where Xvfb is installed'
      : existsSync(path.join(renderer, 'main.js'))
        ? false
        : 'dist/renderer is not built: run `npm run build`';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const probes = readFileSync(path.join(import.meta.dirname, 'popover-states-probes.js'), 'utf8');

interface Call {
  readonly name: string;
  readonly args: readonly unknown[];
}

interface Shell {
  readonly calls: readonly Call[];
  readonly load: (state: unknown, view: WindowView | undefined) => Promise<void>;
  readonly push: (patch: unknown) => void;
  readonly answer: (answers: unknown) => void;
  readonly resize: (view: WindowView) => void;
}

/** Drawn as the detached window, so large. */
export interface WindowView {
  readonly width: number;
  readonly height: number;
}

export interface PopoverShell {
  readonly electron: ElectronApplication;
  readonly page: Page;
  readonly load: (state: PopoverState) => Promise<void>;
  /** Loads a state of which nothing is known beforehand, also not what it shows; with a size as the window. */
  readonly draw: (state: PopoverState, view?: WindowView) => Promise<void>;
  /** Makes the window of a page that is drawn another size, as a person would. */
  readonly resize: (view: WindowView) => Promise<void>;
  /** What the console was told and what was thrown since the last state was loaded. */
  readonly errors: () => readonly string[];
  readonly push: (patch: SnapshotPatch) => Promise<void>;
  /** From now on calls of these names are answered so. */
  readonly answer: (answers: Readonly<Record<string, unknown>>) => Promise<void>;
  readonly calls: () => Promise<readonly Call[]>;
  /** Arguments of the first call of that name; waits for it. */
  readonly called: (name: string) => Promise<readonly unknown[]>;
  /** Runs an expression over popover-states-probes.js in the page. */
  readonly probe: <T>(expression: string) => Promise<T>;
  /** Waits until an expression holds in the page, hidden or not: a hidden page draws no frames to wait for. */
  readonly until: (expression: string) => Promise<void>;
  readonly painted: () => Promise<void>;
  /** The focus lies there, or comes there: an effect moves it after the paint that follows a click. */
  readonly focuses: (where: RegExp) => Promise<void>;
  /** Nothing overflows or is cut off, axe finds nothing (`withoutAxe`: is not asked), the console is silent. */
  readonly check: (name: string, withoutAxe?: boolean) => Promise<void>;
  readonly shoot: (name: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

const launch = (): Promise<ElectronApplication> => {
  // The electron package reads the variable in this process; Playwright hands `env` to the child only.
  if (electron.kind === 'found' && electron.source !== 'official') {
    process.env.ELECTRON_OVERRIDE_DIST_PATH = electron.folder;
  }
  return _electron.launch({
    args: [path.join(root, 'test/fakes/renderer-shell.cjs')],
    env: { ...(process.env as Record<string, string>), CASTELLAN_RENDERER: renderer },
  });
};

export const openShell = async (): Promise<PopoverShell> => {
  mkdirSync(pictures, { recursive: true });
  const app = await launch();
  const page = await app.firstWindow();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.stack ?? String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text());
  });

  const calls = (): Promise<readonly Call[]> =>
    app.evaluate(() => (globalThis as unknown as { readonly shell: Shell }).shell.calls as Call[]);

  const called = async (name: string): Promise<readonly unknown[]> => {
    const until = Date.now() + 5000;
    while (Date.now() < until) {
      const found = (await calls()).find((call) => call.name === name);
      if (found !== undefined) return found.args;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`the popover never called ${name}`);
  };

  // Through the debugger, which the page's own policy does not bind.
  const probe = <T>(expression: string): Promise<T> => page.evaluate(`${probes} probes.${expression}`) as Promise<T>;
  const painted = (): Promise<void> => probe('painted()');

  const until = async (expression: string): Promise<void> => {
    const end = Date.now() + 5000;
    while (Date.now() < end) {
      if (await page.evaluate(expression)) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`never came true: ${expression}`);
  };

  const draw = async (state: PopoverState, view?: WindowView): Promise<void> => {
    errors.length = 0;
    await app.evaluate(
      (_, given) => (globalThis as unknown as { readonly shell: Shell }).shell.load(given.state, given.view),
      { state: state as unknown as Record<string, unknown>, view },
    );
    // Playwright learns of the new page a moment after the app does; this waits across the change, evaluate() does not.
    await page.waitForSelector('body');
    await painted();
  };

  const focuses = async (where: RegExp): Promise<void> => {
    const end = Date.now() + 5000;
    for (;;) {
      const focused = await probe<string>('focused()');
      if (where.test(focused)) return;
      if (Date.now() > end) assert.match(focused, where);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  return {
    electron: app,
    page,
    until,
    focuses,
    calls,
    called,
    probe,
    painted,
    draw,
    errors: () => errors,
    resize: async (view) => {
      await app.evaluate((_, given) => (globalThis as unknown as { readonly shell: Shell }).shell.resize(given), view);
      await until(`innerWidth === ${view.width} && innerHeight === ${view.height}`);
      await painted();
    },
    load: async (state) => {
      await draw(state);
      await page.waitForSelector(
        state.snapshot.status === null || state.snapshot.registration.removal !== null
          ? '[data-testid=state-screen]'
          : '[data-testid=top-row]',
      );
      if (state.history !== null) await called('history');
      await painted();
    },
    push: (patch) =>
      app.evaluate(
        (_, given) => (globalThis as unknown as { readonly shell: Shell }).shell.push(given),
        patch as unknown as Record<string, unknown>,
      ),
    answer: (answers) =>
      app.evaluate(
        (_, given) => (globalThis as unknown as { readonly shell: Shell }).shell.answer(given),
        answers as Record<string, unknown>,
      ),
    check: async (name, withoutAxe = false) => {
      assert.deepEqual(await probe<readonly unknown[]>('overflows()'), [], `${name}: nothing overflows or is cut off`);
      assert.deepEqual(
        await probe<readonly unknown[]>('falseControls()'),
        [],
        `${name}: nothing only looks like a button`,
      );
      if (!withoutAxe) {
        if (await page.evaluate("typeof axe === 'undefined'")) await page.evaluate(axe);
        assert.deepEqual(await probe<readonly string[]>('violations()'), [], `${name}: axe finds nothing`);
      }
      assert.deepEqual(errors, [], `${name}: no errors in the console`);
    },
    shoot: async (name) => {
      await page.screenshot({ path: path.join(pictures, `${name}.png`) });
    },
    close: async () => app.close(),
  };
};

/**
 * Loads `first`, as the window when there is a `view`, hides it, pushes `next` five times, shows it again, and tells what the
 * page did meanwhile. `drawn`: is there as soon as `first` is drawn.
 * Without Playwright, which emulates focus, so that a page it is attached to never becomes hidden.
 */
export const runHidden = async (script: {
  readonly first: PopoverState;
  readonly next: SnapshotPatch;
  readonly view?: WindowView;
  readonly drawn: string;
}): Promise<unknown> => {
  if (electron.kind === 'missing') throw new Error(electron.reason);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const sandbox = process.platform === 'linux' && process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const args = [...sandbox, path.join(root, 'test/fakes/renderer-shell-hidden.cjs')];
  const env = { ...process.env, CASTELLAN_RENDERER: renderer, CASTELLAN_SCRIPT: JSON.stringify(script) };
  const child = execFile(electron.executable, args, { env, timeout: 30_000 }, (error, stdout, stderr) => {
    const line = stdout.split('\n').find((text) => text.startsWith('RESULT '));
    if (line === undefined) reject(error ?? new Error(stderr));
    else resolve(line.slice('RESULT '.length));
  });
  try {
    return JSON.parse(await promise);
  } finally {
    child.kill('SIGKILL');
  }
};
