import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, test } from 'node:test';
import { seatDefaults } from '../../helper/config/config.ts';
import { createIsPortTaken } from '../../helper/host/linux/port-owner.ts';
import type { Inspection } from '../../helper/host/port.ts';
import { replay } from '../../helper/incidents/replay.ts';
import { readScenario } from '../../helper/incidents/scenario.ts';
import { lookAtPort, reportPort } from '../../helper/keeper/acting/port-look.ts';
import { holderOf, holderText, type PortHolder, programOf, seatAddress } from '../../helper/probes/port-holder.ts';
import { isPortDue, newPortWatch, portAsked, portFound } from '../../helper/probes/port-watch.ts';

/** Who has the port of a seat, as a sign of its health: from where it should listen to what is said of it. */

const seat = {
  ...seatDefaults,
  ...({ name: 'Cilghal', class: 'protected', label: 'com.sanctum.cilghal', peakBytes: 1 } as const),
};
const health = {
  listUrls: ['http://localhost:1337/v1/models'],
  ...{ chatUrl: null, model: null, files: null, tls: null },
};

describe('where a seat should listen', () => {
  test('is its port, else where it is asked', () => {
    const cases = [
      [{}, null],
      [{ port: 1337 }, '127.0.0.1:1337'],
      [{ health }, '127.0.0.1:1337'],
      [{ health: { ...health, chatUrl: 'https://[::1]/v1/chat/completions' } }, '[::1]:443'],
      [{ health: { ...health, chatUrl: 'http://127.0.0.1/v1/chat/completions' } }, '127.0.0.1:80'],
      [{ ready: { kind: 'http', url: 'http://127.0.0.1:8080/health' } }, '127.0.0.1:8080'],
      [{ ready: { kind: 'command', argv: ['/bin/true'] } }, null],
    ] as const;
    for (const [change, address] of cases) assert.equal(seatAddress({ ...seat, ...change }), address);
  });
});

describe('a look at who has a port', () => {
  const id = { pid: 7, start: 's7' };
  const inspection = (listening: readonly string[]): Inspection => ({
    ...{ id, listening, isHypervisor: null, isTraced: null, isPlatform: null, processGroup: null },
  });
  const other = { pid: 9, command: 'nc -l 1337' };
  const never = () => Promise.reject(new Error('nobody asks for all processes'));

  test('asks those who should have it first, and for all others only then', async () => {
    const own = { inspect: () => inspection(['0.0.0.0:1337']), portOwner: never };
    assert.deepEqual(await lookAtPort(own, '127.0.0.1:1337', [id]), { kind: 'own' });
    const elsewhere = { inspect: () => inspection(['127.0.0.1:1']), portOwner: async () => other };
    assert.deepEqual(await lookAtPort(elsewhere, '127.0.0.1:1337', [id]), { kind: 'other', ...other });
  });

  test('takes nobody for nobody only where somebody would be seen', async () => {
    const portOwner = async () => null;
    assert.deepEqual(await lookAtPort({ portOwner }, '127.0.0.1:1'), { kind: 'nobody' });
    assert.deepEqual(await lookAtPort({ portOwner, isPortTaken: async () => false }, '127.0.0.1:1'), {
      kind: 'nobody',
    });
    assert.equal(await lookAtPort({ portOwner, isPortTaken: async () => true }, '127.0.0.1:1'), 'unknown');
    assert.equal(await lookAtPort({}, '127.0.0.1:1'), 'unknown');
    assert.equal((await reportPort({}, { address: '127.0.0.1:1', own: [] })).outcome, 'failed');
  });

  test('goes through the words of an effect unchanged', () => {
    const holders: readonly PortHolder[] = [
      { kind: 'own' },
      { kind: 'nobody' },
      { kind: 'other', ...other, command: 'nc' },
    ];
    for (const holder of holders) assert.deepEqual(holderOf(holderText(holder)), holder);
    for (const text of ['', 'unknown', 'other', 'other x y']) assert.equal(holderOf(text), null, text);
  });

  test('sees a listener of this machine in the table that everybody may read', async (t) => {
    if (process.platform !== 'linux') return t.skip('the table is Linux’');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const at = server.address();
    assert.ok(at !== null && typeof at === 'object');
    const isTaken = createIsPortTaken('/proc');
    assert.equal(await isTaken(`127.0.0.1:${at.port}`), true);
    await new Promise((resolve) => server.close(resolve));
    assert.equal(await isTaken(`127.0.0.1:${at.port}`), false);
  });
});

