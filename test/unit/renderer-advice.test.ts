import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adviceView } from '../../renderer/data/relief/advice.ts';
import { adviceAnswer, troubledAdvice } from '../fakes/sample-advice.ts';
import { noAdvice } from '../fakes/sample-status.ts';

test('there is nothing while there is no need, whatever was said before', () => {
  assert.equal(adviceView(noAdvice, 0), null);
  assert.equal(adviceView({ ...troubledAdvice(), cause: null }, 0), null);
});

test('the line says who, and how long ago as time goes on', () => {
  assert.equal(adviceView(troubledAdvice(), 0)?.line, 'Suggestion from advisor.example.org · 4 min ago');
  assert.equal(adviceView(troubledAdvice(), 60)?.line, 'Suggestion from advisor.example.org · 5 min ago');
  const old = troubledAdvice({ answer: adviceAnswer({ isOld: true, ageSeconds: 3 * 86_400 }) });
  assert.equal(adviceView(old, 0)?.line, 'Earlier suggestion from advisor.example.org · 3 days ago');
  assert.match(adviceView(old, 0)?.answer?.note ?? '', /for an earlier time like this one\. It is not checked/);
});

test('without an answer the line leads to the runbook, and says who is being asked', () => {
  const none = troubledAdvice({ advisor: noAdvice.advisor, answer: null });
  assert.equal(adviceView(none, 0)?.line, 'What to look at now');
  assert.equal(adviceView(none, 0)?.trouble, '');
  const asking = { state: 'asking', host: 'advisor.example.org', model: 'm', detail: '' } as const;
  assert.match(adviceView(troubledAdvice({ advisor: asking, answer: null }), 0)?.line ?? '', /^Asking advisor/);
  const failed = { ...asking, state: 'failed', detail: 'It does not answer.' } as const;
  assert.equal(
    adviceView(troubledAdvice({ advisor: failed }), 0)?.trouble,
    'advisor.example.org gave no answer. It does not answer.',
  );
});
