import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { type Choices, type Prepared, prepare } from '../../helper/install/cutover/cutover.ts';
import { latest } from '../../helper/install/cutover/journal.ts';
import type { CutoverPorts } from '../../helper/install/cutover/ports.ts';
import { loadedDaemons, loadedRetired } from '../../helper/install/cutover/retired.ts';
import { rollBack } from '../../helper/install/cutover/rollback.ts';
import { runPlan } from '../../helper/install/cutover/run.ts';
import { furnish, type Mac, openMac, scratchFolder } from '../fakes/cutover-mac.ts';

const newMac = (t: TestContext): Mac => {
  const root = scratchFolder();
  t.after(() => rmSync(root, { recursive: true, force: true }));
  return openMac(root, furnish(root));
};

const looked = (mac: Mac, change: Partial<Choices> = {}, ports: Partial<CutoverPorts> = {}): Promise<Prepared> =>
  prepare(
    { ...mac.ports, ...ports },
    { account: mac.account, live: true, leaveUnprotected: false, also: [], chosen: null, ...change },
  );

const agent = (mac: Mac, label: string): string => join(mac.home, 'Library/LaunchAgents', `${label}.plist`);
const withoutJob = (mac: Mac, label: string): void =>
  mac.launchd.change({ jobs: mac.launchd.state().jobs.filter((job) => job.label !== label) });

