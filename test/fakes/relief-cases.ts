import fc from 'fast-check';
import type { Config, PolicyEntry, SeatConfig } from '../../helper/config/config.ts';
import type { Answer, Happening, Outcome, ReliefCase } from './relief-drive.ts';
import type { Growth, MachineSpec, ProcessSpec, ServiceSpec } from './relief-machine.ts';
import { freezeEntry, GB, harmless, killEntry, liveConfig } from './relief-world.ts';

/**
 * Machines in trouble. One cast of processes, each in one of many conditions, and a story of a few troubles with calm
 * between them: bursts for the brake, ramps for the level path, memory that stays short, leaks. In between everything
 * else happens that can.
 */

/** Who may grow, the likely ones more than once. */
const likely = [100, 100, 101, 101, 102, 102, 103, 130, 131];
const actors = [...likely, ...likely, 110, 111, 120, 121, 140, 201, 211, 400, 401, 61, 40];
const own = [60, 62];

type Plight =
  | 'none'
  | 'listens'
  | 'traced'
  | 'unknown'
  | 'platform'
  | 'nobody'
  | 'system'
  | 'stopped'
  | 'hypervisor'
  | 'blank';
const plight: fc.Arbitrary<Plight> = fc.oneof(
  { weight: 24, arbitrary: fc.constant<Plight>('none') },
  {
    weight: 6,
    arbitrary: fc.constantFrom<Plight>(
      'listens',
      'traced',
      'unknown',
      'platform',
      'nobody',
      'system',
      'stopped',
      'hypervisor',
      'blank',
    ),
  },
);

const inspectionOf = (of: Plight): ProcessSpec['inspection'] => {
  switch (of) {
    case 'listens':
      return { ...harmless, listening: ['127.0.0.1:8080'] };
    case 'traced':
      return { ...harmless, isTraced: true };
    case 'unknown':
      return { ...harmless, isTraced: null, listening: null };
    case 'platform':
      return { ...harmless, isPlatform: true };
    case 'hypervisor':
      return { ...harmless, isHypervisor: true };
    case 'blank':
      return null;
    default:
      return harmless;
  }
};

const uids: Partial<Record<Plight, number>> = { nobody: 65_534, system: 0 };

interface Part {
  readonly pid: number;
  readonly command: string;
  readonly ppid?: number;
  readonly pgid?: number;
  readonly uid?: number;
  readonly baseMb?: number;
  /** Its condition is given by its part. */
  readonly fixed?: true;
}

const cast: readonly Part[] = [
  { pid: 1, command: '/sbin/launchd', ppid: 0, uid: 0, fixed: true },
  { pid: 40, command: '/usr/sbin/sshd -D', uid: 0, baseMb: 1_500, fixed: true },
  { pid: 50, command: '/bin/zsh /hog.sh', fixed: true, baseMb: 1_100 },
  { pid: 60, command: '/opt/hog castellan keeper', ppid: 61, uid: 501, baseMb: 1_200, fixed: true },
  { pid: 61, command: '/opt/hog npm start', ppid: 50, baseMb: 1_200, fixed: true },
  { pid: 62, command: '/opt/hog client', ppid: 63, baseMb: 1_200, fixed: true },
  { pid: 63, command: '/opt/hog terminal', baseMb: 1_200, fixed: true },
  { pid: 70, command: '/bin/bash', fixed: true },
  ...[100, 101, 102, 103].map((pid): Part => ({ pid, command: `/opt/hog --n ${pid}`, ppid: 70, baseMb: 1_300 })),
  { pid: 110, command: '/opt/hog --tree', ppid: 70, baseMb: 1_200 },
  { pid: 111, command: '/opt/worker', ppid: 110, baseMb: 500 },
  { pid: 112, command: '/opt/worker', ppid: 110 },
  { pid: 113, command: '/opt/worker', ppid: 111 },
  { pid: 120, command: '/opt/hog --group', ppid: 70, pgid: 120, baseMb: 1_200 },
  { pid: 121, command: '/opt/worker', ppid: 70, pgid: 120, baseMb: 500 },
  { pid: 130, command: '/opt/vm -m 8192', ppid: 1, baseMb: 3_000 },
  { pid: 131, command: '/opt/vm -m 4096', ppid: 1, baseMb: 2_500 },
  { pid: 140, command: '/opt/hog --late', ppid: 70, baseMb: 1_300 },
  { pid: 200, command: '/opt/mlx serve', uid: 501, baseMb: 4_000, fixed: true },
  { pid: 201, command: '/opt/hog mlx-worker', ppid: 200, baseMb: 1_200, fixed: true },
  { pid: 202, command: '/opt/mlx serve', baseMb: 4_000, fixed: true },
  { pid: 210, command: '/opt/mlx code', uid: 501, baseMb: 2_500, fixed: true },
  { pid: 211, command: '/opt/hog code-worker', ppid: 210, baseMb: 1_200, fixed: true },
  { pid: 220, command: '/opt/hog loader', baseMb: 1_100, fixed: true },
  { pid: 400, command: '/opt/agent', baseMb: 900, fixed: true },
  { pid: 401, command: '/opt/hog indexer', baseMb: 1_100, fixed: true },
];

