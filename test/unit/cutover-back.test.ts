import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { prepare } from '../../helper/install/cutover/cutover.ts';
import { latest, read, write } from '../../helper/install/cutover/journal.ts';
import type { CutoverPorts } from '../../helper/install/cutover/ports.ts';
import { type RolledBack, rollBack } from '../../helper/install/cutover/rollback.ts';
import { type CutoverEnd, runPlan } from '../../helper/install/cutover/run.ts';
import { furnish, type Mac, openMac, scratchFolder } from '../fakes/cutover-mac.ts';

const newMac = (t: TestContext): Mac => {
  const root = scratchFolder();
  t.after(() => rmSync(root, { recursive: true, force: true }));
  return openMac(root, furnish(root));
};

const cutOver = async (mac: Mac, ports: CutoverPorts = mac.ports): Promise<CutoverEnd> => {
  const choices = { account: mac.account, live: true, leaveUnprotected: false, also: [], chosen: null };
  return runPlan((await prepare(mac.ports, choices)).plan, ports, () => {});
};

const goBack = async (mac: Mac): Promise<RolledBack> => {
  const found = latest(mac.ports.files);
  assert.ok(found !== null);
  return rollBack(found, mac.ports, () => {});
};

const agent = (mac: Mac, label: string): string => join(mac.home, 'Library/LaunchAgents', `${label}.plist`);

describe('the way back', () => {
  test('brings nothing old back while one of ours does not end, and goes on when it has', async (t) => {
    const mac = newMac(t);
    const was = mac.snapshot();
    await cutOver(mac);
    mac.launchd.change({ drain: 1_000_000 });
    const stuck = await goBack(mac);
    assert.ok(!stuck.ok);
    const whys = stuck.steps.flatMap(({ result }) => (result.ok ? [] : [result.why])).join('\n');
    assert.match(whys, /system\/com\.sanctum\.castellan is still there 20 s after it was told to end/);
    assert.match(whys, /is loaded, and both sides never run together/);
    assert.ok(mac.launchd.listing().every((line) => line.startsWith('system/')));
    assert.equal(latest(mac.ports.files)?.state, 'open');
    const jobs = mac.launchd.state().jobs.map((job) => ({ ...job, looksLeft: 0 }));
    mac.launchd.change({ jobs, drain: 2 });
    assert.ok((await goBack(mac)).ok);
    assert.deepEqual(mac.snapshot(), was);
    assert.deepEqual(mac.launchd.together, []);
  });

  for (const isTerse of [false, true])
    test(`loads what somebody has disabled meanwhile, where launchd says ${isTerse ? '5' : '119'}`, async (t) => {
      const mac = newMac(t);
      const was = mac.snapshot();
      await cutOver(mac);
      mac.launchd.change({ isTerse, disabled: ['gui/501/com.sanctum.admit'] });
      assert.ok((await goBack(mac)).ok);
      assert.deepEqual(mac.snapshot(), was);
    });

  test('starts what ran although its list does not start it, and leaves alone what did not run', async (t) => {
    const mac = newMac(t);
    for (const label of ['com.sanctum.admit', 'com.sanctum.ram-sentinel']) {
      const path = agent(mac, label);
      writeFileSync(path, readFileSync(path, 'utf8').replace('<key>KeepAlive</key><true/>', ''));
    }
    const idle = 'com.sanctum.ram-sentinel';
    mac.launchd.change({
      jobs: mac.launchd.state().jobs.map((job) => (job.label === idle ? { ...job, pid: null } : job)),
    });
    const was = mac.snapshot();
    await cutOver(mac);
    assert.ok((await goBack(mac)).ok);
    assert.deepEqual(mac.snapshot(), was);
    assert.ok(mac.launchd.listing().includes(`gui/501/${idle} idle`));
  });

  test('a castellan.toml that changes after it was looked at is not overwritten', async (t) => {
    const mac = newMac(t);
    const edited = '[relief]\npurge = "ask"\n';
    let isEdited = false;
    const ports = {
      ...mac.ports,
      canListen: async () => {
        if (!isEdited) writeFileSync(mac.config, edited);
        isEdited = true;
        return true;
      },
    };
    const end = await cutOver(mac, ports);
    assert.ok(end.kind === 'undone' && /castellan\.toml was changed by somebody else meanwhile/.test(end.why));
    assert.equal(readFileSync(mac.config, 'utf8'), edited);
  });

  test('a castellan.toml that was not there is not there afterwards', async (t) => {
    const mac = newMac(t);
    rmSync(mac.config);
    const was = mac.snapshot();
    await cutOver(mac);
    assert.equal(readFileSync(mac.config, 'utf8'), '[relief]\nmode = "live"\n');
    assert.ok((await goBack(mac)).ok);
    assert.deepEqual(mac.snapshot(), was);
  });
});

describe('what a cutover writes down', () => {
  const journalOf = (mac: Mac): string => join(mac.config, '../cutover', `${mac.ports.files.journals()[0]}.jsonl`);

  test('a line that was cut short spoils neither those before nor the next one', async (t) => {
    const mac = newMac(t);
    await cutOver(mac);
    const [stamp = ''] = mac.ports.files.journals();
    const before = read(mac.ports.files, stamp);
    appendFileSync(journalOf(mac), '{"kind":"undo');
    assert.deepEqual(read(mac.ports.files, stamp)?.begun, before?.begun);
    write(mac.ports.files, stamp, { kind: 'end', outcome: 'undone' });
    assert.equal(read(mac.ports.files, stamp)?.state, 'undone');
    assert.equal(latest(mac.ports.files), null);
  });

  test('without its plan it is refused, and nothing is guessed', async (t) => {
    const mac = newMac(t);
    await cutOver(mac);
    const path = journalOf(mac);
    writeFileSync(path, readFileSync(path, 'utf8').replace('{"kind":"plan"', '{"kind":"plam"'));
    assert.throws(() => latest(mac.ports.files), /the plan of the cutover of .* cannot be read/);
    const choices = { account: mac.account, live: true, leaveUnprotected: false, also: [], chosen: null };
    const { preflight } = await prepare(mac.ports, choices);
    assert.match(preflight.problems.join('\n'), /earlier cutovers cannot be read/);
  });

  test('is for nobody else to write', async (t) => {
    const mac = newMac(t);
    await cutOver(mac);
    assert.equal(statSync(journalOf(mac)).mode & 0o022, 0);
    chmodSync(journalOf(mac), 0o666);
    assert.throws(() => latest(mac.ports.files), /untrusted_path/);
  });
});
