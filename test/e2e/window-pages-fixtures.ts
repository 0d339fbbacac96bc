import type { WindowPage } from '../../app/ipc/contract.ts';
import type { ConfigView, Policy, PolicyMatch, PolicyRule } from '../../helper/protocol/policy.ts';
import type { LogRow } from '../../helper/protocol/relief.ts';
import { verbs } from '../../helper/protocol/verbs.ts';
import { calmRelief } from '../fakes/sample-status.ts';
import { GB, MB, type PopoverState, snapshot, status } from './popover-fixtures.ts';
import { doomed, listOnly, zombie } from './popover-states-health.ts';
import { connected } from './popover-states-pressure.ts';
import { previews, servingSeats } from './popover-states-seats.ts';

/** What the keeper answers to the pages of the window: a log of two days, a policy with its faults, a configuration. */

const instance = 'a1';
const day = 86_400_000;

const act = (
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

const match = (part: Partial<PolicyMatch> & Pick<PolicyMatch, 'pid' | 'name'>): PolicyMatch => ({
  command: `/usr/local/bin/${part.name} --serve`,
  footprintBytes: 2.4 * GB,
  count: 1,
  isStopped: false,
  aboveFreezeFloor: true,
  aboveKillFloor: null,
  denied: null,
  askFirst: [],
  ...part,
});

const rule = (part: Partial<PolicyRule> & Pick<PolicyRule, 'name' | 'pattern'>): PolicyRule => ({
  class: 'freeze_only',
  freezeFloorBytes: 8 * GB,
  killFloorBytes: null,
  preAuthorised: false,
  group: 'none',
  oracle: null,
  withoutAsking: false,
  ownerUid: null,
  line: 12,
  matches: [],
  omitted: 0,
  ...part,
});

const path = '/Library/Application Support/Sanctum/Castellan/castellan.toml';

export const policy = (nowMs: number): Policy => ({
  atMs: nowMs,
  file: { path, state: 'file' },
  rules: [
    rule({
      name: 'LM Studio',
      pattern: '\\.lmstudio/',
      matches: [
        match({ pid: 45_013, name: 'node', footprintBytes: 8.6 * GB, command: '/Users/neo/.lmstudio/.internal/node' }),
        match({ pid: 45_020, name: 'node', footprintBytes: 90 * MB, aboveFreezeFloor: false }),
      ],
      omitted: 3,
    }),
    rule({
      name: 'QEMU',
      pattern: '(?:^|/)qemu-system-aarch64(?: |$)',
      class: 'kill_allowed',
      killFloorBytes: 8 * GB,
      oracle: 'hosts the council gateway',
      line: 18,
      matches: [
        match({
          pid: 1204,
          name: 'qemu-system-aarch64',
          footprintBytes: 12.4 * GB,
          aboveKillFloor: true,
          askFirst: ['it runs virtual machines', 'it hosts the council gateway'],
        }),
      ],
    }),
    rule({
      name: 'python',
      pattern: 'python',
      line: 27,
      group: 'tree',
      matches: [
        match({
          pid: 733,
          name: 'mlx_lm.server',
          footprintBytes: 13 * GB,
          count: 4,
          denied: { code: 'seat_protected', text: 'it belongs to the protected seat Cilghal' },
        }),
        match({ pid: 801, name: 'python3', footprintBytes: 9.1 * GB, isStopped: true }),
      ],
    }),
    rule({ name: 'Docker virtual machine', pattern: '/com\\.docker\\.virtualization(?: |$)', line: 33 }),
  ],
  services: [
    { label: 'com.sanctum.kiwix-serve', at: 'yellow', line: 40, loaded: true },
    { label: 'com.sanctum.memory-vault', at: 'orange', line: 44, loaded: false },
  ],
  findings: [
    {
      severity: 'error',
      code: 'missing_enforcer',
      subject: 'com.sanctum.admit-sentinel',
      key: 'relief.depends_on[1]',
      message: 'This policy counts on com.sanctum.admit-sentinel, and it is not loaded.',
      fix: 'Load the service, or remove it from relief.depends_on.',
      edit: {
        line: 9,
        old: ['depends_on = ["com.sanctum.admit-sentinel", "com.sanctum.other"]'],
        new: ['depends_on = ["com.sanctum.other"]'],
      },
    },
    {
      severity: 'warning',
      code: 'matches_protected',
      subject: 'python',
      key: 'relief.entry[3].pattern',
      message:
        'python also matches what is never acted upon. mlx_lm.server (pid 733): it belongs to the protected seat Cilghal.',
      fix: 'It is left alone all the same; a narrower pattern says so.',
      edit: { line: 29, old: ["pattern = 'python'"], new: null },
    },
    {
      severity: 'warning',
      code: 'never_acts',
      subject: 'sshd',
      key: 'relief.entry[4].pattern',
      message: 'Nothing that sshd matches now may be acted upon. sshd (pid 90): the system cannot do without it.',
      fix: 'Remove the entry, or write a pattern for what is meant.',
      edit: {
        line: 52,
        old: [
          '[[relief.entry]]',
          'name = "sshd"',
          "pattern = '/sshd'",
          'class = "freeze_only"',
          'freeze_floor = "1 GB"',
        ],
        new: [],
      },
    },
  ],
  moreFindings: 0,
  gate: calmRelief.gate,
  shed: [
    { label: 'com.sanctum.memory-vault', sinceSeconds: 640, restoresInSeconds: 240, staysDown: false },
    { label: 'com.sanctum.reranker', sinceSeconds: 7000, restoresInSeconds: null, staysDown: true },
  ],
  suppressed: [
    {
      target: 'com.sanctum.kiwix-serve',
      why: 'Left alone: acting on it did not help twice.',
      wouldHelp: 'Less of node (8.6 GB) would.',
    },
  ],
});

export const configView = (nowMs: number): ConfigView => ({
  atMs: nowMs,
  file: { path, state: 'file' },
  values: [
    { key: 'pressure.yellow.available', value: '8 GB', usual: '8 GB', line: null },
    { key: 'pressure.orange.available', value: '5 GB', usual: '4 GB', line: 4 },
    { key: 'relief.mode', value: 'dry_run', usual: 'dry_run', line: 8 },
    { key: 'relief.entry "LM Studio".pattern', value: '\\.lmstudio/', usual: null, line: 13 },
    { key: 'relief.entry "LM Studio".freeze_floor', value: '8 GB', usual: null, line: 15 },
    { key: 'api.listen', value: '127.0.0.1:2189', usual: '127.0.0.1:2189', line: null },
    { key: 'seat "Cilghal".peak', value: '41 GB', usual: null, line: 60 },
    {
      key: 'seat "Cilghal".command',
      value: '["/opt/sanctum/bin/sanctum-mlx", "--model", "Qwen3-35B-A3B-4bit", "--api-key", "…"]',
      usual: null,
      line: 66,
    },
  ],
  omitted: 0,
  problems: [
    {
      line: 31,
      key: 'relief.entry[3].kill_flor',
      message: 'There is no key "kill_flor" here.',
      fix: 'Did you mean "kill_floor"?',
    },
  ],
});

/** Names that somebody chose to break what shows them: long, right to left, with marks, controls and markup. */
export const hostileNames: readonly string[] = [
  'x'.repeat(4000),
  `${'שלום עולם '.repeat(60)}‮evil`,
  '👩‍👩‍👧‍👦'.repeat(200),
  `<img src=x onerror=alert(1)>=cmd|' /C calc'!A0`,
  `a\u0000b\u202e\u2066${'ö'.repeat(900)}`,
];

export const ok = (result: unknown) => ({ ok: true, result });
type Answers = Readonly<Record<string, unknown>>;

const usualReads = (nowMs: number): Answers => ({
  'read.log': ok(verbs['read.log'].result.parse({ rows: [...logRows(nowMs)], cursor: 'a', older: 'b' })),
  'read.log before': ok({
    rows: [{ kind: 'keeper_stopped', wallMs: nowMs - 4 * 86_400_000, instance: '0e', reason: 'SIGTERM' }],
    cursor: 'b',
    older: null,
  }),
  'read.log after': ok({ rows: [], cursor: 'a' }),
  'read.explain': ok(
    verbs['read.explain'].result.parse({
      atMs: nowMs,
      level: 'green',
      chosen: null,
      noop: 'Nothing needs doing: memory is green.',
      passedOver: [
        {
          act: 'recover',
          target: 'Cilghal',
          code: 'unknown',
          text: 'whether its files are whole has not been found out yet',
        },
      ],
    }),
  ),
  'read.policy': ok(verbs['read.policy'].result.parse(policy(nowMs))),
  'read.config': ok(verbs['read.config'].result.parse(configView(nowMs))),
});

/** Seats of which each has another standing. */
const seats = servingSeats.map((seat, i) => ({ ...seat, health: [zombie, doomed, listOnly][i] ?? null }));

/** The window with that page open; `reads` by verb, of the log also `read.log before` and `read.log after`. */
export const stateOf = (page: WindowPage, reads: Answers = {}, answers: Answers = {}): PopoverState => {
  const nowMs = Date.now();
  return {
    snapshot: {
      ...snapshot(nowMs, connected, status(nowMs, { seats: [...seats] })),
      windowGoal: { nth: 1, page },
      settings: { numbersInTray: true, colourInTray: false, shortcut: 'Control+Alt+M', openAtLogin: true },
    },
    history: null,
    answers: { previews, reads: { ...usualReads(nowMs), ...reads }, ...answers },
  };
};

/** The same answers with names of that kind wherever others choose them. */
export const hostileReads = (nowMs: number): Answers => {
  const seen = policy(nowMs);
  const config = configView(nowMs);
  const name = (i: number): string => hostileNames[i % hostileNames.length] ?? '';
  const rows = [
    ...hostileNames.flatMap((target, i) =>
      act(nowMs, 20 + i, 60_000 * (9 - i), 'red', { verb: target, target, got: target }),
    ),
    ...hostileNames.map((kind, i) => ({ kind, wallMs: [Number.MAX_VALUE, -1, 9e15, nowMs, 0][i] ?? 0, text: kind })),
    { kind: 'plan', plan: {}, verb: 7, target: null, expected: [], level: 'mauve', by: 'x' },
  ];
  return {
    'read.log': ok({ rows, cursor: 'a', older: null }),
    'read.policy': ok({
      ...seen,
      rules: seen.rules.map((each, i) => ({
        ...each,
        name: name(i),
        pattern: name(i + 1).slice(0, 256),
        matches: each.matches.map((found) => ({ ...found, name: name(i + 2), command: name(i) })),
      })),
      findings: seen.findings.map((each, i) => ({ ...each, subject: name(i), message: name(i), fix: name(i + 1) })),
      services: seen.services.map((each, i) => ({ ...each, label: name(i) })),
      shed: seen.shed.map((each, i) => ({ ...each, label: name(i) })),
      suppressed: [{ target: name(0), why: name(1), wouldHelp: name(2) }],
    }),
    'read.config': ok({
      ...config,
      values: hostileNames.map((value, i) => ({ key: `seat "${name(i)}".peak`, value, usual: value, line: i })),
      problems: hostileNames.map((message, line) => ({ line, key: message, message, fix: message })),
    }),
  };
};
