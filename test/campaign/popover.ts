/** `npm run campaign popover`: the real app, its popover opened and hidden again and again, and what that leaves behind. */
import { parseArgs } from 'node:util';
import { bundle } from '../../build/outputs/bundle.ts';
import { openAndHide, privateMb } from '../e2e/app-costs.ts';
import { startKeeper } from '../e2e/keeper-process.ts';
import { launchPlainApp, type PlainApp } from '../e2e/plain-app.ts';
import { eventually, missing, openWorld, type World } from '../e2e/surroundings.ts';
import { writePast } from '../fakes/virtual-history.ts';
import { type Point, slopeOf } from './popover/slope.ts';

const usage = `npm run campaign popover -- [--runs N] [--cold]

  --runs N   times the popover is opened and hidden (default 1,000, about 12 minutes)
  --cold     its window is given back and made anew each time, as after a minute and a half out of sight`;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** V8 compiles for as long as functions become hot, half an hour and more; interpreted, nothing grows but what is kept. */
const interpreted = ['--js-flags=--no-opt --no-sparkplug'];
/** More than the popover's chart shows. */
const pastMs = 60 * 60_000;
/** Openings between two looks at memory. */
const lookEvery = 25;
/** The first part fills caches, pools and the chart's pictures. */
const settlingShare = 0.3;
/** What may be left of one opening, in KB: below it a day of an opening a minute leaves less than 3 MB. */
const allowedKb = 2;

interface Options {
  readonly runs: number;
  readonly isCold: boolean;
}

const parse = (argv: readonly string[]): Options => {
  const { values } = parseArgs({
    args: [...argv],
    options: { runs: { type: 'string', default: '1000' }, cold: { type: 'boolean', default: false } },
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 4 * lookEvery || runs > 1e6)
    throw new Error(`--runs is a whole number from ${4 * lookEvery} to 1000000, not "${values.runs}"`);
  return { runs, isCold: values.cold };
};

/** Heaps of the main process and of the page, MB; the page has none when its window is given back. */
interface Heaps {
  readonly main: number;
  readonly page: number;
}

/** Garbage is nothing that an opening leaves behind, however long V8 lets it lie: both heaps are collected, then measured. */
const collected = async (app: PlainApp): Promise<Heaps> => {
  const mb = (bytes: number): number => bytes / 2 ** 20;
  const main = await app.main<number>(`(() => {
    require('v8').setFlagsFromString('--expose-gc');
    require('vm').runInNewContext('gc')();
    return process.memoryUsage().heapUsed;
  })()`);
  const page = await app.main<number>(`(async () => {
    let bytes = 0;
    for (const { webContents } of electron.BrowserWindow.getAllWindows()) {
      webContents.debugger.attach();
      await webContents.debugger.sendCommand('HeapProfiler.collectGarbage');
      bytes += (await webContents.debugger.sendCommand('Runtime.getHeapUsage')).usedSize;
      webContents.debugger.detach();
    }
    return bytes;
  })()`);
  return { main: mb(main), page: mb(page) };
};

const cycle = async (app: PlainApp, { runs, isCold }: Options): Promise<readonly Point[]> => {
  if (isCold) await app.main('hook.setHiddenLifeMs(0)');
  const points: Point[] = [];
  for (let count = 1; count <= runs; count += 1) {
    await openAndHide(app);
    if (isCold) await eventually(() => app.main<boolean>('!hook.hasWindow()'), 'the window is given back');
    if (count % lookEvery !== 0) continue;
    const heaps = await collected(app);
    const mb = privateMb(app.pid);
    points.push({ at: count, mb });
    const [main, page] = [heaps.main.toFixed(2), heaps.page.toFixed(2)];
    say(
      `  ${String(count).padStart(5)} openings: private ${mb.toFixed(1)} MB; heaps: main ${main} MB, page ${page} MB`,
    );
  }
  return points;
};

const run = async (world: World, options: Options): Promise<boolean> => {
  await bundle();
  // Charts that fill up as time passes would grow with it, and not with the openings.
  writePast(world.runDirectory, { lengthMs: pastMs, untilMs: Date.now() });
  await startKeeper(world, 'sim');
  const app = await launchPlainApp(world, interpreted);
  await eventually(() => app.main<boolean>("hook.snapshot().connection.kind === 'connected'"), 'the app is connected');
  say(`popover: ${options.runs} openings${options.isCold ? ', a new window each time' : ''}`);
  const points = await cycle(app, options);
  const settled = points.filter(({ at }) => at > options.runs * settlingShare);
  const kb = slopeOf(settled) * 1024;
  const passed = kb <= allowedKb;
  say(
    `${passed ? 'passed' : 'FAILED'}: ${kb.toFixed(2)} KB an opening over the last ${settled.length} looks (at most ${allowedKb})`,
  );
  return passed;
};

const begin = (): Options | null => {
  if (process.argv.includes('--help')) {
    say(usage);
    return null;
  }
  try {
    return parse(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}\n`);
    process.exitCode = 2;
    return null;
  }
};

// What it started is ended with it (test/e2e/surroundings.ts), unless a signal is its end.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));
const options = begin();
if (options !== null && missing !== false) {
  process.stderr.write(`The app cannot run here: ${missing}\n`);
  process.exitCode = 1;
} else if (options !== null) {
  const ends: (() => Promise<void>)[] = [];
  try {
    process.exitCode = (await run(await openWorld({ after: (each) => void ends.push(each) }), options)) ? 0 : 1;
  } finally {
    for (const each of ends) await each();
  }
}
