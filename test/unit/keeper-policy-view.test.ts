import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GB } from '../../helper/config/config.ts';
import type { ProcessReading } from '../../helper/host/reading.ts';
import { configView } from '../../helper/keeper/answering/config-view.ts';
import { policyView } from '../../helper/keeper/answering/policy-view.ts';
import { initialState, type KeeperState } from '../../helper/keeper/judgement/state.ts';
import { verbs } from '../../helper/protocol/verbs.ts';
import { processReading } from '../fakes/readings.ts';
import { calmRelief } from '../fakes/sample-status.ts';
import { good } from './config-tools.ts';

const text = `[relief]
mode = "live"
depends_on = ["com.example.sentinel", "com.example.other"]

[[relief.entry]]
name = "hog"
pattern = '/hog(?: |$)'
class = "kill_allowed"
freeze_floor = "1 GB"
kill_floor = "4 GB"
group = "tree"

# Nobody may touch these.
[[relief.entry]]
name = "sleepers"
pattern = '/sleeper'
class = "freeze_only"
freeze_floor = "1 GB"

[[relief.entry]]
name = "LM Studio"
pattern = 'LM Studio'
class = "freeze_only"
freeze_floor = "8 GB"

[[relief.service]]
label = "com.example.vault"
at = "yellow"
`;

const configurationOf = (source: string) => {
  const parsed = good(source);
  return {
    path: '/etc/castellan.toml',
    config: () => parsed.config,
    state: () => 'file' as const,
    source: () => parsed.source,
    problems: () => parsed.warnings,
  };
};

const stateOf = (processes: readonly ProcessReading[], change: Partial<KeeperState['relief']> = {}): KeeperState => {
  const state = initialState(0);
  return {
    ...state,
    processes: { atMs: 0, views: processes.map((process) => ({ process, growthBytesPerSecond: null, seat: null })) },
    services: [['com.example.other', null]],
    relief: { ...state.relief, ...change },
  };
};

const looked = (process: ProcessReading, change = {}) => ({
  id: process.id,
  atMs: 0,
  inspection: {
    id: process.id,
    listening: [],
    isTraced: false,
    isPlatform: false,
    isHypervisor: false,
    processGroup: null,
    ...change,
  },
});

const run = (pid: number, command: string, gigabytes: number, change: Partial<ProcessReading> = {}) =>
  processReading(pid, { command, name: command.split('/').at(-1) ?? '', footprintBytes: gigabytes * GB, ...change });

const view = (state: KeeperState, source = text) => {
  const policy = policyView({ state, configuration: configurationOf(source), relief: calmRelief, wallMs: 5 });
  return verbs['read.policy'].result.parse(policy) as typeof policy;
};