export const seats: readonly SeatConfig[] = [
  ['Cilghal', 'protected', 'com.mlx'],
  ['Codestral', 'on_call', 'com.code'],
  ['Loader', 'on_call', 'com.load'],
].map(
  ([name = '', seatClass, label = '']): SeatConfig => ({
    name,
    class: seatClass === 'protected' ? 'protected' : 'on_call',
    label,
    peakBytes: 14 * GB,
    wiredBytes: 0,
    oracle: null,
    drainSeconds: 20,
  }),
);

const entry: fc.Arbitrary<PolicyEntry> = fc
  .record({
    isKill: fc.boolean(),
    group: fc.constantFrom('none' as const, 'none' as const, 'tree' as const, 'pgid' as const),
    pattern: fc.constantFrom('/hog', '/hog', '/hog|/vm', '/vm', '/', 'worker|hog', '/mlx|/hog'),
    withoutAsking: fc.boolean(),
    ownerUid: fc.constantFrom(null, null, 0),
    oracle: fc.constantFrom(null, null, null, 'hosts the council gateway'),
    preAuthorised: fc.boolean(),
    floorGb: fc.constantFrom(1, 1, 1, 4),
  })
  .map(({ isKill, preAuthorised, floorGb, ...rest }) => {
    const base = { ...rest, freezeFloorBytes: floorGb * GB };
    return isKill
      ? killEntry({ ...base, name: `kill ${rest.pattern}`, killFloorBytes: 2 * GB, preAuthorised })
      : freezeEntry({ ...base, name: `freeze ${rest.pattern}` });
  });

const plain: fc.Arbitrary<readonly PolicyEntry[]> = fc
  .record({
    group: fc.constantFrom('none' as const, 'none' as const, 'tree' as const, 'pgid' as const),
    withoutAsking: fc.boolean(),
    preAuthorised: fc.boolean(),
    isKill: fc.boolean(),
  })
  .map(({ group, withoutAsking, preAuthorised, isKill }) => [
    isKill
      ? killEntry({ group, withoutAsking, preAuthorised, pattern: '/hog', killFloorBytes: 2 * GB })
      : freezeEntry({ group, withoutAsking }),
    killEntry({ withoutAsking, preAuthorised, killFloorBytes: 2 * GB }),
  ]);
/** First match wins: what is wild comes first. */
const wild: fc.Arbitrary<readonly PolicyEntry[]> = fc
  .tuple(fc.array(entry, { minLength: 1, maxLength: 3 }), plain)
  .map(([entries, rest]) => [...entries, ...rest]);

const config: fc.Arbitrary<Config> = fc
  .record({
    entries: fc.oneof({ weight: 3, arbitrary: plain }, { weight: 2, arbitrary: wild }),
    isLive: fc.constantFrom(true, true, true, true, true, true, false),
    purge: fc.constantFrom('off' as const, 'off' as const, 'ask' as const, 'automatic' as const),
    agent: fc.constantFrom('orange' as const, 'yellow' as const, 'ladder_1' as const, null),
    index: fc.constantFrom('yellow' as const, 'orange' as const, null, null),
    seats: fc.constantFrom(seats, seats, seats, seats.slice(0, 2)),
  })
  .map(({ entries, isLive, purge, agent, index, seats: of }) => {
    const services = [
      ...(agent === null ? [] : [{ label: 'com.agent', at: agent }]),
      ...(index === null ? [] : [{ label: 'com.index', at: index }]),
    ];
    return liveConfig({ entries, mode: isLive ? 'live' : 'dry_run', purge, services }, { seats: of });
  });

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
): fc.Arbitrary<Trouble> =>
  fc
    .record({
      afterMs: fc.oneof(fc.integer({ min: 8_000, max: 40_000 }), fc.integer({ min: 40_000, max: 150_000 })),
      calmMb: fc.integer({ min: calmMb[0], max: calmMb[1] }),
      rampMs: fc.integer({ min: 2_000, max: 20_000 }),
      holdMs: fc.integer({ min: holdMs[0], max: holdMs[1] }),
      growths: fc.array(
        fc.record({
          pid: fc.constantFrom(...actors),
          startMs: fc.integer({ min: 0, max: 25_000 }),
          mbPerSecond: fc.integer({ min: mbPerSecond[0], max: mbPerSecond[1] }),
          mb: fc.integer({ min: grown[0], max: grown[1] }),
          backAfterMs: fc.constantFrom(null, 20_000, 60_000),
        }),
        { minLength: actorsAtOnce > 0 ? 1 : 0, maxLength: actorsAtOnce },
      ),
    })
    .map(({ growths, ...rest }) => ({
      ...rest,
      compressor,
      growths: growths.map(({ pid, startMs, mbPerSecond: rate, mb, backAfterMs }) => ({
        pid,
        // Made absolute when the story is put together.
        growth: { atMs: rest.rampMs + startMs, mbPerSecond: rate, forMs: Math.round((1000 * mb) / rate), backAfterMs },
      })),
    }));

