import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { prepare } from '../../helper/install/cutover/cutover.ts';
import { latest } from '../../helper/install/cutover/journal.ts';
import { rollBack } from '../../helper/install/cutover/rollback.ts';
import { runPlan } from '../../helper/install/cutover/run.ts';
import { keepIn, readStandIn } from '../fakes/cutover-child.ts';
import { withFaults } from '../fakes/cutover-faults.ts';
import { furnish, furnishBeside, type Mac, oldPart, openMac, scratchFolder } from '../fakes/cutover-mac.ts';

/** Real processes that cut over on real files, ended by a real SIGKILL; a rollback in another process puts everything back. */

const child = join(import.meta.dirname, '../fakes/cutover-child.ts');

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'castellan-killed-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

const newMac = (name: string, make = furnish): { readonly root: string; readonly mac: Mac } => {
  const root = join(folder, name);
  const state = make(root);
  keepIn(root)(state);
  return { root, mac: openMac(root, state) };
};

const cutOver = (root: string, killAt: number | null) => {
  const args = [child, root, ...(killAt === null ? [] : [String(killAt)])];
  return spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 60_000, env: {} });
};

/** Names of the calls of a cutover to which nothing happens. */
const callsOfOne = async (make = furnish): Promise<readonly string[]> => {
  const root = scratchFolder();
  try {
    const mac = openMac(root, make(root));
    const faulty = withFaults(mac.ports, () => null);
    const choices = { account: mac.account, live: true, leaveUnprotected: false, also: [], chosen: null };
    const end = await runPlan((await prepare(mac.ports, choices)).plan, faulty.ports, () => {});
    assert.equal(end.kind, 'complete');
    return faulty.calls;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
};

describe('a cutover whose process is killed', () => {
  test('is undone by a rollback, wherever it was', async () => {
    const calls = await callsOfOne();
    const nth = (name: string, n: number): number => calls.flatMap((call, i) => (call === name ? [i] : []))[n] ?? -1;
    // One moment after each kind of change, and one before it.
    const moments = [
      nth('home back_up', 0),
      nth('launchctl bootout', 0) + 1,
      nth('launchctl bootout', 2),
      nth('home rename', 1),
      nth('home rename', 2) + 1,
      nth('writeConfig', 0) + 1,
      nth('launchctl bootstrap', 0) + 1,
      calls.length - 1,
    ];
    assert.ok(moments.every((at) => at > 0));
    for (const at of moments) {
      const { root, mac } = newMac(`at-${at}`);
      const was = mac.snapshot();
      const { signal, stderr } = cutOver(root, at);
      assert.equal(signal, 'SIGKILL', `before ${calls[at]}: ${stderr}`);
      const again = openMac(root, readStandIn(root), { keep: keepIn(root) });
      const found = latest(again.ports.files);
      assert.equal(found?.state, 'open');
      if (found === null) continue;
      const back = await rollBack(found, again.ports, () => {});
      assert.ok(back.ok, JSON.stringify(back));
      assert.deepEqual(again.snapshot(), was, `killed before ${calls[at]}, call ${at}`);
    }
  });

  test('brings the old services back beside a Castellan that the app had registered, too', async () => {
    const calls = await callsOfOne(furnishBeside);
    const moments = ['launchctl bootout', 'home rename', 'refreshKeeper'].map((name) => calls.lastIndexOf(name) + 1);
    assert.ok(moments.every((at) => at > 0));
    for (const at of moments) {
      const { root, mac } = newMac(`beside-${at}`, furnishBeside);
      const was = oldPart(mac);
      const { signal, stderr } = cutOver(root, at);
      assert.equal(signal, 'SIGKILL', `before ${calls[at]}: ${stderr}`);
      const again = openMac(root, readStandIn(root), { keep: keepIn(root) });
      const found = latest(again.ports.files);
      assert.equal(found?.state, 'open');
      if (found === null) continue;
      const back = await rollBack(found, again.ports, () => {});
      assert.ok(back.ok, JSON.stringify(back));
      assert.deepEqual(oldPart(again), was, `killed before ${calls[at]}, call ${at}`);
      assert.deepEqual(again.launchd.together, []);
      assert.equal(again.launchd.state().disabled.length, 3);
    }
  });

  test('would have done all of it', async () => {
    const { root, mac } = newMac('whole');
    const was = mac.snapshot();
    const { stdout, stderr, status } = cutOver(root, null);
    assert.equal(stdout, 'complete\n', stderr);
    assert.equal(status, 0);
    const now = openMac(root, readStandIn(root), { keep: keepIn(root) });
    assert.ok(now.launchd.listing().includes('system/com.sanctum.castellan running'));
    const found = latest(now.ports.files);
    assert.equal(found?.state, 'complete');
    if (found !== null) await rollBack(found, now.ports, () => {});
    assert.deepEqual(now.snapshot(), was);
  });
});
