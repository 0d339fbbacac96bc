import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { trayModel } from '../../app/tray-model.ts';
import { stateText } from '../../helper/cli/seats/words.ts';
import { levelWords } from '../../helper/cli/status/words.ts';
import type { SeatState } from '../../helper/protocol/seats.ts';
import { stateWords } from '../../renderer/data/seats/seats.ts';
import { levelNames, levelSpoken, levelWord } from '../../renderer/text/levels.ts';
import { snapshot, status } from '../e2e/popover-fixtures.ts';

/** An operator who looks at a terminal, the menu bar and the window must not have to translate. */

describe('the same thing has the same word', () => {
  test('the state of a seat, in popover and window as in a terminal', () => {
    for (const [state, word] of Object.entries(stateWords) as [SeatState, string][])
      if (state !== 'doomed') assert.match(stateText(state), new RegExp(`^${word.toLowerCase()}\\b`), state);
  });

  test('a level, printed as it is shown, and spoken by the menu bar as by the window', () => {
    for (const name of levelNames) {
      assert.equal(levelWords[name].word, levelWord[name]);
      const now = status(0);
      const shown = snapshot(0, { kind: 'connected', tier: 'console' }, { ...now, level: { ...now.level, name } });
      assert.ok(trayModel(shown, 0).headline.startsWith(levelSpoken[name]), name);
    }
  });
});
