import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { type Command, exitCodes, type Outcome, type Parsed } from '../../helper/cli/command.ts';
import { makeCutoverCommand } from '../../helper/cli/commands/cutover.ts';
import { makeRollbackCommand } from '../../helper/cli/commands/rollback.ts';
import { type CutoverOutput, cutoverOutputSchema } from '../../helper/cli/cutover/output.ts';
import { capturedIo } from '../fakes/captured-io.ts';
import { furnish, type Mac, oldLabels, openMac, scratchFolder } from '../fakes/cutover-mac.ts';

const newMac = (t: TestContext): Mac => {
  const root = scratchFolder();
  t.after(() => rmSync(root, { recursive: true, force: true }));
  return openMac(root, furnish(root));
};

const rootIo = () => ({ ...capturedIo(), uid: 0 });

const run = async (command: Command, values: Parsed['values']) => {
  const io = rootIo();
  const outcome: Outcome = await command.run({ values, positionals: [] }, io);
  return { outcome, ...io.text };
};

const cutover = (mac: Mac, values: Parsed['values'] = {}) => run(makeCutoverCommand(mac.world), values);
const rollback = (mac: Mac, values: Parsed['values'] = {}) => run(makeRollbackCommand(mac.world), values);

const jsonOf = (out: string): CutoverOutput => cutoverOutputSchema.parse(JSON.parse(out));

const failureCode = (outcome: Outcome): string | null => (outcome.kind === 'failed' ? outcome.failure.code : null);

/** As it is printed, with the folder of the test in the place of `/`. */
const planned = (mac: Mac, text: string): readonly string[] => text.replaceAll(mac.root, '').trimEnd().split('\n');

const agents = '/Users/neo/Library/LaunchAgents';
const support = '/Library/Application Support/Sanctum/Castellan';

