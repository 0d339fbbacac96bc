import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Config, defaultConfig, type FreezeOnlyEntry, GB, seatDefaults } from '../../helper/config/config.ts';
import type { ProcessReading } from '../../helper/host/reading.ts';
import { createSimHost } from '../../helper/host/sim/host.ts';
import { simPolicy } from '../../helper/host/sim/policy.ts';
import { simSeats } from '../../helper/host/sim/seats.ts';
import { type LintFinding, lintPolicy } from '../../helper/relief/lint.ts';
import { processReading } from '../fakes/readings.ts';
import { still } from './sim-tools.ts';

const entry = (name: string, pattern: string, change: Partial<FreezeOnlyEntry> = {}): FreezeOnlyEntry => ({
  name,
  pattern,
  class: 'freeze_only',
  freezeFloorBytes: GB,
  group: 'none',
  oracle: null,
  withoutAsking: false,
  ownerUid: null,
  ...change,
});
const configOf = (change: Partial<Config['relief']>, seats: Config['seats'] = []): Config => ({
  ...defaultConfig,
  seats,
  relief: { ...defaultConfig.relief, ...change },
});
const run = (pid: number, command: string, change: Partial<ProcessReading> = {}): ProcessReading =>
  processReading(pid, { command, name: command.slice(command.lastIndexOf('/') + 1), ...change });
const told = (findings: readonly LintFinding[]): readonly string[] =>
  findings.map(({ severity, code, subject }) => `${severity} ${code} ${subject}`);

describe('what a policy does on this machine', () => {
  const seat = {
    ...seatDefaults,
    name: 'S',
    class: 'protected',
    label: 'seat',
    peakBytes: GB,
    wiredBytes: 0,
    oracle: null,
    drainSeconds: 30,
  } as const;
  const services = new Map([
    ['seat', 20],
    ['listed', null],
  ]);
  const rows: readonly (readonly [string, Config, readonly ProcessReading[], readonly string[], RegExp?])[] = [
    ['nothing to say of a rule that matches', configOf({ entries: [entry('E', '/e$')] }), [run(9, '/opt/e')], []],
    [
      'a rule that matches nothing',
      configOf({ entries: [entry('E', '/e$')] }),
      [run(9, '/opt/f')],
      ['warning matches_nothing E'],
    ],
    [
      'a rule hidden behind an earlier one',
      configOf({ entries: [entry('wide', '/opt/'), entry('E', '/e$')] }),
      [run(9, '/opt/e')],
      ['warning hidden E'],
      /belongs to wide.*before wide/s,
    ],
    [
      'a rule that also matches a protected seat’s processes, its children too',
      configOf({ entries: [entry('E', '/opt/')] }, [seat]),
      [run(20, '/opt/e'), run(21, '/opt/child', { ppid: 20 }), run(22, '/opt/f')],
      ['warning matches_protected E'],
      /e \(pid 20\): it belongs to the protected seat S/,
    ],
    [
      'a rule all of whose matches are protected',
      configOf({ entries: [entry('E', '/opt/')] }, [seat]),
      [run(20, '/opt/e')],
      ['warning never_acts E'],
    ],
    [
      'a rule for an account that is not declared',
      configOf({ entries: [entry('E', '/opt/')] }),
      [run(20, '/opt/e', { uid: 88 })],
      ['warning never_acts E'],
      /owner_uid = 88/,
    ],
    [
      'the same rule with the account declared',
      configOf({ entries: [entry('E', '/opt/', { ownerUid: 88 })] }),
      [run(20, '/opt/e', { uid: 88 })],
      [],
    ],
    [
      'a service that is not there cannot be shed; a listed job that does not run is there',
      configOf({
        services: [
          { label: 'listed', at: 'yellow' },
          { label: 'gone', at: 'orange' },
        ],
      }),
      [],
      ['warning service_absent gone'],
    ],
    [
      'a missing enforcer is an error',
      configOf({ dependsOn: ['listed', 'valve'] }),
      [],
      ['error missing_enforcer valve'],
      /counts on valve, and it is not loaded/,
    ],
  ];
  for (const [name, config, processes, expected, words] of rows)
    test(name, () => {
      const findings = lintPolicy(config, { processes, services });
      assert.deepEqual(told(findings), expected);
      const text = findings.map(({ message, fix }) => `${message} ${fix}`).join(' ');
      if (words !== undefined) assert.match(text, words);
      for (const { path } of findings) assert.equal(path[0], 'relief');
    });

  test('nothing is said of what is not known', () => {
    const config = configOf({
      entries: [entry('E', '/e$')],
      dependsOn: ['x'],
      services: [{ label: 'y', at: 'yellow' }],
    });
    assert.deepEqual(lintPolicy(config, { processes: null, services: null }), []);
  });
});

describe('a runtime that is named and missed', () => {
  const lint = (...entries: readonly FreezeOnlyEntry[]) =>
    lintPolicy(configOf({ entries }), { processes: null, services: null });

  test('LM Studio by its name misses its Node, and the command line that is missed is shown', () => {
    const findings = lint(entry('LM Studio', 'LM Studio'));
    assert.deepEqual(told(findings), ['warning misses_runtime LM Studio']);
    assert.match(findings[0]?.message ?? '', /"\/Users\/neo\/\.lmstudio\/\.internal\/utils\/node/);
  });

  test('also when only the pattern names it', () => {
    assert.deepEqual(told(lint(entry('models', 'LM Studio Helper'))), ['warning misses_runtime models']);
  });

  test('another entry may be for it', () => {
    assert.deepEqual(lint(entry('LM Studio window', 'LM Studio'), entry('LM Studio models', '\\.lmstudio/')), []);
  });

  test('a pattern that catches what only sounds like it', () => {
    const findings = lint(entry('metal', '(?i)metal|MTL'));
    assert.deepEqual(told(findings), ['warning matches_too_much metal']);
    assert.match(findings[0]?.message ?? '', /MTLCompilerService/);
  });
});

test('the policy of the simulated machine is sound there: only what is protected or not running is remarked', () => {
  const host = createSimHost({ scenario: still() });
  const config: Config = { ...defaultConfig, seats: simSeats, relief: simPolicy };
  const findings = lintPolicy(config, {
    processes: host.readProcesses().processes,
    services: host.services.pids(),
  });
  assert.deepEqual(told(findings), [
    'warning matches_nothing runaway',
    'warning matches_nothing LM Studio',
    'warning matches_protected sanctum-mlx',
    'warning matches_nothing Apple virtual machine',
    'warning matches_nothing Metal shader compiler',
  ]);
});
