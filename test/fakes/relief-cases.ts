import fc from 'fast-check';
import type { Answer, Happening, Outcome, ReliefCase } from './relief-case.ts';
import { cast, inspectionOf, plight, uids } from './relief-cast.ts';
import type { Growth, MachineSpec, ProcessSpec, ServiceSpec } from './relief-machine.ts';
import { config } from './relief-policies.ts';

/**
 * Machines in trouble. One cast of processes, each in one of many conditions, and a story of a few troubles with calm
 * between them: bursts for the brake, ramps for the level path, memory that stays short, leaks. In between everything
 * else happens that can.
 */

/** Who may grow, the likely ones more than once. */
const likely = [100, 100, 101, 101, 102, 102, 103, 130, 131];
const actors = [...likely, ...likely, ...likely, 110, 110, 111, 120, 120, 121, 140, 201, 211, 400, 401, 61, 40];
const own = [60, 62];

interface Trouble {
  /** After the end of the one before. */
  readonly afterMs: number;
  readonly calmMb: number;
  readonly rampMs: number;
  readonly holdMs: number;
  readonly growths: readonly { readonly pid: number; readonly growth: Growth }[];
  readonly compressor: boolean;
}

const trouble = (
  calmMb: readonly [number, number],
  holdMs: readonly [number, number],
  mbPerSecond: readonly [number, number],
  grown: readonly [number, number],
  actorsAtOnce: number,
  compressor: boolean,
  who: readonly number[] = actors,
): fc.Arbitrary<Trouble> =>
  fc
    .record({
      afterMs: fc.oneof(fc.integer({ min: 8_000, max: 40_000 }), fc.integer({ min: 40_000, max: 150_000 })),
      calmMb: fc.integer({ min: calmMb[0], max: calmMb[1] }),
      rampMs: fc.integer({ min: 6_000, max: 25_000 }),
      holdMs: fc.integer({ min: holdMs[0], max: holdMs[1] }),
      growths: fc.array(
        fc.record({
          pid: fc.constantFrom(...who),
          startMs: fc.integer({ min: 0, max: 25_000 }),
          mbPerSecond: fc.integer({ min: mbPerSecond[0], max: mbPerSecond[1] }),
          mb: fc.integer({ min: grown[0], max: grown[1] }),
          back: fc.constantFrom(
            'with the trouble' as const,
            'with the trouble' as const,
            'soon' as const,
            'never' as const,
          ),
        }),
        { minLength: actorsAtOnce > 0 ? 1 : 0, maxLength: actorsAtOnce },
      ),
    })
    .map(({ growths, ...rest }) => ({
      ...rest,
      compressor,
      growths: growths.map(({ pid, startMs, mbPerSecond: rate, mb, back }) => {
        const forMs = Math.round((1000 * mb) / rate);
        const leftMs = Math.max(1_000, rest.holdMs - startMs - forMs);
        const backAfterMs = { 'with the trouble': leftMs, soon: 20_000, never: null }[back];
        // Made absolute when the story is put together.
        return { pid, growth: { atMs: rest.rampMs + startMs, mbPerSecond: rate, forMs, backAfterMs } };
      }),
    }));

/** One hog, and so fast that nobody could decide. */
const burst = trouble([5_000, 7_500], [30_000, 50_000], [500, 5_000], [5_000, 8_000], 1, false, likely);

const anyTrouble = fc.oneof(
  { weight: 7, arbitrary: burst },
  { weight: 2, arbitrary: trouble([5_000, 9_000], [30_000, 50_000], [500, 5_000], [5_000, 8_000], 3, false) },
  { weight: 6, arbitrary: trouble([4_200, 5_500], [45_000, 90_000], [60, 300], [4_000, 8_000], 3, false) },
  { weight: 4, arbitrary: trouble([700, 3_800], [40_000, 150_000], [10, 60], [500, 3_000], 2, false) },
  { weight: 2, arbitrary: trouble([2_300, 3_700], [60_000, 110_000], [15, 40], [1_000, 3_000], 3, true) },
  { weight: 2, arbitrary: trouble([2_300, 4_500], [605_000, 660_000], [40, 200], [3_000, 6_000], 3, false) },
  { weight: 1, arbitrary: trouble([20_000, 24_000], [20_000, 60_000], [500, 5_000], [9_000, 20_000], 2, false) },
);

const story = fc
  .tuple(
    fc.oneof({ weight: 1, arbitrary: burst }, { weight: 1, arbitrary: anyTrouble }),
    fc.array(anyTrouble, { minLength: 1, maxLength: 3 }),
  )
  .map(([first, others]) => [first, ...others]);