describe('whether a cutover may begin', () => {
  test('a service that is not here is a warning, and the others are retired', async (t) => {
    const mac = newMac(t);
    withoutJob(mac, 'com.sanctum.ram-sentinel');
    rmSync(agent(mac, 'com.sanctum.ram-sentinel'));
    const { preflight, plan } = await looked(mac);
    assert.deepEqual(preflight.problems, []);
    assert.deepEqual(preflight.warnings, [
      'ram-sentinel is not here: no job and no property list of com.sanctum.ram-sentinel or ram-sentinel.',
    ]);
    assert.equal(plan.steps.filter(({ kind }) => kind === 'boot_out').length, 2);
    assert.equal(plan.steps.filter(({ kind }) => kind === 'retire').length, 2);
  });

  test('a list whose job is not loaded is renamed, and nothing is booted out for it', async (t) => {
    const mac = newMac(t);
    withoutJob(mac, 'com.sanctum.pressure-valve');
    const was = mac.snapshot();
    const { preflight, plan } = await looked(mac);
    assert.deepEqual(preflight.problems, []);
    assert.equal(plan.steps.filter(({ kind }) => kind === 'boot_out').length, 2);
    assert.equal(plan.steps.filter(({ kind }) => kind === 'retire').length, 3);
    const silent = { ...mac.ports, askKeeper: async () => ({ ok: false, why: 'silence' }) as const };
    assert.equal((await runPlan(plan, silent, () => {})).kind, 'undone');
    // Nor is it loaded when all is undone.
    assert.deepEqual(mac.snapshot(), was);
  });

  test('the file that launchd names is the list of a job, whatever it is called', async (t) => {
    const mac = newMac(t);
    renameSync(agent(mac, 'com.sanctum.admit'), agent(mac, 'admission'));
    const jobs = mac.launchd
      .state()
      .jobs.map((job) => (job.label === 'com.sanctum.admit' ? { ...job, plist: agent(mac, 'admission') } : job));
    mac.launchd.change({ jobs });
    const { preflight, plan } = await looked(mac);
    assert.deepEqual(preflight.problems, []);
    assert.ok(plan.steps.some((step) => step.kind === 'retire' && step.retired === 'admission.plist.retired-20261122'));
  });

  test('a retired name that is taken gets the time of day, so that nothing is overwritten', async (t) => {
    const mac = newMac(t);
    writeFileSync(`${agent(mac, 'com.sanctum.admit')}.retired-20261122`, 'of this morning');
    const { plan } = await looked(mac);
    const names = plan.steps.flatMap((step) => (step.kind === 'retire' ? [step.retired] : []));
    assert.equal(names[0], 'com.sanctum.admit.plist.retired-20261122-141500');
    assert.equal(names[1], 'com.sanctum.pressure-valve.plist.retired-20261122');
  });

  test('further labels are retired when they are named', async (t) => {
    const mac = newMac(t);
    const { plan, preflight } = await looked(mac, { also: ['com.example.other', 'com.example.none'] });
    assert.ok(plan.steps.some((step) => step.kind === 'retire' && step.file.name === 'com.example.other.plist'));
    assert.match(preflight.warnings.join(), /com\.example\.none is not here/);
  });

  const refusals: readonly (readonly [
    string,
    RegExp,
    (mac: Mac) => Partial<Choices> | Partial<CutoverPorts> | null,
  ])[] = [
    [
      'one of ours runs already, of another build',
      /Castellan runs already as com\.sanctum\.castellan\.dev, which this command does not belong to/,
      (mac) => {
        const label = 'com.sanctum.castellan.dev';
        const job = { domain: 'system', label, plist: '/x.plist', pid: 7, looksLeft: null };
        mac.launchd.change({ jobs: [...mac.launchd.state().jobs, job] });
        return null;
      },
    ],
    [
      'a property list is a link',
      /com\.sanctum\.admit\.plist is a link, and links are not followed here/,
      (mac) => {
        renameSync(agent(mac, 'com.sanctum.admit'), join(mac.home, 'elsewhere.plist'));
        symlinkSync(join(mac.home, 'elsewhere.plist'), agent(mac, 'com.sanctum.admit'));
        return null;
      },
    ],
    [
      'the folder of the agents is a link',
      /LaunchAgents is a link/,
      (mac) => {
        renameSync(join(mac.home, 'Library/LaunchAgents'), join(mac.home, 'agents'));
        symlinkSync(join(mac.home, 'agents'), join(mac.home, 'Library/LaunchAgents'));
        return null;
      },
    ],
    [
      'a job is loaded whose list is gone',
      /com\.sanctum\.admit is loaded and has no property list .* could not be brought back/,
      (mac) => {
        rmSync(agent(mac, 'com.sanctum.admit'));
        return null;
      },
    ],
    [
      'a job was loaded from elsewhere',
      /com\.sanctum\.admit was loaded from \/Library\/LaunchAgents\/x\.plist, which is not in/,
      (mac) => {
        const [first, ...others] = mac.launchd.state().jobs;
        if (first !== undefined)
          mac.launchd.change({ jobs: [{ ...first, plist: '/Library/LaunchAgents/x.plist' }, ...others] });
        return null;
      },
    ],
    [
      'a job is just being ended',
      /com\.sanctum\.admit is being ended by somebody else/,
      (mac) => {
        const [first, ...others] = mac.launchd.state().jobs;
        if (first !== undefined) mac.launchd.change({ jobs: [{ ...first, looksLeft: 9 }, ...others] });
        return null;
      },
    ],
    [
      'launchd does not answer',
      /Not known: gui\/501\/com\.sanctum\.admit: launchctl print: no answer/,
      () => ({ launchd: { launchctl: async () => ({ code: null, output: '' }), sleep: async () => {} } }),
    ],
    [
      'only some of our lists are there',
      /installed in part only: no property list of com\.sanctum\.castellan\.gateway/,
      (mac) => {
        rmSync(join(mac.root, 'Library/LaunchDaemons/com.sanctum.castellan.gateway.plist'));
        return null;
      },
    ],
    [
      'none of our lists is there',
      /nothing would take over\. Install it with `sudo castellan install`/,
      (mac) => {
        rmSync(join(mac.root, 'Library/LaunchDaemons'), { recursive: true });
        return null;
      },
    ],
    [
      'our program lies in a git work tree',
      /may be taken away by a build: .*\/usr\/local is a git work tree/,
      (mac) => {
        mkdirSync(join(mac.root, 'usr/local/.git'));
        return null;
      },
    ],
    [
      'our program cannot be run',
      /castellan-helper cannot be run \(ENOENT\)/,
      (mac) => {
        rmSync(join(mac.root, 'usr/local/libexec/castellan/castellan-helper'));
        return null;
      },
    ],
    [
      'others can write our list',
      /has mode 0666, so others can write to it/,
      (mac) => {
        chmodSync(join(mac.root, 'Library/LaunchDaemons/com.sanctum.castellan.plist'), 0o666);
        return null;
      },
    ],
    [
      'castellan.toml has errors',
      /castellan\.toml cannot be used: .*castellan\.toml:1: /,
      (mac) => {
        writeFileSync(mac.config, 'relief = 3\n');
        return null;
      },
    ],
    [
      'the dry run was chosen by command over a file that says live',
      /the dry run was chosen by command/,
      (mac) => {
        writeFileSync(mac.config, '[relief]\nmode = "live"\n');
        return { chosen: { mode: 'dry_run', over: 'live' } };
      },
    ],
  ];
  for (const [when, said, arrange] of refusals)
    test(`not when ${when}`, async (t) => {
      const mac = newMac(t);
      const given = arrange(mac) ?? {};
      const { preflight } = await looked(mac, given as Partial<Choices>, given as Partial<CutoverPorts>);
      assert.match(preflight.problems.join('\n'), said);
    });

  test('what was chosen by command counts for as long as castellan.toml says the same', async (t) => {
    const mac = newMac(t);
    const problemsWith = async (change: Partial<Choices>): Promise<number> =>
      (await looked(mac, { live: false, ...change })).preflight.problems.length;
    assert.equal(await problemsWith({}), 1);
    assert.equal(await problemsWith({ chosen: { mode: 'live', over: 'dry_run' } }), 0);
    assert.equal(await problemsWith({ chosen: { mode: 'live', over: 'live' } }), 1);
  });

  test('a stranger at the port is named beforehand, and undoes everything when it stays', async (t) => {
    const mac = newMac(t);
    const stranger = { pid: 4711, command: 'nc -l 2189' };
    const ports = { ...mac.ports, portOwner: async () => stranger };
    const { preflight, plan } = await looked(mac, {}, ports);
    assert.deepEqual(preflight.problems, []);
    assert.match(preflight.warnings.join(), /127\.0\.0\.1:2189 is held by nc -l 2189, pid 4711, which is none of/);
    const was = mac.snapshot();
    const end = await runPlan(plan, ports, () => {});
    assert.ok(end.kind === 'undone' && end.why.endsWith('127.0.0.1:2189 is held by nc -l 2189, pid 4711'));
    assert.deepEqual(mac.snapshot(), was);
  });

  test('what is stopped is named, while an old service that may have frozen it can still be asked', async (t) => {
    const mac = newMac(t);
    const stopped = async () => [{ pid: 4711, command: '/Users/neo/.lms/lms' }];
    const { preflight } = await looked(mac, {}, { stopped });
    assert.deepEqual(preflight.problems, []);
    assert.match(preflight.warnings.join(), /^\/Users\/neo\/\.lms\/lms \(pid 4711\) is stopped.*`kill -CONT 4711`\.$/);
    mac.launchd.change({ jobs: [] });
    assert.deepEqual((await looked(mac, {}, { stopped })).preflight.warnings, []);
  });

  test('none of ours is started while an old service is loaded, however it came back', async (t) => {
    const mac = newMac(t);
    const { plan } = await looked(mac);
    const [admit] = mac.launchd.state().jobs;
    assert.ok(admit !== undefined);
    const returning = {
      ...mac.ports,
      portOwner: async () => {
        if (!mac.launchd.asked.some((each) => each.startsWith('enable')))
          mac.launchd.change({ jobs: [{ ...admit, label: 'sanctum-admit' }] });
        return null;
      },
      canListen: async () => true,
    };
    const end = await runPlan(plan, returning, () => {});
    assert.ok(end.kind !== 'complete' && /sanctum-admit is loaded, and both sides never run together/.test(end.why));
    assert.deepEqual(mac.launchd.together, []);
  });
});

