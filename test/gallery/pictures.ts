import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { PopoverShell } from '../e2e/popover-states-shell.ts';
import { drawState, light, turnDark } from './draw.ts';
import type { GalleryState } from './list.ts';

/** Draws each state in light and dark into `folder`, anew, and a page that shows them beside each other; returns its path. */
export const drawPictures = async (
  shell: PopoverShell,
  states: readonly GalleryState[],
  folder: string,
): Promise<string> => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const shoot = (name: string): Promise<unknown> => shell.page.screenshot({ path: path.join(folder, `${name}.png`) });
  for (const state of states) {
    await drawState(shell, state, light);
    await shoot(`${state.name}-light`);
    await turnDark(shell);
    await shoot(`${state.name}-dark`);
  }
  const index = path.join(folder, 'index.html');
  writeFileSync(index, contactSheet(states));
  return index;
};

const figure = ({ name, kind }: GalleryState): string =>
  `<figure id="${name}" class="${kind}"><figcaption><a href="#${name}">${name}</a></figcaption>
${['light', 'dark'].map((scheme) => `<img loading="lazy" alt="${name}, ${scheme}" src="${name}-${scheme}.png">`).join('\n')}
</figure>`;

const contactSheet = (states: readonly GalleryState[]): string => {
  const groups = [...new Set(states.map(({ group }) => group))];
  const section = (group: string): string => `<h2 id="${group}">${group}</h2>
<div>${states
    .filter((state) => state.group === group)
    .map(figure)
    .join('\n')}</div>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Castellan gallery</title><style>
  :root { color-scheme: light dark; font: 14px/1.4 system-ui, sans-serif }
  body { margin: 24px }
  nav { position: sticky; top: 0; padding: 8px 0; background: Canvas }
  div { display: flex; flex-wrap: wrap; gap: 24px }
  figure { display: grid; grid-template-columns: auto auto; gap: 4px; margin: 0 }
  figcaption { grid-column: 1 / -1 }
  img { width: 380px; border: 1px solid GrayText }
  .window img { width: 600px }
</style></head><body>
<h1>Castellan, ${states.length} states in light and dark</h1>
<nav>${groups.map((group) => `<a href="#${group}">${group}</a>`).join(' · ')}</nav>
${groups.map(section).join('\n')}
</body></html>
`;
};
