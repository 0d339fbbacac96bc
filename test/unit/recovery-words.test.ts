import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { notificationWords } from '../../app/notify-model.ts';
import { actWords, titleWords } from '../../helper/protocol/act-words.ts';
import type { ActTarget, Proposal } from '../../helper/protocol/relief.ts';
import { hintOf, interruptedWords, progressWords, recoverySteps } from '../../helper/relief/recovery-words.ts';
import { confirmation } from '../../renderer/data/relief/approvals.ts';

/** A recovery and a fallback as people read of them. */

const seat: ActTarget = { kind: 'seat', name: 'Cilghal', pid: 7, start: null, footprintBytes: 0, count: 1 };
const spare: ActTarget = { ...seat, kind: 'service', name: 'com.sanctum.spare', pid: null };

const proposal: Proposal = {
  ...{ id: 1, hash: 'aa', plan: 1, verb: 'recover', target: seat, title: titleWords('recover', seat) },
  ...{ reason: 'Cilghal does no work: no answer.', expected: 'It answers ten prompts when it runs again.', impact: [] },
  ...{ needsConfirmation: true, expiresInSeconds: 120, dryRun: false, episode: 'recover x', reissued: 0 },
};

describe('the words of a recovery', () => {
  test('ask for it by the seat, and one press on a notification opens the card', () => {
    assert.equal(proposal.title, 'Recover the seat Cilghal?');
    assert.equal(actWords('fallback', spare), 'Start com.sanctum.spare');
    assert.equal(actWords('fallback_end', spare), 'Stop com.sanctum.spare');
    const words = notificationWords(proposal);
    assert.deepEqual(words.actions, ['Review…', 'Not now']);
    assert.equal(notificationWords({ ...proposal, needsConfirmation: false }).actions[0], 'Review…');
  });

  test('say before the second press that it cannot be undone, and what is done', () => {
    const { text, yes } = confirmation(proposal);
    assert.match(text, /cannot be undone\. It is killed if it does not end by itself, then started again/);
    assert.equal(yes, 'Yes, end it and start it again');
  });

  test('number the steps, and say of each what to do when it fails', () => {
    const texts = recoverySteps.map((step) => progressWords({ step }));
    assert.deepEqual(
      texts.map((text) => /^Recovery, step (\d) of 5: .+\.$/.exec(text)?.[1]),
      ['1', '2', '3', '4', '5'],
    );
    assert.match(progressWords({ step: 'stop', isKilled: true }), /is killed\.$/);
    for (const step of recoverySteps) {
      assert.match(hintOf(step, 'Cilghal'), /\.$/);
      assert.ok(interruptedWords(step, 'Cilghal').endsWith(hintOf(step, 'Cilghal')));
    }
  });
});
