import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Host } from '../../helper/host/port.ts';
import type { ProcessId } from '../../helper/host/reading.ts';
import type { ServiceResult } from '../../helper/host/service-manager.ts';
import type { AuditFacts } from '../../helper/journal/audit.ts';
import { type ActuatorOptions, createActuator } from '../../helper/keeper/acting/actuator.ts';
import type { FallbackAct, Plan, RecoverAct, RecoverDeed } from '../../helper/relief/acts.ts';

/** What a recovery and a fallback do to services, ports and processes, however launchd answers. */

type Answer = ServiceResult | 'hangs';
const done: ServiceResult = { ok: true };
const no = (problem: Exclude<ServiceResult, { ok: true }>['problem'], detail: string): ServiceResult => ({
  ok: false,
  ...{ problem, detail },
});
const hanging = new Promise<never>(() => {});
const operator = { uid: 501, client: 'app' } as const;

interface Given {
  /** Pids that are the processes they were: everybody else has ended, or is another by now. */
  readonly alive?: readonly ProcessId[];
  readonly bootout?: Answer;
  /** What is listed, one answer after the other; the last one stays. */
  readonly listed?: readonly (number | null | 'absent' | 'failed')[];
  readonly resumed?: 'ok' | 'failed';
  readonly owner?: { readonly pid: number; readonly command: string } | null;
  readonly takesRows?: boolean;
}

const open = ({
  alive = [],
  bootout = done,
  listed = ['absent'],
  resumed = 'ok',
  owner = null,
  takesRows = true,
}: Given) => {
  const did: string[] = [];
  const rows: AuditFacts[] = [];
  const left = [...listed];
  const isAlive = (id: ProcessId): boolean => alive.some(({ pid, start }) => pid === id.pid && start === id.start);
  const signalled = (id: ProcessId, signal: string) => {
    if (!isAlive(id)) return { ok: false, problem: 'reused', detail: 'another process' } as const;
    did.push(`${signal} ${id.pid}`);
    return { ok: true } as const;
  };
  const answered = (verb: string, answer: Answer): Promise<ServiceResult> => {
    did.push(verb);
    return answer === 'hangs' ? hanging : Promise.resolve(answer);
  };
  const services: Host['services'] = {
    pids: () => new Map(),
    lastExits: () => new Map(),
    bootstrap: (label) => answered(`bootstrap ${label}`, done),
    bootout: (label) => answered(`bootout ${label}`, bootout),
    print: async (label) => {
      const now = left.length > 1 ? left.shift() : left[0];
      if (now === 'absent' || now === undefined) return { ok: false, problem: 'absent', detail: '113' };
      if (now === 'failed') return { ok: false, problem: 'failed', detail: 'launchctl did not answer' };
      return { ok: true, job: { label, pid: now, lastExit: null, exitTimeoutSeconds: 20, hasMachServices: null } };
    },
  };
  const host: ActuatorOptions['host'] = {
    services,
    clock: { nowMs: () => 0, wallMs: () => 0, at: () => () => {} },
    signal: (id, signal) => signalled(id, signal),
    kill: ({ id }) => signalled(id, 'SIGKILL'),
    identify: (pid) => alive.find((id) => id.pid === pid) ?? { sensor: 'processes', problem: 'vanished', detail: '' },
    portOwner: async () => owner,
    isPortTaken: async () => false,
  };
  const freezer: ActuatorOptions['freezer'] = {
    freeze: async () => assert.fail('nobody is frozen'),
    resume: async () => assert.fail('nobody is resumed'),
    resumeWithin: async () => ({ outcome: resumed, detail: resumed === 'ok' ? '' : 'the deadman does not answer' }),
  };
  const actuator = createActuator({
    ...{ host, freezer },
    audit: (facts) => {
      rows.push(facts);
      return takesRows;
    },
  });
  return { actuator, did, rows };
};

const approved: readonly ProcessId[] = [
  { pid: 2100, start: 'first' },
  { pid: 2101, start: 'first' },
];
const recover: RecoverAct = {
  ...{ verb: 'recover', seat: 'Cilghal', label: 'seat', class: 'protected', address: '127.0.0.1:1337' },
  targets: approved.map((id) => ({ id, name: 'server', command: '', uid: 501, footprintBytes: 0 })),
};
const fallback: FallbackAct = {
  ...{ verb: 'fallback', seat: 'Cilghal', label: 'spare', primary: 'seat', address: '127.0.0.1:1337' },
};
const planOf = (act: Plan['act']): Plan => ({
  ...{ id: 7, hash: 'h', act, reason: '', cause: { kind: 'zombie' }, plannedMs: 0 },
  expected: { counter: 'service', bytes: 0, bytesPerSecond: 0 },
});

