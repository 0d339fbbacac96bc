import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ArbiterStep, bandStatus, wantedTargets } from '../../helper/arbiter/arbiter.ts';
import { mostTargets } from '../../helper/arbiter/targets.ts';
import { driveArbiter, seatOf } from '../fakes/arbiter-world.ts';

const cilghal = seatOf({ name: 'cilghal', class: 'protected', band: 'CRITICAL' });
const codestral = seatOf({ name: 'codestral', band: 'IDLE' });
const qemu = { name: 'qemu', pattern: 'qemu-system', band: 'HOME' } as const;
const own = [
  { role: 'gateway', pid: 12 },
  { role: 'keeper', pid: 10 },
  { role: 'deadman', pid: 11 },
] as const;

const wishesOf = (steps: readonly ArbiterStep[]): readonly string[] =>
  steps.flatMap(({ wishes }) =>
    wishes.map((wish) => (wish.kind === 'band' ? `${wish.name} ${wish.target.pid} ${wish.band}` : `gpu ${wish.bytes}`)),
  );
const alertsOf = (steps: readonly ArbiterStep[]): readonly string[] =>
  steps.flatMap(({ alerts }) => alerts.map(({ alert, subject }) => `${alert} ${subject}`));

/** Seats, a virtual machine, a stranger and Castellan itself. */
const whole = () => {
  const drive = driveArbiter({ seats: [cilghal, codestral], rules: [qemu], own });
  drive.born({ pid: 300, command: '/usr/bin/qemu-system-aarch64 -m 8192' });
  drive.born({ pid: 200, command: 'mlx_lm.server codestral', seat: 'codestral' });
  drive.born({ pid: 100, command: 'mlx_lm.server cilghal', seat: 'cilghal' });
  drive.born({ pid: 101, command: 'worker', seat: 'cilghal' });
  drive.born({ pid: 400, command: '/usr/bin/stranger' });
  for (const { role, pid } of own) drive.born({ pid, command: `castellan ${role}` });
  return drive;
};