const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  { weight: 7, arbitrary: fc.constant<Outcome>({ outcome: 'ok', afterMs: 0 }) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 9_000 }).map((afterMs): Outcome => ({ outcome: 'ok', afterMs })) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 0, max: 2_000 }).map((afterMs): Outcome => ({ outcome: 'failed', afterMs })),
  },
  { weight: 1, arbitrary: fc.constant<Outcome>({ outcome: 'timed_out', afterMs: 0 }) },
);

const answer: fc.Arbitrary<Answer> = fc
  .tuple(
    fc.constantFrom(
      'approve' as const,
      'approve' as const,
      'approve' as const,
      'unconfirmed' as const,
      'wrong_hash' as const,
      'deny' as const,
      'ignore' as const,
    ),
    fc.oneof(fc.integer({ min: 100, max: 30_000 }), fc.integer({ min: 30_000, max: 180_000 })),
  )
  .map(([what, afterMs]) => ({ what, afterMs }));

const happening = (untilMs: number): fc.Arbitrary<Happening> => {
  const atMs = fc.integer({ min: 5_000, max: untilMs });
  const forMs = fc.integer({ min: 1_000, max: 90_000 });
  const pid = fc.constantFrom(100, 101, 102, 110, 111, 120, 130, 200, 210, 211);
  const simple = fc.record({
    atMs,
    kind: fc.constantFrom(
      'foreign_resume' as const,
      'foreign_resume' as const,
      'restart' as const,
      'blip' as const,
      'blip' as const,
      'look' as const,
      'thaw' as const,
      'live' as const,
      'dry_run' as const,
      'wrong' as const,
      'restore' as const,
    ),
  });
  return fc.oneof(
    { weight: 4, arbitrary: simple },
    {
      weight: 2,
      arbitrary: fc.record({
        atMs,
        forMs,
        kind: fc.constantFrom(
          'deadman_lost' as const,
          'deadman_lost' as const,
          'observe_only' as const,
          'audit_lost' as const,
          'gap' as const,
          'blind' as const,
        ),
      }),
    },
    { weight: 2, arbitrary: fc.record({ atMs, pid, kind: fc.constantFrom('ctrl_z' as const, 'exit' as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({ atMs, forMs, kind: fc.constant('kernel' as const), level: fc.constantFrom(1, 2, 4) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        atMs,
        forMs,
        kind: fc.constant('swap' as const),
        percent: fc.integer({ min: 5, max: 99 }),
      }),
    },
    {
      weight: 1,
      arbitrary: config.chain((of) =>
        fc.record({ atMs, kind: fc.constant('reload' as const), config: fc.constant(of) }),
      ),
    },
  );
};

/** What matters only while somebody is frozen, a while after a trouble began. */
const meddling = (troublesMs: readonly number[]): fc.Arbitrary<readonly Happening[]> =>
  fc
    .record({
      fromMs: fc.constantFrom(...troublesMs),
      afterMs: fc.integer({ min: 30_000, max: 90_000 }),
      kind: fc.constantFrom('foreign_resume' as const, 'foreign_resume' as const, 'thaw' as const, 'restart' as const),
    })
    .map(({ fromMs, afterMs, kind }) => [{ atMs: fromMs + afterMs, kind }]);

interface Told {
  /** When each began. */
  readonly troubles: readonly number[];
  readonly calm: MachineSpec['calm'];
  readonly growths: ReadonlyMap<number, readonly Growth[]>;
  readonly compressors: readonly Happening[];
  readonly endMs: number;
}

const tell = (troubles: readonly Trouble[]): Told => {
  const calm: { atMs: number; mb: number }[] = [{ atMs: 0, mb: 20_000 }];
  const growths = new Map<number, Growth[]>();
  const compressors: Happening[] = [];
  const beganMs: number[] = [];
  let nowMs = 0;
  for (const each of troubles) {
    nowMs += each.afterMs;
    beganMs.push(nowMs);
    calm.push({ atMs: nowMs, mb: 20_000 }, { atMs: nowMs + each.rampMs, mb: each.calmMb });
    for (const { pid, growth } of each.growths)
      growths.set(pid, [...(growths.get(pid) ?? []), { ...growth, atMs: nowMs + growth.atMs }]);
    if (each.compressor)
      compressors.push({ atMs: nowMs, kind: 'compressor', mbPerSecond: 160, forMs: each.rampMs + each.holdMs });
    nowMs += each.rampMs + each.holdMs;
    calm.push({ atMs: nowMs, mb: each.calmMb }, { atMs: nowMs + 4_000, mb: 20_000 });
    nowMs += 4_000;
  }
  // Room for all that was ever taken: who is resumed late goes on growing.
  const grownMb = [...growths.values()]
    .flat()
    .reduce((sum, { mbPerSecond, forMs }) => sum + (mbPerSecond * forMs) / 1000, 0);
  calm.push({ atMs: nowMs + 1, mb: 20_000 }, { atMs: nowMs + 20_000, mb: 60_000 + grownMb });
  return { troubles: beganMs, calm, growths, compressors, endMs: nowMs + 20_000 };
};

/** Calm so long at the end that everything comes to an end: ten minutes of green, and all that follows. */
const calmMs = 780_000;

const serviceLives = fc
  .record({ swapAtMs: fc.constantFrom(null, 45_000, 160_000), loadAtMs: fc.constantFrom(-1, 20_000, 120_000) })
  .map(({ swapAtMs, loadAtMs }) => ({ swapAtMs, loadAtMs }));

export const cases: fc.Arbitrary<ReliefCase> = fc
  .record({
    plights: fc.array(plight, { minLength: cast.length, maxLength: cast.length }),
    endings: fc.array(fc.constantFrom(null, null, 500, 8_000, 45_000), {
      minLength: cast.length,
      maxLength: cast.length,
    }),
    reused: fc.array(fc.boolean(), { minLength: cast.length, maxLength: cast.length }),
    troubles: story,
    config,
    lives: serviceLives,
    lateMs: fc.constantFrom(-1, 30_000, 100_000),
    outcomes: fc.array(outcome, { maxLength: 12 }),
    answers: fc.oneof(
      { weight: 3, arbitrary: fc.array(answer, { maxLength: 5 }) },
      { weight: 1, arbitrary: fc.constant<readonly Answer[]>([{ what: 'approve', afterMs: 1_000 }]) },
    ),
    listless: fc.array(fc.tuple(fc.integer({ min: 0, max: 500_000 }), fc.integer({ min: 2_000, max: 60_000 })), {
      maxLength: 1,
    }),
  })
  .chain((made) => {
    const told = tell(made.troubles);
    return fc.record({
      made: fc.constant({ ...made, told }),
      happenings: fc.array(happening(told.endMs + 100_000), { maxLength: 4 }),
      meddling: fc.array(meddling(told.troubles), { maxLength: 2 }),
    });
  })
  .map(({ made, happenings, meddling: more }) => {
    const { plights, endings, reused, told, lives, lateMs } = made;
    const processes = cast.map((part, at): ProcessSpec => {
      const of = part.fixed === true ? 'none' : (plights[at] ?? 'none');
      const { pid } = part;
      return {
        pid,
        ppid: part.ppid ?? 1,
        pgid: part.pgid ?? null,
        uid: part.uid ?? uids[of] ?? 501,
        command: part.command,
        baseMb: part.baseMb ?? 200,
        growths: [
          ...(told.growths.get(pid) ?? []),
          // What loads grows as a load does.
          ...(pid === 220
            ? [{ atMs: Math.max(0, lives.loadAtMs), mbPerSecond: 400, forMs: 12_000, backAfterMs: null }]
            : []),
        ],
        inspection: inspectionOf(of),
        isStopped: of === 'stopped',
        bornMs: pid === 140 ? lateMs : pid === 220 ? lives.loadAtMs : pid === 202 ? (lives.swapAtMs ?? 10_000_000) : -1,
        diesMs: pid === 200 || pid === 201 ? lives.swapAtMs : null,
        endsAfterMs: endings[at] ?? null,
        isReused: reused[at] ?? false,
      };
    });
    const services: readonly ServiceSpec[] = [
      {
        label: 'com.mlx',
        life: [{ atMs: -1, pid: 200 }, ...(lives.swapAtMs === null ? [] : [{ atMs: lives.swapAtMs, pid: 202 }])],
      },
      { label: 'com.code', life: [{ atMs: -1, pid: 210 }] },
      { label: 'com.load', life: [{ atMs: lives.loadAtMs, pid: 220 }] },
      { label: 'com.agent', life: [{ atMs: -1, pid: 400 }] },
      { label: 'com.index', life: [{ atMs: -1, pid: 401 }] },
    ];
    return {
      machine: {
        processes,
        services,
        calm: told.calm,
        listless: made.listless.map(([fromMs, lengthMs]) => ({ fromMs, toMs: fromMs + lengthMs })),
      },
      config: made.config,
      own,
      happenings: [...told.compressors, ...happenings, ...more.flat()],
      outcomes: made.outcomes,
      answers: made.answers,
      untilMs: told.endMs + calmMs,
    };
  });
