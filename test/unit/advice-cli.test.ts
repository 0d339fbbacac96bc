import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { questionBody, questionOf } from '../../helper/advice/question.ts';
import { adviceOutputSchema } from '../../helper/cli/advice/output.ts';
import { run } from '../../helper/cli/main.ts';
import { statusLines } from '../../helper/cli/status/view.ts';
import type { AdviceStatus } from '../../helper/protocol/advice.ts';
import { capturedIo } from '../fakes/captured-io.ts';
import { adviceAnswer, troubledAdvice, troubledStatus } from '../fakes/sample-advice.ts';
import { noAdvice, sampleStatus } from '../fakes/sample-status.ts';
import { sampleHandlers, startSocketKeeper } from '../fakes/socket-keeper.ts';

const explanation = { atMs: 1, level: 'red', chosen: null, noop: 'Nothing would help.', passedOver: [] } as const;

const advice = async (t: TestContext, shown: AdviceStatus, ...args: readonly string[]) => {
  const status = shown.cause === null ? sampleStatus({ advice: shown }) : troubledStatus({ advice: shown });
  const { runDirectory } = await startSocketKeeper(t, {
    handlers: sampleHandlers({
      'read.status': () => ({ ok: true, result: status }),
      'read.explain': () => ({ ok: true, result: { ...explanation, passedOver: [] } }),
    }),
  });
  const io = capturedIo();
  return { code: await run(['advice', '--run-dir', runDirectory, ...args], io), ...io.text, status };
};

test('a suggestion is shown with its source and its age, as text of another machine, with the runbook', async (t) => {
  const { code, out } = await advice(t, troubledAdvice());
  assert.equal(code, 1);
  assert.equal(
    out,
    `Memory stays critically short. (2 min)
Advisor: advisor.example.org (qwen3-32b) has answered.

Suggestion from advisor.example.org (qwen3-32b), 4 min ago:
  The virtual machine holds most of what is compressed.

  1. Save its work.
  2. Shut it down in order.
It is text from another machine: nothing of it is carried out. Judge it before you follow it.

Runbook, for what the figures show now:
  Swap is 90 % full: when it is used up, the kernel ends whom it chooses.
    - \`castellan status\` shows whom the kernel would end next, as soon as that is known.
`,
  );
});

test('an old answer is said to be old, and why there is no newer', async (t) => {
  const detail = 'https://advisor.example.org/… does not answer within 60 s.';
  const { out } = await advice(
    t,
    troubledAdvice({
      advisor: { state: 'failed', host: 'advisor.example.org', model: 'qwen3-32b', detail },
      answer: adviceAnswer({ isOld: true, ageSeconds: 3 * 86_400 }),
    }),
  );
  assert.match(out, /gave no answer\. https:\/\/advisor\.example\.org\/… does not answer within 60 s\.$/m);
  assert.match(out, /3 d ago, given for an earlier time like this:$/m);
});

test('without an advisor the runbook stands alone, and in calm nothing does', async (t) => {
  const alone = await advice(t, troubledAdvice({ advisor: noAdvice.advisor, answer: null }));
  assert.equal(alone.code, 1);
  assert.match(alone.out, /^Nobody is asked: castellan\.toml has no \[advisor\]\.$/m);
  assert.doesNotMatch(alone.out, /Suggestion/);
  const calm = await advice(t, noAdvice);
  assert.equal(calm.code, 0);
  assert.match(calm.out, /^There is no need for advice now\.\n/);
});

test('--json is what the schema says, and --bundle is what would be sent', async (t) => {
  const json = await advice(t, troubledAdvice(), '--json');
  assert.equal(json.code, 1);
  assert.deepEqual(adviceOutputSchema.parse(JSON.parse(json.out)), troubledAdvice());
  const { out, code, status } = await advice(t, troubledAdvice(), '--bundle', '--json');
  assert.equal(code, 0);
  assert.equal(out, `${questionBody(questionOf('qwen3-32b', status, { ...explanation, passedOver: [] }, 'red'))}\n`);
  const readable = await advice(t, troubledAdvice(), '--bundle');
  assert.match(readable.out, /^model qwen3-32b, max_tokens 600/);
  for (const line of String(JSON.parse(out).messages[1].content).split('\n'))
    assert.ok(readable.out.includes(`${line}\n`), line);
  const nobody = await advice(t, noAdvice, '--bundle');
  assert.match(nobody.out, /^model MODEL,/);
});

test('the status has a line of it only while advice is called for, and nothing of its words', () => {
  const shown = (advice: AdviceStatus): string =>
    statusLines(troubledStatus({ advice }), [])
      .map((line) => line.map(({ text }) => text).join(''))
      .join('\n');
  assert.match(
    shown(troubledAdvice()),
    /^ {2}advice {4}a suggestion of advisor\.example\.org, and a runbook: `castellan advice` shows it$/m,
  );
  assert.ok(!shown(troubledAdvice()).includes('Save its work'));
  const old = troubledAdvice({ answer: adviceAnswer({ isOld: true }) });
  assert.match(shown(old), /^ {2}advice {4}a runbook: `castellan advice` shows it$/m);
  assert.ok(!shown(noAdvice).includes('castellan advice'));
});
