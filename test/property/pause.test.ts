import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { replay } from '../../helper/incidents/replay.ts';
import { readScenario } from '../../helper/incidents/scenario.ts';
import type { ReliefCase } from '../fakes/relief-case.ts';
import { cases } from '../fakes/relief-cases.ts';
import { drive } from '../fakes/relief-drive.ts';

/** The operator's pause of automatic actions, whatever else happens. */

const runs = 8;
const given = Number(process.env.CASTELLAN_SEED);
const seed = Number.isInteger(given) ? given : Date.now() % 2 ** 31;
/** Of cases that are always the same: that a pause comes in between is no matter of luck there. */
const knownSeed = 10;

const pauses = fc.array(
  fc.record({
    atMs: fc.integer({ min: 0, max: 600_000 }),
    kind: fc.constant('pause' as const),
    minutes: fc.constantFrom(0, 1, 2, 5, 15, 60),
  }),
  { minLength: 1, maxLength: 4 },
);
const paused: fc.Arbitrary<ReliefCase> = fc
  .tuple(cases, pauses)
  .map(([of, more]) => ({ ...of, happenings: [...of.happenings, ...more] }));

interface Told {
  /** What was begun by itself while a pause held, as the operator asked for it. */
  readonly wrong: readonly string[];
  /** Resumes and restores while one held. */
  readonly undone: number;
  /** What was begun by itself at any other time. */
  readonly begun: number;
}

const run = (of: ReliefCase): Told => {
  const wrong: string[] = [];
  let pause = { keeper: -1, untilMs: 0 };
  let undone = 0;
  let begun = 0;
  drive(of, {
    onStep: ({ nowMs, event, decision, keeper }) => {
      if (event?.type === 'pause' && decision.answers.some(({ request, ok }) => request === event.request && ok))
        pause = { keeper, untilMs: nowMs + event.minutes * 60_000 };
      const holds = pause.keeper === keeper && nowMs < pause.untilMs;
      for (const effect of decision.effects) {
        if (effect.kind !== 'act' || effect.by !== 'automatic') continue;
        const { verb } = effect.plan.act;
        const undoes = verb === 'resume' || verb === 'restore';
        if (undoes) undone += holds ? 1 : 0;
        else if (holds) wrong.push(`${nowMs} ms: ${verb}, paused until ${pause.untilMs} ms`);
        else begun += 1;
      }
    },
  });
  return { wrong, undone, begun };
};

describe('while automatic actions are paused', () => {
  test('nothing is begun by itself, and what gives back goes on', (t) => {
    t.diagnostic(`CASTELLAN_SEED=${seed}`);
    const known = fc.sample(paused, { numRuns: runs, seed: knownSeed }).map(run);
    assert.ok(known.some(({ undone }) => undone > 0) && known.some(({ begun }) => begun > 0), 'the cases show both');
    assert.deepEqual(
      known.flatMap(({ wrong }) => wrong),
      [],
    );
    fc.assert(
      fc.property(paused, (of) => assert.deepEqual(run(of).wrong, [])),
      { seed, numRuns: runs, interruptAfterTimeLimit: 60_000 },
    );
  });

  test('what was held back is done when the pause is over, or ended', () => {
    const storyOf = (minutes: number, endsAfter: number | null): unknown => ({
      name: 'a pause',
      story: '',
      duration: 3_900,
      machine: { total: '64 GB', available: '3.5 GB' },
      config: { relief: { entries: [{ name: 'hog', pattern: '^/opt/hog', freezeFloorBytes: '1 GB' }] } },
      processes: [
        {
          pid: 31,
          name: 'hog',
          command: '/opt/hog',
          footprint: [
            [0, '2 GB'],
            [3_900, '60 GB'],
          ],
        },
      ],
      events: [
        { do: 'pause', at: 2, minutes },
        ...(endsAfter === null ? [] : [{ do: 'pause', at: 2 + endsAfter, minutes: 0 }]),
      ],
      expect: {
        timeline: [{ at: 2 + (endsAfter ?? minutes * 60), within: 5, verb: 'freeze', target: 31, mode: 'live' }],
      },
    });
    const ends = fc.integer({ min: 1, max: 60 }).chain((minutes) =>
      fc.record({
        minutes: fc.constant(minutes),
        endsAfter: fc.option(fc.integer({ min: 10, max: minutes * 60 })),
      }),
    );
    fc.assert(
      fc.property(ends, ({ minutes, endsAfter }) => {
        const read = readScenario(JSON.stringify(storyOf(minutes, endsAfter)));
        assert.ok(read.ok, read.ok ? '' : read.failure.detail);
        assert.deepEqual(
          replay(read.scenario).deviations.map(({ text }) => text),
          [],
        );
      }),
      { seed, numRuns: 10 },
    );
  });
});