describe('castellan cutover', () => {
  test('--dry-run prints the exact plan, with how each step is undone, and changes nothing', async (t) => {
    const mac = newMac(t);
    const was = mac.snapshot();
    const { outcome, out, err } = await cutover(mac, { 'dry-run': true, live: true });
    assert.deepEqual(outcome, { kind: 'exit', code: exitCodes.ok });
    assert.equal(err, '');
    const bootOut = (n: number, label: string): readonly string[] => [
      `  ${n}. Boot out gui/501/${label}, and wait until launchd does not know it any more.`,
      `     To undo it: Load ${agents}/${label}.plist into gui/501 again.`,
    ];
    const retire = (n: number, label: string): readonly string[] => [
      `  ${n}. Rename ${agents}/${label}.plist to ${label}.plist.retired-20261122.`,
      `     To undo it: Rename ${label}.plist.retired-20261122 back to ${agents}/${label}.plist; from the backup if it was changed.`,
    ];
    const start = (n: number, label: string): readonly string[] => [
      `${String(n).padStart(3)}. Start system/${label} from /Library/LaunchDaemons/${label}.plist, with none of the old services loaded.`,
      `     To undo it: Boot out system/${label}, wait until it is gone, and keep it from being started (launchctl disable).`,
    ];
    const [admit, valve, sentinel] = oldLabels;
    const ours = 'com.sanctum.castellan.deadman, com.sanctum.castellan, com.sanctum.castellan.gateway';
    assert.deepEqual(planned(mac, out), [
      '  1. Back up 3 property lists to /Users/neo/.sanctum/backups/castellan-cutover-20261122-141500, and compare them byte by byte.',
      `  2. Keep ${ours} from being started before their turn (launchctl disable).`,
      '     To undo it: See that no daemon of Castellan is loaded, and boot out one that is.',
      ...bootOut(3, admit),
      ...bootOut(4, valve),
      ...bootOut(5, sentinel),
      ...retire(6, admit),
      ...retire(7, valve),
      ...retire(8, sentinel),
      '  9. See that nobody listens at 127.0.0.1:2189 any more.',
      ` 10. Leave the dry run: write ${support}/castellan.toml (relief.mode: dry_run → live).`,
      `     To undo it: Put the former text back into ${support}/castellan.toml.`,
      ...start(11, 'com.sanctum.castellan.deadman'),
      ...start(12, 'com.sanctum.castellan'),
      ...start(13, 'com.sanctum.castellan.gateway'),
      ` 14. See that ${ours} run, that the keeper answers, and that 127.0.0.1:2189 is served.`,
      'Nothing was changed.',
    ]);
    assert.deepEqual(mac.snapshot(), was);
    assert.deepEqual(mac.ports.files.journals(), []);
    assert.ok(mac.launchd.asked.every((each) => each.startsWith('print ')));
  });

  test('does what the dry run said, step for step, and says where the backups are', async (t) => {
    const mac = newMac(t);
    const dry = planned(mac, (await cutover(mac, { 'dry-run': true, live: true })).out);
    const { outcome, out } = await cutover(mac, { live: true });
    assert.deepEqual(outcome, { kind: 'exit', code: exitCodes.ok }, out);
    const isStep = (line: string): boolean => /^ *\d+\. /.test(line);
    assert.deepEqual(planned(mac, out).filter(isStep), dry.filter(isStep));
    assert.match(out, /The old valve: last level orange, .*1 × SIGSTOP in its log, 0 of them in dry run\./);
    assert.match(out, /Done\. The backups are in .*castellan-cutover-20261122-141500; `sudo castellan rollback`/);
    assert.deepEqual(mac.launchd.listing(), [
      'system/com.sanctum.castellan running',
      'system/com.sanctum.castellan.deadman running',
      'system/com.sanctum.castellan.gateway running',
    ]);
    assert.deepEqual(readdirSync(join(mac.home, 'Library/LaunchAgents')).toSorted(), [
      'com.example.other.plist',
      ...oldLabels.map((label) => `${label}.plist.retired-20261122`),
    ]);
    assert.match(readFileSync(mac.config, 'utf8'), /^# ours\n\[relief\]\nmode = "live" # for now\n$/);
    const changes = mac.launchd.asked.filter((each) => !each.startsWith('print '));
    assert.deepEqual(
      changes.map((each) => each.replaceAll(mac.root, '')),
      [
        ...['deadman', '', 'gateway'].map((role) => `disable system/com.sanctum.castellan${role && `.${role}`}`),
        ...oldLabels.map((label) => `bootout gui/501/${label}`),
        ...['.deadman', '', '.gateway'].flatMap((role) => [
          `enable system/com.sanctum.castellan${role}`,
          `bootstrap system /Library/LaunchDaemons/com.sanctum.castellan${role}.plist`,
        ]),
      ],
    );
  });

  test('a second run has nothing to do, and renames nothing twice', async (t) => {
    const mac = newMac(t);
    await cutover(mac, { live: true });
    const was = mac.snapshot();
    const { outcome, out } = await cutover(mac, { live: true });
    assert.deepEqual(outcome, { kind: 'exit', code: exitCodes.ok });
    assert.equal(out, 'There is nothing to cut over. Castellan runs.\n');
    assert.deepEqual(mac.snapshot(), was);
    assert.equal(mac.ports.files.journals().length, 1);
  });

  test('in the dry run it is refused, but for --live and --leave-unprotected', async (t) => {
    const mac = newMac(t);
    const was = mac.snapshot();
    const { outcome, err } = await cutover(mac);
    assert.equal(failureCode(outcome), 'cutover_refused');
    assert.match(err, /^- Castellan is in the dry run: .* --live .* --leave-unprotected\.\n$/);
    assert.deepEqual(mac.snapshot(), was);
    const kept = readFileSync(mac.config, 'utf8');
    assert.deepEqual((await cutover(mac, { 'leave-unprotected': true })).outcome, { kind: 'exit', code: exitCodes.ok });
    assert.equal(readFileSync(mac.config, 'utf8'), kept);
    assert.equal((await cutover(mac, { live: true, 'leave-unprotected': true })).outcome.kind, 'usage');
  });

  test('a step that fails is named, and what was undone is listed', async (t) => {
    const mac = newMac(t);
    const was = mac.snapshot();
    const silent = { ...mac.ports, askKeeper: async () => ({ ok: false, why: 'it hangs' }) as const };
    const world = { ...mac.world, open: () => ({ ports: silent, close: async () => {} }) };
    const { outcome, out } = await run(makeCutoverCommand(world), { live: true });
    assert.equal(failureCode(outcome), 'cutover_undone');
    assert.match(
      out,
      / 14\. See that .*\n {5}failed: the keeper does not answer: it hangs\nWhat has been done is undone:\n/,
    );
    assert.match(out, /What has been done is undone:\n {3}- Boot out system\/com\.sanctum\.castellan\.gateway, /);
    assert.deepEqual(mac.snapshot(), was);
    const json = await run(makeCutoverCommand(world), { live: true, json: true });
    assert.deepEqual(json.outcome, { kind: 'exit', code: exitCodes.findings });
    const { outcome: how, steps, undone } = jsonOf(json.out);
    assert.equal(how, 'undone');
    assert.deepEqual(
      steps.map(({ state }) => state),
      [...Array(13).fill('done'), 'failed'],
    );
    assert.ok(undone.length === 11 && undone.every(({ state }) => state === 'done'));
  });

  test('--json says all of it, and nothing else', async (t) => {
    const mac = newMac(t);
    const dry = await cutover(mac, { 'dry-run': true, live: true, json: true });
    assert.equal(jsonOf(dry.out).outcome, 'planned');
    const refused = await cutover(mac, { json: true });
    assert.deepEqual(refused.outcome, { kind: 'exit', code: exitCodes.refused });
    assert.equal(jsonOf(refused.out).outcome, 'refused');
    assert.equal(jsonOf(refused.out).problems.length, 1);
    const done = await cutover(mac, { live: true, json: true });
    assert.equal(jsonOf(done.out).outcome, 'complete');
    assert.ok(jsonOf(done.out).steps.every(({ state }) => state === 'done'));
    const back = await rollback(mac, { json: true });
    assert.equal(jsonOf(back.out).outcome, 'complete');
    assert.equal(jsonOf((await rollback(mac, { json: true })).out).outcome, 'nothing');
  });

  test('Ctrl-C undoes what was done', async (t) => {
    const mac = newMac(t);
    const was = mac.snapshot();
    const stopping = {
      ...mac.ports,
      isInterrupted: () => mac.launchd.asked.some((each) => each.startsWith('bootout')),
    };
    const world = { ...mac.world, open: () => ({ ports: stopping, close: async () => {} }) };
    const { outcome } = await run(makeCutoverCommand(world), { live: true });
    assert.equal(failureCode(outcome), 'cutover_undone');
    assert.deepEqual(mac.snapshot(), was);
  });

  test('is for root, on macOS, one at a time, with somebody at the screen', async (t) => {
    const mac = newMac(t);
    for (const make of [makeCutoverCommand, makeRollbackCommand]) {
      const onLinux = await run(make({ ...mac.world, platform: 'linux' }), {});
      assert.equal(failureCode(onLinux.outcome), 'only_on_mac');
      const io = { ...capturedIo(), uid: 501 };
      assert.equal(failureCode(await make(mac.world).run({ values: {}, positionals: [] }, io)), 'needs_root');
      const locked = mac.ports.files.lock();
      assert.ok(locked.ok);
      assert.equal(failureCode((await run(make(mac.world), { live: true })).outcome), 'cutover_refused');
      locked.release();
    }
    const nobody = await run(makeCutoverCommand({ ...mac.world, account: () => null }), { live: true });
    assert.equal(failureCode(nobody.outcome), 'cutover_refused');
    assert.equal((await cutover(mac, { also: ['../x'] })).outcome.kind, 'usage');
  });
});

describe('castellan rollback', () => {
  test('ends ours, gives the lists their names back and loads the old services, in that order', async (t) => {
    const mac = newMac(t);
    const was = mac.snapshot();
    await cutover(mac, { live: true });
    const before = mac.launchd.asked.length;
    const dry = await rollback(mac, { 'dry-run': true });
    const { outcome, out } = await rollback(mac);
    assert.deepEqual(outcome, { kind: 'exit', code: exitCodes.ok });
    assert.match(out, /^The cutover of 20261122-141500 is undone:\n/);
    const acts = (text: string): readonly string[] => text.split('\n').filter((line) => line.startsWith('   - '));
    assert.deepEqual(acts(out), acts(dry.out));
    const changes = mac.launchd.asked.slice(before).filter((each) => !each.startsWith('print '));
    assert.deepEqual(
      changes.map((each) => each.replaceAll(mac.root, '')),
      [
        ...['.gateway', '', '.deadman'].flatMap((role) => [
          `bootout system/com.sanctum.castellan${role}`,
          `disable system/com.sanctum.castellan${role}`,
        ]),
        ...oldLabels.toReversed().map((label) => `bootstrap gui/501 ${agents}/${label}.plist`),
      ],
    );
    assert.deepEqual(mac.snapshot(), was);
    assert.equal((await rollback(mac)).out, 'There is no cutover that could be undone.\n');
    assert.deepEqual((await cutover(mac, { live: true })).outcome, { kind: 'exit', code: exitCodes.ok });
  });

  test('an interrupted cutover hinders the next one until it is undone', async (t) => {
    const mac = newMac(t);
    mac.ports.files.addToJournal('20261122-120000', 'not a whole line');
    assert.deepEqual((await cutover(mac, { 'dry-run': true, live: true })).outcome, {
      kind: 'exit',
      code: exitCodes.ok,
    });
    const world = {
      ...mac.world,
      open: () => ({ ports: { ...mac.ports, now: () => new Date(0) }, close: async () => {} }),
    };
    await run(makeCutoverCommand(world), { live: true });
    const [stamp = ''] = mac.ports.files.journals();
    const whole = mac.ports.files.readJournal(stamp);
    mac.ports.files.addToJournal('20261122-130000', whole[0]?.replaceAll(stamp, '20261122-130000') ?? '');
    const { outcome, err } = await cutover(mac, { live: true });
    assert.equal(failureCode(outcome), 'cutover_refused');
    assert.match(
      err,
      /The cutover of 20261122-130000 was interrupted\. Undo it with `sudo castellan rollback` first\./,
    );
  });

  test('leaves a castellan.toml alone that was edited since', async (t) => {
    const mac = newMac(t);
    await cutover(mac, { live: true });
    const edited = `${readFileSync(mac.config, 'utf8')}purge = "ask"\n`;
    mac.ports.files.writeConfig(edited);
    const { outcome, out } = await rollback(mac);
    assert.deepEqual(outcome, { kind: 'exit', code: exitCodes.ok });
    assert.match(out, /castellan\.toml was edited since; it is left as it is\./);
    assert.equal(readFileSync(mac.config, 'utf8'), edited);
  });

  test('of daemons that the app registered ends those, too', async (t) => {
    const mac = newMac(t);
    const was = mac.snapshot();
    await cutover(mac, { 'leave-unprotected': true });
    await rollback(mac);
    assert.deepEqual(mac.snapshot(), was);
    for (const name of readdirSync(join(mac.root, 'Library/LaunchDaemons')))
      rmSync(join(mac.root, 'Library/LaunchDaemons', name));
    const later = {
      ...mac.world,
      open: () => ({ ports: { ...mac.ports, now: () => new Date(2027, 1, 1) }, close: async () => {} }),
    };
    await run(makeCutoverCommand(later), { 'leave-unprotected': true });
    assert.deepEqual(mac.launchd.listing(), []);
    const job = {
      domain: 'system',
      label: 'com.sanctum.castellan',
      plist: '/Applications/x.plist',
      pid: 900,
      looksLeft: null,
    };
    mac.launchd.change({ jobs: [job] });
    assert.deepEqual((await rollback(mac)).outcome, { kind: 'exit', code: exitCodes.ok });
    assert.deepEqual(
      mac.launchd.listing(),
      oldLabels.map((label) => `gui/501/${label} running`),
    );
  });

  test('waits for its user: nothing is touched while nobody is logged in', async (t) => {
    const mac = newMac(t);
    await cutover(mac, { live: true });
    mac.launchd.change({ screenUid: null });
    const was = mac.snapshot();
    const { outcome } = await rollback(mac);
    assert.equal(failureCode(outcome), 'cutover_refused');
    assert.ok(outcome.kind === 'failed' && /uid 501 is logged in/.test(outcome.failure.detail));
    assert.deepEqual(mac.snapshot(), was);
  });
});