describe('the policy as it is told', () => {
  const hog = run(10, '/opt/hog', 5);
  const child = run(11, '/opt/child', 1, { ppid: 10 });
  const small = run(12, '/opt/hog', 0.1);
  const sleeper = run(20, '/opt/sleeper', 3, { uid: 0 });
  const state = stateOf([hog, child, small, sleeper], {
    inspected: [looked(hog, { listening: ['127.0.0.1:1234'] }), looked(child), looked(sleeper)],
  });

  test('each rule has its line, what it matches with its group, and what stands against it', () => {
    const [first, second, third] = view(state).rules;
    assert.deepEqual([first?.line, second?.line, third?.line], [5, 14, 20]);
    assert.deepEqual(
      first?.matches.map((match) => [match.pid, match.count, match.aboveFreezeFloor, match.aboveKillFloor]),
      [
        [10, 2, true, true],
        [12, 1, false, false],
      ],
    );
    assert.deepEqual(first?.matches[0]?.askFirst, ['it listens on 127.0.0.1:1234']);
    assert.equal(first?.matches[1]?.denied, null, 'who is too small to be looked at closer is not locked for that');
    assert.deepEqual(
      second?.matches.map(({ pid, denied }) => [pid, denied?.code]),
      [[20, 'owner']],
    );
    assert.deepEqual(third?.matches, []);
  });

  test('what is wrong says which lines to replace by what', () => {
    const { findings, services } = view(state);
    assert.deepEqual(
      findings.map(({ severity, code, edit }) => [severity, code, edit?.line, edit?.new]),
      [
        ['error', 'missing_enforcer', 3, ['depends_on = ["com.example.other"]']],
        ['warning', 'never_acts', 14, []],
        ['warning', 'matches_nothing', 22, null],
        ['warning', 'misses_runtime', 22, ["pattern = '\\.lmstudio/'"]],
        ['warning', 'service_absent', 27, null],
      ],
    );
    const never = findings.find(({ code }) => code === 'never_acts');
    assert.equal(never?.edit?.old.length, 5);
    assert.equal(never?.edit?.old.at(-1), 'freeze_floor = "1 GB"');
    assert.deepEqual(services, [{ label: 'com.example.vault', at: 'yellow', line: 26, loaded: false }]);
  });

  test('a file that is not there has no lines and nothing to edit in it', () => {
    const configuration = { ...configurationOf(text), source: () => null, state: () => 'defaults' as const };
    const policy = policyView({ state, configuration, relief: calmRelief, wallMs: 5 });
    assert.ok(policy.rules.every(({ line }) => line === null));
    assert.ok(policy.findings.length > 0 && policy.findings.every(({ edit }) => edit === null));
  });

  test('thousands of matches with long names leave the answer small, and are counted', () => {
    const many = Array.from({ length: 3000 }, (_, i) =>
      run(100 + i, `/opt/hog ${'ü"'.repeat(2000)}`, 2 + i * 0.001, { name: '"'.repeat(4000) }),
    );
    const policy = view(stateOf(many));
    assert.ok(Buffer.byteLength(JSON.stringify(policy)) < 64 * 1024);
    const [first] = policy.rules;
    assert.equal((first?.matches.length ?? 0) + (first?.omitted ?? 0), 3000);
    assert.ok((first?.matches[0]?.footprintBytes ?? 0) >= (first?.matches.at(-1)?.footprintBytes ?? 0));
  });

  test('a full policy of the longest rules still fits into one message', () => {
    const rule = (i: number) =>
      `[[relief.entry]]\nname = "rule ${i} ${'n'.repeat(30)}"\npattern = '/p${i}${'"é'.repeat(120)}'\nclass = "freeze_only"\nfreeze_floor = "1 GB"\n`;
    const policy = view(stateOf([]), Array.from({ length: 64 }, (_, i) => rule(i)).join('\n'));
    assert.equal(policy.rules.length, 64);
    assert.ok(Buffer.byteLength(JSON.stringify(policy)) < 256 * 1024);
    assert.ok(policy.findings.length + policy.moreFindings >= 64);
  });
});

describe('the configuration as it is told', () => {
  const source = `${text}
[[seat]]
name = "A"
class = "protected"
label = "a"
peak = "41 GB"
probe_cmd = ["/bin/check", "--token", "hunter2", "--url=http://me:pw@127.0.0.1/?api_key=abc&x=1", "API_SECRET=xyz", "-H", "Authorization: Bearer zzz"]
`;
  const told = verbs['read.config'].result.parse(configView(configurationOf(source), 7));
  const saidOf = (key: string) => told.values.find((value) => value.key === key);

  test('each value says where it is written, or what holds without it', () => {
    assert.deepEqual(saidOf('relief.mode'), { key: 'relief.mode', value: 'live', usual: 'dry_run', line: 2 });
    assert.deepEqual(saidOf('pressure.yellow.available'), {
      key: 'pressure.yellow.available',
      value: '8 GB',
      usual: '8 GB',
      line: null,
    });
    assert.equal(saidOf('relief.entry "sleepers".pattern')?.line, 16);
    assert.equal(saidOf('relief.service "com.example.vault".at')?.line, 28);
    assert.equal(saidOf('seat "A".peak')?.line, 34);
    assert.equal(saidOf('seat "A".drain')?.line, null);
  });

  test('what may be a secret is left out', () => {
    const sent = JSON.stringify(told);
    for (const secret of ['hunter2', 'me:pw', 'abc', 'xyz', 'zzz']) assert.ok(!sent.includes(secret), secret);
    assert.match(saidOf('seat "A".probe_cmd')?.value ?? '', /"--token", "…"/);
    assert.match(sent, /x=1/);
  });

  test('a large file is told whole', () => {
    const big = Array.from(
      { length: 60 },
      (_, i) => `[[band]]\nname = "b${i}"\npattern = '/b${i}'\nband = "IDLE"\n`,
    ).join('');
    const view = configView(configurationOf(big), 1);
    assert.equal(view.omitted, 0);
    assert.ok(Buffer.byteLength(JSON.stringify(view)) < 64 * 1024);
  });
});
