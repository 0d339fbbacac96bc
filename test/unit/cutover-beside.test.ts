import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import { type Command, exitCodes, type Parsed } from '../../helper/cli/command.ts';
import { makeCutoverCommand } from '../../helper/cli/commands/cutover.ts';
import { makeRollbackCommand } from '../../helper/cli/commands/rollback.ts';
import { cutoverOutputSchema } from '../../helper/cli/cutover/output.ts';
import type { Choices, Prepared } from '../../helper/install/cutover/cutover.ts';
import { prepare } from '../../helper/install/cutover/cutover.ts';
import type { CutoverPorts } from '../../helper/install/cutover/ports.ts';
import { runPlan } from '../../helper/install/cutover/run.ts';
import { capturedIo } from '../fakes/captured-io.ts';
import { furnishBeside, type Mac, oldLabels, oldPart, openMac, scratchFolder } from '../fakes/cutover-mac.ts';

/** The usual order of who installs the package: the app registers the daemons, and the cutover comes afterwards. */

const newMac = (t: TestContext): Mac => {
  const root = scratchFolder();
  t.after(() => rmSync(root, { recursive: true, force: true }));
  return openMac(root, furnishBeside(root));
};

const run = async (command: Command, values: Parsed['values'] = {}) => {
  const io = { ...capturedIo(), uid: 0 };
  const outcome = await command.run({ values, positionals: [] }, io);
  return { outcome, ...io.text };
};
const cutover = (mac: Mac, values: Parsed['values'] = { live: true }, ports: Partial<CutoverPorts> = {}) =>
  run(
    makeCutoverCommand({ ...mac.world, open: () => ({ ports: { ...mac.ports, ...ports }, close: async () => {} }) }),
    values,
  );
const rollback = (mac: Mac, values: Parsed['values'] = {}) => run(makeRollbackCommand(mac.world), values);

const looked = (mac: Mac, change: Partial<Choices> = {}, ports: Partial<CutoverPorts> = {}): Promise<Prepared> =>
  prepare(
    { ...mac.ports, ...ports },
    { account: mac.account, live: true, leaveUnprotected: false, also: [], chosen: null, ...change },
  );

const well = { kind: 'exit', code: exitCodes.ok };
const ours = ['com.sanctum.castellan.deadman', 'com.sanctum.castellan', 'com.sanctum.castellan.gateway'] as const;
const running = ours.map((label) => `system/${label} running`).toSorted();

const changesSince = (mac: Mac, before: number): readonly string[] =>
  mac.launchd.asked
    .slice(before)
    .filter((each) => !each.startsWith('print '))
    .map((each) => each.replaceAll(mac.root, ''));