const story = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: trouble([5_000, 9_000], [30_000, 70_000], [500, 5_000], [4_000, 8_000], 3, false) },
    { weight: 5, arbitrary: trouble([4_300, 6_500], [45_000, 100_000], [50, 300], [3_000, 7_000], 3, false) },
    { weight: 4, arbitrary: trouble([700, 3_800], [40_000, 150_000], [10, 60], [500, 3_000], 2, false) },
    { weight: 2, arbitrary: trouble([2_300, 3_700], [60_000, 110_000], [15, 40], [1_000, 3_000], 3, true) },
    { weight: 1, arbitrary: trouble([2_300, 4_500], [600_000, 680_000], [40, 200], [3_000, 6_000], 3, false) },
    { weight: 1, arbitrary: trouble([20_000, 24_000], [20_000, 60_000], [500, 5_000], [9_000, 20_000], 2, false) },
  ),
  { minLength: 1, maxLength: 4 },
);

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

interface Told {
  readonly calm: MachineSpec['calm'];
  readonly growths: ReadonlyMap<number, readonly Growth[]>;
  readonly compressors: readonly Happening[];
  readonly endMs: number;
}

const tell = (troubles: readonly Trouble[]): Told => {
  const calm: { atMs: number; mb: number }[] = [{ atMs: 0, mb: 20_000 }];
  const growths = new Map<number, Growth[]>();
  const compressors: Happening[] = [];
  let nowMs = 0;
  for (const each of troubles) {
    nowMs += each.afterMs;
    calm.push({ atMs: nowMs, mb: 20_000 }, { atMs: nowMs + each.rampMs, mb: each.calmMb });
    for (const { pid, growth } of each.growths)
      growths.set(pid, [...(growths.get(pid) ?? []), { ...growth, atMs: nowMs + growth.atMs }]);
    if (each.compressor)
      compressors.push({ atMs: nowMs, kind: 'compressor', mbPerSecond: 160, forMs: each.rampMs + each.holdMs });
    nowMs += each.rampMs + each.holdMs;
    calm.push({ atMs: nowMs, mb: each.calmMb }, { atMs: nowMs + 4_000, mb: 20_000 });
    nowMs += 4_000;
  }
  calm.push({ atMs: nowMs + 1, mb: 20_000 }, { atMs: nowMs + 20_000, mb: 60_000 });
  return { calm, growths, compressors, endMs: nowMs + 20_000 };
};

/** Calm so long at the end that everything comes to an end: ten minutes of green, and all that follows. */
const calmMs = 780_000;

const serviceLives = fc
  .record({ swapAtMs: fc.constantFrom(null, 45_000, 160_000), loadAtMs: fc.constantFrom(-1, 20_000, 120_000) })
  .map(({ swapAtMs, loadAtMs }) => ({ swapAtMs, loadAtMs }));

export const cases: fc.Arbitrary<ReliefCase> = fc
  .record({
    plights: fc.array(plight, { minLength: cast.length, maxLength: cast.length }),
    endings: fc.array(fc.constantFrom(null, 500, 8_000, 25_000, 45_000), {
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
    });
  })
  .map(({ made, happenings }) => {
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
      happenings: [...told.compressors, ...happenings],
      outcomes: made.outcomes,
      answers: made.answers,
      untilMs: told.endMs + calmMs,
    };
  });
