/** `npm run gallery [STATE]`: looks at the states of popover and window; `-- --pictures` draws them all into a folder. */
import path from 'node:path';
import { bundle } from '../../build/outputs/bundle.ts';
import { openSurroundings } from '../../build/testing/display.ts';
import { gallery } from './list.ts';
import { openGallery } from './open.ts';
import { drawPictures } from './pictures.ts';

const usage = `npm run gallery [STATE]          every state of popover and window, beside a list of them
npm run gallery -- --pictures    draws them all into dist/e2e/gallery; needs no display`;

const root = path.resolve(import.meta.dirname, '../..');
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const fail = (line: string): never => {
  process.stderr.write(`${line}\n`);
  process.exit(1);
};

// What the shell can do it finds out as it is loaded, so after there is a display and a renderer.
const openShell = async () => {
  const { missing, openShell: open } = await import('../e2e/popover-states-shell.ts');
  return missing === false ? await open() : fail(missing);
};

const pictures = async (): Promise<void> => {
  const surroundings = await openSurroundings(root);
  if (surroundings.kind === 'skip') return fail(`No pictures: ${surroundings.reason}`);
  Object.assign(process.env, surroundings.env);
  try {
    const shell = await openShell();
    const start = performance.now();
    const index = await drawPictures(shell, gallery, path.join(root, 'dist/e2e/gallery'));
    await shell.close();
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    say(`${gallery.length} states in light and dark, in ${seconds} s: ${path.relative(process.cwd(), index)}`);
  } finally {
    await surroundings.close();
  }
};

const show = async (first: string | undefined): Promise<void> => {
  if (process.platform === 'linux' && (process.env.DISPLAY ?? '') === '')
    fail('There is no display to show the gallery on. `npm run gallery -- --pictures` draws every state without one.');
  const shell = await openShell();
  const ended = new Promise<void>((resolve) => shell.electron.once('close', () => resolve()));
  await openGallery(shell, gallery, first);
  await ended;
};

const args = process.argv.slice(2);
const [first] = args;
if (first === '--help' || args.length > 1) say(usage);
else if (first !== undefined && !first.startsWith('--') && !gallery.some(({ name }) => name === first))
  fail(`There is no state "${first}". These are: ${gallery.map(({ name }) => name).join(', ')}.`);
else {
  await bundle();
  if (first === '--pictures') await pictures();
  else if (first?.startsWith('--')) fail(usage);
  else await show(first);
}
