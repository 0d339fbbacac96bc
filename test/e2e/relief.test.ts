import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import type { Page } from 'playwright';
import type { LogRow, Proposal } from '../../helper/protocol/relief.ts';

import { launchApp, type RunningApp } from './harness.ts';
import { castellan, startDeadman, startKeeper, statusOf } from './keeper-process.ts';
import { end, eventually, kept, missing, openWorld, type World } from './surroundings.ts';

/**
 * Relief from end to end, and nothing of it made up: a real keeper and a real deadman, a real Electron, a real session bus;
 * memory that runs short on the simulated Mac, and a real process that really stops on this machine.
 */

const writeConfig = (world: World, text: string): void => {
  mkdirSync(world.runDirectory, { recursive: true, mode: 0o755 });
  writeFileSync(path.join(world.runDirectory, 'castellan.toml'), text, { mode: 0o644 });
};

const pendingOf = async (world: World): Promise<Proposal | undefined> => (await statusOf(world)).relief.pending[0];

const proposed = (world: World, verb: Proposal['verb']): Promise<Proposal> =>
  eventually(
    async () => {
      const proposal = await pendingOf(world);
      return proposal?.verb === verb && proposal;
    },
    `${verb} is proposed`,
    30_000,
  );

const popoverOf = (app: RunningApp): Promise<Page> =>
  eventually(
    async () =>
      (await app.hook('isOpen')) && app.electron.windows().find((each) => each.url().startsWith('castellan://app/')),
    () => `the popover opens\n${app.output()}`,
  );

const card = (page: Page, { episode }: Proposal) => page.locator(`[data-testid=approval][data-episode="${episode}"]`);

/** The notification for a proposal, clicked; the card that it opens. */
const clickNotification = async (world: World, app: RunningApp, proposal: Proposal): Promise<Page> => {
  const told = await eventually(
    () => world.bus.standing().find(({ summary }) => summary === proposal.title),
    () => `a notification for "${proposal.title}": ${JSON.stringify(world.bus.notifications())}\n${app.output()}`,
  );
  world.bus.click(told.id);
  const page = await popoverOf(app);
  await card(page, proposal).waitFor();
  return page;
};

const rowsOf = async (world: World, kind: string): Promise<readonly LogRow[]> =>
  (await castellan(world, 'log', '--json', '--kind', kind))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogRow);

const simConfig = `
[relief]
mode = "live"
[[relief.entry]]
name = "runaway"
pattern = '^/usr/local/bin/runaway( |$)'
class = "kill_allowed"
freeze_floor = "1 GB"
kill_floor = "2 GB"
[[seat]]
name = "Cilghal"
class = "protected"
label = "com.sanctum.mlx"
peak = "41 GB"
wired = "18 GB"
probe_cmd = ["/usr/bin/true"]
[[seat]]
name = "Codestral"
class = "on_call"
label = "com.sanctum.mlx-codestral"
peak = "14 GB"
wired = "2 GB"
probe_cmd = ["/usr/bin/true"]
`;

describe('relief on the simulated Mac', { skip: missing, timeout: 230_000 }, () => {
  test('red, a notification, its card approved: the seat is told to end, its memory is back, and that is told', async (t) => {
    const world = await openWorld(t);
    writeConfig(world, simConfig);
    await startKeeper(world, 'sim');
    await startDeadman(world);
    const app = await launchApp(world);
    await castellan(world, 'sim', 'set', 'scenario', 'still');
    await castellan(world, 'sim', 'set', 'available', '1.5GB');
    const proposal = await proposed(world, 'bootout');
    assert.equal(proposal.target.name, 'Codestral');
    // Whether it is idle is not known, so one press is not enough.
    assert.equal(proposal.needsConfirmation, true);

    const page = await clickNotification(world, app, proposal);
    await app.shoot(page, 'relief-card');
    assert.equal((await rowsOf(world, 'intent')).length, 0, 'a click on the notification approves nothing');
    await card(page, proposal).getByTestId('approve').click();
    await card(page, proposal).getByTestId('yes').click();
    await eventually(
      async () => (await statusOf(world)).seats.find(({ name }) => name === 'Codestral')?.state === 'absent',
      'Codestral is gone',
      20_000,
    );
    await card(page, proposal).waitFor({ state: 'detached' });
    await eventually(() => world.bus.standing().length === 0, 'the notification is taken off');
    const deed = await eventually(
      async () =>
        (await statusOf(world)).relief.activity.find(
          ({ verb, outcome }) => verb === 'bootout' && outcome === 'effective',
        ),
      'its effect is measured',
      30_000,
    );
    assert.match(deed.got, /Gave back 1[23]\.\d GB/);
    await page.locator('[data-testid=activity][data-outcome=effective]').waitFor();
    await app.shoot(page, 'relief-done');

    await assert.rejects(castellan(world, 'approve', String(proposal.id)), /approval_used|approval_unknown/);
    const kinds = (await rowsOf(world, 'intent')).concat(await rowsOf(world, 'result'), await rowsOf(world, 'receipt'));
    assert.deepEqual(
      kinds.map(({ kind }) => kind),
      ['intent', 'result', 'receipt'],
    );
  });

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