describe('bands', () => {
  test('each gets what the configuration says, Castellan itself first, a stranger never', () => {
    const drive = whole();
    assert.deepEqual(wishesOf(drive.slots(3)), [
      'keeper 10 CRITICAL',
      'deadman 11 CRITICAL',
      'gateway 12 CRITICAL',
      'cilghal 100 CRITICAL',
      'cilghal 101 CRITICAL',
      'codestral 200 IDLE',
      'qemu 300 HOME',
    ]);
    assert.equal(drive.place.bands.get('400:s'), 'DEFAULT');
  });

  test('at the start they are read before they are set: what an earlier keeper set is held', () => {
    const drive = whole();
    for (const key of ['10:s', '11:s', '12:s', '100:s', '101:s']) drive.place.bands.set(key, 'CRITICAL');
    drive.place.bands.set('200:s', 'IDLE');
    assert.deepEqual(wishesOf([drive.slot()]), []);
    assert.equal(wantedTargets(drive.state(), drive.nowMs()).length, 7);
    assert.deepEqual(wishesOf(drive.slots(5)), ['qemu 300 HOME']);
  });

  test('a seat that starts later gets its band in the slot that sees it', () => {
    const drive = whole();
    drive.slots(3);
    drive.gone(200);
    drive.born({ pid: 201, command: 'mlx_lm.server codestral', seat: 'codestral' });
    assert.deepEqual(wishesOf([drive.slot()]), ['codestral 201 IDLE']);
    assert.deepEqual(wishesOf(drive.slots(5)), []);
    assert.equal(bandStatus(drive.state(), 'seat', 'codestral')?.state, 'held');
  });

  test('a band that somebody else changes is set again within one slot and counted', () => {
    const drive = whole();
    drive.slots(3);
    drive.place.bands.set('100:s', null);
    const step = drive.slot();
    assert.deepEqual(wishesOf([step]), ['cilghal 100 CRITICAL']);
    assert.match(step.said[0] ?? '', /cilghal \(pid 100\) is 42, which has no name here; it is set to CRITICAL/);
    assert.equal(drive.state().drifts, 1);
    assert.equal(drive.place.bands.get('100:s'), 'CRITICAL');
  });

  test('after three changes by others it stops, says so once, and shows who stands where', () => {
    const drive = whole();
    drive.slots(3);
    const steps = Array.from({ length: 400 }, () => {
      drive.place.bands.set('100:s', 'DEFAULT');
      return drive.slot();
    });
    assert.deepEqual(wishesOf(steps), ['cilghal 100 CRITICAL', 'cilghal 100 CRITICAL']);
    assert.deepEqual(alertsOf(steps), ['band_contested cilghal']);
    assert.deepEqual(bandStatus(drive.state(), 'seat', 'cilghal'), {
      wanted: 'CRITICAL',
      found: 'DEFAULT',
      state: 'contested',
      detail: 'others changed it 3 times within ten minutes',
    });
    assert.equal(bandStatus(drive.state(), 'seat', 'codestral')?.state, 'held');
  });

  test('what the kernel refuses is told once, shown, and tried again after ten minutes', () => {
    const drive = whole();
    drive.place.refuse = (key) => (key === '10:s' || key === '100:s' ? 'not permitted' : null);
    const steps = drive.slots(320);
    assert.deepEqual(alertsOf(steps), ['band_refused keeper', 'band_refused cilghal']);
    assert.equal(wishesOf(steps).filter((each) => each === 'cilghal 100 CRITICAL').length, 2);
    const status = bandStatus(drive.state(), 'seat', 'cilghal');
    assert.equal(status?.state, 'refused');
    assert.equal(status?.detail, 'not permitted');
    assert.equal(bandStatus(drive.state(), 'own', 'keeper')?.state, 'refused');
  });

  test('a process that ended is asked for no more, and raises nothing', () => {
    const drive = whole();
    drive.slots(3);
    drive.place.bands.delete('200:s');
    const steps = drive.slots(10);
    assert.deepEqual([wishesOf(steps), alertsOf(steps)], [[], []]);
    assert.equal(
      wantedTargets(drive.state(), drive.nowMs()).some(({ pid }) => pid === 200),
      false,
    );
    assert.equal(bandStatus(drive.state(), 'seat', 'codestral'), null);
  });

  test('a wish for a process that ended in the meantime is withdrawn and not repeated', () => {
    const drive = whole();
    drive.slot();
    drive.slot({ carriesOut: false });
    drive.gone(300);
    const steps = drive.slots(20);
    assert.deepEqual(
      wishesOf(steps).filter((each) => each.startsWith('qemu')),
      [],
    );
  });

  test('who gets the pid of one of ours is a stranger', () => {
    const drive = whole();
    drive.slots(3);
    drive.gone(12);
    drive.born({ pid: 12, start: 'later', command: '/usr/bin/other' });
    assert.deepEqual(wishesOf(drive.slots(5)), []);
    assert.equal(drive.place.bands.get('12:later'), 'DEFAULT');
  });

  test('a seat is no rule’s, and neither is Castellan: the first rule that matches decides for the rest', () => {
    const drive = driveArbiter({
      seats: [cilghal],
      rules: [
        { name: 'a', pattern: 'server', band: 'HOME' },
        { name: 'b', pattern: 'serv|castellan', band: 'IDLE' },
      ],
      own: [{ role: 'keeper', pid: 10 }],
    });
    drive.born({ pid: 10, command: 'castellan keeper' });
    drive.born({ pid: 20, command: 'server', seat: 'cilghal' });
    drive.born({ pid: 30, command: 'server' });
    drive.born({ pid: 40, command: 'serve' });
    drive.born({ pid: 50, command: 'server', isZombie: true });
    drive.born({ pid: 1, command: 'server of all' });
    assert.deepEqual(wishesOf(drive.slots(3)), ['keeper 10 CRITICAL', 'cilghal 20 CRITICAL', 'a 30 HOME', 'b 40 IDLE']);
  });

  test('another band in the configuration is another wish, and the old quarrel is forgotten', () => {
    const drive = whole();
    drive.slots(3);
    for (let n = 0; n < 5; n++) {
      drive.place.bands.set('200:s', 'DEFAULT');
      drive.slot();
    }
    assert.equal(bandStatus(drive.state(), 'seat', 'codestral')?.state, 'contested');
    drive.place.seats = [cilghal, { ...codestral, band: 'BACKGROUND' }];
    assert.deepEqual(wishesOf(drive.slots(3)), ['codestral 200 BACKGROUND']);
    assert.equal(bandStatus(drive.state(), 'seat', 'codestral')?.state, 'held');
  });

  test('a seat or rule that left the configuration keeps the band it has', () => {
    const drive = whole();
    drive.slots(3);
    drive.place.seats = [cilghal];
    drive.place.rules = [];
    drive.place.bands.set('200:s', 'DEFAULT');
    assert.deepEqual(wishesOf(drive.slots(3)), []);
    assert.equal(drive.state().bands.length, 5);
  });

  test('while nothing may be done nothing is wished, and what is found is shown', () => {
    const drive = whole();
    drive.place.mayAct = false;
    assert.deepEqual(wishesOf(drive.slots(3)), []);
    assert.equal(bandStatus(drive.state(), 'seat', 'cilghal')?.state, 'drifted');
  });

  test('a pass that saw no process forgets nobody', () => {
    const drive = whole();
    drive.slots(3);
    drive.place.processes = [];
    drive.slot();
    assert.equal(drive.state().bands.length, 7);
  });

  test('a rule that matches half the machine leaves room for the others', () => {
    const drive = driveArbiter({
      seats: [cilghal],
      rules: [
        { name: 'all', pattern: 'node', band: 'IDLE' },
        { name: 'vm', pattern: 'qemu', band: 'HOME' },
        ...['a', 'b', 'c'].map((name) => ({ name, pattern: `${name}-job`, band: 'IDLE' as const })),
      ],
    });
    for (let pid = 1_000; pid < 1_100; pid++) drive.born({ pid, command: 'node' });
    for (let pid = 2_000; pid < 2_060; pid++) drive.born({ pid, command: `${['a', 'b', 'c'][pid % 3]}-job` });
    drive.born({ pid: 3_000, command: 'qemu' });
    drive.born({ pid: 4_000, command: 'mlx', seat: 'cilghal' });
    drive.slots(3);
    assert.equal(drive.state().bands.length, mostTargets);
    assert.equal(drive.place.bands.get('3000:s'), 'HOME');
    assert.equal(drive.place.bands.get('4000:s'), 'CRITICAL');
    assert.equal(drive.state().leftOut, 162 - mostTargets);
  });
});