describe('a cutover after which the app registers Castellan', () => {
  const withoutLists = (t: TestContext): Mac => {
    const mac = newMac(t);
    rmSync(join(mac.root, 'Library/LaunchDaemons'), { recursive: true });
    return mac;
  };

  test('leaves launchd nothing that would keep out what the app registers', async (t) => {
    const mac = withoutLists(t);
    const { plan, preflight } = await looked(mac, { live: false, leaveUnprotected: true });
    assert.deepEqual(preflight.problems, []);
    assert.equal((await runPlan(plan, mac.ports, () => {})).kind, 'complete');
    assert.deepEqual(mac.launchd.state().disabled, []);
  });

  test('is undone when they come while it is under way', async (t) => {
    const mac = withoutLists(t);
    const was = mac.snapshot();
    const { plan } = await looked(mac, { live: false, leaveUnprotected: true });
    const registered = { domain: 'system', label: 'com.sanctum.castellan', plist: '/x', pid: 7, looksLeft: null };
    mac.launchd.change({ jobs: [...mac.launchd.state().jobs, registered] });
    const end = await runPlan(plan, mac.ports, () => {});
    assert.ok(end.kind === 'undone' && /system\/com\.sanctum\.castellan is loaded/.test(end.why), JSON.stringify(end));
    assert.deepEqual(mac.snapshot(), was);
  });

  test('on the way back says which of them come again, and from where', async (t) => {
    const mac = withoutLists(t);
    const { plan } = await looked(mac, { live: false, leaveUnprotected: true });
    await runPlan(plan, mac.ports, () => {});
    const registered = { domain: 'system', label: 'com.sanctum.castellan', plist: '/x', pid: 7, looksLeft: null };
    mac.launchd.change({ jobs: [...mac.launchd.state().jobs, registered] });
    const found = latest(mac.ports.files);
    assert.ok(found !== null);
    const { ok, steps } = await rollBack(found, mac.ports, () => {});
    assert.ok(ok);
    const notes = steps.flatMap(({ result }) => (result.ok && result.note !== undefined ? [result.note] : []));
    assert.match(notes.join(), /^com\.sanctum\.castellan had been started by somebody else/);
    assert.deepEqual(mac.launchd.together, []);
  });
});

