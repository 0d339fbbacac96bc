import type { ConfigView, Policy, PolicyMatch, PolicyRule } from '../../helper/protocol/policy.ts';
import { calmRelief } from '../fakes/sample-status.ts';
import { GB, MB } from './popover-fixtures.ts';

/** What the keeper answers to the pages of policy and settings: a policy with its faults, and a configuration. */

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
