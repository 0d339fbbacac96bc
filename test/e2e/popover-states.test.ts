import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { statusSchema } from '../../helper/protocol/status.ts';
import type { PopoverState } from './popover-fixtures.ts';
import { stateNames, states } from './popover-states-list.ts';
import { missing, openShell, type PopoverShell } from './popover-states-shell.ts';

/** Every state of the popover, light and dark: it fits, it is readable, axe is content. */

describe('looks of the popover', { skip: missing, timeout: 200_000 }, () => {
  let shell: PopoverShell;
  before(async () => {
    shell = await openShell();
  });
  after(async () => {
    await shell?.close();
  });

  for (const name of stateNames) {
    const make: (nowMs: number) => PopoverState = states[name];
    test(`${name}: fits, is readable and accessible in light and dark`, async () => {
      const state = make(Date.now());
      if (state.snapshot.status !== null) statusSchema.parse(state.snapshot.status);
      for (const colorScheme of ['light', 'dark'] as const) {
        await shell.page.emulateMedia({ colorScheme });
        await shell.load(make(Date.now()));
        await shell.shoot(`${name}-${colorScheme}`);
        await shell.check(`${name} ${colorScheme}`);
      }
      const { kind } = state.snapshot.connection;
      const expected = state.screen === undefined ? (kind === 'connected' ? null : kind) : state.screen;
      const screen = shell.page.getByTestId('state-screen');
      if (expected === null) assert.equal(await screen.count(), 0);
      else assert.equal(await screen.getAttribute('data-kind'), expected);
    });
  }
});
