import assert from 'node:assert/strict';
import { chmodSync, chownSync, existsSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { type Config, defaultConfig } from '../../helper/config/config.ts';
import { readInputs } from '../../helper/journal/inputs.ts';
import { memoryText, readMemory } from '../../helper/journal/relief-memory.ts';
import { type Decision, decide } from '../../helper/keeper/judgement/decide.ts';
import type { Input } from '../../helper/keeper/judgement/events.ts';
import { replayInputs } from '../../helper/keeper/judgement/input-lines.ts';
import { initialState } from '../../helper/keeper/judgement/state.ts';
import { openRecords, type Records } from '../../helper/keeper/records.ts';
import type { ReliefMemory } from '../../helper/relief/state.ts';
import { machineReading, processReading, processTable, readingOf } from '../fakes/readings.ts';
import { folder, smallDisk, undo, until } from './journal-support.ts';

const memory: ReliefMemory = {
  choice: 'live',
  choiceOver: 'dry_run',
  gate: { observedMs: 3_600_000, plans: 4, wrong: 1 },
  sheds: [{ label: 'com.example.agent', staysDown: true, agoMs: 5_000 }],
  remedyAgoMs: 60_000,
  ending: [{ pid: 7, start: 's7', seat: 'Codestral' }],
  braked: [{ key: '9:s9', agoMs: 1_000 }],
  seats: [{ name: 'Codestral', peakBytes: 14 * 2 ** 30, failure: { kind: 'crash_loop', count: 2, agoMs: 9_000 } }],
  strikes: [{ seat: 'Cilghal', cheap: 0, inference: 96, integrity: 1 }],
  recovery: { seat: 'Cilghal', step: 'stop' },
};

const opened = async (t: TestContext, directory: string) => {
  const said: string[] = [];
  const records: Records = await openRecords({
    statePath: directory,
    heartbeatPath: join(directory, 'heartbeat'),
    maxBytes: 2 ** 24,
    totalBytes: 64 * 2 ** 30,
    instance: 'run',
    wallMs: () => 1_000,
    warn: (text) => said.push(text),
  });
  undo(t, records.close);
  return { records, said };
};

const auditRows = (directory: string): readonly Readonly<Record<string, unknown>>[] =>
  readFileSync(join(directory, 'audit.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

const uid = process.getuid?.() ?? 0;

describe('what relief remembers', () => {
  test('it is there at the next start, for the keeper alone', async (t) => {
    const directory = folder(t);
    const { records, said } = await opened(t, directory);
    assert.equal(records.recall(), null);
    assert.deepEqual(await records.carryOut({ id: 1, kind: 'remember', memory }), { outcome: 'ok', detail: '' });
    // Together with a heartbeat of the same moment: neither takes the place of the other.
    const beat = { sequence: 1, level: 'green', kernelLevel: 1, availableBytes: 1, lastAction: null } as const;
    const heartbeat = { ...beat, compressorGrowthBytesPerSecond: null };
    assert.equal((await records.carryOut({ id: 2, kind: 'heartbeat', heartbeat })).outcome, 'ok');
    await records.close();
    assert.ok(existsSync(join(directory, 'heartbeat')));
    assert.equal(statSync(join(directory, 'relief.json')).mode & 0o777, 0o600);
    assert.deepEqual((await opened(t, directory)).records.recall()?.memory, memory);
    assert.deepEqual(said, []);
  });

  test('what is damaged, of another form, or not ours is not believed, and that is said', async (t) => {
    const directory = folder(t);
    const path = join(directory, 'relief.json');
    const wrong = (change: object): string => memoryText({ ...memory, ...change });
    for (const text of [
      '',
      '{',
      'null',
      memoryText(memory).slice(0, 30),
      memoryText(memory).replace('"version":1', '"version":2'),
      wrong({ choice: 'kill' }),
      wrong({ gate: { observedMs: -1, plans: 0, wrong: 0 } }),
      wrong({ more: 1 }),
      wrong({ sheds: Array.from({ length: 65 }, () => ({ label: 'a', staysDown: false })) }),
      ' '.repeat(70_000),
    ]) {
      writeFileSync(path, text, { mode: 0o600 });
      const { records, said } = await opened(t, directory);
      assert.equal(records.recall(), null);
      assert.equal(said.length, 1);
      assert.match(said[0] ?? '', /the dry run begins anew/);
    }
    writeFileSync(path, memoryText(memory));
    assert.equal(readMemory(directory, uid).kind, 'memory');
    assert.equal(readMemory(directory, uid + 1).kind, 'damaged');
    chmodSync(path, 0o666);
    assert.equal(readMemory(directory, uid).kind, 'damaged');
    rmSync(path);
    writeFileSync(join(directory, 'elsewhere'), memoryText(memory));
    symlinkSync(join(directory, 'elsewhere'), path);
    assert.equal(readMemory(directory, uid).kind, 'damaged');
  });

  test('a disk that refuses it is a failed effect the next time, and a file that was there stays', async (t) => {
    const disk = smallDisk(t, 1024 * 1024);
    if (disk === null) return;
    const { records } = await opened(t, disk);
    const remember = (id: number) => records.carryOut({ id, kind: 'remember', memory });
    assert.equal((await remember(1)).outcome, 'ok');
    await until('it is there', () => existsSync(join(disk, 'relief.json')));
    assert.throws(() => writeFileSync(join(disk, 'hog'), Buffer.alloc(2 ** 21)), /ENOSPC/);
    let id = 2;
    for (let outcome = 'ok'; outcome === 'ok'; id++) {
      outcome = (await remember(id)).outcome;
      await new Promise((resolve) => setTimeout(resolve, 200));
      assert.ok(id < 50);
    }
    assert.deepEqual(records.recall()?.memory, memory);
    rmSync(join(disk, 'hog'));
    for (let outcome = 'failed'; outcome === 'failed'; id++) {
      outcome = (await remember(id)).outcome;
      await new Promise((resolve) => setTimeout(resolve, 200));
      assert.ok(id < 100);
    }
  });
});

describe('rows of a decision', () => {
  test('they are in the file when onStep returns', async (t) => {
    const directory = folder(t);
    const { records } = await opened(t, directory);
    const input: Input = { nowMs: 0, reading: null, events: [] };
    const decision: Decision = {
      ...decide(initialState(0), input, defaultConfig),
      rows: [
        { kind: 'mutation', verb: 'deny', detail: 'proposal 1', byUid: 501 },
        { kind: 'observed', what: 'ended', target: 'node', detail: '' },
      ],
    };
    records.onStep(input, decision, defaultConfig);
    assert.deepEqual(
      auditRows(directory),
      decision.rows.map((row) => ({ ...row, wallMs: 1_000, instance: 'run' })),
    );
  });

  test('whether a row was taken is told, and when rows are taken again', async (t) => {
    const disk = smallDisk(t, 512 * 1024);
    if (disk === null) return;
    const { records, said } = await opened(t, disk);
    const row = { kind: 'mutation', verb: 'deny', detail: 'x'.repeat(2_000), byUid: 501 } as const;
    assert.ok(records.audit(row) && records.auditWritable());
    assert.throws(() => writeFileSync(join(disk, 'hog'), Buffer.alloc(2 ** 20)), /ENOSPC/);
    let taken = 0;
    while (records.audit(row)) assert.ok(++taken < 100);
    assert.ok(taken >= 30, `${taken} in the reserve`);
    assert.match(said.at(-1) ?? '', /^audit: /);
    assert.equal(records.auditWritable(), false);
    rmSync(join(disk, 'hog'));
    assert.equal(records.auditWritable(), true);
    assert.ok(records.audit(row));
    // Nothing between the first and the last is missing unsaid.
    const kinds = auditRows(disk).map(({ kind }) => kind);
    assert.equal(kinds.filter((kind) => kind === 'gap').length, 1);
    assert.equal(kinds.length, taken + 3);
  });
});

describe('alerts of a keeper', () => {
  test('they also go to the file that castellan.toml names, from the next step on', { timeout: 60_000 }, async (t) => {
    const directory = folder(t);
    const home = folder(t);
    if (uid === 0) chownSync(home, 65_534, 65_534);
    const path = join(home, 'alerts.json');
    const { records } = await opened(t, directory);
    const step = (file: string | null): void => {
      const input: Input = { nowMs: 0, reading: null, events: [] };
      const config = { ...defaultConfig, alerts: { file, push: [] } };
      records.onStep(input, decide(initialState(0), input, config), config);
    };
    const raise = async (id: number, subject: string): Promise<void> => {
      const ended = await records.carryOut({ id, kind: 'alert', alert: 'gap', subject, detail: 'no sample' });
      assert.equal(ended.outcome, 'ok');
    };
    step(null);
    await raise(1, 'before');
    step(path);
    await raise(2, 'one');
    await raise(3, 'one');
    await raise(4, 'two');
    await until('they are there', () => existsSync(path), 20_000);
    await records.close();
    const rows = readFileSync(path, 'utf8').trimEnd().split('\n');
    assert.deepEqual(
      rows.map((row) => [JSON.parse(row).source, JSON.parse(row).subject]),
      [
        ['castellan', 'one'],
        ['castellan', 'two'],
      ],
    );
    assert.equal(statSync(path).uid, uid === 0 ? 65_534 : uid);
  });
});

describe('inputs of a keeper', () => {
  test('tables of seven minutes are replayed to the same decisions', { timeout: 60_000 }, async (t) => {
    const directory = folder(t);
    const { records } = await opened(t, directory);
    const given: string[] = [];
    const decided: string[] = [];
    let state = initialState(0);
    let rows = Array.from({ length: 200 }, (_, index) => processReading(index + 2));
    const configs: readonly Config[] = [defaultConfig, { ...defaultConfig, history: { maxBytes: 2 ** 25 } }];
    for (let step = 0; step < 200; step++) {
      const nowMs = step * 2_000;
      rows = rows.with(step, processReading(step + 2, { cpuMs: step })).toSpliced((step * 7) % 200, 1);
      rows = [...rows, processReading(1_000 + step, { command: `/bin/tool ${step}` })];
      const config = configs[step < 100 ? 0 : 1] ?? defaultConfig;
      const reading = readingOf(step % 3 === 0 ? 'slot' : 'full', machineReading({ atMs: nowMs }), {
        table: step % 3 === 0 ? null : processTable(rows, nowMs),
        chosen: rows.slice(0, 2),
        services: [['com.example.agent', 2]],
      });
      const input: Input = { nowMs, reading, events: [] };
      const decision = decide(state, input, config);
      state = decision.state;
      records.onStep(input, decision, config);
      given.push(JSON.stringify(input));
      decided.push(JSON.stringify(decision));
      // As slowly as a queue of 2 MB wants it.
      if (step % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await records.close();
    assert.equal(records.telemetry().lostRows, 0);
    const inputs = join(directory, 'inputs');
    const steps: string[] = [];
    const replayed: string[] = [];
    for await (const { input, decision } of replayInputs(readInputs(inputs))) {
      steps.push(JSON.stringify(input));
      replayed.push(JSON.stringify(decision));
    }
    assert.deepEqual(steps, given);
    // Up to the configuration's change each decision is the keeper's own.
    assert.deepEqual(replayed.slice(0, 100), decided.slice(0, 100));
    const bytes = statSync(join(inputs, 'inputs-00000001.jsonl')).size;
    t.diagnostic(`${bytes} bytes for ${given.reduce((sum, line) => sum + line.length, 0)}`);
  });
});
