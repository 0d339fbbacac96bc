import { after, before, describe, test } from 'node:test';
import { statusSchema } from '../../helper/protocol/status.ts';
import { drawState, largeWindow, light, smallWindow, turnDark } from '../gallery/draw.ts';
import { gallery } from '../gallery/list.ts';
import { missing, openShell, type PopoverShell } from './popover-states-shell.ts';

/** Every state of the window, small and light as large and dark: it fits, it is readable, axe is content. */

describe('looks of the window', { skip: missing, timeout: 400_000 }, () => {
  let shell: PopoverShell;
  before(async () => {
    shell = await openShell();
  });
  after(async () => {
    await shell?.close();
  });

  for (const shown of gallery.filter(({ kind }) => kind === 'window')) {
    const { name, isVast = false } = shown;
    test(`${name}: fits, is readable and accessible, small and light as large and dark`, async () => {
      const { snapshot } = await drawState(shell, shown, light, smallWindow);
      if (snapshot.status !== null) statusSchema.parse(snapshot.status);
      await shell.shoot(`${name}-small-light`);
      await shell.check(`${name} small light`, isVast);
      await shell.resize(largeWindow);
      await turnDark(shell);
      await shell.shoot(`${name}-large-dark`);
      await shell.check(`${name} large dark`, isVast);
    });
  }
});
