import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GB } from '../../helper/config/config.ts';
import { configOf, type Given, honest, lmStudio, look, model, run } from '../fakes/runtime-ladder.ts';

/** Models of foreign runtimes that somebody may be using: the operator is asked, and what was approved is looked at again. */

describe('a model in use', () => {
  const busy = [model('llama-70b', 70, { busy: true })];

  test('the operator is asked, on the step of the ladder, while memory is green', () => {
    const { models, state } = run({ ...honest(busy), untilMs: 60_000 });
    assert.deepEqual(models, []);
    const [open] = state.relief.approvals.open;
    assert.equal(open?.plan.act.verb, 'unload');
    assert.ok(open?.impact.includes('it answers somebody now'), String(open?.impact));
  });

  const approve =
    (nowMs: number) =>
    (given: Given): ReturnType<typeof run> =>
      run({
        ...given,
        untilMs: nowMs + 10_000,
        also: {
          atMs: nowMs,
          event: ({ relief }) => {
            const [open] = relief.approvals.open;
            assert.ok(open);
            const { id } = open;
            const by = { uid: 501, client: 'cli' } as const;
            return { type: 'approve', request: 1, id, hash: open.plan.hash, confirmed: false, by };
          },
        },
      });
  const approved = approve(66_000);

  test('what was approved is done once, in the operator’s name', () => {
    const { acts, answers } = approved(honest(busy));
    assert.deepEqual(
      acts.map(({ act, by }) => [act.instance, by]),
      [['llama-70b', { uid: 501, client: 'cli' }]],
    );
    assert.equal(answers[0]?.ok, true);
  });

  test('what has become another since it was shown is not done', () => {
    for (const [what, later, code] of [
      ['it was unloaded', [], 'approval_withdrawn'],
      [
        'it is another instance',
        [model('llama-70b', 70, { busy: true, instance: 'llama-70b:2' })],
        'approval_withdrawn',
      ],
      ['it is a small one', [model('llama-70b', 7, { busy: true })], 'approval_changed'],
    ] as const) {
      // Listed anew in the moment before.
      const lists = [look(busy), look(busy), look(later)];
      const { acts, answers } = approved({ look: () => lists.shift() ?? look(later), held: () => 42 * GB });
      assert.deepEqual(acts, [], what);
      const [answer] = answers;
      assert.ok(answer !== undefined && !answer.ok && answer.code === code, `${what}: ${JSON.stringify(answer)}`);
    }
  });

  test('castellan.toml may say that nobody is', () => {
    const config = configOf([{ ...lmStudio, withoutAsking: true }]);
    assert.deepEqual(run({ ...honest(busy), config, untilMs: 60_000 }).models, ['llama-70b']);
  });

  test('what does not tell is known by the work of its processes', () => {
    const given = honest([model('llama-70b', 70)]);
    const { models, state } = run({ ...given, cpuMsAt: (nowMs) => nowMs / 2, untilMs: 180_000 });
    assert.deepEqual(models, []);
    const [open] = state.relief.approvals.open;
    assert.ok(open?.impact.includes('it answers somebody now'), String(open?.impact));
    const quiet = run({ ...given, cpuMsAt: (nowMs) => nowMs / 50, untilMs: 180_000 });
    assert.deepEqual(quiet.models, ['llama-70b']);
  });

  test('nobody is asked before it has been watched for a minute', () => {
    const { models, why, state } = run({ ...honest([model('llama-70b', 70)]), untilMs: 34_000 });
    assert.deepEqual([models, state.relief.approvals.open], [[], []]);
    assert.equal(why(/llama-70b/), 'watched');
  });
});
