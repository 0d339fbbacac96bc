import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { trayModel } from '../../app/tray-model.ts';
import { observations } from '../../helper/cli/log/sentence.ts';
import { stateText } from '../../helper/cli/seats/words.ts';
import { levelWords } from '../../helper/cli/status/words.ts';
import { actWords as verbText } from '../../helper/protocol/act-words.ts';
import type { ActVerbName } from '../../helper/protocol/relief.ts';
import type { SeatState } from '../../helper/protocol/seats.ts';
import { observations as windowObservations } from '../../renderer/data/log/words.ts';
import { actWords } from '../../renderer/data/relief/relief.ts';
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

  test('what was noticed, in the log of the window as in a terminal', () => {
    assert.deepEqual(windowObservations, observations);
  });

  test('an act; only what is given back is spoken of plainly in the window', () => {
    const machine = { kind: 'machine', name: '', pid: null, start: null, footprintBytes: 0, count: 1 } as const;
    for (const [verb, word] of Object.entries(actWords) as [ActVerbName, string][])
      assert.equal(verbText(verb, machine), verb === 'restore' ? 'Restore' : word, verb);
    assert.equal(actWords.restore, 'Bring back');
  });
});
