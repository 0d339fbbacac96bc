import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { statusSchema } from '../../helper/protocol/status.ts';
import { drawState, light, turnDark } from '../gallery/draw.ts';
import { gallery } from '../gallery/list.ts';
import { missing, openShell, type PopoverShell } from './popover-states-shell.ts';

/** Every state of the popover, light and dark: it fits, it is readable, axe is content. */

describe('looks of the popover', { skip: missing, timeout: 400_000 }, () => {
  let shell: PopoverShell;
  before(async () => {
    shell = await openShell();
  });
  after(async () => {
    await shell?.close();
  });

  for (const shown of gallery.filter(({ kind }) => kind === 'popover')) {
    const { name, isVast = false } = shown;
    test(`${name}: fits, is readable and accessible in light and dark`, async () => {
      const state = await drawState(shell, shown, light);
      if (state.snapshot.status !== null) statusSchema.parse(state.snapshot.status);
      await shell.shoot(`${name}-light`);
      await shell.check(`${name} light`, isVast);
      await turnDark(shell);
      await shell.shoot(`${name}-dark`);
      await shell.check(`${name} dark`, isVast);
      const { kind } = state.snapshot.connection;
      const expected = state.screen === undefined ? (kind === 'connected' ? null : kind) : state.screen;
      const screen = shell.page.getByTestId('state-screen');
      if (expected === null) assert.equal(await screen.count(), 0);
      else assert.equal(await screen.getAttribute('data-kind'), expected);
    });
  }
});