const acts = async (
  given: Given,
  act: RecoverAct | FallbackAct,
  step?: RecoverDeed,
  by: 'automatic' | typeof operator = operator,
) => {
  const { actuator, did, rows } = open(given);
  const deed = step === undefined ? {} : { step };
  const outcome = await actuator.carryOut({ id: 1, kind: 'act', plan: planOf(act), by, ...deed });
  return { ...outcome, did, rows: rows.map(({ kind }) => kind) };
};

describe('a recovery', () => {
  test('kills exactly the processes that were approved: who has their pid now is not signalled', async () => {
    const killed = await acts({ alive: approved }, recover, 'kill');
    assert.deepEqual([killed.outcome, killed.did], ['ok', ['SIGKILL 2100', 'SIGKILL 2101']]);
    const reused = await acts({ alive: [{ pid: 2100, start: 'second' }] }, recover, 'kill');
    assert.deepEqual([reused.outcome, reused.did], ['ok', []]);
    for (const step of ['stop', 'kill', 'port'] as const)
      assert.deepEqual((await acts({ alive: approved }, recover, step, 'automatic')).did, [], 'nobody approved it');
  });

  test('does nothing that has no row in the audit log', async () => {
    for (const step of ['stop', 'kill'] as const) {
      const unwritten = await acts({ alive: approved, takesRows: false }, recover, step);
      assert.deepEqual([unwritten.outcome, unwritten.did], ['failed', []]);
    }
  });

  test('tells nobody to end whom it could not resume', async () => {
    const { outcome, detail, did } = await acts({ alive: approved, resumed: 'failed' }, recover, 'stop');
    assert.deepEqual([outcome, detail, did], ['failed', 'the deadman does not answer', []]);
  });

  const answers: readonly (readonly [string, ServiceResult, 'ok' | 'failed', readonly string[]])[] = [
    ['0', done, 'ok', ['bootout seat']],
    ['36', no('ending', 'operation now in progress'), 'ok', ['bootout seat']],
    ['113', no('absent', 'no such process'), 'ok', ['bootout seat', 'SIGTERM 2100', 'SIGTERM 2101']],
    ['5', no('failed', 'Input/output error'), 'failed', ['bootout seat']],
    ['150', no('refused', 'protected by SIP'), 'failed', ['bootout seat']],
  ];
  for (const [code, answer, outcome, did] of answers)
    test(`told to end, launchd answers ${code}`, async () => {
      const told = await acts({ alive: approved, bootout: answer }, recover, 'stop');
      assert.deepEqual([told.outcome, told.did], [outcome, did]);
      assert.deepEqual(told.rows, ['intent', 'result']);
      if (!answer.ok && outcome === 'failed') assert.match(told.detail, new RegExp(answer.detail));
    });

  test('names who has the port', async () => {
    const { outcome, detail } = await acts({ owner: { pid: 9, command: '/usr/bin/nc' } }, recover, 'port');
    assert.deepEqual([outcome, detail], ['failed', '/usr/bin/nc (pid 9) has it']);
  });
});

describe('a fallback', () => {
  const run = (given: Given) => acts(given, fallback);

  test('is started where the seat is not loaded and its port is free', async () => {
    const { outcome, did } = await run({});
    assert.deepEqual([outcome, did], ['ok', ['bootstrap spare']]);
  });

  test('takes a seat that is loaded and does not run out of the list first: launchd would start it beside', async () => {
    const { outcome, did } = await run({ listed: [null, 'absent'] });
    assert.deepEqual([outcome, did], ['ok', ['bootout seat', 'bootstrap spare']]);
    const kept = await run({ listed: [null, 'absent'], bootout: no('failed', 'Input/output error') });
    assert.deepEqual([kept.outcome, kept.did], ['failed', ['bootout seat']]);
    const back = await run({ listed: [null, 4100] });
    assert.deepEqual([back.outcome, back.detail], ['failed', 'seat runs (pid 4100)']);
  });

  test('is not started beside a seat that runs, or of which nobody knows whether it does, or at a port that is held', async () => {
    const cases: readonly (readonly [Given, RegExp])[] = [
      [{ listed: [4100] }, /seat runs \(pid 4100\)/],
      [{ listed: ['failed'] }, /whether seat runs is not known: launchctl did not answer/],
      [{ owner: { pid: 9, command: '/usr/bin/nc' } }, /port 127\.0\.0\.1:1337 is not free: \/usr\/bin\/nc/],
      [{ takesRows: false }, /audit log takes no row/],
    ];
    for (const [given, words] of cases) {
      const { outcome, detail, did } = await run(given);
      assert.deepEqual([outcome, did], ['failed', []]);
      assert.match(detail, words);
    }
  });
});
