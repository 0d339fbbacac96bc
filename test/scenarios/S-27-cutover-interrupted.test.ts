import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { prepare } from '../../helper/install/cutover/cutover.ts';
import { latest } from '../../helper/install/cutover/journal.ts';
import { rollBack } from '../../helper/install/cutover/rollback.ts';
import { runPlan } from '../../helper/install/cutover/run.ts';
import { type Fault, Killed, withFaults } from '../fakes/cutover-faults.ts';
import { furnish, furnishBeside, type Mac, oldPart, openMac, scratchFolder } from '../fakes/cutover-mac.ts';

/**
 * A cutover is interrupted: at every call it makes, by a failure before the call was carried out, by one after it, and by the
 * end of the process. Each time everything is as before, byte for byte, and never were both sides loaded together.
 */

const choices = { live: true, leaveUnprotected: false, also: [], chosen: null } as const;

let folder = '';
before(() => {
  folder = scratchFolder();
});
after(() => rmSync(folder, { recursive: true, force: true }));

let macs = 0;
const newMac = (): Mac => {
  macs += 1;
  const root = join(folder, String(macs));
  return openMac(root, furnish(root));
};

interface Run {
  readonly mac: Mac;
  readonly end: Awaited<ReturnType<typeof runPlan>> | 'killed';
  readonly calls: readonly string[];
}

/** Prepares without faults, and carries out with them. */
const cutOver = async (mac: Mac, choose: (call: number, name: string) => Fault | null): Promise<Run> => {
  const { plan, preflight } = await prepare(mac.ports, { ...choices, account: mac.account });
  assert.deepEqual(preflight.problems, []);
  const faulty = withFaults(mac.ports, choose);
  let wasKilled = false;
  const end = await runPlan(plan, faulty.ports, () => {}).catch((fault: unknown) => {
    if (!(fault instanceof Killed)) throw fault;
    wasKilled = true;
    return null;
  });
  return { mac, end: end === null || wasKilled ? 'killed' : end, calls: faulty.calls };
};

/** As `castellan rollback` does it, by another process; true: it could undo everything. */
const goBack = async (mac: Mac, choose: (call: number) => Fault | null = () => null): Promise<boolean> => {
  const found = latest(mac.ports.files);
  if (found === null) return true;
  return (await rollBack(found, withFaults(mac.ports, choose).ports, () => {})).ok;
};

const callsOfAll = async (): Promise<readonly string[]> => {
  const { end, calls } = await cutOver(newMac(), () => null);
  assert.equal(end === 'killed' ? end : end.kind, 'complete');
  return calls;
};

describe('S-27 cutover interrupted', () => {
  for (const how of ['before', 'after'] as const)
    test(`a failure ${how} each call leaves everything as it was, at once`, async () => {
      const calls = await callsOfAll();
      assert.ok(calls.length > 40, `only ${calls.length} calls`);
      for (const [n, name] of calls.entries()) {
        const mac = newMac();
        const was = mac.snapshot();
        const { end } = await cutOver(mac, (call) => (call === n ? how : null));
        const told = `${how} call ${n}, ${name}`;
        assert.ok(end !== 'killed', told);
        // A job that is asked for again, or a wait, takes a failure in its stride; then all of it is done.
        if (end.kind === 'complete') {
          assert.notDeepEqual(mac.snapshot(), was, told);
          assert.ok(await goBack(mac), told);
        } else assert.equal(end.kind, 'undone', `${told}: ${JSON.stringify(end)}`);
        assert.deepEqual(mac.snapshot(), was, told);
        assert.deepEqual(mac.launchd.together, [], told);
      }
    });

  test('a process that ends at any call leaves what a rollback undoes', async () => {
    const calls = await callsOfAll();
    for (const [n, name] of calls.entries()) {
      const mac = newMac();
      const was = mac.snapshot();
      await cutOver(mac, (call) => (call === n ? 'killed' : null));
      assert.ok(await goBack(mac), `call ${n}, ${name}`);
      assert.deepEqual(mac.snapshot(), was, `call ${n}, ${name}`);
      assert.deepEqual(mac.launchd.together, []);
      assert.equal(latest(mac.ports.files), null);
    }
  });

  test('a rollback that ends at any call is finished by the next one', async () => {
    for (let n = 0; ; n += 1) {
      const mac = newMac();
      const was = mac.snapshot();
      await cutOver(mac, () => null);
      let reached = false;
      await goBack(mac, (call) => {
        reached ||= call === n;
        return call === n ? 'killed' : null;
      });
      assert.ok(await goBack(mac), `call ${n}`);
      assert.deepEqual(mac.snapshot(), was, `call ${n}`);
      assert.deepEqual(mac.launchd.together, []);
      if (!reached) return;
    }
  });

  test('a disk that takes nothing more is no hindrance to undoing', async () => {
    for (const n of [0, 1, 3, 6, 9, 12]) {
      const mac = newMac();
      const was = mac.snapshot();
      let journalled = 0;
      const { end } = await cutOver(mac, (_, name) => {
        if (name === 'addToJournal') journalled += 1;
        return name === 'addToJournal' && journalled > n ? 'before' : null;
      });
      assert.ok(end !== 'killed' && end.kind === 'undone', `from line ${n} on`);
      assert.deepEqual(mac.snapshot(), was, `from line ${n} on`);
    }
  });

  test('the backups are there and byte for byte before the first old service is booted out', async () => {
    const mac = newMac();
    const agents = join(mac.home, 'Library/LaunchAgents');
    const backups = join(mac.home, '.sanctum/backups');
    const originals = readdirSync(agents).filter((name) => name.startsWith('com.sanctum.'));
    const bytes = new Map(originals.map((name) => [name, readFileSync(join(agents, name))]));
    let seen = 0;
    await cutOver(mac, (_, name) => {
      if (name !== 'launchctl bootout' || seen > 0) return null;
      const [backup = ''] = readdirSync(backups);
      assert.match(backup, /^castellan-cutover-\d{8}-\d{6}$/);
      for (const [each, original] of bytes) {
        assert.deepEqual(readFileSync(join(backups, backup, each)), original);
        seen += 1;
      }
      return null;
    });
    assert.equal(seen, 3);
  });

  test('without backups nothing is booted out', async () => {
    const mac = newMac();
    const { calls } = await cutOver(mac, (_, name) => (name === 'home back_up' ? 'before' : null));
    assert.ok(!calls.includes('launchctl bootout'));
    assert.ok(!existsSync(join(mac.home, '.sanctum/backups')));
  });
});