describe('castellan cutover beside a Castellan that the app has registered', () => {
  test('--dry-run prints the plan of this case, and what a rollback means for the app', async (t) => {
    const mac = newMac(t);
    const was = mac.snapshot();
    const { outcome, out, err } = await cutover(mac, { 'dry-run': true, live: true });
    assert.deepEqual(outcome, well);
    assert.equal(err, '');
    const steps = out.replaceAll(mac.root, '').split('\n');
    assert.deepEqual(
      steps.filter((line) => /^ *\d+\. /.test(line)).map((line) => line.replace(/^ *\d+\. /, '')),
      [
        'Back up 3 property lists to /Users/neo/.sanctum/backups/castellan-cutover-20261122-141500, and compare them byte by byte.',
        `See that ${ours.join(', ')} are loaded, and that the keeper only observes; they go on running.`,
        ...oldLabels.map((each) => `Boot out gui/501/${each}, and wait until launchd does not know it any more.`),
        ...oldLabels.map(
          (each) => `Rename /Users/neo/Library/LaunchAgents/${each}.plist to ${each}.plist.retired-20261122.`,
        ),
        'See that nobody but Castellan listens at 127.0.0.1:2189 any more.',
        'Leave the dry run: write /Library/Application Support/Sanctum/Castellan/castellan.toml (relief.mode: dry_run → live).',
        'Have Castellan end in order and start anew (keeper.refresh), so that it sees at once that they are gone.',
        `See that ${ours.join(', ')} run, that the keeper answers, and that 127.0.0.1:2189 is served.`,
      ],
    );
    assert.match(out, /To undo it: Unless all that were booted out are loaded still: boot out com\.sanctum\.castellan/);
    assert.match(
      out,
      /A rollback ends it.*the app shows its helper as not running\. To bring it back: `sudo launchctl/,
    );
    assert.deepEqual(mac.snapshot(), was);
    assert.deepEqual(changesSince(mac, 0), []);
  });

  test('retires the old services, starts nothing of ours, and has the keeper look again', async (t) => {
    const mac = newMac(t);
    const pids = mac.launchd.state().jobs.flatMap(({ domain, pid }) => (domain === 'system' ? [pid] : []));
    const { outcome, out } = await cutover(mac, { live: true, json: true });
    assert.deepEqual(outcome, well, out);
    const { outcome: how, steps, notes } = cutoverOutputSchema.parse(JSON.parse(out));
    assert.equal(how, 'complete');
    assert.ok(steps.every(({ state }) => state === 'done'));
    assert.match(notes.join('\n'), /A rollback ends it before it brings the old services back/);
    assert.deepEqual(
      changesSince(mac, 0),
      oldLabels.map((label) => `bootout gui/501/${label}`),
    );
    assert.deepEqual(mac.launchd.listing(), running);
    assert.ok(mac.launchd.state().jobs.every(({ pid }) => !pids.includes(pid)));
    assert.ok(!mac.launchd.state().isObserving);
    assert.deepEqual(mac.launchd.together, []);
    assert.match(readFileSync(mac.config, 'utf8'), /mode = "live"/);
    assert.equal((await cutover(mac)).out, 'There is nothing to cut over. Castellan runs.\n');
  });

  test('a rollback ends ours before it brings the old services back, and says how Castellan comes back', async (t) => {
    const mac = newMac(t);
    const was = oldPart(mac);
    await cutover(mac);
    const before = mac.launchd.asked.length;
    const dry = await rollback(mac, { 'dry-run': true });
    assert.match(dry.out, /Castellan is then off, and the app shows its helper as not running\. To bring it back/);
    const { outcome, out } = await rollback(mac);
    assert.deepEqual(outcome, well, out);
    assert.deepEqual(changesSince(mac, before), [
      ...ours.toReversed().flatMap((label) => [`bootout system/${label}`, `disable system/${label}`]),
      ...oldLabels.toReversed().map((label) => `bootstrap gui/501 /Users/neo/Library/LaunchAgents/${label}.plist`),
    ]);
    assert.match(out, /`sudo launchctl enable system\/com\.sanctum\.castellan`, .*Login Items, or restart the Mac/);
    assert.match(out, /Done: the services of before are as they were\.\n$/);
    assert.deepEqual(oldPart(mac), was);
    assert.deepEqual(mac.launchd.together, []);
  });

  test('a keeper that has not seen the old services yet starts anew before any of them is touched', async (t) => {
    const mac = newMac(t);
    mac.launchd.change({ isObserving: false });
    const asked: string[] = [];
    const launchctl: CutoverPorts['launchd']['launchctl'] = (args, limit) => {
      if (args[0] === 'bootout') asked.push(`bootout, observing: ${mac.launchd.state().isObserving}`);
      return mac.ports.launchd.launchctl(args, limit);
    };
    const { outcome } = await cutover(mac, { live: true }, { launchd: { ...mac.ports.launchd, launchctl } });
    assert.deepEqual(outcome, well);
    assert.deepEqual(asked, Array(3).fill('bootout, observing: true'));
  });

  test('a keeper that observes on is the end of it, and all is undone', async (t) => {
    const mac = newMac(t);
    const was = oldPart(mac);
    const askKeeper: CutoverPorts['askKeeper'] = async () => {
      const said = mac.launchd.askKeeper();
      return said.ok
        ? { ...said, observes: ['com.sanctum.admit watches memory here, and two never act together.'] }
        : said;
    };
    const { outcome, out } = await cutover(mac, { live: true }, { askKeeper });
    assert.ok(outcome.kind === 'failed' && outcome.failure.code === 'cutover_undone');
    assert.match(out, /failed: the keeper only observes still: com\.sanctum\.admit watches memory here/);
    assert.match(out, /Castellan is then off, and the app shows its helper as not running/);
    assert.deepEqual(oldPart(mac), was);
    assert.deepEqual(mac.launchd.together, []);
  });

  test('a stranger at the port is named when the old services are gone, and nothing is left half done', async (t) => {
    const mac = newMac(t);
    const was = oldPart(mac);
    const portOwner = async () => ({ pid: 4711, command: 'nc -l 2189' });
    const { outcome, out, err } = await cutover(mac, { live: true }, { portOwner });
    assert.ok(outcome.kind === 'failed' && outcome.failure.code === 'cutover_undone');
    assert.match(err, /warning: 127\.0\.0\.1:2189 is held by nc -l 2189, pid 4711/);
    assert.match(out, /failed: 127\.0\.0\.1:2189 is held by nc -l 2189, pid 4711\n/);
    assert.deepEqual(oldPart(mac), was);
  });

  test('lists that nobody has loaded are renamed and put back beside it, and it is never ended for that', async (t) => {
    const mac = newMac(t);
    mac.launchd.change({ jobs: mac.launchd.state().jobs.filter(({ domain }) => domain === 'system') });
    const was = mac.snapshot();
    const { outcome, out } = await cutover(mac);
    assert.deepEqual(outcome, well);
    assert.doesNotMatch(out, /To bring it back/);
    const instance = (): string => {
      const said = mac.launchd.askKeeper();
      return said.ok ? said.instance : '';
    };
    const before = instance();
    const back = await rollback(mac);
    assert.deepEqual(back.outcome, well, back.out);
    assert.deepEqual(mac.snapshot(), was);
    assert.deepEqual(changesSince(mac, 0), []);
    // It runs by the castellan.toml that was put back.
    assert.notEqual(instance(), before);
  });

  const refusals: readonly (readonly [string, RegExp, (mac: Mac) => Partial<CutoverPorts>])[] = [
    [
      'only some of ours are loaded',
      /runs in part only: launchd does not know com\.sanctum\.castellan\.gateway\./,
      (mac) => {
        mac.launchd.change({ jobs: mac.launchd.state().jobs.filter(({ label }) => !label.endsWith('.gateway')) });
        return {};
      },
    ],
    [
      'the keeper does not answer',
      /Castellan is loaded, and its keeper does not answer: it hangs\./,
      () => ({ askKeeper: async () => ({ ok: false, why: 'it hangs' }) }),
    ],
    [
      'it would go on observing only for another reason',
      /would go on observing only, and nobody would act: The keeper does not run as root\. .*--leave-unprotected\.$/,
      () => ({ askKeeper: async () => ({ ok: true, instance: 'a', observes: ['The keeper does not run as root.'] }) }),
    ],
  ];
  for (const [when, said, arrange] of refusals)
    test(`does not begin when ${when}`, async (t) => {
      const mac = newMac(t);
      const ports = arrange(mac);
      const { preflight } = await looked(mac, {}, ports);
      assert.match(preflight.problems.join('\n'), said);
      assert.equal(preflight.problems.length, 1);
    });

  test('in the dry run it wants --live or --leave-unprotected, as ever', async (t) => {
    const mac = newMac(t);
    assert.match((await looked(mac, { live: false })).preflight.problems.join(), /^Castellan is in the dry run/);
    const { preflight, plan } = await looked(mac, { live: false, leaveUnprotected: true });
    assert.deepEqual(preflight.problems, []);
    assert.equal((await runPlan(plan, mac.ports, () => {})).kind, 'complete');
    assert.match(readFileSync(mac.config, 'utf8'), /mode = "dry_run"/);
    assert.deepEqual(mac.launchd.listing(), running);
  });
});
