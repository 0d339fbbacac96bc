import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import pixelmatch from 'pixelmatch';
import { PNG } from 'pngjs';
import { drawState, light, smallWindow, turnDark } from '../gallery/draw.ts';
import { gallery } from '../gallery/list.ts';
import { missing, openShell, type PopoverShell } from './popover-states-shell.ts';

/**
 * What popover and window look like, held to pictures that somebody has looked at. They are made anew by `npm run baselines` and by
 * nothing else; where one does not fit any more, what was drawn and where it differs lies in dist/e2e/baselines.
 */

const folder = path.join(import.meta.dirname, 'baselines');
const differences = path.resolve(import.meta.dirname, '../../dist/e2e/baselines');
const isUpdating = process.env.CASTELLAN_BASELINES === 'update';
/** A second that is counted down moves a digit or two: of 212,800 pixels, far less than this. */
const allowedShare = 0.002;
/** Of the whole range of a colour (YIQ): a shade that no eye tells from the other. */
const sameColour = 0.1;

type Scheme = 'light' | 'dark';

/** Of the gallery, those in which nothing tells the time of day. */
const held: readonly (readonly [string, Scheme])[] = [
  ['green', 'light'],
  ['green', 'dark'],
  ['yellow', 'dark'],
  ['orange', 'light'],
  ['red', 'light'],
  ['red', 'dark'],
  ['approval', 'light'],
  ['approval', 'dark'],
  ['approval-kill', 'light'],
  ['frozen', 'dark'],
  ['dry-run', 'light'],
  ['seats-serving', 'light'],
  ['seats-troubled', 'dark'],
  ['no-seats', 'dark'],
  ['not-installed', 'light'],
  ['needs-approval', 'dark'],
  ['missing', 'light'],
  ['window-overview', 'dark'],
  ['window-processes', 'light'],
  ['window-policy', 'light'],
];

describe('popover and window as they were looked at', { skip: missing, timeout: 200_000 }, () => {
  let shell: PopoverShell;
  before(async () => {
    shell = await openShell();
    mkdirSync(isUpdating ? folder : differences, { recursive: true });
  });
  after(async () => {
    await shell?.close();
  });

  const draw = async (name: string, scheme: Scheme): Promise<Buffer> => {
    const state = gallery.find((each) => each.name === name);
    assert.ok(state !== undefined, 'the gallery has no such state');
    await drawState(shell, state, light, smallWindow);
    if (scheme === 'dark') await turnDark(shell);
    // A button that approves arms itself a moment after it appears; until then it is there, and dimmed.
    if (name.startsWith('approval'))
      await shell.until(`document.querySelector('[data-testid=approve][aria-disabled=true]') === null`);
    return shell.page.screenshot({ animations: 'disabled', caret: 'hide' });
  };

  for (const [name, scheme] of held) {
    const picture = `${name}-${scheme}`;
    const file = path.join(folder, `${picture}.png`);
    test(picture, async () => {
      const drawn = await draw(name, scheme);
      if (isUpdating) return writeFileSync(file, drawn);
      assert.ok(
        existsSync(file),
        `there is no picture of it; \`npm run baselines\` makes one: look at it before you keep it`,
      );
      const [now, then] = [PNG.sync.read(drawn), PNG.sync.read(readFileSync(file))];
      const { width, height } = then;
      assert.deepEqual([now.width, now.height], [width, height]);
      const difference = new PNG({ width, height });
      const pixels = pixelmatch(now.data, then.data, difference.data, width, height, { threshold: sameColour });
      const share = pixels / (width * height);
      const [actualFile, differenceFile] = ['', '-difference'].map((what) =>
        path.join(differences, `${picture}${what}.png`),
      ) as [string, string];
      if (share <= allowedShare) {
        for (const old of [actualFile, differenceFile]) rmSync(old, { force: true });
        return;
      }
      writeFileSync(actualFile, drawn);
      writeFileSync(differenceFile, PNG.sync.write(difference));
      const percent = (share * 100).toFixed(2);
      assert.fail(`${percent} % of its pixels differ; see dist/e2e/baselines. If it is meant: \`npm run baselines\``);
    });
  }
});