/** The app had registered Castellan before: the keeper observes beside the old services, and is left running. */
describe('S-27 cutover interrupted, beside a Castellan that runs already', () => {
  const besideMac = (): Mac => {
    macs += 1;
    const root = join(folder, String(macs));
    return openMac(root, furnishBeside(root));
  };

  const callsBeside = async (): Promise<readonly string[]> => {
    const mac = besideMac();
    const { end, calls } = await cutOver(mac, () => null);
    assert.equal(end === 'killed' ? end : end.kind, 'complete');
    assert.ok(calls.includes('refreshKeeper'));
    assert.deepEqual(mac.launchd.together, []);
    assert.ok(!mac.launchd.state().isObserving);
    return calls;
  };

  /** The old side as it was; ours as it was where nothing old was ended, and otherwise gone for good. */
  const assertBack = (mac: Mac, was: unknown, whole: unknown, told: string): void => {
    assert.deepEqual(oldPart(mac), was, told);
    assert.deepEqual(mac.launchd.together, [], told);
    const { isObserving, disabled } = mac.launchd.state();
    if (isObserving) assert.deepEqual(mac.snapshot(), whole, told);
    else {
      assert.ok(
        mac.launchd.listing().every((line) => line.startsWith('gui/')),
        told,
      );
      assert.equal(disabled.length, 3, told);
    }
  };

  for (const how of ['before', 'after', 'killed'] as const)
    test(`${how === 'killed' ? 'a process that ends at any call leaves what a rollback undoes' : `a failure ${how} each call brings the old services back at once`}`, async () => {
      for (const [n, name] of (await callsBeside()).entries()) {
        const mac = besideMac();
        const [was, whole] = [oldPart(mac), mac.snapshot()];
        const { end } = await cutOver(mac, (call) => (call === n ? how : null));
        const told = `${how} call ${n}, ${name}`;
        if (how === 'killed' || end === 'killed' || end.kind === 'complete') assert.ok(await goBack(mac), told);
        else assert.equal(end.kind, 'undone', `${told}: ${JSON.stringify(end)}`);
        assertBack(mac, was, whole, told);
        assert.equal(latest(mac.ports.files), null, told);
      }
    });

  test('a rollback that ends at any call is finished by the next one', async () => {
    for (let n = 0; ; n += 1) {
      const mac = besideMac();
      const [was, whole] = [oldPart(mac), mac.snapshot()];
      await cutOver(mac, () => null);
      let reached = false;
      await goBack(mac, (call) => {
        reached ||= call === n;
        return call === n ? 'killed' : null;
      });
      assert.ok(await goBack(mac), `call ${n}`);
      assertBack(mac, was, whole, `call ${n}`);
      if (!reached) return;
    }
  });

  test('before an old service has been ended ours are not touched', async () => {
    const mac = besideMac();
    const whole = mac.snapshot();
    const { end } = await cutOver(mac, (_, name) => (name === 'launchctl bootout' ? 'before' : null));
    assert.ok(end !== 'killed' && end.kind === 'undone');
    assert.deepEqual(mac.snapshot(), whole);
    assert.deepEqual(mac.launchd.state().disabled, []);
    assert.ok(mac.launchd.state().isObserving);
  });
});
