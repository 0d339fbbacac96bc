import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright';
import { pageUrl } from '../../app/scheme.ts';
import type { TestHook } from '../../app/test-hook.ts';
import { findElectron } from '../../build/fetch/electron-runtime.ts';
import { bundle } from '../../build/outputs/bundle.ts';
import type { TrayItem } from '../fakes/session-bus.ts';
import { eventually, root, type World } from './surroundings.ts';

/** The real app, bundled, in a real Electron, driven by Playwright: its window by clicks, its main process by its hook. */

const pictures = path.join(root, 'dist/e2e');

export interface RunningApp {
  readonly electron: ElectronApplication;
  readonly pid: number;
  readonly tray: TrayItem;
  /** Calls the hook of the main process (app/test-hook.ts). */
  readonly hook: <K extends keyof TestHook>(
    name: K,
    ...args: Parameters<TestHook[K]>
  ) => Promise<ReturnType<TestHook[K]>>;
  /** Clicks the tray if the popover is closed, and waits for its page. */
  readonly open: () => Promise<Page>;
  /** The page of the window, once that has been opened by whatever means. */
  readonly windowPage: () => Promise<Page>;
  readonly shoot: (page: Page, name: string) => Promise<void>;
  /** Questions the main process asks from now on are answered by this button, and noted. */
  readonly answers: (button: number) => Promise<void>;
  /** What it asked since. */
  readonly asked: () => Promise<readonly string[]>;
  /** Standard output and error of the main process. */
  readonly output: () => string;
  readonly kill: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Where the app of a world keeps its own things. */
export const userDataOf = (world: World): string => path.join(world.folder, 'user-data');

/** Arguments of Electron for the app, without Chromium's sandbox switch, which Playwright adds by itself. */
export const appArguments = (world: World): readonly string[] => [root, `--user-data-dir=${userDataOf(world)}`];

export const appEnvironment = (world: World): Record<string, string> => ({
  ...world.env,
  CASTELLAN_RUN_DIR: world.runDirectory,
});

interface WithHook {
  readonly __castellan: Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;
}

export const launchApp = async (world: World): Promise<RunningApp> => {
  const runtime = findElectron(root);
  if (runtime.kind === 'missing') throw new Error(runtime.reason);
  // The electron package reads the variable in this process; Playwright hands `env` to the child only.
  if (runtime.source !== 'official') process.env.ELECTRON_OVERRIDE_DIST_PATH = runtime.folder;
  // Nothing to do under `npm test`, which has it made; run by itself, a test must not meet yesterday's app.
  await bundle();
  const coming = world.bus.nextItem();
  coming.catch(() => {});
  const electron = await _electron.launch({
    args: [...appArguments(world)],
    env: appEnvironment(world),
    // Playwright's own emulation would hide what nativeTheme says.
    colorScheme: null,
  });
  const main = electron.process();
  let ended = false;
  const gone = new Promise<void>((resolve) =>
    main.once('exit', () => {
      ended = true;
      resolve();
    }),
  );
  const kill = async (): Promise<void> => {
    if (!ended) main.kill('SIGKILL');
    await gone;
  };
  const answers: RunningApp['answers'] = (button) =>
    electron.evaluate(({ dialog }, response) => {
      const asked: string[] = [];
      Object.assign(globalThis, { asked_: asked });
      dialog.showMessageBox = (async ({ message }: { readonly message: string }) => {
        asked.push(message);
        return { response, checkboxChecked: false };
      }) as never;
    }, button);
  const close = async (): Promise<void> => {
    if (ended) return;
    const timer = setTimeout(() => main.kill('SIGKILL'), 5000);
    // While an approval waits it would ask; one that ends already cannot be told.
    await answers(1).catch(() => {});
    await electron.close();
    await gone;
    clearTimeout(timer);
  };
  world.defer(close);
  let output = '';
  for (const stream of [main.stdout, main.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }

  const hook: RunningApp['hook'] = async (name, ...args) =>
    (await electron.evaluate(
      (_electronModule, [call, given]) => (globalThis as unknown as WithHook).__castellan[call]?.(...given) ?? null,
      [name as string, args as readonly unknown[]] as const,
    )) as never;

  const tray = await coming;
  const pageAt = async (address: string): Promise<Page> => {
    const page = await eventually(
      () => electron.windows().find((each) => each.url() === address),
      () => `${address} opens\n${output}`,
    );
    await page.waitForSelector('[data-testid=level]');
    return page;
  };
  const open = async (): Promise<Page> => {
    if (!(await hook('isOpen'))) await tray.activate();
    return pageAt(pageUrl);
  };

  return {
    electron,
    pid: main.pid ?? 0,
    tray,
    hook,
    open,
    windowPage: () => pageAt(`${pageUrl}#window`),
    shoot: async (page, name) => {
      mkdirSync(pictures, { recursive: true });
      await page.screenshot({ path: path.join(pictures, `${name}.png`) });
    },
    answers,
    asked: () => electron.evaluate(() => (globalThis as unknown as { asked_: readonly string[] }).asked_),
    output: () => output,
    kill,
    close,
  };
};
