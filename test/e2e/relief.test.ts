import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { describe, test } from 'node:test';
import { launchApp } from './harness.ts';
import { castellan, startDeadman, startKeeper, statusOf } from './keeper-process.ts';
import { card, clickNotification, pendingOf, proposed, rowsOf, simConfig, writeConfig } from './relief-asking.ts';
import { end, eventually, kept, missing, openWorld, type World } from './surroundings.ts';

/**
 * Relief from end to end, and nothing of it made up: a real keeper and a real deadman, a real Electron, a real session bus;
 * memory that runs short on the simulated Mac, and a real process that really stops on this machine.
 */

describe('relief on the simulated Mac', { skip: missing, timeout: 230_000 }, () => {
  test('an end takes a second confirmation; what lost its cause is withdrawn and cannot be approved any more', async (t) => {
    const world = await openWorld(t);
    writeConfig(world, simConfig.slice(0, simConfig.indexOf('[[seat]]')));
    await startKeeper(world, 'sim');
    await startDeadman(world);
    const app = await launchApp(world);
    await castellan(world, 'sim', 'set', 'scenario', 'still');
    await castellan(world, 'sim', 'set', 'spawn', 'runaway', '3GB');
    await castellan(world, 'sim', 'set', 'available', '1.5GB');

    // What can be undone is asked first.
    const freeze = await proposed(world, 'freeze');
    const page = await clickNotification(world, app, freeze);
    await card(page, freeze).getByTestId('not-now').click();
    const ending = await proposed(world, 'terminate');
    assert.equal(ending.needsConfirmation, true);
    await card(page, ending).getByTestId('approve').click();
    await card(page, ending).getByTestId('confirm').waitFor();
    await app.shoot(page, 'relief-confirm');
    assert.equal((await rowsOf(world, 'intent')).length, 0);
    await card(page, ending).getByTestId('yes').click();
    await eventually(
      async () => !(await castellan(world, 'status', '--all')).includes('runaway'),
      'runaway has ended',
      20_000,
    );

    await castellan(world, 'sim', 'set', 'spawn', 'runaway', '3GB');
    const stale = await proposed(world, 'freeze');
    await castellan(world, 'sim', 'set', 'available', 'auto');
    await eventually(async () => (await pendingOf(world)) === undefined, 'it is withdrawn', 60_000);
    await card(page, stale).waitFor({ state: 'detached' });
    await assert.rejects(castellan(world, 'approve', String(stale.id)), /approval_withdrawn|approval_unknown/);
  });
});

/** Holds memory and listens, so that it is not frozen without asking. */
const startVictim = async (world: World): Promise<ChildProcess> => {
  const script = `
    const held = Buffer.alloc(400 * 2 ** 20, 1);
    require('node:net').createServer().listen(0, '127.0.0.1', () => process.stdout.write('ready ' + held.length));
    setInterval(() => held.fill(2, 0, 4096), 1000);`;
  const child = kept(
    spawn(process.execPath, ['-e', script, 'castellan-victim'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: world.env,
    }),
  );
  world.defer(async () => {
    child.kill('SIGCONT');
    await end(child);
  });
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  return child;
};

const stateOf = (pid: number): string => /^State:\s+(\S)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';

describe('relief on this machine', { skip: missing, timeout: 150_000 }, () => {
  test('an approval in the app freezes a real process; Resume lets it run again', async (t) => {
    const world = await openWorld(t);
    const victim = await startVictim(world);
    const pid = victim.pid ?? 0;
    const megabytes = Math.floor(totalmem() / 2 ** 20);
    // All but the whole of the memory counts as short, so that this machine is on red as it stands.
    const level = (name: string, share: number): string =>
      `${name} = { available = "${Math.floor(megabytes * share)} MB" }`;
    writeConfig(
      world,
      `[pressure]\n${level('yellow', 0.999)}\n${level('orange', 0.998)}\n${level('red', 0.997)}
[relief]
mode = "live"
[[relief.entry]]
name = "victim"
pattern = 'castellan-victim'
class = "freeze_only"
freeze_floor = "300 MB"
owner_uid = ${process.getuid?.() ?? 0}
`,
    );
    await startKeeper(world, 'linux');
    await startDeadman(world);
    const app = await launchApp(world);
    const proposal = await proposed(world, 'freeze');
    assert.equal(proposal.target.pid, pid);
    assert.ok(
      proposal.impact.some((text) => /^listens on 127\.0\.0\.1:\d+$/.test(text)),
      proposal.impact.join(),
    );

    const page = await clickNotification(world, app, proposal);
    assert.notEqual(stateOf(pid), 'T');
    await card(page, proposal).getByTestId('approve').click();
    await eventually(() => stateOf(pid) === 'T', 'it is stopped', 15_000);
    const frozen = page.getByTestId('frozen').first();
    await frozen.waitFor();
    await app.shoot(page, 'relief-frozen');
    await frozen.getByRole('button').first().click();
    await eventually(() => stateOf(pid) !== 'T', 'it runs again', 15_000);
    assert.equal((await statusOf(world)).relief.frozen.length, 0);
  });
});