test('a foreign holder is looked for again in a minute, the port of a seat that has it in five', () => {
  const dueAfterMs = (watch: ReturnType<typeof newPortWatch>): number =>
    [0, 59_999, 60_000, 299_999, 300_000].find((ms) => isPortDue(watch, ms)) ?? Number.POSITIVE_INFINITY;
  const asked = portAsked(newPortWatch(0), 1, true, 0);
  assert.equal(dueAfterMs(portFound(asked, { kind: 'own' }, 0)), 300_000);
  assert.equal(dueAfterMs(portFound(asked, null, 0)), 300_000);
  const foreign = portFound(asked, { kind: 'other', pid: 9, command: 'nc' }, 0);
  assert.equal(dueAfterMs(foreign), 60_000);
  // An answer that never comes leaves it believed for no longer either.
  assert.equal(dueAfterMs(portAsked(foreign, 2, true, 0)), 60_000);
  assert.equal(dueAfterMs(portAsked(newPortWatch(0), 1, false, 0)), 60_000);
});

test('of who has a port the program is told, and nothing that may be a key: alerts leave the machine', () => {
  const rows: readonly (readonly [command: string, told: string])[] = [
    ['python3 server.py --api-key sk-1234', 'python3 server.py'],
    ['/usr/bin/nc -l 1337', '/usr/bin/nc'],
    ['python3 -m http.server 1337', 'python3 -m http.server'],
    [
      '/Applications/LM Studio.app/Contents/MacOS/LM Studio --x y',
      '/Applications/LM Studio.app/Contents/MacOS/LM Studio',
    ],
    ['env TOKEN=abc serve', 'env'],
    ['serve https://me:secret@host', 'serve'],
    [`serve ${'a'.repeat(64)}`, 'serve'],
    ['', ''],
  ];
  for (const [command, told] of rows) assert.equal(programOf(command), told);
  assert.equal(holderText({ kind: 'other', pid: 7, command: 'serve --key k3y' }), 'other 7 serve');
});

describe('a seat whose port another program has', () => {
  const scenario = (processes: readonly object[], events: readonly object[] = [], duration = 1200) => {
    const text = readFileSync(new URL('../scenarios/S-05-recovery.json', import.meta.url), 'utf8');
    const written = JSON.parse(text) as { readonly processes: readonly Record<string, unknown>[] };
    const own = { ...written.processes[0], footprint: '21 GB', listening: [] };
    const read = readScenario(
      JSON.stringify({
        ...written,
        ...{ duration, expect: {}, events, processes: [own, ...processes] },
        machine: { total: '64 GB', available: '30 GB', wired: '4 GB', compressor: '0 GB' },
      }),
    );
    assert.ok(read.ok, read.ok ? '' : JSON.stringify(read.failure));
    return replay(read.scenario);
  };
  const thief = { pid: 4000, name: 'nc', command: '/usr/bin/nc -l 1337', footprint: '0.01 GB', cpu: 0 };
  const listening = ['127.0.0.1:1337'];
  const probesOf = (replayed: ReturnType<typeof scenario>) => {
    const probes = [...replayed.snapshots.values()].at(-1)?.state.probing.seats[0];
    assert.ok(probes !== undefined);
    return probes;
  };
  const told = ({ moments }: ReturnType<typeof scenario>): readonly string[] =>
    moments.flatMap((each) => (each.kind === 'alert' && each.alert === 'seat_port_foreign' ? [each.detail] : []));

  test('is unreachable although all channels pass, is told of once, and refused with who it is', () => {
    const ensure = { at: 900, do: 'ensure', seat: 'Cilghal', gets: 'refused', within: 1 };
    const replayed = scenario([{ ...thief, listening }], [ensure]);
    assert.deepEqual(replayed.deviations, []);
    assert.equal(probesOf(replayed).judged.verdict, 'unreachable');
    assert.deepEqual(told(replayed), ['/usr/bin/nc (pid 4000) has its port']);
    const answer = replayed.moments.find((each) => each.kind === 'answer');
    assert.match(
      answer?.kind === 'answer' ? answer.text : '',
      /Its port is held by \/usr\/bin\/nc \(pid 4000\), which is not its own\.$/,
    );
  });

  test('is well again within a minute or so when that has ended', () => {
    const replayed = scenario([{ ...thief, listening, until: 400 }], [], 480);
    assert.equal(told(replayed).length, 1);
    assert.equal(probesOf(replayed).judged.verdict, 'healthy');
  });

  test('has its port by whatever process is its own', () => {
    const replayed = scenario([{ ...thief, ppid: 2100, listening }]);
    assert.deepEqual([told(replayed), probesOf(replayed).judged.verdict], [[], 'healthy']);
    assert.deepEqual(probesOf(replayed).port.holder, { kind: 'own' });
  });
});
