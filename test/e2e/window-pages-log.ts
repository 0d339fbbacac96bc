import type { LogRow } from '../../helper/protocol/relief.ts';
import { GB, MB } from './popover-fixtures.ts';

/** What the keeper answers to the log page: two days of it. */

const instance = 'a1';
const day = 86_400_000;

/** All rows of one plan. */
export const act = (
  nowMs: number,
  plan: number,
  agoMs: number,
  level: string,
  {
    verb,
    target,
    mode = 'live',
    by = 'automatic',
    got,
    effective = true,
  }: {
    readonly verb: string;
    readonly target: string;
    readonly mode?: string;
    readonly by?: unknown;
    readonly got?: string;
    readonly effective?: boolean;
  },
): readonly LogRow[] => {
  const at = (afterMs: number) => ({ wallMs: nowMs - agoMs + afterMs, instance, level, plan });
  const isDry = mode === 'dry_run' || mode === 'would_ask';
  return [
    {
      kind: 'plan',
      ...at(0),
      verb,
      target,
      hash: 'h1',
      reason: verb === 'freeze' ? 'It grew 8.6 GB in two minutes' : 'Memory is orange and it is listed',
      expected:
        verb === 'freeze'
          ? { counter: 'growth', bytes: 0, bytesPerSecond: 850 * MB }
          : { counter: 'footprint', bytes: 1.2 * GB, bytesPerSecond: 0 },
      mode,
    },
    ...(isDry
      ? []
      : [
          ...(mode === 'ask'
            ? [{ kind: 'approval', ...at(9_000), proposal: plan, hash: 'h1', how: 'approved', byUid: 501 }]
            : []),
          { kind: 'intent', ...at(9_100), verb, target, pids: [45_013], by },
          { kind: 'result', ...at(9_300), outcome: 'ok', detail: '' },
          {
            kind: 'receipt',
            ...at(60_000),
            verb,
            target,
            counter: 'footprint',
            expected: 1.2 * GB,
            actual: 50 * MB,
            effective,
            afterMs: 51_000,
            text: got ?? '',
          },
        ]),
  ];
};

export const logRows = (nowMs: number): readonly LogRow[] => [
  { kind: 'keeper_started', wallMs: nowMs - 2 * day, instance: '0f', pid: 81, version: '0.1.0', host: 'darwin' },
  { kind: 'mode_changed', wallMs: nowMs - 2 * day + 900, instance: '0f', from: '', to: 'dry_run', reasons: [] },
  ...act(nowMs, 3, day + 4_000_000, 'orange', { verb: 'freeze', target: 'node (pid 45013)', mode: 'dry_run' }),
  { kind: 'gap', lostRows: 3 },
  {
    kind: 'config_reloaded',
    wallMs: nowMs - day + 60_000,
    instance,
    level: 'green',
    path: '/Library/Application Support/Sanctum/Castellan/castellan.toml',
    diff: ['relief.entry "LM Studio".freeze_floor: 8 GB → 6 GB'],
    byUid: 0,
  },
  {
    kind: 'admission',
    wallMs: nowMs - 9_000_000,
    instance,
    level: 'green',
    seat: 'Codestral',
    verdict: 'refuse',
    reason: 'needs_shedding',
    text: 'It does not fit: 0.5 GB short.',
  },
  {
    kind: 'setting',
    wallMs: nowMs - 8_000_000,
    instance,
    level: 'green',
    what: 'band',
    target: 'mlx_lm.server (pid 733)',
    to: 'IDLE',
    outcome: 'ok',
    detail: '',
  },
  ...act(nowMs, 11, 4_000_000, 'yellow', {
    verb: 'shed',
    target: 'com.sanctum.memory-vault',
    got: '50 MB came back of 1.2 GB expected; level unchanged.',
    effective: false,
  }),
  ...act(nowMs, 12, 1_900_000, 'red', {
    verb: 'freeze',
    target: 'node (pid 45013)',
    mode: 'ask',
    by: { uid: 501, client: 'app' },
    got: 'It stopped growing; memory fills 820 MB/s slower.',
  }),
  ...act(nowMs, 13, 600_000, 'orange', { verb: 'kill', target: 'qemu-system-aarch64 (pid 1204)', mode: 'would_ask' }),
  {
    kind: 'refusal',
    wallMs: nowMs - 300_000,
    instance,
    level: 'orange',
    verb: 'approve',
    code: 'approval_expired',
    detail: 'proposal 12',
    byUid: 502,
  },
  {
    kind: 'observed',
    wallMs: nowMs - 120_000,
    instance,
    level: 'yellow',
    what: 'thawed',
    target: 'node (pid 45013)',
    detail: 'as the operator asked',
  },
  { kind: 'not_known_yet', wallMs: nowMs - 60_000, instance, level: 'green', text: 'Of a newer keeper.' },
];