describe('which side is loaded', () => {
  test('is asked of launchd before anybody starts the other', async (t) => {
    const mac = newMac(t);
    const { launchd } = mac.ports;
    assert.deepEqual(await loadedDaemons(launchd), { ok: true, loaded: [] });
    const old = ['com.sanctum.admit', 'com.sanctum.pressure-valve', 'com.sanctum.ram-sentinel'];
    assert.deepEqual(await loadedRetired(launchd, 501), { ok: true, loaded: old });
    mac.launchd.change({ screenUid: null });
    assert.deepEqual(await loadedRetired(launchd, 501), { ok: true, loaded: [] });
    const silent = { launchctl: async () => ({ code: null, output: '' }), sleep: async () => {} };
    assert.equal((await loadedRetired(silent, 501)).ok, false);
  });
});

describe('launchds of different releases', () => {
  for (const [drain, isSlow, isTerse] of [
    [0, false, false],
    [7, true, false],
    [3, false, true],
    [5, true, true],
  ] as const)
    test(`drain of ${drain} looks, ${isSlow ? '36' : '0'} at a bootout, ${isTerse ? '5 for anything' : 'its own codes'}`, async (t) => {
      const mac = newMac(t);
      mac.launchd.change({ drain, isSlow, isTerse });
      const was = mac.snapshot();
      const { plan } = await looked(mac);
      const silent = { ...mac.ports, askKeeper: async () => ({ ok: false, why: 'silence' }) as const };
      assert.equal((await runPlan(plan, silent, () => {})).kind, 'undone');
      assert.deepEqual(mac.snapshot(), was);
      assert.equal((await runPlan((await looked(mac)).plan, mac.ports, () => {})).kind, 'complete');
      assert.deepEqual(mac.launchd.together, []);
    });
});
